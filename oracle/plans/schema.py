"""What there is in a database, in words that two databases can be compared by.

Names count where Django finds things by them: those of tables, columns, and of what a model's
`Meta` names. Others are made by Django with hashes, and found by what they are.
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
SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid), convalidated
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
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""

FUNCTIONS = """
SELECT proname FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""

VIEWS = """
SELECT relname, relkind::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f', 'p')
"""


def described():
    """All of it, one line for each thing."""
    named = declared_names()
    lines = []
    for table, column, kind, is_set, identity, generated, default, collation, comment in rows(COLUMNS):
        parts = [kind, "NOT NULL" if is_set else None, identity and f"identity {identity}"]
        parts += [default and f"{'generated' if generated else 'default'} {without_name(default)}"]
        parts += [collation and f"collation {collation}", comment and f"comment {comment}"]
        lines.append(f"{table}.{column}: {' '.join(filter(None, parts))}")
    for table, name, kind, definition, is_valid in rows(CONSTRAINTS):
        known = name if name in named else "some"
        lines.append(f"{table}: constraint {known}: {definition}{'' if is_valid else ', not valid'}")
    for table, name, definition, *works in rows(INDEXES):
        is_known = name in named or name.endswith("_like")
        definition = definition.replace(f" {quoted(name)} ON ", " ON ", 1)
        known = name if is_known else "some"
        lines.append(f"{table}: index {known}: {definition}{'' if all(works) else ', not valid'}")
    lines += [f"{table}: trigger {name}: {text}" for table, name, text in rows(TRIGGERS)]
    lines += [f"function {name}" for (name,) in rows(FUNCTIONS)]
    lines += [f"view {name}" for name, _ in rows(VIEWS)]
    return Counter(lines)


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


def quoted(name):
    return name if name.isidentifier() and name == name.lower() else f'"{name}"'


def without_name(default):
    """A sequence goes by any name."""
    return "nextval" if default.startswith("nextval(") else default


def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
