"""Relations of every kind, with and without names for the way back."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Timed(models.Model):
    made = models.DateTimeField(null=True)
    day = models.DateField(null=True)

    class Meta:
        abstract = True


class Country(models.Model):
    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=40)


class Customer(Timed):
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="customer"
    )
    country = models.ForeignKey(Country, models.CASCADE, null=True, to_field="code")
    friends = models.ManyToManyField("self")
    name = models.CharField(max_length=40)
    email = models.EmailField()
    data = models.JSONField(default=dict)

    @property
    def title(self):
        return self.name


class Company(Customer):
    number = models.IntegerField(null=True)
    owner = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="companies", related_query_name="firm"
    )


class BigCustomer(Customer):
    class Meta:
        proxy = True


class Product(Timed):
    name = models.CharField(max_length=40)
    price = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    weight = models.FloatField(null=True)
    is_sold = models.BooleanField(default=True)
    picture = models.FileField()
    token = models.UUIDField(null=True)
    until = models.TimeField(null=True)
    lasts = models.DurationField(null=True)
    made_in = models.ForeignKey(Country, models.CASCADE, null=True, related_name="+")
    notes = GenericRelation("Note", related_query_name="noted_product")


class Order(Timed):
    customer = models.ForeignKey(Customer, models.CASCADE, null=True)
    payer = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="paid_orders"
    )
    products = models.ManyToManyField(Product, through="Line", related_name="orders")
    gift = models.OneToOneField(Product, models.CASCADE, null=True)
    total = models.DecimalField(max_digits=9, decimal_places=2, null=True)


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", related_query_name="line")
    product = models.ForeignKey(Product, models.CASCADE)
    count = models.PositiveIntegerField(default=1)


class Badge(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, unique=True)
    text = models.CharField(max_length=9)


class Note(models.Model):
    text = models.TextField()
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("content_type", "object_id")
