"""The lists of the shop, and one order with its lines."""

from django.contrib import admin

from sales.models import Address, Coupon, Customer, Order, OrderLine, Shipment, StockMovement


class LineInline(admin.TabularInline):
    """Each line offers all books to choose from, and is called by its book."""

    model = OrderLine
    extra = 0
    fields = [
        "book",  # grows: ORM004
        "quantity",
    ]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = [
        "id",
        "customer",
        "coupon",  # grows: ORM004
    ]
    inlines = [LineInline]


@admin.register(OrderLine)
class OrderLineAdmin(admin.ModelAdmin):
    list_display = ["quantity", "buyer", "status"]
    list_select_related = ["order"]

    def buyer(self, line):
        return line.order.customer.name  # grows: ORM004

    def status(self, line):
        return line.order.get_status_display()


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["name", "user"]


@admin.register(Address)
class AddressAdmin(admin.ModelAdmin):
    list_display = ["street", "city", "owner"]

    def get_list_select_related(self, request):
        return ["customer__user"]

    def owner(self, address):
        return f"{address.customer.name} ({address.customer.user.username})"


@admin.register(Coupon)
class CouponAdmin(admin.ModelAdmin):
    list_display = ["code", "uses"]

    def uses(self, coupon):
        return coupon.orders.exists()  # grows: ORM004, ORM007


@admin.register(Shipment)
class ShipmentAdmin(admin.ModelAdmin):
    """A path over a relation is no field, so that nothing is joined for it."""

    list_display = [
        "tracking_code",
        "order__status",  # grows: ORM004
    ]


@admin.register(StockMovement)
class StockMovementAdmin(admin.ModelAdmin):
    """Joins all foreign keys that are required, also for the names of the rows."""

    list_select_related = True
