"""How long migrations hold locks that keep others from writing, seen from outside."""

import time

from django.db import connection

from statements import STRONG

INTERVAL = 0.01

HELD = f"""
SELECT l.pid, l.virtualtransaction, c.relname, l.mode
FROM pg_locks l
JOIN pg_stat_activity a USING (pid)
JOIN pg_class c ON c.oid = l.relation
WHERE application_name = 'migrate' AND granted AND c.oid = ANY(%s) AND mode IN ({
    ", ".join(f"'{mode}'" for mode in STRONG)
})
"""

TABLES = "SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


def run(stop, is_ready):
    """Samples until it is told to stop; gives the longest time in seconds, and of what."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        since, longest = {}, (0, "")
        is_ready.set()
        while not stop.is_set():
            cursor.execute(HELD, [tables])
            held = {tuple(row) for row in cursor.fetchall()}
            now = time.monotonic()
            since = {lock: since.get(lock, now) for lock in held}
            for (_, _, table, mode), start in since.items():
                longest = max(longest, (now - start, f"{mode} on {table}"))
            time.sleep(INTERVAL)
        return longest
