from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=50)


class Order(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE)


class Elsewhere(models.Model):
    class Meta:
        app_label = "auth"
