"""What `makemigrations` makes of a project, asked within it."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

APP = "shop"


class Answers(MigrationQuestioner):
    def __init__(self, case):
        super().__init__(specified_apps={APP})
        self.case = case

    def ask_initial(self, app_label):
        return True

    def ask_rename(self, model_name, old_name, new_name, field_instance):
        return bool(self.case.renamed)

    def ask_rename_model(self, old_model_state, new_model_state):
        return bool(self.case.renamed)

    def ask_not_null_addition(self, field_name, model_name):
        return self.one_off(field_name, model_name)

    def ask_not_null_alteration(self, field_name, model_name):
        return self.one_off(field_name, model_name)

    def ask_auto_now_add_addition(self, field_name, model_name):
        from django.utils import timezone

        return timezone.now

    def ask_unique_callable_default_addition(self, field_name, model_name):
        return None

    def one_off(self, field_name, model_name):
        given = {name.lower(): value for name, value in self.case.one_off.items()}
        return given.get(f"{model_name}.{field_name}".lower(), NOT_PROVIDED)


def detected(case):
    loader = MigrationLoader(None)
    autodetector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), Answers(case)
    )
    changes = autodetector.changes(graph=loader.graph, convert_apps=[APP])
    return changes.get(APP, [])


def drift(case):
    """The operations that `makemigrations` would write."""
    return [
        operation.describe() for migration in detected(case) for operation in migration.operations
    ]


def leaves():
    """The last migrations of the project."""
    return [name for app, name in MigrationLoader(None).graph.leaf_nodes(APP)]
