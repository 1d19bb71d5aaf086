"""Runs each case on SQLite, in memory, and says which statements Django makes: as JSON, to standard
output."""

import json
import sqlite3
import sys

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.db import connection
from django.db.utils import Error

import cases.alterations
import cases.columns
import cases.tables
from describe import Describer
from states import prepared


def measured(case):
    connection.close()
    # In memory, nothing is left of the case before.
    connection.connection = None
    before, after = prepared(case)
    changes = Describer(connection, case, before.apps, after.apps).changes()
    statements = []
    fails = None
    try:
        with connection.schema_editor() as editor:
            execute = editor.execute

            def noting(sql, params=()):
                statements.append(str(sql))
                return execute(sql, params)

            editor.execute = noting
            case.operation.database_forwards("app", editor, before, after)
    except Error as error:
        fails = str(error)
    return {"name": case.name, "changes": changes, "fails": fails, "statements": statements}


def main():
    results = []
    for case in cases.CASES:
        if case.database:
            continue
        try:
            results.append(measured(case))
        except Exception as error:
            raise RuntimeError(f"the case `{case.name}`") from error
    version = sqlite3.sqlite_version_info
    json.dump(
        {"database": version, "django": list(cases.DJANGO), "cases": results},
        sys.stdout,
        indent=1,
    )


main()
