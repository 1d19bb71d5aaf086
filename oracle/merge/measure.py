"""Apply every pair of operations in both orders; what comes of it, as JSON.

    python measure.py

Gives `{"i j": outcome}` with i < j counted from 0: `same`, `differs`, `fails` (one order), `never`
(neither goes through), or `invalid` where one of the two does not go through by itself.
"""

import json
import multiprocessing
import sqlite3
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=[],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from django.db import connection, migrations, models  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.db.migrations.state import ProjectState  # noqa: E402

HERE = Path(__file__).parent
NAMES = {"migrations": migrations, "models": models}


def main():
    count = len(read("operations.txt"))
    with multiprocessing.get_context("fork").Pool() as pool:
        after = pool.map(each_after, range(count), chunksize=1)
    outcomes = {}
    for one in range(count):
        for other in range(one + 1, count):
            if after[one] is None or after[other] is None:
                outcomes[f"{one} {other}"] = "invalid"
            else:
                outcomes[f"{one} {other}"] = outcome(after[one][other], after[other][one])
    print(json.dumps(outcomes))


def read(name):
    return [line for line in (HERE / name).read_text("utf-8").splitlines() if line]


def outcome(forwards, backwards):
    if forwards is None or backwards is None:
        return "never" if forwards == backwards else "fails"
    return "same" if forwards == backwards else "differs"


def each_after(one):
    """What each operation comes to after this one; None where one does not go through."""
    operations = read("operations.txt")
    start = Saved(ProjectState(), sqlite3.connect(":memory:"))
    for text in read("first.txt"):
        start = start.after(text)
    try:
        start = start.after(operations[one])
    except Exception:
        return None
    return [result(start, text) for text in operations]


def result(start, text):
    try:
        end = start.after(text)
        # Names that lead nowhere are found when the models are made.
        end.state.clear_delayed_apps_cache()
        end.state.apps
        return described(end.state), tables()
    except Exception:
        return None


class Saved:
    """Models and database at one point, to which it is possible to come back."""

    def __init__(self, state, database):
        self.state = state
        self.database = database

    def after(self, text):
        # Nothing of an operation that failed stays. The usual `close` keeps what lies in memory.
        BaseDatabaseWrapper.close(connection)
        connection.ensure_connection()
        self.database.backup(connection.connection)
        # States share the classes of models that they have made.
        before = ProjectState({key: model.clone() for key, model in self.state.models.items()})
        state = before.clone()
        operation = made(text)
        operation.state_forwards("shop", state)
        with connection.schema_editor() as editor:
            operation.database_forwards("shop", editor, before, state)
        kept = sqlite3.connect(":memory:")
        connection.connection.backup(kept)
        return Saved(state, kept)


def made(text):
    return eval(text, NAMES)


def described(state):
    return {key: model(it) for key, it in state.models.items()}


def model(it):
    options = {name: option(name, value) for name, value in it.options.items()}
    fields = {name: repr(field.deconstruct()[1:]) for name, field in it.fields.items()}
    return it.name, fields, options, repr(it.bases), repr(it.managers)


def option(name, value):
    if name in ("indexes", "constraints"):
        return sorted(map(repr, value))
    if name in ("unique_together", "index_together"):
        return sorted(map(tuple, value))
    return repr(value)


def tables():
    """Columns, keys and indexes of each table, whatever their order."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'PRAGMA table_info("{table}")')
            columns = sorted(row[1:] for row in cursor.fetchall())
            constraints = connection.introspection.get_constraints(cursor, table)
            found[table] = columns, sorted(repr(it) for it in constraints.values())
    return found


if __name__ == "__main__":
    main()
