use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::django::operations::{Change, Constraint};
use luthier_project::migrations::Operation;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An exclusion constraint is put on a table in use.
    ///
    /// ## Why it matters
    ///
    /// PostgreSQL builds its index and compares all rows while reads and writes of the table wait. Neither
    /// NOT VALID nor CONCURRENTLY exist for it: it takes a time when the table can be spared, or a new
    /// table.
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
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
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
    /// from django.contrib.postgres.constraints import ExclusionConstraint
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddConstraint(  # fires
    ///             "order",
    ///             ExclusionConstraint(expressions=[("status", "=")], name="order_status_once"),
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### Of a table that the same migration makes
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.contrib.postgres.constraints import ExclusionConstraint
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
    ///                 ("number", models.IntegerField()),
    ///             ],
    ///         ),
    ///         migrations.AddConstraint(
    ///             "line", ExclusionConstraint(expressions=[("number", "=")], name="line_number_once")
    ///         ),
    ///     ]
    /// ```
    ADD_EXCLUSION_CONSTRAINT = {
        code: "MIG017",
        name: "add-exclusion-constraint",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Operation::AddConstraint { constraint, .. } = applied.operation() else {
            continue;
        };
        let is_exclusion = |change: &Change| {
            matches!(
                change,
                Change::AddConstraint {
                    constraint: Constraint::Exclusion,
                    ..
                }
            )
        };
        let changes = applied.changes(&project.modules).unwrap_or_default();
        if !changes.iter().any(is_exclusion) {
            continue;
        }
        let meanwhile = steps::meanwhile(project, "reads and writes");
        let message = format!(
            "the index of the exclusion constraint `{}` is built {meanwhile}, for long where it is large; the migration \
             fails where rows exclude each other",
            constraint.name()
        );
        steps::report(context, applied, message)
            .help("run it when the table can be spared, with `lock_timeout` set; there is no way without the lock");
    }
}
