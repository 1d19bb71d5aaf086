use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::migrations::{Applied, Operation};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Taking the migration back drops a column or a table that has been written to.
    ///
    /// ## Why it matters
    ///
    /// A release that goes wrong is taken back, and its migration with it: what the new code wrote into the
    /// new column or table by then is gone. It is no reason against the migration, but one to roll the code
    /// back and to leave the migration where it is.
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
    ///         migrations.AddField("order", "reference", models.CharField(max_length=20, null=True)),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### Nothing is stored there that cannot be worked out again
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddIndex("order", models.Index(fields=["status"], name="order_status")),
    ///     ]
    /// ```
    ///
    /// ### Only the models hear of it
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
    ///             state_operations=[migrations.AddField("order", "reference", models.TextField(null=True))],
    ///         ),
    ///     ]
    /// ```
    ROLLBACK_DESTROYS_DATA = {
        code: "MIG037",
        name: "rollback-destroys-data",
        severity: Severity::Info,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Possible,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in project.migrations.applied() {
        if !applied.reaches_database() || !applied.is_managed() || applied.is_on_new_table {
            continue;
        }
        let what = match applied.operation() {
            Operation::AddField { name, field, .. } if field.column(name).is_some() => "column",
            Operation::CreateModel { .. } if has_predecessor(project, applied) => "table",
            _ => continue,
        };
        let message = format!(
            "taking this back drops the {what} of {}, with what was written to it by then",
            steps::shown(applied)
        );
        steps::report(context, applied, message)
            .help("roll back the code and leave the migration applied")
            .confidence(Confidence::Possible);
    }
}

/// Whether the app was there before: nobody takes back the first migration of an app in use.
fn has_predecessor(project: &Project, applied: &Applied) -> bool {
    let migration = project.migrations.get(applied.migration);
    let mut before = migration.dependencies.iter();
    before.any(|reference| reference.app == migration.app)
}
