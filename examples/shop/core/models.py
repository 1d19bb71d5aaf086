from django.db import models


class Store(models.Model):
    name = models.CharField(max_length=80)
    subdomain = models.SlugField(unique=True)
    currency = models.CharField(max_length=3, default="EUR")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["subdomain"]

    def __str__(self):
        return self.name
