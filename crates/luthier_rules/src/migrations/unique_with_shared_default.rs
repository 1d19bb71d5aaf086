use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::constant::Constant;
use luthier_project::migrations::Operation;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A unique column is added with one value for every row.
    ///
    /// ## Why it matters
    ///
    /// Django works the default out once and writes it into every row that is there, also where the default
    /// is a function such as `uuid.uuid4`. The second row breaks the unique constraint, and the migration
    /// fails on every database that has more than one row, though never on the empty one of the tests.
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
    /// import uuid
    ///
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "token", models.UUIDField(default=uuid.uuid4, unique=True)),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### Without a value for the rows that are there
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// import uuid
    ///
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "token", models.UUIDField(default=uuid.uuid4, null=True)),
    ///         migrations.AddField("order", "code", models.UUIDField(null=True, unique=True)),
    ///     ]
    /// ```
    ///
    /// ### Of a table that the same migration makes
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// import uuid
    ///
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             "Line", [("id", models.BigAutoField(primary_key=True, serialize=False))]
    ///         ),
    ///         migrations.AddField("line", "token", models.UUIDField(default=uuid.uuid4, unique=True)),
    ///     ]
    /// ```
    UNIQUE_WITH_SHARED_DEFAULT = {
        code: "MIG038",
        name: "unique-with-shared-default",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Operation::AddField { name, field, .. } = applied.operation() else {
            continue;
        };
        let Some(known) = &field.field else {
            continue;
        };
        let is_unique = known.unique() == Some(true) && field.column(name).is_some();
        // NULL is equal to nothing, not even to itself.
        let is_null = matches!(known.argument("default"), Some(Constant::None));
        if !is_unique || known.has_default() != Some(true) || is_null {
            continue;
        }
        if project.is_emptied_before(applied) {
            continue;
        }
        let message = format!(
            "{} is unique and gets one value for every row that is there: the migration fails where there are two",
            steps::shown(applied)
        );
        steps::report(context, applied, message).help(steps::or_plan(project, applied,
            "add it with `null=True` and without `unique`, fill it row by row in a migration of its own, then make it unique",
        ));
    }
}
