from rest_framework import serializers

from catalog.models import Book, Contribution, Edition, Review, Tag

from .people import TitleSerializer


class PathSerializer(serializers.ModelSerializer):
    author_name = serializers.CharField(source="author.name")  # grows: ORM003
    country = serializers.ReadOnlyField(source="author.country.name")  # grows: ORM003

    class Meta:
        model = Book
        fields = ["title", "author_name", "country"]


class JoinedPathSerializer(serializers.ModelSerializer):
    author_name = serializers.CharField(source="author.name")
    publisher_name = serializers.ReadOnlyField(source="publisher.name")
    author_key = serializers.IntegerField(source="author_id")

    class Meta:
        model = Book
        fields = ["title", "author_name", "publisher_name", "author_key"]


class StringSerializer(serializers.ModelSerializer):
    category = serializers.StringRelatedField()  # grows: ORM003
    tags = serializers.StringRelatedField(many=True)  # grows: ORM003

    class Meta:
        model = Book
        fields = ["title", "category", "tags"]


class LoadedStringSerializer(serializers.ModelSerializer):
    category = serializers.StringRelatedField()
    tags = serializers.StringRelatedField(many=True)

    class Meta:
        model = Book
        fields = ["title", "category", "tags"]


class EditionNameSerializer(serializers.ModelSerializer):
    """The name of each edition asks for its book."""

    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = Edition
        fields = ["id", "name"]


class KeySerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title", "author", "publisher", "category"]


class ManyKeysSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = [
            "title",
            "author",
            "tags",  # grows: ORM003
        ]


class PrefetchedKeysSerializer(serializers.ModelSerializer):
    reviews = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Book
        fields = ["title", "author", "tags", "reviews"]


class SlugSerializer(serializers.ModelSerializer):
    author = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # grows: ORM003
    tags = serializers.SlugRelatedField(  # grows: ORM003
        slug_field="name", many=True, queryset=Tag.objects.all()
    )

    class Meta:
        model = Book
        fields = ["title", "author", "tags"]


class LoadedSlugSerializer(serializers.ModelSerializer):
    author = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    tags = serializers.SlugRelatedField(slug_field="name", many=True, queryset=Tag.objects.all())

    class Meta:
        model = Book
        fields = ["title", "author", "tags"]


class KeyLinkSerializer(serializers.HyperlinkedModelSerializer):
    """Addresses that are made of keys need no more than the columns of the row."""

    author = serializers.HyperlinkedRelatedField(view_name="storefront:author", read_only=True)

    class Meta:
        model = Book
        fields = ["title", "author"]


class SlugLinkSerializer(serializers.ModelSerializer):
    author = serializers.HyperlinkedRelatedField(  # grows: ORM003
        view_name="api:author-by-slug", lookup_field="slug", read_only=True
    )

    class Meta:
        model = Book
        fields = ["title", "author"]


class DeepSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        depth = 1
        fields = [
            "title",
            "category",  # grows: ORM003
        ]


class LoadedDeepSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        depth = 1
        fields = ["title", "category"]


class WholeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Contribution
        fields = "__all__"


class RepresentingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = ["id", "stars"]

    def to_representation(self, instance):
        data = super().to_representation(instance)
        data["book"] = instance.book.title  # grows: ORM003
        return data


class LoadedRepresentingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = ["id", "stars"]

    def to_representation(self, instance):
        return {**super().to_representation(instance), "book": instance.book.title}


class PropertySerializer(serializers.ModelSerializer):
    """A field for each property of the model."""

    byline = serializers.CharField(read_only=True)
    price_tag = serializers.CharField(read_only=True)

    class Meta:
        model = Book
        fields = ["byline", "price_tag"]


class SimplePropertySerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title", "price_tag", "stock_mark"]


class BookListSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price"]


class BookDetailSerializer(BookListSerializer):
    author_name = serializers.CharField(source="author.name")
    related = serializers.SerializerMethodField()

    class Meta(BookListSerializer.Meta):
        fields = [*BookListSerializer.Meta.fields, "author_name", "related"]

    def get_related(self, book):
        related = book.category.books.exclude(pk=book.pk)[:3]
        return TitleSerializer(related, many=True).data


class FavouriteSerializer(serializers.ModelSerializer):
    is_favourite = serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ["id", "is_favourite"]

    def get_is_favourite(self, book):
        return book.pk in self.context["favourites"]


class CarelessFavouriteSerializer(FavouriteSerializer):
    def get_is_favourite(self, book):
        return book.fans.filter(name="Customer 1").exists()  # grows: ORM003, ORM007
