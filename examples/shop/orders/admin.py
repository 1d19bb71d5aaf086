from django.contrib import admin

from .models import Coupon, Order, OrderItem, Return


class OrderItemInline(admin.TabularInline):
    model = OrderItem
    extra = 0
    raw_id_fields = ["product"]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["reference", "customer", "status", "total", "created_at"]
    list_filter = ["status", "store"]
    date_hierarchy = "created_at"
    inlines = [OrderItemInline]


@admin.register(Return)
class ReturnAdmin(admin.ModelAdmin):
    list_display = ["__str__", "created_at"]
    list_select_related = ["order"]


admin.site.register(Coupon)
