from django.conf import settings
from django.db import models
from django.db.models import CASCADE, ForeignKey, Model


class Order(Model):
    customer = ForeignKey(settings.AUTH_USER_MODEL, CASCADE)
    books = models.ManyToManyField("catalogue.Book", through="sales.Line")
    gift_to = ForeignKey("people.User", on_delete=CASCADE, related_name="gifts", limit_choices_to={"is_active": True})

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["customer"], name="order_customer")]


class Line(Model):
    order = ForeignKey(Order, CASCADE, related_name="lines")
    book = ForeignKey("catalogue.Book", CASCADE)
    price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "book"], name="%(app_label)s_%(class)s_once")]


class Elsewhere(Model):
    """Filed under another app."""

    order = ForeignKey(Order, CASCADE)

    class Meta:
        app_label = "reviews"
