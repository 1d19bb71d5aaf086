"""Runs each case on a PostgreSQL server and says what it did: as JSON, to standard output.

    python postgresql.py HOST PORT

HOST is the folder of the server's socket. Of each statement that Django makes and of the whole
operation: the strongest lock on each table, whether it was written anew, read as a whole, rows
updated, indexes built. Then what the previous release may still do, whether the operation gets on
with awkward rows, and whether it can be taken back, and what is lost.
"""

import json
import sys
import threading
import time
from contextlib import contextmanager

import django
from django.conf import settings

HOST, PORT = sys.argv[1:3]
SERVER = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": HOST,
    "PORT": PORT,
    "USER": "postgres",
    "NAME": "postgres",
    # A case that waits for itself must not keep everything waiting.
    "OPTIONS": {"options": "-c statement_timeout=20s -c lock_timeout=10s"},
}
settings.configure(
    DATABASES={alias: dict(SERVER) for alias in ("default", "blocker", "observer")},
    INSTALLED_APPS=["django.contrib.postgres"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.contrib.postgres.signals import get_citext_oids, get_hstore_oids
from django.db import connection, connections, transaction
from django.db import migrations as m
from django.db.utils import Error

import cases.alterations
import cases.columns
import cases.postgres
import cases.tables
from cases.postgres import LOCKS
from describe import Describer
from states import OTHERS, ROWS, fill, in_transaction, prepared, query, row, run, value

WORKS = "works"
MODES = [name.title().replace(" ", "") + "Lock" for name in LOCKS]


def reset():
    query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


# What a statement does


class Watch:
    """What there is before, to be compared with what there is after."""

    def __init__(self, tables=None):
        self.tables = tables or dict(
            query(
                "SELECT oid, relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        )
        self.files = self.read_files()
        self.indexes = self.read_indexes()
        self.counters = self.read_counters()

    def read_files(self):
        """The file of each table, and whether there is anything in it: an emptied table gets a file
        anew, and nothing is written to it."""
        found = query(
            "SELECT oid, relfilenode, pg_relation_size(oid) > 0 FROM pg_class WHERE oid = ANY(%s)",
            list(self.tables),
        )
        return {oid: (file, is_filled) for oid, file, is_filled in found}

    def read_indexes(self):
        return {
            (table, file)
            for table, file in query(
                "SELECT indrelid, relfilenode FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
                " WHERE indrelid = ANY(%s)",
                list(self.tables),
            )
        }

    def read_counters(self, view="pg_stat_xact_user_tables"):
        return {
            oid: (read, updated)
            for oid, read, updated in query(
                f"SELECT relid, coalesce(seq_tup_read, 0), n_tup_upd FROM {view} WHERE relid = ANY(%s)",
                list(self.tables),
            )
        }

    def result(self, locks=None, counters=None):
        if locks is None:
            locks = query(
                "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid()"
                " AND locktype = 'relation' AND relation = ANY(%s)",
                list(self.tables),
            )
        counters = counters or self.read_counters()
        files = self.read_files()
        indexes = self.read_indexes() - self.indexes
        result = {}
        for oid, name in self.tables.items():
            held = [MODES.index(mode) for relation, mode in locks if relation == oid]
            read, updated = counters.get(oid, (0, 0))
            read_before, updated_before = self.counters.get(oid, (0, 0))
            file, is_filled = files.get(oid, (None, False))
            does = {
                "rewrite": is_filled and file != self.files[oid][0],
                "scan": read > read_before,
                "update": updated > updated_before,
                "index": is_filled and any(table == oid for table, _ in indexes),
            }
            if held or any(does.values()):
                result[name] = {
                    "lock": LOCKS[max(held)] if held else None,
                    "does": [part for part, is_done in does.items() if is_done],
                }
        return result


@contextmanager
def rolled_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def statement(sql, tables):
    """What one statement does in a transaction of its own, which is kept."""
    with transaction.atomic():
        watch = Watch(tables)
        query(sql)
        return watch.result()


def concurrent(sql):
    """What a statement does that may not be in a transaction: caught while another one keeps it
    waiting."""
    watch = Watch()
    connection.close()
    watch.counters = settled(watch)
    query("BEGIN; LOCK TABLE app_thing IN ROW EXCLUSIVE MODE", using="blocker")
    (process,) = query("SELECT pg_backend_pid()")[0]
    server = connections["default"].connection
    thread = threading.Thread(target=lambda: server.cursor().execute(sql))
    thread.start()
    waiting, locks = [], []
    while not waiting and thread.is_alive():
        time.sleep(0.01)
        waiting = query(
            "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", process, using="observer"
        )
    locks = query(
        "SELECT relation, mode FROM pg_locks WHERE pid = %s AND locktype = 'relation'",
        process,
        using="observer",
    )
    query("ROLLBACK", using="blocker")
    thread.join()
    connection.close()
    return watch.result(locks, settled(watch))


def settled(watch):
    """The counters after transactions, which come late."""
    counters, before = None, ()
    while counters != before:
        before = counters
        # Before PostgreSQL 15, another process collects them, every half a second.
        time.sleep(0.1 if connection.pg_version >= 150000 else 0.6)
        counters = watch.read_counters("pg_stat_user_tables")
    return counters


# What releases can do


def attempt(action):
    """Whether it works, or why it does not; undone in any case."""
    try:
        with transaction.atomic():
            action()
            settle()
            transaction.set_rollback(True)
    except (Error, ValueError) as error:
        return str(error).splitlines()[0]
    return WORKS


def previous_release(case, model):
    """What code that knows the old model can still do."""
    fresh, unreferenced = (
        (OTHERS + 50, OTHERS - 20) if model.__name__ == "Other" else (ROWS + 50, ROWS - 20)
    )

    def update():
        kept = row(case, model, 7)
        kept.pk = 7
        kept.save(force_update=True)

    done = {
        "select": attempt(lambda: list(model.objects.all()[:3])),
        "insert": attempt(lambda: insert(case, model, fresh, {})),
        "update": attempt(update),
        "delete": attempt(lambda: model.objects.filter(pk=unreferenced)._raw_delete("default")),
    }
    if case.awkward:
        done["awkward"] = attempt(lambda: insert(case, model, fresh, case.awkward))
    return done


def content(model):
    """All rows of a table, its key left out where the database gives it."""
    return sorted(map(repr, model.objects.values_list()))


def model_of(case, apps):
    """The model in question, which may have another name by now."""
    if case.subject is None:
        return None
    operation = case.operation
    models = {model.__name__.lower(): model for model in apps.get_models(include_auto_created=True)}
    made = {
        m.AddField: f"thing_{getattr(operation, 'name', '')}",
        m.CreateModel: getattr(operation, "name", ""),
        m.RenameModel: getattr(operation, "new_name", ""),
        m.RenameField: f"thing_{getattr(operation, 'new_name', '')}",
    }.get(type(operation), "")
    return models.get(made.lower()) or models.get(case.subject.lower())


def change_values(case, before, model):
    """What the next release writes: some rows with other values in a new column, rows of a new
    table."""
    if model._meta.label_lower not in {
        other._meta.label_lower for other in before.apps.get_models(include_auto_created=True)
    }:
        if not isinstance(case.operation, (m.RenameModel, m.RenameField)):
            fill(case, model)
    for field in model._meta.local_concrete_fields:
        if field.name not in ("extra", "_order") or getattr(field, "generated", False):
            continue
        keys = model.objects.order_by("pk").values_list("pk", flat=True)[:3]
        is_to_itself = field.remote_field and field.remote_field.model is model
        for number, key in enumerate(keys, start=ROWS // 2 if is_to_itself else ROWS + 60):
            written = case.fill(number) if case.fill else value(field, number)
            model.objects.filter(pk=key).update(**{field.attname: written})
    settle()


class Trial:
    """One case on the tables that it starts from: each experiment leaves them as they were."""

    def __init__(self, case):
        reset()
        self.case = case
        self.before, self.after = prepared(case)
        self.old = model_of(case, self.before.apps)
        self.new = model_of(case, self.after.apps)
        self.sql = []
        describer = Describer(connection, case, self.before.apps, self.after.apps)
        self.result = {"name": case.name, "changes": describer.changes(), "fails": None}

    def forth(self, log=None):
        operation = self.case.operation
        run(operation, operation.database_forwards, self.before, self.after, log)
        settle()

    def back(self):
        operation = self.case.operation
        run(operation, operation.database_backwards, self.after, self.before)
        settle()

    def measure(self):
        is_atomic = in_transaction(self.case.operation)
        if is_atomic:
            self.whole()
        else:
            self.forth(self.sql)
            with rolled_back():
                self.result["previous"] = previous_release(self.case, self.old)
            self.back()
        if self.result["fails"] is None:
            if is_atomic and self.old is not None:
                self.taken_back()
                self.with_awkward_row()
            self.result["statements"] = single(self.sql, is_atomic)
        else:
            self.result["statements"] = []
        return self.result

    def whole(self):
        """The operation in one transaction, and what the previous release can do after it."""
        with rolled_back():
            watch = Watch()
            try:
                with transaction.atomic():
                    self.forth(self.sql)
                    self.result["whole"] = watch.result()
                    if self.old is not None:
                        self.result["previous"] = previous_release(self.case, self.old)
            except Error as error:
                self.result["fails"] = str(error).splitlines()[0]

    def taken_back(self):
        """Whether the operation can be taken back, and what is lost."""
        if not self.case.operation.reversible:
            return
        with rolled_back():
            was = content(self.old)
            self.forth()
            self.result["reverse"] = attempt(self.back)
            if self.result["reverse"] == WORKS:
                self.back()
                self.result["destroys"] = content(self.old) != was
        if self.result["reverse"] == WORKS and self.new is not None:
            with rolled_back():
                self.forth()
                change_values(self.case, self.before, self.new)
                self.result["undo_destroys"] = self.is_lost_by_undoing()
        if self.case.later:
            with rolled_back():
                self.forth()
                insert(self.case, self.new, ROWS + 52, self.case.later)
                self.result["later"] = attempt(self.back)
                if self.result["later"] == WORKS:
                    self.result["later_destroys"] = self.is_lost_by_undoing()

    def is_lost_by_undoing(self):
        written = content(self.new)
        self.back()
        self.forth()
        return content(self.new) != written

    def with_awkward_row(self):
        if not self.case.awkward:
            return
        with rolled_back():
            insert(self.case, self.old, ROWS + 51, self.case.awkward)
            self.result["awkward"] = attempt(self.forth)
            if self.result["awkward"] == WORKS and self.result.get("reverse") == WORKS:
                was = content(self.old)
                self.forth()
                self.back()
                self.result["awkward_destroys"] = content(self.old) != was


def settle():
    """Deferred constraints are checked now: tables with events to come cannot be altered."""
    if connection.in_atomic_block:
        query("SET CONSTRAINTS ALL IMMEDIATE")


def insert(case, model, number, values):
    row(case, model, number, **values).save(force_insert=True)
    settle()


def single(sql, is_atomic):
    """Each statement by itself, one after the other. Tables go by the names that they had before."""
    if not is_atomic:
        return [{"sql": text, "tables": concurrent(text)} for text in sql]
    tables = Watch().tables
    return [{"sql": text, "tables": statement(text, tables)} for text in sql]


def main():
    wanted = sys.argv[3:]
    query("CREATE SCHEMA IF NOT EXISTS extensions")
    query("ALTER ROLE postgres SET search_path = public, extensions")
    for extension in ("citext", "hstore", "btree_gist", "bloom"):
        query(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA extensions")
    # Connections learn of types when they are made.
    for cached in (get_hstore_oids, get_citext_oids):
        cached.cache_clear()
    connections.close_all()
    version = connection.pg_version // 10000
    chosen = [case for case in cases.CASES if case.database <= version]
    if wanted:
        chosen = [case for case in chosen if any(text in case.name for text in wanted)]
    results = []
    for case in chosen:
        try:
            results.append(Trial(case).measure())
        except Exception as error:
            raise RuntimeError(f"the case `{case.name}`") from error
    json.dump(
        {"database": version, "django": list(cases.DJANGO), "cases": results},
        sys.stdout,
        default=str,
        indent=1,
    )


main()
