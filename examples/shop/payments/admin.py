from django.contrib import admin

from .models import Payment


@admin.register(Payment)
class PaymentAdmin(admin.ModelAdmin):
    list_display = ["provider_id", "order_reference", "amount", "status"]
    list_filter = ["status"]

    def order_reference(self, payment):
        return payment.order.reference
