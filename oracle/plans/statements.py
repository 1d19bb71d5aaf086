"""What statements of a migration do, and under which locks: seen from within their transaction,
before it ends.

A machine that is slow makes no difference. What counts is whether rows of a table in use are read,
written, or copied while a lock is held that keeps others from writing to a table.
"""

import psycopg
from django.db import connection

# Rows from which on a table is large: to go through as many takes its time.
MANY = 1000

# Rows that one transaction may write, and so keep locked.
BATCH = 10_000

# Rows of a statement that count as a part of many.
BROKEN_OFF = 100

# Locks that an INSERT or UPDATE waits for.
STRONG = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]

TABLES = """
SELECT oid, relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""

LARGE = f"{TABLES} AND reltuples >= {MANY}"

HELD = f"""
SELECT relation, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation = ANY(%s) AND mode IN ({
    ", ".join(f"'{mode}'" for mode in STRONG)
})
"""

COUNTED = """
SELECT relid, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0),
       n_tup_ins + n_tup_upd + n_tup_del
FROM pg_stat_xact_user_tables WHERE relid = ANY(%s)
"""

FILES = "SELECT oid, relfilenode FROM pg_class WHERE oid = ANY(%s)"

INDEXES = """
SELECT indexrelid, indrelid, relfilenode FROM pg_index JOIN pg_class ON oid = indexrelid
WHERE indrelid = ANY(%s)
"""


class Watch:
    """Wraps the execution of statements."""

    def __init__(self):
        # From now on: what a migration makes by itself is nobody else's.
        self.tables = dict(ask(TABLES))
        self.large = dict(ask(LARGE))
        self.transaction = None
        self.written = 0
        self.faults = []

    def __call__(self, execute, sql, parameters, many, context):
        driver = connection.connection
        if connection.in_atomic_block or is_alone(sql):
            return self.watched(execute, sql, parameters, many, context)
        # In a transaction of its own, as it is anyway; this one can be looked into.
        driver.execute("BEGIN")
        try:
            result = self.watched(execute, sql, parameters, many, context)
        except BaseException:
            driver.execute("ROLLBACK")
            raise
        driver.execute("COMMIT")
        return result

    def watched(self, execute, sql, parameters, many, context):
        if is_alone(sql):
            return execute(sql, parameters, many, context)
        before = Seen(self)
        result = execute(sql, parameters, many, context)
        after = Seen(self)
        text = " ".join(str(sql).split())
        self.judge(before, after, text[:200])
        return result

    def judge(self, before, after, sql):
        if after.transaction != self.transaction:
            self.transaction, self.written = after.transaction, 0
        locks = {self.tables[table]: mode for table, mode in after.locks}
        written = 0
        for table, name in self.large.items():
            read, wrote = (
                now - then for now, then in zip(after.counts(table), before.counts(table))
            )
            written += wrote
            does = {
                "copies": table in after.files and after.files[table] != before.files[table],
                "builds": bool(after.built(table) - before.built(table)),
                "writes": wrote >= MANY,
                "reads": read >= MANY,
            }
            # The first one comprises those after it.
            done = [kind for kind, is_done in does.items() if is_done]
            if locks and done:
                held = ", ".join(f"{mode} on {table}" for table, mode in sorted(locks.items()))
                self.faults.append((f"{done[0]}-under-lock", f"{name}, with {held}: {sql}"))
        self.written += written
        if self.written > BATCH:
            self.faults.append(("large-transaction", f"{self.written} rows are written: {sql}"))
            self.written = 0


class Interruption(Exception):
    """A migration is broken off."""


class Interrupting:
    """Breaks off where halves are left behind, once at each such statement: a build of an index
    that leaves an invalid one, rows of which the first ones are written already."""

    def __init__(self, done):
        self.done = done
        self.written = 0

    def __call__(self, execute, sql, parameters, many, context):
        text = str(sql)
        if is_alone(sql):
            if text not in self.done:
                self.done.add(text)
                return self.kept_waiting(execute, sql, parameters, many, context)
        elif self.written and text not in self.done and writes(text):
            self.done.add(text)
            raise Interruption(text)
        result = execute(sql, parameters, many, context)
        if writes(text) and not is_alone(sql):
            self.written += max(context["cursor"].rowcount, 0) >= BROKEN_OFF
        return result

    def kept_waiting(self, execute, *arguments):
        """By a transaction that writes to all tables, until the server gives up."""
        tables = ", ".join(connection.ops.quote_name(name) for _, name in ask(TABLES))
        with psycopg.connect(**connection.get_connection_params()) as other:
            other.execute(f"LOCK TABLE {tables} IN ROW EXCLUSIVE MODE")
            driver = connection.connection
            driver.execute("SET lock_timeout = '20ms'")
            try:
                return execute(*arguments)
            finally:
                driver.execute("RESET lock_timeout")
                other.rollback()


class Seen:
    """The state of the transaction."""

    def __init__(self, watch):
        large = list(watch.large)
        self.locks = ask(HELD, list(watch.tables))
        self.counted = {table: counts for table, *counts in ask(COUNTED, large)}
        self.files = dict(ask(FILES, large))
        self.indexes = ask(INDEXES, large)
        ((self.transaction,),) = ask("SELECT txid_current_if_assigned()")

    def counts(self, table):
        return self.counted.get(table, (0, 0))

    def built(self, table):
        return {(index, file) for index, owner, file in self.indexes if owner == table}


def is_alone(sql):
    """Whether a statement may not be in a transaction. None of these takes a strong lock."""
    text = str(sql).upper()
    return "CONCURRENTLY" in text


def writes(sql):
    return sql.lstrip().upper().startswith(("UPDATE", "INSERT", "DELETE", "WITH"))


def ask(sql, *parameters):
    """Past the wrapper."""
    connection.ensure_connection()
    return connection.connection.execute(sql, parameters or None).fetchall()
