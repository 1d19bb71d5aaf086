import uuid

from django.db import models


class Named:
    """No model, but carries a field: Django ignores what a plain class declares."""

    nickname = models.CharField(max_length=20)

    def __str__(self):
        return self.name


class Stamped(models.Model):
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ["-created"]
        get_latest_by = "created"


class Keyed(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Owned(models.Model):
    owner = models.ForeignKey("shop.Customer", models.CASCADE, related_name="%(app_label)s_%(class)s_set")
    editor = models.ForeignKey(
        "shop.Customer", models.CASCADE, null=True, related_name="+", related_query_name="edited_%(class)s"
    )
    tags = models.ManyToManyField("shop.Label", related_name="%(class)ss")
    plain = models.ForeignKey("shop.Label", models.CASCADE, null=True)

    class Meta:
        abstract = True


class Everything(Stamped, Keyed, Owned):
    note = models.TextField(default="")

    class Meta(Stamped.Meta):
        abstract = True
        verbose_name = "everything"
