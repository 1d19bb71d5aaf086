use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::django::operations::Generated;
use luthier_project::migrations::Applied;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A generated column that is stored is added to a table in use.
    ///
    /// ## Why it matters
    ///
    /// The database works its value out for every row and writes the whole table anew while reads and
    /// writes wait. A virtual one (`db_persist=False`, where the database has it) costs nothing; a plain
    /// column that a trigger or the code fills can be filled in batches.
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
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField(  # fires
    ///             "order",
    ///             "shown",
    ///             models.GeneratedField(
    ///                 db_persist=True,
    ///                 expression=models.functions.Upper("status"),
    ///                 output_field=models.CharField(max_length=10),
    ///             ),
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
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
    ///             "Line", [("id", models.BigAutoField(primary_key=True, serialize=False))]
    ///         ),
    ///         migrations.AddField(
    ///             "line",
    ///             "double",
    ///             models.GeneratedField(
    ///                 db_persist=True,
    ///                 expression=models.F("id") * 2,
    ///                 output_field=models.BigIntegerField(),
    ///             ),
    ///         ),
    ///     ]
    /// ```
    STORED_COLUMN_REWRITE = {
        code: "MIG040",
        name: "stored-column-rewrite",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::rewriting(project, |column| {
        column.generated == Some(Generated::Stored)
    }) {
        let touch = Applied::touch(&steps::effects(project, applied));
        let meanwhile = steps::meanwhile(project, steps::waiting(touch).unwrap_or("others"));
        let message = format!(
            "{} is generated and stored: every row is written anew {meanwhile}, for long where it is large",
            steps::shown(applied)
        );
        steps::report(context, applied, message)
            .help("make it virtual (`db_persist=False`, PostgreSQL 18), or a plain column that is filled in batches");
    }
}
