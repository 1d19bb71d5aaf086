"""What there is in a database, in words that two databases can be compared by.

Names count where Django finds things by them: those of tables, columns, and of what a model's
`Meta` names. Others are made by Django with hashes, and found by what they are; but not the second
index of a text.
"""

from collections import Counter

from django.apps import apps
from django.db import connection

from changes import APP

COLUMNS = """
SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity::text,
       to_jsonb(a)->>'attgenerated', pg_get_expr(adbin, adrelid), collname,
       col_description(attrelid, attnum)
FROM pg_attribute a
JOIN pg_class c ON c.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
LEFT JOIN pg_collation ON pg_collation.oid = attcollation AND collname <> 'default'
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
"""

# PostgreSQL 18 has NOT NULL here too; whether a column has it is told with the column.
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
"""

INDEXES = """
SELECT indrelid::regclass::text, c.relname, pg_get_indexdef(indexrelid), indisvalid, indisready
FROM pg_index
JOIN pg_class c ON c.oid = indexrelid
WHERE c.relnamespace = 'public'::regnamespace
"""

TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
FROM pg_trigger
WHERE NOT tgisinternal
"""

FUNCTIONS = """
SELECT proname FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""

FILLED = """
SELECT relname, array_agg(attname ORDER BY attnum)
FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
  AND relname <> 'django_migrations'
GROUP BY relname
"""

VIEWS = """
SELECT relname, relkind::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f', 'p')
"""


def described(case):
    """All of it, one line for each thing."""
    named, like = declared_names(), names_of_second_indexes()
    lines = []
    for table, column, kind, is_set, identity, generated, default, collation, comment in rows(
        COLUMNS
    ):
        parts = [kind, "NOT NULL" if is_set else None, identity and f"identity {identity}"]
        parts += [default and f"{'generated' if generated else 'default'} {without_name(default)}"]
        parts += [collation and f"collation {collation}", comment and f"comment {comment}"]
        lines.append(f"{table}.{column}: {' '.join(filter(None, parts))}")
    for table, name, definition, is_valid in rows(CONSTRAINTS):
        known = name if name in named else "some"
        lines.append(
            f"{table}: constraint {known}: {definition}{'' if is_valid else ', not valid'}"
        )
    for table, name, definition, *works in rows(INDEXES):
        definition = definition.replace(f" {quoted(name)} ON ", " ON ", 1)
        known = name if name in named else "some"
        if name.endswith("_like"):
            # Django lets it be where a column is renamed.
            known = "like" if name in like or case.renamed else name
        lines.append(f"{table}: index {known}: {definition}{'' if all(works) else ', not valid'}")
    lines += [f"{table}: trigger {name}: {text}" for table, name, text in rows(TRIGGERS)]
    lines += [f"function {name}" for (name,) in rows(FUNCTIONS)]
    lines += [f"view {name}" for name, _ in rows(VIEWS)]
    return Counter(lines)


def filled():
    """The columns that have values, and those that have different ones."""
    found = set()
    quote = connection.ops.quote_name
    for table, columns in rows(FILLED):
        counts = ", ".join(f"count(DISTINCT {quote(column)})" for column in columns)
        (counted,) = rows(f"SELECT {counts} FROM {quote(table)}")
        for column, count in zip(columns, counted):
            if count > 0:
                found.add(f"what {table}.{column} has")
            if count > 1:
                found.add(f"what {table}.{column} has in each row")
    return found


def differences(there, wanted):
    return [f"too much: {line}" for line in sorted((there - wanted).elements())] + [
        f"missing: {line}" for line in sorted((wanted - there).elements())
    ]


def declared_names():
    names = set()
    for model in apps.get_app_config(APP).get_models():
        options = model._meta
        names |= {each.name for each in [*options.indexes, *options.constraints]}
    return names


def names_of_second_indexes():
    """By which Django drops them."""
    return {
        connection.schema_editor()._create_index_name(
            model._meta.db_table, [field.column], suffix="_like"
        )
        for model in apps.get_app_config(APP).get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
    }


def quoted(name):
    return name if name.isidentifier() and name == name.lower() else f'"{name}"'


def without_name(default):
    """A sequence goes by any name."""
    return "nextval" if default.startswith("nextval(") else default


def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
