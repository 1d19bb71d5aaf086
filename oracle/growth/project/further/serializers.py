from django.db import transaction
from django.utils import timezone
from rest_framework import serializers

from catalog.models import Author, Book, Contribution, Review
from sales.models import Order, OrderLine


class LineSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="book.title")
    shelf = serializers.CharField(source="book.category.name")  # grows: ORM003

    class Meta:
        model = OrderLine
        fields = ["id", "quantity", "title", "shelf"]


class OrderSerializer(serializers.ModelSerializer):
    customer = serializers.CharField(source="customer.name")
    lines = LineSerializer(many=True)

    class Meta:
        model = Order
        fields = ["id", "customer", "status", "lines"]

    @staticmethod
    def setup_eager_loading(queryset):
        return queryset.select_related("customer").prefetch_related("lines__book__category")


class NewLineSerializer(serializers.Serializer):
    book_id = serializers.IntegerField(min_value=1)
    quantity = serializers.IntegerField(min_value=1)
    unit_price = serializers.DecimalField(max_digits=8, decimal_places=2)


class NewOrderSerializer(serializers.ModelSerializer):
    lines = NewLineSerializer(many=True, write_only=True)

    class Meta:
        model = Order
        fields = ["id", "customer", "remark", "lines"]

    @transaction.atomic
    def create(self, validated_data):
        lines = validated_data.pop("lines")
        order = Order.objects.create(placed_at=timezone.now(), **validated_data)
        for line in lines:
            OrderLine.objects.create(order=order, **line)  # grows: ORM008
        return order


class ReviewSerializer(serializers.ModelSerializer):
    book = serializers.CharField(source="book.title")
    author = serializers.ReadOnlyField(source="book.author.name")  # grows: ORM003
    reader = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = ["id", "book", "author", "stars", "reader"]

    def get_reader(self, review):
        return review.reader.get_full_name() or review.reader.username


class ContributionSerializer(serializers.ModelSerializer):
    author = serializers.StringRelatedField()

    class Meta:
        model = Contribution
        fields = ["author", "role"]


class BookSerializer(serializers.ModelSerializer):
    category = serializers.CharField(source="category.name")
    credits = ContributionSerializer(source="contributions", many=True)
    tags = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Book
        fields = ["id", "title", "category", "credits", "tags"]

    def to_representation(self, book):
        shown = super().to_representation(book)
        shown["people"] = len(shown["credits"])
        return shown


class AuthorSerializer(serializers.ModelSerializer):
    book_count = serializers.SerializerMethodField()
    newest = serializers.SerializerMethodField()

    class Meta:
        model = Author
        fields = ["id", "name", "book_count", "newest"]

    def get_book_count(self, author):
        return len(author.books.all())

    def get_newest(self, author):
        newest = author.books.order_by("-published_on")[:3]  # built: ORM006
        return [book.title for book in newest]  # grows: ORM006


class DirectorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = [
            "slug",
            "name",
            "country",  # grows: ORM009
        ]
