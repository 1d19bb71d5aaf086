"""Columns that come and go."""

import uuid

from django.db import migrations as m
from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from cases import BARE, add, case, remove

# AddField

add("nullable", lambda: models.CharField(max_length=20, null=True))
add("nullable with a default", lambda: models.CharField(max_length=20, null=True, default="x"))
add("not null without a default", lambda: models.IntegerField())
add("not null with a default", lambda: models.IntegerField(default=3))
add("not null, blank text", lambda: models.CharField(max_length=20, blank=True))
add("not null, set by itself", lambda: models.DateTimeField(auto_now_add=True))
add("not null with a callable default", lambda: models.UUIDField(default=uuid.uuid4))
add("indexed", lambda: models.IntegerField(null=True, db_index=True))
add("indexed text", lambda: models.CharField(max_length=20, null=True, db_index=True))
add("unique, nullable", lambda: models.IntegerField(null=True, unique=True))
add("unique text, nullable", lambda: models.CharField(max_length=20, null=True, unique=True))
add("unique with a default", lambda: models.IntegerField(default=3, unique=True))
add("positive, nullable", lambda: models.PositiveIntegerField(null=True))
add("positive with a default", lambda: models.PositiveIntegerField(default=3))
add("slug", lambda: models.SlugField(null=True))
add("decimal", lambda: models.DecimalField(max_digits=8, decimal_places=2, null=True))
add("json with a default", lambda: models.JSONField(default=dict))
add("text, nullable", lambda: models.TextField(null=True))
add("file", lambda: models.FileField(upload_to="x", null=True))
add(
    "foreign key, nullable",
    lambda: models.ForeignKey("app.Other", models.CASCADE, null=True, related_name="+"),
)
add(
    "foreign key without constraint",
    lambda: models.ForeignKey(
        "app.Other", models.CASCADE, null=True, related_name="+", db_constraint=False
    ),
)
add(
    "foreign key without index",
    lambda: models.ForeignKey(
        "app.Other", models.CASCADE, null=True, related_name="+", db_index=False
    ),
)
add(
    "foreign key with a default",
    lambda: models.ForeignKey("app.Other", models.CASCADE, default=1, related_name="+"),
)
add(
    "foreign key to itself",
    lambda: models.ForeignKey("app.Thing", models.CASCADE, null=True, related_name="+"),
)
add(
    "foreign key to text",
    lambda: models.ForeignKey(
        "app.Other", models.CASCADE, to_field="code", null=True, related_name="+"
    ),
)
add(
    "one to one, nullable",
    lambda: models.OneToOneField("app.Other", models.CASCADE, null=True, related_name="+"),
)
add("many to many", lambda: models.ManyToManyField("app.Other", related_name="+"))
add("db_default, constant", lambda: models.IntegerField(db_default=3), django=(5, 0))
add("db_default, nullable", lambda: models.IntegerField(db_default=3, null=True), django=(5, 0))
add(
    "db_default, stable",
    lambda: models.DateTimeField(db_default=Now()),
    django=(5, 0),
    facts={"db_default": "once"},
)
add(
    "db_default, volatile",
    lambda: models.FloatField(db_default=models.functions.Random()),
    django=(5, 0),
    facts={"db_default": "each_row"},
)
add(
    "db_default, foreign key",
    lambda: models.ForeignKey("app.Other", models.CASCADE, db_default=1, related_name="+"),
    django=(5, 0),
)
add("db_default, unique", lambda: models.IntegerField(db_default=3, unique=True), django=(5, 0))
add("db_default, positive", lambda: models.PositiveIntegerField(db_default=3), django=(5, 0))
add(
    "generated, stored",
    lambda: models.GeneratedField(
        expression=F("number") + 1, output_field=models.IntegerField(), db_persist=True
    ),
    django=(5, 0),
)
add(
    "generated, virtual",
    lambda: models.GeneratedField(
        expression=F("number") + 1, output_field=models.IntegerField(), db_persist=False
    ),
    django=(6, 0),
    database=18,
)
add("with a comment", lambda: models.IntegerField(null=True, db_comment="x"), django=(4, 2))
add(
    "with a collation",
    lambda: models.CharField(max_length=20, null=True, db_collation="C"),
    django=(3, 2),
    database=12,
)
case(
    "AddField automatic key",
    lambda: m.AddField("bare", "id", models.BigAutoField(primary_key=True)),
    **BARE,
)
case(
    "AddField key",
    lambda: m.AddField("bare", "number", models.IntegerField(primary_key=True, default=3)),
    **BARE,
)

# RemoveField

remove("nullable", lambda: models.CharField(max_length=20, null=True))
remove("not null", lambda: models.IntegerField())
remove("not null with a default", lambda: models.IntegerField(default=3))
remove("not null with db_default", lambda: models.IntegerField(db_default=3), django=(5, 0))
remove("indexed", lambda: models.CharField(max_length=20, null=True, db_index=True))
remove("unique", lambda: models.CharField(max_length=20, null=True, unique=True))
remove("unique with a default", lambda: models.IntegerField(default=3, unique=True))
remove(
    "foreign key",
    lambda: models.ForeignKey("app.Other", models.CASCADE, null=True, related_name="+"),
)
remove(
    "foreign key without constraint",
    lambda: models.ForeignKey(
        "app.Other", models.CASCADE, null=True, related_name="+", db_constraint=False
    ),
)
remove(
    "foreign key to itself",
    lambda: models.ForeignKey("app.Thing", models.CASCADE, null=True, related_name="+"),
)
remove("positive", lambda: models.PositiveIntegerField(null=True))
remove(
    "generated",
    lambda: models.GeneratedField(
        expression=F("number") + 1, output_field=models.IntegerField(), db_persist=True
    ),
    django=(5, 0),
)
case(
    "RemoveField many to many",
    m.RemoveField("thing", "others"),
    fields=lambda: {"others": models.ManyToManyField("app.Other", related_name="+")},
    subject="Thing_others",
)
