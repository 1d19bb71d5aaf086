"""The same models for the people of the depot, in a hurry."""

from django.contrib import admin

from backoffice.sites import depot
from catalog.models import Book, Contribution, Edition, Review, Tag
from sales.models import Order, OrderLine, StockMovement


@admin.register(Book, site=depot)
class BookAdmin(admin.ModelAdmin):
    """Properties and methods of the model."""

    list_display = ["title", "price_tag", "shelf_mark"]


@admin.register(StockMovement, site=depot)
class StockMovementAdmin(admin.ModelAdmin):
    """The name of a movement has the name of its book in it."""

    list_display = ["__str__", "reason"]


@admin.register(Contribution, site=depot)
class ContributionAdmin(admin.ModelAdmin):
    """Joins one of the relations; the one that is shown is the other."""

    list_display = [
        "role",
        "author",  # grows: ORM004
    ]
    list_select_related = ["book"]


@admin.register(Tag, site=depot)
class TagAdmin(admin.ModelAdmin):
    """Fetches the books beforehand, and asks for them again."""

    list_display = ["name", "cheap_books"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("books")

    def cheap_books(self, tag):
        return tag.books.filter(price__lt=20).count()  # grows: ORM006


@admin.register(Review, site=depot)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ["id", "title", "opinion"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("book").only("stars", "book__title")

    def title(self, review):
        return review.book.title

    def opinion(self, review):
        return review.text[:20]  # grows: ORM009


class RawLineInline(admin.StackedInline):
    """Writes the name of the book beside its key, which it fetches line by line."""

    model = OrderLine
    extra = 0
    fields = [
        "book",  # grows: ORM004
        "quantity",
    ]
    raw_id_fields = ["book"]


@admin.register(Order, site=depot)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["id", "line_count", "status"]
    inlines = [RawLineInline]

    def line_count(self, order):
        return len(order.lines.all())  # grows: ORM004


@admin.register(OrderLine, site=depot)
class OrderLineAdmin(admin.ModelAdmin):
    list_display = ["quantity", "book", "order"]


@admin.register(Edition, site=depot)
class EditionAdmin(admin.ModelAdmin):
    """Its columns need no other row, and its actions are for rows whose book was joined."""

    list_display = ["id", "binding", "title"]
    list_select_related = ["book"]

    def title(self, edition):
        return edition.book.title.upper()
