"""The same models for the office: what the lists show is fetched along with them."""

from django.contrib import admin
from django.db.models import Count

from backoffice.sites import office
from catalog.models import Book, Category, Country, EBook, Edition, Note, Publisher, Review
from sales.models import Coupon, Order, OrderLine, Shipment


class JoinedLineInline(admin.TabularInline):
    """Shows what cannot be changed, from rows that were joined."""

    model = OrderLine
    extra = 0
    fields = ["title", "quantity"]
    readonly_fields = ["title"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("book")

    def title(self, line):
        return line.book.title


@admin.register(Order, site=office)
class JoinedOrderAdmin(admin.ModelAdmin):
    list_display = ["id", "customer", "coupon"]
    list_select_related = ("customer", "coupon")
    inlines = [JoinedLineInline]


@admin.register(EBook, site=office)
class JoinedEBookAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "publisher"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("publisher", "author")


@admin.register(Category, site=office)
class JoinedCategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "parent"]
    list_select_related = ["parent"]


@admin.register(Edition, site=office)
class ColumnEditionAdmin(admin.ModelAdmin):
    """Shows columns only, but the box for the actions is labelled with the name of the row."""

    list_display = ["id", "binding", "year"]


@admin.register(Publisher, site=office)
class AnnotatedPublisherAdmin(admin.ModelAdmin):
    list_display = ["name", "book_count"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(total=Count("books"))

    @admin.display(ordering="total")
    def book_count(self, publisher):
        return publisher.total


@admin.register(Country, site=office)
class CountryAdmin(admin.ModelAdmin):
    list_display = ["name", "code"]


@admin.register(Review, site=office)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ["id", "stars", "book"]
    list_editable = ["stars"]


@admin.register(Note, site=office)
class PrefetchedNoteAdmin(admin.ModelAdmin):
    list_display = ["text", "content_object"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("content_object")


@admin.register(Shipment, site=office)
class JoinedShipmentAdmin(admin.ModelAdmin):
    list_display = ["tracking_code", "order__status"]
    list_select_related = ["order"]


@admin.register(OrderLine, site=office)
class KeyLineAdmin(admin.ModelAdmin):
    """Without actions there is no box, and no row is asked for its name."""

    actions = None
    list_display = ["quantity", "order_id", "book_key"]

    def book_key(self, line):
        return line.book_id


@admin.register(Coupon, site=office)
class CouponAdmin(admin.ModelAdmin):
    list_display = ["code", "percent", "half"]

    def half(self, coupon):
        return coupon.percent / 2


@admin.register(Book, site=office)
class PrefetchedBookAdmin(admin.ModelAdmin):
    list_display = ["title", "tag_names"]
    list_per_page = 500

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        return queryset.prefetch_related("tags").defer("description")

    def tag_names(self, book):
        return ", ".join(tag.name for tag in book.tags.all())
