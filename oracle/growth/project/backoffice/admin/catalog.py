"""The lists of the catalogue, for its editors."""

from django.contrib import admin

from catalog.models import (
    Author,
    AuthorProfile,
    Book,
    Category,
    Contribution,
    Country,
    EBook,
    Edition,
    Note,
    Publisher,
    Review,
    Tag,
)


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    """The admin joins foreign keys of the list by itself, those that may not be null."""

    list_display = ["title", "author", "price"]
    list_filter = ["category"]
    search_fields = ["title"]


@admin.register(EBook)
class EBookAdmin(admin.ModelAdmin):
    list_display = [
        "title",
        "author",
        "publisher",  # grows: ORM004
    ]


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = [
        "name",
        "parent",  # grows: ORM004
    ]


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    """Shows the name of the row, and nothing else."""


@admin.register(AuthorProfile)
class AuthorProfileAdmin(admin.ModelAdmin):
    """The names of these rows need their authors, which are joined."""

    list_select_related = ["author"]


@admin.register(Publisher)
class PublisherAdmin(admin.ModelAdmin):
    list_display = ["name", "book_count", "is_active"]

    @admin.display(description="Books")
    def book_count(self, publisher):
        return publisher.books.count()  # grows: ORM004, ORM007


@admin.register(Contribution)
class ContributionAdmin(admin.ModelAdmin):
    list_display = ["id", "role", "credited", "book"]
    list_select_related = ["book", "author"]

    @admin.display(ordering="author__name")
    def credited(self, contribution):
        return contribution.author.name


def country_name(author):
    return author.country.name  # grows: ORM004


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ["name", country_name]


@admin.register(Country)
class CountryAdmin(admin.ModelAdmin):
    list_display = ["name", "first_author"]

    def first_author(self, country):
        author = country.authors.order_by("name").first()  # grows: ORM004, ORM007
        return author.name if author else "-"


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["name", "titles", "book_count"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("books")

    def titles(self, tag):
        return ", ".join(book.title for book in tag.books.all()[:3])

    def book_count(self, tag):
        return tag.books.count()


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    """Each row offers all books to choose from."""

    list_display = ["id", "stars", "book"]
    list_editable = [
        "stars",
        "book",  # grows: ORM004
    ]


@admin.register(Note)
class NoteAdmin(admin.ModelAdmin):
    list_display = [
        "text",
        "content_object",  # grows: ORM004
    ]
