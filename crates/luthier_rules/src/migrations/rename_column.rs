use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::Operation;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column is renamed that the release before still asks for by its old name.
    ///
    /// ## Why it matters
    ///
    /// A rename takes the database a moment and the release before everything: each of its queries of the
    /// model names the old column and fails, until its last process has stopped. A field can be renamed
    /// without its column (`db_column`); where the column must have the new name, it takes a second column
    /// that is filled and switched to over several releases.
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
    ///         migrations.RenameField(model_name="order", old_name="note", new_name="remark"),  # fires
    ///     ]
    /// ```
    ///
    /// ### By `db_column`
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterField(  # fires
    ///             "order", "note", models.TextField(blank=True, db_column="remark", null=True)
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Renamed twice
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RenameField("order", "note", "remark"),
    ///         migrations.RenameField("order", "remark", "comment"),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### The column keeps its name
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterField(
    ///             "order", "note", models.TextField(blank=True, db_column="note", null=True)
    ///         ),
    ///         migrations.RenameField(model_name="order", old_name="note", new_name="remark"),
    ///     ]
    /// ```
    ///
    /// ### One that is new with the migration
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "reference", models.CharField(max_length=20, null=True)),
    ///         migrations.RenameField("order", "reference", "number"),
    ///     ]
    /// ```
    ///
    /// ### Renamed and dropped at once: MIG006 says that
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RenameField("order", "note", "old_note"),
    ///         migrations.RemoveField("order", "old_note"),
    ///     ]
    /// ```
    RENAME_COLUMN = {
        code: "MIG007",
        name: "rename-column",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::known_to_code(project) {
        let (old_name, new_name) = match applied.operation() {
            Operation::RenameField {
                old_name, new_name, ..
            } => (old_name, new_name),
            Operation::AlterField { name, .. } => (name, name),
            _ => continue,
        };
        let old = applied
            .before
            .as_ref()
            .and_then(|model| model.field(old_name));
        let new = applied
            .after
            .as_ref()
            .and_then(|model| model.field(new_name));
        let (Some(old), Some(new)) = (old, new) else {
            continue;
        };
        let (Some(old), Some(new)) = (old.column(old_name), new.column(new_name)) else {
            continue;
        };
        // Django takes names of columns for the same whatever their letter case.
        if old.eq_ignore_ascii_case(&new) {
            continue;
        }
        // One that is new with the migration is not known to anybody yet. One that is dropped in the end is
        // said to be dropped, and one that gets a further name is said to get that.
        let migrations = &project.migrations;
        let Some((old, _)) = migrations.column_at_begin(applied, &old) else {
            continue;
        };
        let ended = migrations.ended(applied);
        let is_last = ended.is_some_and(|ended| ended.field_of_column(&new).is_some());
        if !is_last || old.eq_ignore_ascii_case(&new) {
            continue;
        }
        let message = format!(
            "renaming the column `{old}` of {} to `{new}` breaks processes that still run the release before: their queries name the old one",
            steps::shown_model(applied)
        );
        steps::report(context, applied, message).help(steps::or_plan(project, applied, &format!(
            "keep the column with `db_column=\"{old}\"`, or add `{new}`, write both, copy, and drop `{old}` in later releases"
        )));
    }
}
