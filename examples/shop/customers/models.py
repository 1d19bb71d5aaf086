from django.contrib.auth.models import User
from django.db import models

from orders.constants import COUNTRY_CHOICES


class Customer(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="customer")
    store = models.ForeignKey("core.Store", on_delete=models.PROTECT, related_name="customers")
    phone = models.CharField(max_length=32, null=True, blank=True)
    newsletter = models.BooleanField(default=False)
    points = models.IntegerField(default=0)
    api_token = models.CharField(max_length=64, blank=True)
    preferences = models.JSONField(default={}, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["user"], name="customer_user_idx")]

    def __str__(self):
        return self.user.get_full_name() or self.user.username


class Address(models.Model):
    KIND_CHOICES = (
        ("shipping", "Shipping"),
        ("billing", "Billing"),
    )

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10, choices=KIND_CHOICES, default="shipping")
    street = models.CharField(max_length=120)
    city = models.CharField(max_length=80)
    postcode = models.CharField(max_length=12)
    country = models.CharField(max_length=2, choices=COUNTRY_CHOICES, default="DE")

    class Meta:
        verbose_name_plural = "addresses"
        unique_together = [("customer", "kind")]
