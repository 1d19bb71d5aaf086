"""Columns that change."""

import uuid

from django.db import migrations as m
from django.db import models
from django.db.models import Q

from cases import BARE, LONG, alter, case, char, check, integer, one_more

# AlterField: null


def every_other(number):
    """NULL in half of the rows that there are."""
    return None if number % 2 == 0 and number <= 100 else number


alter(
    "null to not null",
    lambda: models.IntegerField(null=True),
    lambda: models.IntegerField(),
    awkward={"extra": None},
)
alter(
    "null to not null with a default",
    lambda: models.IntegerField(null=True),
    lambda: models.IntegerField(default=3),
    awkward={"extra": None},
    fill=every_other,
)
alter(
    "null to not null with the same default",
    lambda: models.IntegerField(null=True, default=3),
    lambda: models.IntegerField(default=3),
    awkward={"extra": None},
    fill=every_other,
)
alter(
    "null to not null, blank text",
    lambda: models.CharField(max_length=20, null=True, blank=True),
    lambda: models.CharField(max_length=20, blank=True),
    awkward={"extra": None},
)
alter(
    "null to not null with db_default",
    lambda: models.IntegerField(null=True),
    lambda: models.IntegerField(db_default=3),
    awkward={"extra": None},
    django=(5, 0),
    fill=every_other,
)
alter(
    "null to not null, checked before",
    lambda: models.IntegerField(null=True),
    lambda: models.IntegerField(),
    before=lambda: [m.AddConstraint("thing", check(Q(extra__isnull=False), "set"))],
    facts={"checked_not_null": True},
)
alter(
    "not null to null",
    lambda: models.IntegerField(),
    lambda: models.IntegerField(null=True),
    later={"extra": None},
)
alter(
    "not null to null with a default",
    lambda: models.IntegerField(default=3),
    lambda: models.IntegerField(null=True),
    later={"extra": None},
)
alter(
    "foreign key to not null",
    lambda: models.ForeignKey("app.Other", models.CASCADE, null=True, related_name="+"),
    lambda: models.ForeignKey("app.Other", models.CASCADE, related_name="+"),
    awkward={"extra": None},
)
alter(
    "foreign key to null",
    lambda: models.ForeignKey("app.Other", models.CASCADE, related_name="+"),
    lambda: models.ForeignKey("app.Other", models.CASCADE, null=True, related_name="+"),
    later={"extra": None},
)

# AlterField: what the database does not see

alter(
    "default only", lambda: models.IntegerField(default=3), lambda: models.IntegerField(default=4)
)
alter(
    "choices, help text",
    lambda: models.IntegerField(),
    lambda: models.IntegerField(choices=[(1, "x")], help_text="x"),
)
alter(
    "on_delete",
    lambda: models.ForeignKey("app.Other", models.CASCADE, null=True, related_name="+"),
    lambda: models.ForeignKey("app.Other", models.SET_NULL, null=True, related_name="+"),
)
alter(
    "blank",
    lambda: models.CharField(max_length=20),
    lambda: models.CharField(max_length=20, blank=True),
)

alter(
    "default of a foreign key",
    lambda: models.ForeignKey("app.Other", models.CASCADE, default=1, related_name="+"),
    lambda: models.ForeignKey("app.Other", models.CASCADE, default=2, related_name="+"),
)

# AlterField: type


def numbered_uuid(number):
    return str(uuid.UUID(int=number))


