"""Runs each case on a MariaDB server and says what each of its statements came to: as JSON, to
standard output.

    python mariadb.py SOCKET

Each statement is run with the best algorithm and the weakest lock that the server accepts for it
in this state; those are the ones that it takes by itself.
"""

import json
import sys

import pymysql

# Django asks for mysqlclient and its version.
pymysql.version_info = (2, 2, 1, "final", 0)
pymysql.install_as_MySQLdb()

import django
from django.conf import settings

SOCKET = sys.argv[1]
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "USER": "root",
            "OPTIONS": {"unix_socket": SOCKET, "init_command": "SET lock_wait_timeout = 10"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.db import connection
from django.db.utils import Error

import cases.alterations
import cases.columns
import cases.mariadb
import cases.tables
from describe import Describer
from states import prepared, query

ALGORITHMS = ["INSTANT", "NOCOPY", "INPLACE", "COPY"]
LOCKS = ["NONE", "SHARED", "EXCLUSIVE"]
# ER_ALTER_OPERATION_NOT_SUPPORTED and its variant with a reason.
NOT_SUPPORTED = (1845, 1846)


def reset():
    query("DROP DATABASE IF EXISTS measured")
    query("CREATE DATABASE measured")
    query("USE measured")


def measured(case):
    reset()
    before, after = prepared(case)
    describer = Describer(connection, case, before.apps, after.apps)
    statements = []

    def execute(sql, params=()):
        text = connection.connection.cursor().mogrify(str(sql), params or None)
        statements.append({"sql": text, **best(text)})

    fails = None
    try:
        with connection.schema_editor() as editor:
            editor.execute = execute
            case.operation.database_forwards("app", editor, before, after)
    except Error as error:
        fails = str(error)
    return {
        "name": case.name,
        "changes": describer.changes(),
        "fails": fails,
        "statements": statements,
    }


def best(sql):
    if sql.startswith("DROP INDEX"):
        # The same, where algorithms can be given.
        index, table = sql.removeprefix("DROP INDEX ").split(" ON ")
        sql = f"ALTER TABLE {table} DROP INDEX {index}"
    if not sql.startswith(("ALTER TABLE", "CREATE INDEX", "CREATE UNIQUE")):
        query(sql.replace("%", "%%"))
        return {"algorithm": None, "lock": None}
    comma = "," if sql.startswith("ALTER TABLE") else ""
    for algorithm in ALGORITHMS:
        for lock in LOCKS:
            hinted = f"{sql}{comma} ALGORITHM={algorithm}{comma} LOCK={lock}"
            try:
                query(hinted.replace("%", "%%"))
            except Error as error:
                if error.args[0] not in NOT_SUPPORTED:
                    raise
            else:
                return {"algorithm": algorithm, "lock": lock}
    raise RuntimeError(f"no way to do {sql}")


def main():
    wanted = sys.argv[2:]
    query("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
    chosen = cases.CASES
    if wanted:
        chosen = [case for case in chosen if any(text in case.name for text in wanted)]
    results = []
    for case in chosen:
        if case.database:
            continue
        try:
            results.append(measured(case))
        except Exception as error:
            raise RuntimeError(f"the case `{case.name}`") from error
    version = connection.mysql_version
    json.dump(
        {"database": version, "django": list(cases.DJANGO), "cases": results},
        sys.stdout,
        default=str,
        indent=1,
    )


main()
