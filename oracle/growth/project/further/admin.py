"""What is looked up at the counter, while somebody waits."""

from django.contrib import admin
from django.db.models import Sum
from django.utils.html import format_html

from catalog.models import Author, Book, Publisher
from further.models import OpenOrder
from further.sites import counter
from sales.models import Customer, Order


@admin.register(OpenOrder, site=counter)
class OpenOrderAdmin(admin.ModelAdmin):
    list_display = ["id", "status", "mail"]
    list_filter = ["status"]
    list_select_related = ["customer"]

    @admin.display(description="E-mail", ordering="customer__user__email")
    def mail(self, order):
        address = order.customer.user.email  # grows: ORM004
        return format_html('<a href="mailto:{}">{}</a>', address, order.customer.name)


class CountryFilter(admin.SimpleListFilter):
    title = "country"
    parameter_name = "country"

    def lookups(self, request, model_admin):
        publishers = Publisher.objects.filter(is_active=True).select_related("country")
        return sorted({(p.country.code, p.country.name) for p in publishers})

    def queryset(self, request, queryset):
        if self.value():
            return queryset.filter(publisher__country__code=self.value())
        return queryset


@admin.register(Book, site=counter)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "imprint", "copies_sold", "tag_names"]
    list_filter = [CountryFilter]
    search_fields = ["title", "isbn"]

    def get_queryset(self, request):
        books = super().get_queryset(request).annotate(sold=Sum("order_lines__quantity"))
        return books.select_related("publisher").prefetch_related("tags")

    def imprint(self, book):
        return book.publisher.name if book.publisher else "own"

    @admin.display(description="Sold", ordering="sold", empty_value="none")
    def copies_sold(self, book):
        return book.sold

    @admin.display(description="Tags")
    def tag_names(self, book):
        return ", ".join(tag.name for tag in book.tags.all()) or "-"


@admin.register(Author, site=counter)
class AuthorAdmin(admin.ModelAdmin):
    search_fields = ["name"]


class BookInline(admin.TabularInline):
    model = Book
    extra = 0
    show_change_link = True
    autocomplete_fields = ["author"]
    fields = [
        "title",
        "author",  # grows: ORM004
        "stock",
    ]


@admin.register(Publisher, site=counter)
class PublisherAdmin(admin.ModelAdmin):
    fields = ["name", "is_active"]
    inlines = [BookInline]


class OrderInline(admin.StackedInline):
    model = Order
    extra = 0
    fields = ["status", "placed_at", "reduction"]
    readonly_fields = ["reduction"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("coupon")

    def reduction(self, order):
        return f"{order.coupon.percent} %" if order.coupon else "-"


@admin.register(Customer, site=counter)
class CustomerAdmin(admin.ModelAdmin):
    fields = ["name", "is_wholesale", "points"]
    inlines = [OrderInline]
