from datetime import datetime

from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse

from catalog.models import Product
from core.tenancy import get_current_store


class OrderQuerySet(models.QuerySet):
    def of_current_store(self):
        return self.filter(store=get_current_store())

    def open(self):
        return self.filter(status__in=["new", "paid"])


class Order(models.Model):
    STATUS_CHOICES = (
        ("new", "New"),
        ("paid", "Paid"),
        ("shipped", "Shipped"),
        ("cancelled", "Cancelled"),
    )

    reference = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="orders"
    )
    store = models.ForeignKey("core.Store", on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=12, choices=STATUS_CHOICES, default="new")
    coupon = models.ForeignKey("Coupon", on_delete=models.SET_NULL, null=True, blank=True)
    handled_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="handled_orders"
    )
    total = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    note = models.CharField(max_length=200, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def get_absolute_url(self):
        return reverse("orders:detail", args=[self.reference])

    def recompute_total(self):
        self.total = sum(item.price * item.quantity for item in self.items.all())
        self.save()


class OrderItem(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        unique_together = ("order", "product")

    def __str__(self):
        return f"{self.quantity} x {self.product.name}"


class Coupon(models.Model):
    code = models.CharField(max_length=20)
    percent = models.PositiveSmallIntegerField()
    discount_amount = models.FloatField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0)
    valid_until = models.DateTimeField()

    def __str__(self):
        return self.code

    @property
    def expired(self):
        return self.valid_until.replace(tzinfo=None) < datetime.utcnow()


class Return(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="returns")
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self):
        return f"return of {self.order.reference}"
