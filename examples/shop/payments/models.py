from django.db import models


class Payment(models.Model):
    STATUS_CHOICES = [
        ("open", "Open"),
        ("captured", "Captured"),
        ("refunded", "Refunded"),
    ]

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="payments")
    provider_id = models.CharField(max_length=64)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    fee = models.FloatField(default=0)
    status = models.CharField(max_length=10, choices=STATUS_CHOICES, default="open")
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.provider_id

    def net(self):
        return float(self.amount) - self.fee

    def export_key(self):
        return f"{self.order.pk}/{self.provider_id}"
