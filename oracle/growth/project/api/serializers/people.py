from rest_framework import serializers

from catalog.models import Author, Book, Country, Publisher


class CountrySerializer(serializers.ModelSerializer):
    class Meta:
        model = Country
        fields = ["id", "name"]


class AuthorSerializer(serializers.ModelSerializer):
    """Asks each author for the country."""

    country = CountrySerializer()  # grows: ORM003

    class Meta:
        model = Author
        fields = ["id", "name", "country"]


class JoinedAuthorSerializer(serializers.ModelSerializer):
    country = CountrySerializer()
    mentor_name = serializers.CharField(source="mentor.name", default=None)

    class Meta:
        model = Author
        fields = ["id", "name", "country", "mentor_name"]


class AuthorKeySerializer(serializers.ModelSerializer):
    """Keys of foreign keys are columns of the row."""

    class Meta:
        model = Author
        fields = ["id", "name", "country", "mentor"]


class TitleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title"]


class AuthorBooksSerializer(serializers.ModelSerializer):
    books = TitleSerializer(many=True, read_only=True)  # grows: ORM003

    class Meta:
        model = Author
        fields = ["id", "name", "books"]


class PrefetchedAuthorBooksSerializer(serializers.ModelSerializer):
    books = TitleSerializer(many=True, read_only=True)
    book_count = serializers.IntegerField(source="books.count", read_only=True)

    class Meta:
        model = Author
        fields = ["id", "name", "books", "book_count"]


class AuthorTotalsSerializer(serializers.ModelSerializer):
    book_total = serializers.SerializerMethodField()
    newest = serializers.SerializerMethodField()

    class Meta:
        model = Author
        fields = ["id", "book_total", "newest"]

    def get_book_total(self, author):
        return Book.objects.filter(author=author).count()  # grows: ORM003, ORM007

    def get_newest(self, author):
        book = author.books.order_by("-published_on").first()  # grows: ORM003, ORM007
        return book.title if book else None


class AnnotatedAuthorSerializer(serializers.ModelSerializer):
    book_total = serializers.IntegerField(read_only=True)
    initials = serializers.SerializerMethodField()

    class Meta:
        model = Author
        fields = ["id", "book_total", "initials"]

    def get_initials(self, author):
        return "".join(part[0] for part in author.name.split())


class DiscardingAuthorSerializer(serializers.ModelSerializer):
    cheap_books = serializers.SerializerMethodField()

    class Meta:
        model = Author
        fields = ["id", "cheap_books"]

    def get_cheap_books(self, author):
        books = author.books.filter(price__lt=20)  # built: ORM006
        return [book.title for book in books]  # grows: ORM006


class SiftingAuthorSerializer(serializers.ModelSerializer):
    cheap_books = serializers.SerializerMethodField()

    class Meta:
        model = Author
        fields = ["id", "cheap_books"]

    def get_cheap_books(self, author):
        return [book.title for book in author.books.all() if book.price < 20]


class PublisherSerializer(serializers.ModelSerializer):
    """Shows the authors that it publishes, without their countries."""

    books = serializers.SerializerMethodField()

    class Meta:
        model = Publisher
        fields = ["id", "name", "books"]

    def get_books(self, publisher):
        books = publisher.books.all()  # built: ORM003
        return TitleSerializer(books, many=True, context=self.context).data  # grows: ORM003
