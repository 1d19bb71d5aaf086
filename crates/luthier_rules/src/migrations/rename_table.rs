use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::Operation;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A table is renamed that the release before still asks for by its old name.
    ///
    /// ## Why it matters
    ///
    /// Each query of the release before names the old table and fails with `relation does not exist`, until
    /// its last process has stopped. A model can be renamed without its table: `Meta.db_table` keeps the
    /// old name. On PostgreSQL a view by the old name can bridge the time.
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
    ///         migrations.RenameModel(old_name="Order", new_name="Purchase"),  # fires
    ///     ]
    /// ```
    ///
    /// ### By `db_table`
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterModelTable(name="order", table="orders"),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### The table keeps its name
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterModelTable(name="order", table="shop_order"),
    ///         migrations.RenameModel(old_name="Order", new_name="Purchase"),
    ///     ]
    /// ```
    ///
    /// ### Only the letter case of the class
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RenameModel(old_name="Order", new_name="ORDER"),
    ///     ]
    /// ```
    RENAME_TABLE = {
        code: "MIG009",
        name: "rename-table",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::known_to_code(project) {
        let is_rename = matches!(
            applied.operation(),
            Operation::RenameModel { .. } | Operation::AlterModelTable { .. }
        );
        let (true, Some(before), Some(after)) = (is_rename, &applied.before, &applied.after) else {
            continue;
        };
        let (old, new) = (before.table(), after.table());
        if old.eq_ignore_ascii_case(&new) {
            continue;
        }
        let message = format!(
            "renaming the table `{old}` to `{new}` breaks processes that still run the release before: their queries name the old one"
        );
        steps::report(context, applied, message).help(steps::or_plan(project, applied, &format!(
            "keep it with `db_table = \"{old}\"` in `Meta`; a new name for a table takes several releases"
        )));
    }
}
