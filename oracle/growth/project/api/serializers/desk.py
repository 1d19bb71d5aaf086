"""What shows much of a row to one action, and little to the others."""

from rest_framework import serializers

from catalog.models import Edition, Review
from sales.models import Order, OrderLine


class ReviewSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = ["id", "stars"]


class TitledReviewSerializer(ReviewSerializer):
    title = serializers.CharField(source="book.title")  # grows: ORM003

    class Meta(ReviewSerializer.Meta):
        fields = [*ReviewSerializer.Meta.fields, "title"]


class QuotedReviewSerializer(ReviewSerializer):
    title = serializers.CharField(source="book.title")  # grows: ORM003
    reader = serializers.CharField(source="reader.username")

    class Meta(ReviewSerializer.Meta):
        fields = [*ReviewSerializer.Meta.fields, "title", "reader"]


class SignedReviewSerializer(ReviewSerializer):
    reader = serializers.CharField(source="reader.username")

    class Meta(ReviewSerializer.Meta):
        fields = [*ReviewSerializer.Meta.fields, "reader"]


class EditionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Edition
        fields = ["id", "year"]


class TaggedEditionSerializer(EditionSerializer):
    tags = serializers.SlugRelatedField(  # grows: ORM003
        source="book.tags", slug_field="name", many=True, read_only=True
    )

    class Meta(EditionSerializer.Meta):
        fields = [*EditionSerializer.Meta.fields, "tags"]


class TitledLineSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="book.title")  # grows: ORM003

    class Meta:
        model = OrderLine
        fields = ["quantity", "title"]


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["id", "status"]


class WholeOrderSerializer(OrderSerializer):
    lines = TitledLineSerializer(many=True, read_only=True)

    class Meta(OrderSerializer.Meta):
        fields = [*OrderSerializer.Meta.fields, "lines"]


class NamedOrderSerializer(OrderSerializer):
    customer_name = serializers.CharField(source="customer.name", read_only=True)  # grows: ORM003

    class Meta(OrderSerializer.Meta):
        fields = [*OrderSerializer.Meta.fields, "customer_name"]
