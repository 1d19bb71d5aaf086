use luthier_diagnostics::{Category, Dimension, Severity};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column that always had a value may be NULL from now on.
    ///
    /// ## Why it matters
    ///
    /// Code that was written when the column could not be NULL relies on a value: it compares, formats and
    /// adds without asking. The release before and every reader of the database (reports, other services)
    /// may meet NULL as soon as the first row is written.
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
    ///         migrations.AlterField(  # fires
    ///             "order", "status", models.CharField(default="draft", max_length=10, null=True)
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
    ///         migrations.AlterField("order", "note", models.TextField(null=True)),
    ///         migrations.AlterField("order", "status", models.CharField(default="open", max_length=10)),
    ///     ]
    /// ```
    ///
    /// ### Only on the way to something else
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterField("order", "status", models.CharField(max_length=10, null=True)),
    ///         migrations.RemoveField("order", "status"),
    ///     ]
    /// ```
    DROP_NOT_NULL = {
        code: "MIG032",
        name: "drop-not-null",
        severity: Severity::Info,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Some((name, before, after)) = steps::altered(applied) else {
            continue;
        };
        let is_dropped = before.null() == Some(false) && after.null() == Some(true);
        let Some(column) = after.column(name).filter(|_| is_dropped) else {
            continue;
        };
        // It may be on its way to something else: dropped after all, or filled and made NOT NULL again.
        let ended = project.migrations.ended(applied);
        let is_kept = ended.and_then(|ended| ended.field_of_column(&column));
        if is_kept.is_none_or(|(_, field)| field.null() == Some(false)) {
            continue;
        }
        let message = format!(
            "{} may be NULL from now on: code that relies on a value can meet None",
            steps::shown(applied)
        );
        steps::report(context, applied, message)
            .help("look through what reads the field, in this release and in the one before");
    }
}
