use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::Operation;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column that must not be NULL is added with a default that only Python knows.
    ///
    /// ## Why it matters
    ///
    /// `default=` is not a default of the database: Django adds the column with it to fill the rows that
    /// are there and drops it in the next statement. The release that still runs while the new one is
    /// rolled out does not know the column, so its INSERTs fail from that moment on. `db_default` (since
    /// Django 5.0) stays in the database.
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
    ///         migrations.AddField(  # fires
    ///             "order", "priority", models.IntegerField(default=0)
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "priority", models.IntegerField(db_default=0)),
    ///         migrations.AddField("order", "weight", models.IntegerField(default=0, null=True)),
    ///     ]
    /// ```
    ///
    /// ### With both, the database keeps its own
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "priority", models.IntegerField(db_default=0, default=0)),
    ///     ]
    /// ```
    DEFAULT_DROPPED = {
        code: "MIG023",
        name: "default-dropped",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Operation::AddField {
            name,
            field,
            preserves_default: true,
            ..
        } = applied.operation()
        else {
            continue;
        };
        let is_new = steps::is_new_not_null(project, applied, name, field);
        if !is_new || field.has_default() != Some(true) {
            continue;
        }
        let message = format!(
            "the default of {} is dropped from the database once its column is added: INSERTs of processes that still run the release before fail",
            steps::shown(applied)
        );
        steps::report(context, applied, message).help(steps::or_plan(
            project,
            applied,
            steps::without_null(project),
        ));
    }
}
