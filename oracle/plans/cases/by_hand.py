"""A plan written by hand, and the same with a mistake each, which the oracle has to find."""

from cases import case

MODELS = """
 class Order(models.Model):
     code = models.CharField(max_length=60)
+    priority = models.IntegerField(default=3)
"""

HEAD = "from django.db import models\n\n\n"

BEFORE = """\
class Order(models.Model):
    code = models.CharField(max_length=60)
"""

AFTER = f"{BEFORE}    priority = models.IntegerField(default=3)\n"

FILL = """\
def fill(apps, schema_editor):
    orders = apps.get_model("shop", "Order").objects.order_by("pk")
    last = 0
    while True:
        keys = list(orders.filter(pk__gt=last).values_list("pk", flat=True)[:2000])
        orders.filter(pk__in=keys, priority=None).update(priority=3)
        if len(keys) < 2000:
            break
        last = keys[-1]


"""

FILL_ONCE = """\
def fill(apps, schema_editor):
    apps.get_model("shop", "Order").objects.filter(priority=None).update(priority=3)


"""

STATE = 'migrations.AddField("order", "priority", models.IntegerField(default=3))'

ADD = f"""migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE shop_order ADD COLUMN priority integer NULL",
                    "ALTER TABLE shop_order DROP COLUMN priority",
                )
            ],
            state_operations=[{STATE}],
        )"""

RUN = "migrations.RunPython(fill, migrations.RunPython.noop)"

CHECK = """migrations.RunSQL(
            "ALTER TABLE shop_order ADD CONSTRAINT filled CHECK (priority IS NOT NULL) NOT VALID",
            "ALTER TABLE shop_order DROP CONSTRAINT filled",
        )"""

VALIDATE = """migrations.RunSQL(
            "ALTER TABLE shop_order VALIDATE CONSTRAINT filled", migrations.RunSQL.noop
        )"""

SET = """migrations.RunSQL(
            "ALTER TABLE shop_order ALTER COLUMN priority SET NOT NULL",
            "ALTER TABLE shop_order ALTER COLUMN priority DROP NOT NULL",
        )"""

DROP = """migrations.RunSQL(
            "ALTER TABLE shop_order DROP CONSTRAINT filled",
            "ALTER TABLE shop_order ADD CONSTRAINT filled CHECK (priority IS NOT NULL) NOT VALID",
        )"""

# Copies the value of one column to the other, whichever the code of a release writes.
SYNC = """migrations.RunSQL(
            '''CREATE FUNCTION shop_same() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF TG_OP = 'INSERT' THEN
                    NEW.title := coalesce(NEW.title, NEW.code);
                    NEW.code := coalesce(NEW.code, NEW.title);
                ELSIF NEW.code IS DISTINCT FROM OLD.code THEN NEW.title := NEW.code;
                ELSIF NEW.title IS DISTINCT FROM OLD.title THEN NEW.code := NEW.title;
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER shop_same BEFORE INSERT OR UPDATE ON shop_order
                FOR EACH ROW EXECUTE FUNCTION shop_same()''',
            "DROP TRIGGER shop_same ON shop_order; DROP FUNCTION shop_same()",
        )"""


def models(text):
    return [{"path": "shop/models.py", "text": HEAD + text}]


def migrations(first, *written):
    """Migrations from this number on, each with its operations and maybe a function."""
    files = []
    for number, (operations, *rest) in enumerate(written, first):
        function = rest[0] if rest else ""
        is_atomic = rest[1] if len(rest) > 1 else True
        before = "0001_initial" if number == 2 else f"{number - 1:04}_step"
        lines = "".join(f"        {operation},\n" for operation in operations)
        text = (
            f"from django.db import migrations, models\n\n\n{function}"
            f"class Migration(migrations.Migration):\n    atomic = {is_atomic}\n"
            f'    dependencies = [("shop", "{before}")]\n    operations = [\n{lines}    ]\n'
        )
        files.append({"path": f"shop/migrations/{number:04}_step.py", "text": text})
    return files


def step(code, files, **rest):
    return {"code": code, "migrations": files, "reversible": True, **rest}


ADDED = step(models(AFTER), migrations(2, [[ADD]]))
FILLED = ([RUN], FILL, False)
SET_SAFELY = ([CHECK],), ([VALIDATE],), ([SET, DROP],)


def by_hand(name, wrong, *steps, changed=MODELS, **rest):
    case(f"by hand: {name}", changed, at_once=set(wrong.split()), steps=list(steps), **rest)


