"""The operations that are measured: one case for each row of the table and each way to reach it.

A case starts from the two models below (`Thing` refers to `Other`), with what it needs beside
them, and makes one operation. Old rows, rows that the previous release writes after it, and rows
that the next release writes before it is taken back say when it fails.
"""

from dataclasses import dataclass, field

import django
from django.db import migrations as m
from django.db import models

DJANGO = django.VERSION[:2]


@dataclass
class Case:
    name: str
    operation: m.operations.base.Operation
    # Fields of `Thing` beside its own, or in place of them.
    fields: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)
    # Operations that lead to the state before, after the models are made.
    before: list = field(default_factory=list)
    # Whose rows the previous release reads and writes; None where it has no model.
    subject: str | None = "Thing"
    # SQL that fills the table of which there is no model.
    rows: str | None = None
    # Values of the previous release, allowed to it, that the operation does not get on with.
    awkward: dict | None = None
    # Values of the next release with which the operation cannot be taken back.
    later: dict | None = None
    # How the field `extra` is filled, where that depends on what it becomes.
    fill: object = None
    # What the describing of states cannot see.
    facts: dict = field(default_factory=dict)
    # The release of PostgreSQL that it needs; others cannot do it.
    database: int = 0


CASES = []


def case(name, operation, *, django=(0, 0), database=0, until=(99, 0), **rest):
    """Adds a case, if this Django has what it takes: arguments may be functions that make it."""
    if not django <= DJANGO < until:
        return
    made = ("fields", "before")
    given = {
        key: value() if key in made and callable(value) else value for key, value in rest.items()
    }
    operation = operation() if callable(operation) else operation
    CASES.append(Case(name, operation, database=database, **given))


def check(condition, name):
    if DJANGO >= (5, 1):
        return models.CheckConstraint(condition=condition, name=name)
    return models.CheckConstraint(check=condition, name=name)


def thing():
    return {
        "id": models.BigAutoField(primary_key=True),
        "name": models.CharField(max_length=50),
        "number": models.IntegerField(null=True),
        "other": models.ForeignKey("app.Other", models.CASCADE, null=True),
    }


def other():
    return {
        "id": models.BigAutoField(primary_key=True),
        "code": models.CharField(max_length=20, unique=True),
    }


def one_more():
    return [
        m.CreateModel(
            "Child",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("thing", models.ForeignKey("app.Thing", models.CASCADE)),
            ],
        )
    ]


def add(name, of_kind, **rest):
    case(f"AddField {name}", lambda: m.AddField("thing", "extra", of_kind()), **rest)


def alter(name, old, new, **rest):
    fields = rest.pop("fields", {})
    case(
        f"AlterField {name}",
        lambda: m.AlterField("thing", "extra", new()),
        fields=lambda: {**fields, "extra": old()},
        **rest,
    )


def remove(name, of_kind, **rest):
    case(
        f"RemoveField {name}",
        m.RemoveField("thing", "extra"),
        fields=lambda: {"extra": of_kind()},
        **rest,
    )


def bare():
    """A table without a key, for which no release has a model: between two operations only."""
    fields = [("code", models.IntegerField(primary_key=True)), ("extra", models.IntegerField())]
    return [m.CreateModel("Bare", fields), m.AlterField("bare", "code", models.IntegerField())]


BARE = {
    "before": bare,
    "subject": None,
    "rows": "INSERT INTO app_bare (code, extra) VALUES (1, 1), (2, 2), (3, 3)",
}


def integer(**options):
    return lambda: models.IntegerField(**options)


def char(length, **more):
    return lambda: models.CharField(max_length=length, **more)


LONG = {"extra": "y" * 30}
INDEX = models.Index(fields=["number"], name="by_number")


def constraint(name, made, **rest):
    case(f"AddConstraint {name}", lambda: m.AddConstraint("thing", made()), **rest)
