"""Tables, indexes and constraints."""

from django.db import migrations as m
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from cases import INDEX, case, check, constraint, one_more

# Names

case("RenameField", m.RenameField("thing", "number", "amount"))
case("RenameField foreign key", m.RenameField("thing", "other", "another"))
case(
    "RenameField many to many",
    m.RenameField("thing", "others", "more"),
    fields=lambda: {"others": models.ManyToManyField("app.Other", related_name="+")},
    subject="Thing_others",
)
case("RenameModel", m.RenameModel("Thing", "Item"))
case("RenameModel, referred to", m.RenameModel("Thing", "Item"), before=one_more)
case("AlterModelTable", m.AlterModelTable("thing", "things"))
case("AlterModelTable, the same", m.AlterModelTable("thing", "app_thing"))
case("AlterModelTableComment", lambda: m.AlterModelTableComment("thing", "x"), django=(4, 2))

# Tables

case(
    "CreateModel",
    lambda: m.CreateModel(
        "New",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("code", models.CharField(max_length=9, unique=True)),
            ("number", models.PositiveIntegerField(db_index=True)),
        ],
    ),
)
case(
    "CreateModel with a foreign key",
    lambda: m.CreateModel(
        "New",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("thing", models.ForeignKey("app.Other", models.CASCADE, related_name="+")),
        ],
    ),
)
case("DeleteModel", m.DeleteModel("Thing"))
case(
    "DeleteModel without foreign keys",
    m.DeleteModel("Lone"),
    before=lambda: [
        m.CreateModel(
            "Lone",
            [("id", models.BigAutoField(primary_key=True)), ("number", models.IntegerField())],
        )
    ],
    subject="Lone",
)

# Indexes
case("AddIndex", m.AddIndex("thing", INDEX))
case(
    "AddIndex partial",
    m.AddIndex("thing", models.Index(fields=["number"], name="some", condition=Q(number__gt=1))),
)
case(
    "AddIndex of an expression",
    lambda: m.AddIndex("thing", models.Index(Lower("name"), name="lower")),
    django=(3, 2),
)
case("RemoveIndex", m.RemoveIndex("thing", "by_number"), before=[m.AddIndex("thing", INDEX)])
case(
    "RenameIndex",
    lambda: m.RenameIndex("thing", new_name="new", old_name="by_number"),
    before=[m.AddIndex("thing", INDEX)],
    django=(4, 1),
)
case(
    "AlterIndexTogether", lambda: m.AlterIndexTogether("thing", {("number", "name")}), until=(5, 1)
)
case(
    "AlterIndexTogether removed",
    lambda: m.AlterIndexTogether("thing", set()),
    before=lambda: [m.AlterIndexTogether("thing", {("number", "name")})],
    until=(5, 1),
)

# Constraints

PAIR = {"number": 1, "name": "name-1"}
case("AlterUniqueTogether", m.AlterUniqueTogether("thing", {("number", "name")}), awkward=PAIR)
case(
    "AlterUniqueTogether removed",
    m.AlterUniqueTogether("thing", set()),
    options={"unique_together": {("number", "name")}},
    later=PAIR,
)
case("AlterOrderWithRespectTo", m.AlterOrderWithRespectTo("thing", "other"))


def unique(**options):
    return lambda: models.UniqueConstraint(name="made", **options)


constraint("unique", unique(fields=["number", "name"]), awkward=PAIR)
constraint(
    "unique with a condition",
    unique(fields=["number"], condition=Q(number__gt=0)),
    awkward={"number": 1},
)
constraint(
    "unique, deferrable",
    unique(fields=["number"], deferrable=models.Deferrable.DEFERRED),
    awkward={"number": 1},
    django=(3, 1),
)
constraint(
    "unique with included columns",
    unique(fields=["number"], include=["name"]),
    awkward={"number": 1},
    django=(3, 2),
)
constraint(
    "unique, nulls not distinct",
    unique(fields=["number"], nulls_distinct=False),
    awkward={"number": 1},
    django=(5, 0),
    database=15,
)
constraint(
    "unique expression",
    lambda: models.UniqueConstraint(Lower("name"), name="made"),
    awkward={"name": "NAME-1"},
    django=(4, 0),
)
constraint("check", lambda: check(Q(number__gte=0), "made"), awkward={"number": -1})
case(
    "RemoveConstraint unique",
    m.RemoveConstraint("thing", "made"),
    before=lambda: [m.AddConstraint("thing", unique(fields=["number", "name"])())],
    later=PAIR,
)
case(
    "RemoveConstraint unique with a condition",
    m.RemoveConstraint("thing", "made"),
    before=lambda: [
        m.AddConstraint("thing", unique(fields=["number"], condition=Q(number__gt=0))())
    ],
    later={"number": 1},
)
case(
    "RemoveConstraint check",
    m.RemoveConstraint("thing", "made"),
    before=lambda: [m.AddConstraint("thing", check(Q(number__gte=0), "made"))],
    later={"number": -1},
)
case(
    "AlterConstraint",
    lambda: m.AlterConstraint(
        "thing",
        "made",
        models.CheckConstraint(
            condition=Q(number__gte=0), name="made", violation_error_message="x"
        ),
    ),
    before=lambda: [m.AddConstraint("thing", check(Q(number__gte=0), "made"))],
    django=(5, 2),
)

# What the database does not see

case("AlterModelOptions", m.AlterModelOptions("thing", {"ordering": ["name"]}))
case("AlterModelManagers", m.AlterModelManagers("thing", []))