by_hand("all is well", "", ADDED, step([], migrations(3, FILLED, *SET_SAFELY)), everywhere=True)
by_hand(
    "rows are filled at once",
    "large-transaction",
    ADDED,
    step([], migrations(3, ([RUN], FILL_ONCE), *SET_SAFELY)),
)
by_hand(
    "rows are filled while the table is locked",
    "writes-under-lock large-transaction",
    step(models(AFTER), migrations(2, [[ADD, RUN], FILL_ONCE])),
    step([], migrations(3, FILLED, *SET_SAFELY)),
)
by_hand(
    "validated while the table is locked",
    "reads-under-lock",
    ADDED,
    step([], migrations(3, FILLED, [[CHECK, VALIDATE]], [[SET, DROP]])),
)
by_hand(
    "set without a check",
    "reads-under-lock",
    ADDED,
    step([], migrations(3, FILLED, [[SET]])),
)
by_hand(
    "nothing is filled",
    "migration-fails query-fails",
    ADDED,
    step([], migrations(3, *SET_SAFELY)),
)
by_hand(
    "filled and set in the first step",
    "migration-fails query-fails",
    step(models(AFTER), migrations(2, [[ADD]], FILLED, *SET_SAFELY)),
)
by_hand(
    "the code of the first step writes NULL",
    "migration-fails query-fails",
    step(
        models(AFTER.replace("default=3", "default=3, null=True")),
        migrations(2, [[ADD.replace("default=3", "default=3, null=True")]]),
    ),
    step(
        models(AFTER),
        migrations(
            3,
            FILLED,
            ([CHECK],),
            ([VALIDATE],),
            (['migrations.AlterField("order", "priority", models.IntegerField(default=3))', DROP],),
        ),
    ),
)
by_hand(
    "the check is left",
    "schema",
    ADDED,
    step([], migrations(3, FILLED, ([CHECK],), ([VALIDATE],), ([SET],))),
)
by_hand(
    "the default is left",
    "schema",
    step(
        models(AFTER), migrations(2, [[ADD.replace("integer NULL", "integer NOT NULL DEFAULT 3")]])
    ),
)
by_hand(
    "another value is filled",
    "data",
    ADDED,
    step([], migrations(3, ([RUN], FILL.replace("priority=3", "priority=4"), False), *SET_SAFELY)),
)
by_hand(
    "the state is not told",
    "drift",
    step(models(AFTER), migrations(2, [[ADD.replace(STATE, "")]])),
    step(
        [],
        migrations(
            3,
            ([f"migrations.SeparateDatabaseAndState(state_operations=[{STATE}])"],),
            FILLED,
            *SET_SAFELY,
        ),
    ),
)
by_hand(
    "the code is not what it was to become",
    "code",
    step(models(AFTER + "    # Set.\n"), migrations(2, [[ADD]])),
    step([], migrations(3, FILLED, *SET_SAFELY)),
)
by_hand(
    "it says that it cannot be taken back",
    "reversible",
    ADDED | {"reversible": False, "irreversible_because": "it is added"},
    step([], migrations(3, FILLED, *SET_SAFELY)),
)
by_hand(
    "it cannot be taken back",
    "not-reversible",
    ADDED,
    step(
        [],
        migrations(
            3,
            FILLED,
            ([CHECK],),
            ([VALIDATE.replace(", migrations.RunSQL.noop", "")],),
            SET_SAFELY[2],
        ),
    ),
)
by_hand(
    "taken back it is something else",
    "not-reversible",
    ADDED,
    step(
        [],
        migrations(
            3,
            FILLED,
            ([CHECK],),
            ([VALIDATE],),
            ([SET.replace("DROP NOT NULL", "SET NOT NULL"), DROP],),
        ),
    ),
)
by_hand(
    "an index is not built again",
    "not-resumable",
    step(
        models(BEFORE.replace("60)", "60, db_index=True)")),
        migrations(
            2,
            (
                [
                    """migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON shop_order (code)",
                    "DROP INDEX CONCURRENTLY a",
                ),
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY IF NOT EXISTS shop_order_code_15db80c4_like"
                    " ON shop_order (code varchar_pattern_ops)",
                    "DROP INDEX CONCURRENTLY shop_order_code_15db80c4_like",
                ),
            ],
            state_operations=[
                migrations.AlterField("order", "code", models.CharField(max_length=60, db_index=True))
            ],
        )"""
                ],
                "",
                False,
            ),
        ),
    ),
    changed="""
 class Order(models.Model):
-    code = models.CharField(max_length=60)
+    code = models.CharField(max_length=60, db_index=True)
""",
)