alter("varchar widened", char(20), char(40), later=LONG)
alter("varchar widened, indexed", char(20, db_index=True), char(40, db_index=True), later=LONG)
alter("varchar widened, unique", char(20, unique=True), char(40, unique=True), later=LONG)
alter(
    "varchar widened, in a check",
    char(20),
    char(40),
    before=lambda: [m.AddConstraint("thing", check(~Q(extra=""), "filled"))],
    facts={"in_check": True},
    later=LONG,
)
alter("varchar narrowed", char(40), char(20), awkward=LONG)
alter("varchar to text", char(20), lambda: models.TextField(), later=LONG)
alter(
    "varchar to text, indexed",
    char(20, db_index=True),
    lambda: models.TextField(db_index=True),
    later=LONG,
)
alter(
    "varchar to text, unique",
    char(20, unique=True),
    lambda: models.TextField(unique=True),
    later=LONG,
)
alter("text to varchar", lambda: models.TextField(), char(20), awkward=LONG)
alter(
    "text to varchar, indexed",
    lambda: models.TextField(db_index=True),
    char(20, db_index=True),
    awkward=LONG,
)
alter(
    "varchar to varchar without a length",
    char(20),
    lambda: models.CharField(),
    django=(4, 2),
    later=LONG,
    database=12,
)
alter(
    "varchar without a length to varchar",
    lambda: models.CharField(),
    char(20),
    django=(4, 2),
    awkward=LONG,
    database=12,
)
alter(
    "text to varchar without a length",
    lambda: models.TextField(),
    lambda: models.CharField(),
    django=(4, 2),
    database=12,
)
alter(
    "varchar to slug of the same length",
    char(50, db_index=True),
    lambda: models.SlugField(max_length=50),
)
alter(
    "smallint to integer",
    lambda: models.SmallIntegerField(),
    lambda: models.IntegerField(),
    later={"extra": 100000},
)
alter(
    "integer to bigint",
    lambda: models.IntegerField(),
    lambda: models.BigIntegerField(),
    later={"extra": 2**40},
)
alter(
    "integer to bigint, indexed",
    lambda: models.IntegerField(db_index=True),
    lambda: models.BigIntegerField(db_index=True),
    later={"extra": 2**40},
)
alter(
    "bigint to integer",
    lambda: models.BigIntegerField(),
    lambda: models.IntegerField(),
    awkward={"extra": 2**40},
)
alter(
    "integer to positive",
    lambda: models.IntegerField(),
    lambda: models.PositiveIntegerField(),
    awkward={"extra": -5},
)
alter(
    "positive to integer",
    lambda: models.PositiveIntegerField(),
    lambda: models.IntegerField(),
    later={"extra": -5},
)
alter(
    "positive to positive big",
    lambda: models.PositiveIntegerField(),
    lambda: models.PositiveBigIntegerField(),
    later={"extra": 2**40},
)
alter("integer to float", lambda: models.IntegerField(), lambda: models.FloatField())
alter(
    "integer to decimal",
    lambda: models.IntegerField(),
    lambda: models.DecimalField(max_digits=8, decimal_places=2),
    awkward={"extra": 10**7},
)
alter(
    "integer to text",
    lambda: models.IntegerField(),
    lambda: models.TextField(),
    later={"extra": "z"},
    fill=int,
)
alter(
    "float to decimal",
    lambda: models.FloatField(),
    lambda: models.DecimalField(max_digits=8, decimal_places=2),
    awkward={"extra": 1e7},
)


def decimal(digits, places):
    return lambda: models.DecimalField(max_digits=digits, decimal_places=places)


alter("decimal with more digits", decimal(6, 2), decimal(10, 2), later={"extra": 10**7})
alter("decimal with fewer digits", decimal(10, 2), decimal(6, 2), awkward={"extra": 10**7})
alter("decimal with more places", decimal(6, 2), decimal(8, 4))
alter("decimal with fewer places", decimal(8, 4), decimal(8, 2))
alter(
    "decimal without limits",
    decimal(8, 2),
    lambda: models.DecimalField(),
    django=(6, 1),
    later={"extra": 10**7},
    database=12,
)
alter("date to datetime", lambda: models.DateField(), lambda: models.DateTimeField())
alter("datetime to date", lambda: models.DateTimeField(), lambda: models.DateField())
alter(
    "boolean to integer",
    lambda: models.BooleanField(),
    lambda: models.IntegerField(),
    later={"extra": 5},
)
alter(
    "text to json",
    lambda: models.TextField(),
    lambda: models.JSONField(),
    awkward={"extra": "{"},
    fill=str,
)
alter(
    "uuid to text",
    lambda: models.UUIDField(),
    lambda: models.TextField(),
    later={"extra": "z"},
    fill=numbered_uuid,
)
alter(
    "email to url", lambda: models.EmailField(max_length=50), lambda: models.URLField(max_length=50)
)
alter(
    "positive, renamed",
    lambda: models.PositiveIntegerField(),
    lambda: models.PositiveIntegerField(db_column="renamed"),
)
alter("collation", char(20), char(20, db_collation="C"), django=(3, 2), database=12)
alter(
    "collation, indexed",
    char(20, db_index=True),
    char(20, db_index=True, db_collation="C"),
    django=(3, 2),
    database=12,
)
alter(
    "comment",
    lambda: models.IntegerField(),
    lambda: models.IntegerField(db_comment="x"),
    django=(4, 2),
)
alter(
    "db_default added",
    lambda: models.IntegerField(),
    lambda: models.IntegerField(db_default=3),
    django=(5, 0),
)
alter(
    "db_default changed",
    lambda: models.IntegerField(db_default=2),
    lambda: models.IntegerField(db_default=3),
    django=(5, 0),
)
alter(
    "db_default removed",
    lambda: models.IntegerField(db_default=2),
    lambda: models.IntegerField(),
    django=(5, 0),
)
alter(
    "type and not null",
    lambda: models.IntegerField(null=True),
    lambda: models.BigIntegerField(),
    awkward={"extra": None},
    later={"extra": 2**40},
)

