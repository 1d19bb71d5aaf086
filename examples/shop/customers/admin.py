from django.contrib import admin

from .models import Address, Customer


class AddressInline(admin.TabularInline):
    model = Address
    extra = 0


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["__str__", "store", "phone", "newsletter", "points"]
    list_filter = ["newsletter"]
    search_fields = ["user__username", "user__email"]
    inlines = [AddressInline]


@admin.register(Address)
class AddressAdmin(admin.ModelAdmin):
    list_display = ["customer", "kind", "city", "country"]
    list_select_related = ["customer__user"]
