"""Columns that are added NOT NULL."""

from cases import odd, shop

shop(
    "field with default",
    "+    priority = models.IntegerField(default=3)",
    at_once={"query-fails"},
    everywhere=True,
)
shop(
    "field with default, migration",
    "+    paid = models.BooleanField(default=False)",
    is_migration=True,
)
odd(
    "field with callable default",
    '+    reference = models.UUIDField(default=uuid.uuid4, db_column="Reference No")',
    at_once={"query-fails"},
)
shop(
    "field set by itself",
    "+    created_at = models.DateTimeField(auto_now_add=True)",
    at_once={"query-fails"},
)
shop(
    "field of blank text",
    '+    remark = models.CharField(max_length=40, blank=True, default="")',
    at_once={"query-fails"},
)
shop(
    "field with one-off default",
    "+    weight = models.IntegerField()",
    is_migration=True,
    one_off={"Order.weight": 7},
    filled={"Order.weight": 7},
    at_once={"query-fails"},
)
odd(
    "unique field with callable default",
    "+    token = models.UUIDField(default=uuid.uuid4, unique=True)",
    at_once={"migration-fails"},
)
shop(
    "field with db_default that differs by row",
    "+    token = models.UUIDField(db_default=RandomUUID())",
    imports="from django.contrib.postgres.functions import RandomUUID",
    django=(5, 0),
    at_once={"copies-under-lock"},
)
shop(
    "field with db_default of the project's own",
    "+    moment = models.DateTimeField(db_default=ClockTimestamp())",
    imports=(
        "from django.db.models import DateTimeField, Func\n\n\n"
        "class ClockTimestamp(Func):\n"
        '    template = "clock_timestamp()"\n'
        "    output_field = DateTimeField()"
    ),
    django=(5, 0),
    at_once={"copies-under-lock"},
)
shop(
    "field with index and default",
    "+    rank = models.PositiveIntegerField(default=1, db_index=True)",
    at_once={"query-fails", "builds-under-lock", "reads-under-lock"},
)
odd(
    "foreign key with default",
    """+    seller = models.ForeignKey(
+        Customer, on_delete=models.PROTECT, related_name="+", default=uuid.UUID(int=1)
+    )""",
    at_once={"query-fails", "builds-under-lock", "reads-under-lock"},
)
