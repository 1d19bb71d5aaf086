use luthier_diagnostics::{Category, Dimension, Severity};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An operation keeps a table locked that the configuration names as a large one.
    ///
    /// ## Why it matters
    ///
    /// What takes a moment on most tables takes minutes on those: an index that is built, rows that are read or
    /// written anew. `large-tables` in the configuration names them, by table or as `app.Model`; what keeps others
    /// waiting there for as long as there are rows is said once more, whatever other rules say of it.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
    /// ```
    /// ```toml file=luthier.toml
    /// large-tables = ["shop_order", "shop.Payment"]
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
    ///     operations = [
    ///         migrations.CreateModel("Order", [("number", models.IntegerField())]),
    ///         migrations.CreateModel("Payment", [("number", models.IntegerField())]),
    ///         migrations.CreateModel("Line", [("number", models.IntegerField())]),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_indexes.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddIndex("order", models.Index(fields=["number"], name="one")),  # fires
    ///         migrations.AddIndex("payment", models.Index(fields=["number"], name="two")),  # fires
    ///         migrations.RunSQL("CREATE INDEX three ON shop_order (number)"),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/migrations/0002_indexes.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddIndex("line", models.Index(fields=["number"], name="three")),
    ///         migrations.RunSQL("CREATE INDEX four ON shop_line (number)"),
    ///         migrations.AddField("order", "note", models.TextField(null=True)),
    ///     ]
    /// ```
    RULE = {
        code: "MIG030",
        name: "large-table-hint",
        severity: Severity::Info,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    if context.options.large_tables.is_empty() {
        return;
    }
    for applied in project.migrations.applied() {
        for table in steps::on_tables(project, applied) {
            let touch = table.touch;
            let (Some(true), Some(waiting)) = (touch.grows_with_rows(), steps::waiting(touch))
            else {
                continue;
            };
            if !table.is_one_of(&context.options.large_tables) {
                continue;
            }
            let message = format!(
                "{waiting} of {}, a large table, wait for as long as this goes over its rows",
                table.shown
            );
            steps::report(context, applied, message).help(
                "look at what it does with `luthier migrations`, and take the way without the lock",
            );
        }
    }
}
