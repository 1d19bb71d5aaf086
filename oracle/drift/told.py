"""What `makemigrations --check --dry-run --noinput` says, with the operations in Django's words."""

import contextlib
import io
from unittest import mock

from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.core.management.commands import makemigrations
from django.db.migrations import autodetector, exceptions, questioner

# How the command ends where it says something about the migrations; anything else is a crash.
STOPS = (
    CommandError,
    exceptions.BadMigrationError,
    exceptions.CircularDependencyError,
    exceptions.InconsistentMigrationHistory,
    exceptions.NodeNotFoundError,
)


def told(command="makemigrations"):
    """The outcome of the command, which runs as it does from a shell, in this process.

    `changes` has the migrations of each app, in order; `stops` is None or says why the command
    ended before it could tell, or by which exit code it refused to ask for a default.
    """
    changes, stops, output = run(command)
    if stops is not None and stops["error"] == "SystemExit":
        # It wants to ask for a default and may not. The changes are still known: those that
        # there would be if somebody answered.
        with mock.patch.multiple(
            questioner.NonInteractiveMigrationQuestioner,
            ask_not_null_addition=lambda *args: None,
            ask_auto_now_add_addition=lambda *args: None,
        ):
            changes, _, _ = run(command)
    return {
        "outcome": "stops" if stops else "changes" if changes else "none",
        "stops": stops,
        "changes": {label: [outline(one) for one in found] for label, found in changes.items()},
        "output": output,
    }


def run(command):
    found = {}
    detect = autodetector.MigrationAutodetector.changes

    def changes(self, *args, **kwargs):
        found.update(detect(self, *args, **kwargs))
        return found

    output = io.StringIO()
    stops = None
    with mock.patch.object(autodetector.MigrationAutodetector, "changes", changes):
        # Packages and settings print what they like.
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            try:
                call_command(
                    command,
                    check_changes=True,
                    dry_run=True,
                    interactive=False,
                    skip_checks=False,
                    no_color=True,
                )
            except SystemExit as end:
                # 1 says that there are changes.
                if end.code != 1:
                    stops = {"error": "SystemExit", "text": str(end.code), "crash": False}
            except Exception as error:
                is_crash = not isinstance(error, STOPS) or isinstance(error, SystemCheckError)
                stops = {"error": type(error).__name__, "text": str(error), "crash": is_crash}
    return found, stops, output.getvalue()


def outline(migration):
    return {
        "name": migration.name,
        "dependencies": sorted(list(key) for key in migration.dependencies),
        "operations": [operation.describe() for operation in migration.operations],
    }
