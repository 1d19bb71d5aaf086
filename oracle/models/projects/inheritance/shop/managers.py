from django.db import models


class ItemQuerySet(models.QuerySet):
    def cheap(self):
        return self.filter(price__lt=10)


class ItemManager(models.Manager):
    use_in_migrations = True

    def get_queryset(self):
        return super().get_queryset().filter(hidden=False)


ItemFromQuery = ItemManager.from_queryset(ItemQuerySet)
NamedFromQuery = models.Manager.from_queryset(ItemQuerySet, "NamedFromQuery")


class SubManager(ItemManager.from_queryset(ItemQuerySet)):
    pass
