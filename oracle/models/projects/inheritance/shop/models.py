from base.models import Everything, Keyed, Named, Owned, Stamped
from django.db import models

from . import managers
from .managers import ItemManager, ItemQuerySet


class Label(models.Model):
    name = models.CharField(max_length=10)


class Customer(Named, models.Model):
    name = models.CharField(max_length=10)

    class Meta:
        indexes = [models.Index(fields=["name"]), models.Index(fields=["-name"], name="customer_name_down")]


class Article(Everything):
    body = models.TextField()


class Report(Everything):
    """Replaces inherited fields and drops one."""

    note = models.CharField(max_length=5)
    plain = None

    class Meta:
        verbose_name = "report"


class Invoice(Stamped, Owned):
    number = models.IntegerField(unique=True)

    class Meta(Stamped.Meta):
        ordering = ["number"]


class Item(Keyed):
    price = models.DecimalField(max_digits=6, decimal_places=2)
    hidden = models.BooleanField(default=False)
    label = models.ForeignKey(Label, models.CASCADE, related_name="items")

    objects = ItemManager()
    everything = models.Manager()

    class Meta:
        default_manager_name = "everything"
        base_manager_name = "objects"
        ordering = ("price",)


class Book(Item):
    """Multi-table: gets item_ptr."""

    pages = models.IntegerField()
    cheap = ItemQuerySet.as_manager()


class Comic(Book):
    colour = models.BooleanField()


class Gadget(Item):
    base = models.OneToOneField(Item, models.CASCADE, parent_link=True, related_name="as_gadget")
    works_with = models.ManyToManyField("self")


class Bundle(Book, Gadget):
    """Two parents with tables and primary keys of their own."""

    extra = models.CharField(max_length=3)

    class Meta:
        ordering = ["extra"]


class CheapItem(Item):
    from_query = managers.ItemFromQuery()
    named = managers.NamedFromQuery()
    sub = managers.SubManager()

    class Meta:
        proxy = True
        ordering = ["-price"]


class CheapBook(Book):
    class Meta:
        proxy = True


class CheaperBook(CheapBook):
    class Meta:
        proxy = True
        app_label = "base"


class OnProxy(models.Model):
    """Points at a proxy: the way back lives on the concrete model too."""

    item = models.ForeignKey(CheapItem, models.CASCADE)
    book = models.OneToOneField(CheaperBook, models.CASCADE)


class WithManager(models.Model):
    objects = ItemQuerySet.as_manager()

    class Meta:
        abstract = True


class OtherManager(models.Model):
    live = ItemManager()
    price = models.IntegerField()
    hidden = models.BooleanField()

    class Meta:
        abstract = True
        default_manager_name = "live"


class Both(WithManager, OtherManager):
    pass


class Other(OtherManager, WithManager):
    objects = models.Manager()

    class Meta(OtherManager.Meta):
        managed = False
        db_table = "other_table"
        unique_together = [["price", "hidden"]]
        permissions = [("see", "can see")]


class Diamond(Stamped):
    left = models.IntegerField()

    class Meta:
        abstract = True


class DiamondOther(Stamped):
    right = models.IntegerField()

    class Meta:
        abstract = True


class DiamondJoin(Diamond, DiamondOther):
    pass


def named(name):
    return models.CharField(max_length=len(name))


class Computed(models.Model):
    """Fields that a helper builds, and one in a branch."""

    first = named("first")
    second = models.CharField(max_length=2 * 4)
    if True:
        third = models.IntegerField()
    fourth = fifth = None
