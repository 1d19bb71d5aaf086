import datetime
import decimal

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField, DateRangeField, HStoreField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Lower, Now

from . import custom
from .custom import MoneyField, OwnForeignKey, OwnManyToMany, OwnOneToOne


class Status(models.TextChoices):
    DRAFT = "draft"
    LIVE = "live"


class Size(models.IntegerChoices):
    SMALL = 1
    LARGE = 2


LENGTH = 3 * 10
COMMON = {"max_length": 40, "blank": True}


class Thing(models.Model):
    big = models.BigIntegerField()
    binary = models.BinaryField(max_length=20)
    boolean = models.BooleanField(null=True)
    char = models.CharField("a name", max_length=LENGTH, unique=True, default="x")
    unlimited = models.CharField(db_collation=None, **COMMON)
    date = models.DateField(default=datetime.date.today)
    moment = models.DateTimeField(db_default=Now())
    decimal = models.DecimalField("cost", "cost", 9, 3, validators=[MinValueValidator(decimal.Decimal(1))])
    duration = models.DurationField(null=True, blank=True)
    email = models.EmailField()
    file = models.FileField(upload_to="x")
    path = models.FilePathField(path="/")
    floating = models.FloatField(db_default=2.5)
    image = models.ImageField(upload_to="x", width_field="width", height_field="height", max_length=50)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveBigIntegerField()
    ip = models.GenericIPAddressField(protocol="ipv4")
    json = models.JSONField(default=dict)
    slug = models.SlugField(max_length=None)
    slug_plain = models.SlugField(db_index=False)
    small = models.SmallIntegerField(choices=Size)
    text = models.TextField(choices=Status.choices, default=Status.DRAFT)
    time = models.TimeField(unique_for_date="date")
    url = models.URLField(primary_key=False, db_column="address")
    uuid = models.UUIDField(unique=True)
    total = models.GeneratedField(
        expression=F("floating") * Value(2), output_field=models.FloatField(), db_persist=True
    )
    lowered = models.GeneratedField(
        expression=Lower("char"), output_field=models.CharField(max_length=40), db_persist=False, unique=True
    )
    money = MoneyField()
    strict = custom.StrictMoneyField(max_digits=7)
    upper = custom.UpperField(max_length=5)
    point = custom.PointField(null=True)
    colour = custom.ColourField()
    array = ArrayField(models.CharField(max_length=4), size=2)
    matrix = ArrayField(base_field=ArrayField(models.IntegerField()))
    store = HStoreField()
    span = DateRangeField()
    vector = SearchVectorField(null=True)
    own = OwnForeignKey("self", models.CASCADE, null=True)
    owns = OwnManyToMany("things.Tag")
    single = OwnOneToOne("Tag", models.CASCADE, related_name="single")
    owner = custom.OwnerField()
    second_owner = custom.OwnerField(related_name="seconds")
    notes = GenericRelation("Note")
    named_notes = GenericRelation(
        "things.Note",
        content_type_field="other_type",
        object_id_field="other_id",
        related_query_name="thing",
    )

    class Meta:
        db_table = "thing"
        verbose_name = "a thing"
        indexes = [
            models.Index("char", name="by_char"),
            GinIndex(fields=["array"]),
            models.Index(fields=["char", "-date"], condition=models.Q(boolean=True), name="%(class)s_by_char"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(big__gt=1), name="big_enough"),
            models.UniqueConstraint(Lower("text"), name="one_text"),
        ]
        unique_together = (("char", "text"), ("date", "time"))
        ordering = ["char", F("date").desc(), models.OrderBy(F("time"))]


class Tag(models.Model):
    code = models.CharField(primary_key=True, max_length=4)


class Serial(models.Model):
    number = models.SmallAutoField(primary_key=True)


class Note(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    about = GenericForeignKey()
    other_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    other_id = models.TextField()
    other = GenericForeignKey("other_type", "other_id", for_concrete_model=False)

    class Meta:
        indexes = [models.Index(fields=["content_type", "object_id"])]


class NotedBase(models.Model):
    notes = GenericRelation(Note, related_query_name="%(class)s")
    remarks = GenericRelation(Note)

    class Meta:
        abstract = True


class Noted(NotedBase):
    pass


class Pair(models.Model):
    """A key of two columns (Django 5.2)."""

    pk = models.CompositePrimaryKey("left", "right")
    left = models.IntegerField()
    right = models.IntegerField()


class Both(models.Model):
    one = models.IntegerField()
    two = models.IntegerField()
    pair = models.ForeignObject(
        Pair,
        models.CASCADE,
        from_fields=["one", "two"],
        to_fields=["left", "right"],
        related_name="boths",
    )
