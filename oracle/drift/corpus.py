"""What the real autodetector and the real replay say of one project that is installed here.

    python corpus.py OUTPUT

The settings are those that the environment names. OUTPUT gets JSON: `changes` is what Django's own
autodetector finds, whatever `makemigrations` of the project leaves out, as `told.py` has it;
`replayed` has for each migration the fields that go from NULL to NOT NULL, and the columns that are
added NOT NULL to a table that the migration did not make itself.
"""

import json
import sys
from pathlib import Path
from unittest import mock

import django
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from told import outline


def main():
    django.setup()
    # No database is asked, and no settings' server.
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found = {
        "django": django.get_version(),
        "changes": changes(loader),
        "replayed": replayed(loader.graph),
    }
    Path(sys.argv[1]).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def changes(loader):
    from django.apps import apps

    with mock.patch.multiple(
        NonInteractiveMigrationQuestioner,
        ask_not_null_addition=lambda *args: None,
        ask_auto_now_add_addition=lambda *args: None,
    ):
        detector = MigrationAutodetector(
            loader.project_state(),
            ProjectState.from_apps(apps),
            NonInteractiveMigrationQuestioner(dry_run=True),
        )
        found = detector.changes(graph=loader.graph)
    return {label: [outline(one) for one in written] for label, written in found.items()}


def replayed(graph):
    order = []
    for leaf in graph.leaf_nodes():
        order += [key for key in graph.forwards_plan(leaf) if key not in order]
    state = ProjectState()
    found = {}
    for key in order:
        migration = graph.nodes[key]
        changes = Changes(key[0])
        for operation in migration.operations:
            changes.run(operation, state)
        if changes.found:
            found[".".join(key)] = sorted(changes.found)
    return found


class Changes:
    """What one migration does to columns of tables that were there before it."""

    def __init__(self, app):
        self.app = app
        self.made = set()
        self.found = []

    def run(self, operation, state):
        """The operation as it reaches the database, whose own changes the models may not hear of."""
        name = type(operation).__name__
        if name == "SeparateDatabaseAndState":
            database = state.clone()
            for inner in operation.database_operations:
                self.run(inner, database)
            operation.state_forwards(self.app, state)
            return
        before = columns(state, self.app)
        operation.state_forwards(self.app, state)
        after = columns(state, self.app)
        if name == "RunSQL":
            # What it says of the models is not what it does to the database.
            return
        if name == "CreateModel":
            self.made |= after.keys() - before.keys()
        if name == "RenameModel":
            old, new = (f"{it}".lower() for it in (operation.old_name, operation.new_name))
            if old in self.made:
                self.made.add(new)
            return
        for model in (before.keys() & after.keys()) - self.made:
            self.compare(operation, model, before[model], after[model])

    def compare(self, operation, model, before, after):
        if getattr(operation, "model_name", "").lower() != model:
            return
        for name in after:
            if after[name]:
                continue
            if name not in before and type(operation).__name__.startswith("Rename"):
                continue
            if name not in before:
                self.found.append(f"added {model}.{name}")
            elif before[name]:
                self.found.append(f"not null {model}.{name}")


def columns(state, app):
    """By model of the app, its fields that have a column, each with whether it takes NULL."""
    found = {}
    for (label, model), options in state.models.items():
        managed = options.options.get("managed", True) and not options.options.get("proxy")
        if label == app and managed:
            found[model] = {
                name: field.null
                for name, field in options.fields.items()
                if not field.many_to_many and has_column(field)
            }
    return found


def has_column(field):
    return field.get_internal_type() not in ("CompositePrimaryKey",) and not getattr(
        field, "is_private", False
    )


if __name__ == "__main__":
    main()
