"""Cases of `django.contrib.postgres`."""

from django.contrib.postgres import fields, functions, indexes, operations
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import migrations as m
from django.db import models
from django.db.models import Q

from cases import DJANGO, INDEX, LONG, add, alter, case, char, check, constraint

# Weakest first, as the manual writes them.
LOCKS = [
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
]

add("array", lambda: fields.ArrayField(models.IntegerField(), default=list))
add("hstore", lambda: fields.HStoreField(null=True))
add("range", lambda: fields.IntegerRangeField(null=True))
add(
    "db_default, random uuid",
    lambda: models.UUIDField(db_default=functions.RandomUUID()),
    django=(5, 0),
    database=13,
    facts={"db_default": "each_row"},
)
alter(
    "array of longer text",
    lambda: fields.ArrayField(models.CharField(max_length=20)),
    lambda: fields.ArrayField(models.CharField(max_length=40)),
    later={"extra": ["y" * 30]},
)
alter(
    "array of varchar to text",
    lambda: fields.ArrayField(models.CharField(max_length=20)),
    lambda: fields.ArrayField(models.TextField()),
)
alter(
    "array to another type",
    lambda: fields.ArrayField(models.IntegerField()),
    lambda: fields.ArrayField(models.BigIntegerField()),
    later={"extra": [2**40]},
)


def citext(**options):
    return lambda: fields.CITextField(**options)


if DJANGO < (5, 1):
    alter("text to citext", lambda: models.TextField(), citext(), until=(5, 1))
    alter(
        "text to citext, indexed",
        lambda: models.TextField(db_index=True),
        citext(db_index=True),
        until=(5, 1),
    )
    alter(
        "text to citext, unique",
        lambda: models.TextField(unique=True),
        citext(unique=True),
        until=(5, 1),
        awkward={"extra": "EXTRA-1"},
    )
    alter("citext to text", citext(), lambda: models.TextField(), until=(5, 1))
    alter(
        "citext to text, indexed",
        citext(db_index=True),
        lambda: models.TextField(db_index=True),
        until=(5, 1),
    )
    alter("citext to varchar", citext(), char(20), until=(5, 1), awkward=LONG)
    alter("varchar to citext", char(20), citext(), until=(5, 1), later=LONG)

case("AddIndexConcurrently", operations.AddIndexConcurrently("thing", INDEX))
case(
    "AddIndexConcurrently partial",
    operations.AddIndexConcurrently(
        "thing", models.Index(fields=["number"], name="some", condition=Q(number__gt=1))
    ),
)
case(
    "RemoveIndexConcurrently",
    operations.RemoveIndexConcurrently("thing", "by_number"),
    before=[m.AddIndex("thing", INDEX)],
)
case(
    "AddIndex gin",
    m.AddIndex("thing", indexes.GinIndex(fields=["extra"], name="gin")),
    fields=lambda: {"extra": models.JSONField(default=dict)},
)
case(
    "AddIndex gist",
    m.AddIndex("thing", indexes.GistIndex(fields=["extra"], name="gist")),
    fields=lambda: {"extra": fields.IntegerRangeField(null=True)},
)
case("AddIndex brin", m.AddIndex("thing", indexes.BrinIndex(fields=["number"], name="brin")))
case("AddIndex hash", m.AddIndex("thing", indexes.HashIndex(fields=["number"], name="hash")))
case(
    "AddIndex bloom",
    lambda: m.AddIndex("thing", indexes.BloomIndex(fields=["number"], name="bloom")),
    django=(3, 1),
)
case("AddIndex spgist", m.AddIndex("thing", indexes.SpGistIndex(fields=["name"], name="spgist")))
constraint(
    "exclusion",
    lambda: ExclusionConstraint(name="made", expressions=[("number", RangeOperators.EQUAL)]),
    awkward={"number": 1},
)
case(
    "RemoveConstraint exclusion",
    m.RemoveConstraint("thing", "made"),
    before=lambda: [
        m.AddConstraint(
            "thing",
            ExclusionConstraint(name="made", expressions=[("number", RangeOperators.EQUAL)]),
        )
    ],
    later={"number": 1},
)
case(
    "AddConstraintNotValid",
    lambda: operations.AddConstraintNotValid("thing", check(Q(number__gte=0), "made")),
    awkward={"number": -1},
    django=(4, 0),
)
case(
    "ValidateConstraint",
    lambda: operations.ValidateConstraint("thing", "made"),
    before=lambda: [operations.AddConstraintNotValid("thing", check(Q(number__gte=0), "made"))],
    django=(4, 0),
)
case("CreateExtension", operations.CreateExtension("unaccent"))
case("CreateCollation", lambda: operations.CreateCollation("made", "C"), django=(3, 2))
case(
    "RemoveCollation",
    lambda: operations.RemoveCollation("made", "C"),
    before=lambda: [operations.CreateCollation("made", "C")],
    django=(3, 2),
)


# What plans write by hand


def by_hand(name, sql, actions, **rest):
    facts = {"actions": actions, "referenced": rest.pop("referenced", [])}
    case(f"RunSQL {name}", m.RunSQL(sql), facts=facts, **rest)


KEY_NOT_VALID = "ALTER TABLE app_thing ADD CONSTRAINT made FOREIGN KEY (extra) REFERENCES app_other (id) DEFERRABLE INITIALLY DEFERRED NOT VALID"
NOT_NULL_NOT_VALID = "ALTER TABLE app_thing ADD CONSTRAINT made NOT NULL number NOT VALID"
VALIDATED = "ALTER TABLE app_thing VALIDATE CONSTRAINT made"
by_hand(
    "foreign key not valid",
    KEY_NOT_VALID,
    ["AddForeignKeyNotValid"],
    fields=lambda: {"extra": models.BigIntegerField()},
    referenced=["app_other"],
)
by_hand(
    "foreign key validated",
    VALIDATED,
    ["ValidateForeignKey"],
    fields=lambda: {"extra": models.BigIntegerField()},
    before=[m.RunSQL(KEY_NOT_VALID)],
    referenced=["app_other"],
)
by_hand(
    "unique with an index that is there",
    "ALTER TABLE app_thing ADD CONSTRAINT made UNIQUE USING INDEX made",
    ["AddUniqueUsingIndex"],
    before=[m.RunSQL("CREATE UNIQUE INDEX made ON app_thing (number)")],
)
by_hand("not null not valid", NOT_NULL_NOT_VALID, ["AddNotNullNotValid"], database=18)
by_hand(
    "not null validated",
    VALIDATED,
    ["ValidateConstraint"],
    before=[m.RunSQL(NOT_NULL_NOT_VALID)],
    database=18,
)


# What projects write by hand

by_hand("insert", "INSERT INTO app_thing (name, number) VALUES ('x', 1)", ["InsertRows"])
by_hand(
    "insert what it reads",
    "INSERT INTO app_thing (name, number) SELECT name, number FROM app_thing",
    ["InsertRows"],
)
by_hand("truncate", "TRUNCATE app_thing", ["TruncateRows"])
by_hand("drop index", "DROP INDEX made", ["DropIndex"], before=[m.RunSQL("CREATE INDEX made ON app_thing (number)")])
by_hand("lock", "LOCK TABLE app_thing", ["LockTable(AccessExclusive)"])
for mode in LOCKS:
    action = "LockTable(" + mode.title().replace(" ", "") + ")"
    by_hand(f"lock, {mode}", f"LOCK TABLE app_thing IN {mode} MODE", [action])
