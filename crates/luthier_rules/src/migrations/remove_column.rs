use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::{Applied, ModelState, Operation};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column is dropped that the release before still asks for.
    ///
    /// ## Why it matters
    ///
    /// Django names every column of a model in its queries. From the moment the column is gone until the
    /// last process of the release before has stopped, each of that release's queries of the model fails
    /// with `column does not exist`: reads as well as writes. Taking the field out of the models first, in
    /// a release of its own whose migration only changes the state, leaves nothing that asks for it.
    /// A column that the same migration adds anew is there for the release before, but what was in it is
    /// lost.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/migrations/__init__.py
    /// ```
    /// ```python file=shop/migrations/0001_initial.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     initial = True
    ///
    ///     dependencies = []
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             name="Customer",
    ///             fields=[
    ///                 ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                 ("name", models.CharField(max_length=50)),
    ///             ],
    ///         ),
    ///         migrations.CreateModel(
    ///             name="Order",
    ///             fields=[
    ///                 ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                 ("status", models.CharField(default="draft", max_length=10)),
    ///                 ("note", models.TextField(blank=True, null=True)),
    ///             ],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RemoveField(model_name="order", name="note"),  # fires
    ///     ]
    /// ```
    ///
    /// ### Dropped and added anew
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "note"),  # fires
    ///         migrations.AddField("order", "note", models.JSONField(null=True)),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### The models forget it, the database keeps it
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.SeparateDatabaseAndState(
    ///             state_operations=[migrations.RemoveField(model_name="order", name="note")],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Dropped in a later release
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.SeparateDatabaseAndState(
    ///             state_operations=[migrations.RemoveField("order", "note")],
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_drop.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.RunSQL(
    ///             "ALTER TABLE shop_order DROP COLUMN note", reverse_sql=migrations.RunSQL.noop
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Of a table that the same migration makes
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             "Line",
    ///             [
    ///                 ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                 ("spare", models.TextField()),
    ///             ],
    ///         ),
    ///         migrations.RemoveField("line", "spare"),
    ///     ]
    /// ```
    ///
    /// ### With the whole table
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "note"),
    ///         migrations.DeleteModel("order"),
    ///     ]
    /// ```
    ///
    /// ### A migration that makes the tables of its app
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///     initial = True
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "note"),
    ///     ]
    /// ```
    REMOVE_COLUMN = {
        code: "MIG006",
        name: "remove-column",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

/// Whether what a field had in the database is there under its name when the migration ends.
fn is_there_again(applied: &Applied, name: &str, ended: &ModelState) -> bool {
    let Some(field) = applied.before.as_ref().and_then(|model| model.field(name)) else {
        return false;
    };
    match field.column(name) {
        Some(column) => ended.field_of_column(&column).is_some(),
        None => ended.field(name).is_some_and(|it| it.is_many_to_many()),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::known_to_code(project) {
        let Operation::RemoveField { name, .. } = applied.operation() else {
            continue;
        };
        let Some(field) = applied.before.as_ref().and_then(|model| model.field(name)) else {
            continue;
        };
        let what = if field.is_many_to_many() && field.through.is_none() {
            "the table"
        } else if field.column(name).is_some() {
            "the column"
        } else {
            continue;
        };
        let Some(ended) = project.migrations.ended(applied) else {
            // With its table, which is said of the model.
            continue;
        };
        if is_there_again(applied, name, ended) {
            let message = format!(
                "{what} of {} is dropped and added anew: what is in it is lost",
                steps::shown(applied)
            );
            steps::report(context, applied, message).help(
                "change the field with `AlterField`, or copy the values with `RunPython` in between",
            );
            continue;
        }
        let message = format!(
            "dropping {what} of {} breaks processes that still run the release before: their queries name it",
            steps::shown(applied)
        );
        steps::report(context, applied, message).help(steps::or_plan(project, applied,
            "take the field out of the models first, with `SeparateDatabaseAndState(state_operations=[...])`, \
             and drop it in the next release",
        ));
    }
}
