from django.db import models
from django.db.models import F, Sum
from django.utils.functional import cached_property

from sales.models import Order


class OpenOrderQuerySet(models.QuerySet):
    def with_contents(self):
        return self.select_related("customer").prefetch_related("lines__book")


class OpenOrderManager(models.Manager.from_queryset(OpenOrderQuerySet)):
    def get_queryset(self):
        return super().get_queryset().exclude(status=Order.Status.SENT)


class OpenOrder(Order):
    """What is still to be packed."""

    objects = OpenOrderManager()

    class Meta:
        proxy = True

    @cached_property
    def contents(self):
        return ", ".join(f"{line.quantity} x {line.book.title}" for line in self.lines.all())

    @property
    def value(self):
        found = self.lines.aggregate(value=Sum(F("quantity") * F("unit_price")))  # grows: ORM006
        return found["value"] or 0