# AlterField: indexes and keys

DOUBLE = {"extra": 1}
TWICE = {"extra": "extra-1"}
alter("index added", integer(), integer(db_index=True))
alter("index removed", integer(db_index=True), integer())
alter("index added to text", char(20), char(20, db_index=True))
alter("index of text removed", char(20, db_index=True), char(20))
alter("unique added", integer(), integer(unique=True), awkward=DOUBLE)
alter("unique added to text", char(20), char(20, unique=True), awkward=TWICE)
alter("unique in place of an index", integer(db_index=True), integer(unique=True), awkward=DOUBLE)
alter(
    "unique text in place of an index",
    char(20, db_index=True),
    char(20, unique=True),
    awkward=TWICE,
)
alter("unique removed", integer(unique=True), integer(), later=DOUBLE)
alter("unique of text removed", char(20, unique=True), char(20), later=TWICE)
alter("index in place of unique", integer(unique=True), integer(db_index=True), later=DOUBLE)
alter(
    "integer to foreign key",
    lambda: models.IntegerField(db_column="extra_id"),
    lambda: models.ForeignKey("app.Other", models.CASCADE, related_name="+"),
    awkward={"extra": 90000},
)
alter(
    "foreign key to integer",
    lambda: models.ForeignKey("app.Other", models.CASCADE, related_name="+"),
    lambda: models.BigIntegerField(db_column="extra_id"),
)
alter(
    "foreign key constraint added",
    lambda: models.ForeignKey("app.Other", models.CASCADE, related_name="+", db_constraint=False),
    lambda: models.ForeignKey("app.Other", models.CASCADE, related_name="+"),
    awkward={"extra_id": 90000},
)
alter(
    "foreign key constraint removed",
    lambda: models.ForeignKey("app.Other", models.CASCADE, related_name="+"),
    lambda: models.ForeignKey("app.Other", models.CASCADE, related_name="+", db_constraint=False),
    later={"extra_id": 90000},
)
alter(
    "foreign key to one to one",
    lambda: models.ForeignKey("app.Other", models.CASCADE, null=True, related_name="+"),
    lambda: models.OneToOneField("app.Other", models.CASCADE, null=True, related_name="+"),
    awkward={"extra_id": 1},
)
alter("db_column", integer(), integer(db_column="renamed"))
case(
    "AlterField key to bigint",
    lambda: m.AlterField("thing", "id", models.BigAutoField(primary_key=True)),
    fields=lambda: {"id": models.AutoField(primary_key=True)},
)
case(
    "AlterField key to bigint, referred to",
    lambda: m.AlterField("thing", "id", models.BigAutoField(primary_key=True)),
    fields=lambda: {"id": models.AutoField(primary_key=True)},
    before=one_more,
)
case(
    "AlterField automatic key to integer",
    lambda: m.AlterField("thing", "id", models.IntegerField(primary_key=True)),
    fields=lambda: {"id": models.AutoField(primary_key=True)},
)
case(
    "AlterField integer key to automatic",
    lambda: m.AlterField("thing", "id", models.AutoField(primary_key=True)),
    fields=lambda: {"id": models.IntegerField(primary_key=True)},
)
case(
    "AlterField becomes the key",
    lambda: m.AlterField("bare", "extra", models.IntegerField(primary_key=True)),
    **BARE,
)
case(
    "AlterField unique, referred to, widened",
    lambda: m.AlterField("other", "code", models.CharField(max_length=40, unique=True)),
    before=lambda: [
        m.AddField(
            "thing",
            "coded",
            models.ForeignKey(
                "app.Other", models.CASCADE, to_field="code", null=True, related_name="coded"
            ),
        )
    ],
    subject="Other",
    later={"code": "y" * 30},
)
