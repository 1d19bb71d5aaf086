from django.conf import settings
from django.db import models

from catalog.models import Book


class Customer(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="customer")
    name = models.CharField(max_length=120)
    is_wholesale = models.BooleanField(default=False)
    points = models.PositiveIntegerField(default=0)
    favourites = models.ManyToManyField(Book, blank=True, related_name="fans")

    def __str__(self):
        return self.name


class Address(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    street = models.CharField(max_length=120)
    city = models.CharField(max_length=80)

    class Meta:
        ordering = ["city", "id"]
        verbose_name_plural = "addresses"

    def __str__(self):
        return f"{self.street}, {self.city}"


class Coupon(models.Model):
    code = models.CharField(max_length=20)
    percent = models.PositiveSmallIntegerField()

    def __str__(self):
        return self.code

    def save(self, *args, **kwargs):
        self.code = self.code.upper()
        super().save(*args, **kwargs)


class Order(models.Model):
    class Status(models.TextChoices):
        NEW = "new", "New"
        PAID = "paid", "Paid"
        SENT = "sent", "Sent"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    coupon = models.ForeignKey(
        Coupon, models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    placed_at = models.DateTimeField()
    remark = models.TextField(blank=True)
    total = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    class Meta:
        ordering = ["-placed_at"]

    def __str__(self):
        return f"Order {self.pk}"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    book = models.ForeignKey(Book, models.PROTECT, related_name="order_lines")
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)

    def __str__(self):
        return f"{self.quantity} x {self.book.title}"  # grows: ORM004


class Shipment(models.Model):
    order = models.OneToOneField(Order, models.CASCADE, related_name="shipment")
    carrier = models.CharField(max_length=40)
    tracking_code = models.CharField(max_length=40)

    def __str__(self):
        return self.tracking_code


class StockMovement(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="stock_movements")
    change = models.IntegerField()
    reason = models.CharField(max_length=40)

    def __str__(self):
        return f"{self.change:+} of {self.book}"  # grows: ORM004
