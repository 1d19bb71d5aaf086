use std::collections::BTreeMap;

use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::MigrationId;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Several operations of one transaction lock the same table.
    ///
    /// ## Why it matters
    ///
    /// Locks are held until the transaction ends: what each operation would hold for a moment, the first
    /// holds until the last is done. Apart, in migrations of their own, they let others through in between.
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
    ///         migrations.AddIndex("order", models.Index(fields=["status"], name="order_status")),
    ///         migrations.AddIndex("order", models.Index(fields=["note"], name="order_note")),  # fires
    ///     ]
    /// ```
    ///
    /// ### In SQL
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
    ///         migrations.RunSQL("CREATE INDEX order_note ON shop_order (note)"),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### Each in its own transaction
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddIndex("order", models.Index(fields=["status"], name="order_status")),
    ///         migrations.AddIndex("order", models.Index(fields=["note"], name="order_note")),
    ///     ]
    /// ```
    ///
    /// ### SQL on another table
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
    ///         migrations.RunSQL("CREATE INDEX customer_name ON shop_customer (name)"),
    ///     ]
    /// ```
    ///
    /// ### Two tables
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
    ///         migrations.AddIndex("customer", models.Index(fields=["name"], name="customer_name")),
    ///     ]
    /// ```
    HEAVY_OPERATIONS_TOGETHER = {
        code: "MIG034",
        name: "heavy-operations-together",
        severity: Severity::Info,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let mut heavy: BTreeMap<(MigrationId, String), u32> = BTreeMap::new();
    for applied in project.migrations.applied() {
        let migration = project.migrations.get(applied.migration);
        if migration.atomic != Some(true) {
            continue;
        }
        for table in steps::on_tables(project, applied) {
            let touch = table.touch;
            let Some(waiting) = steps::waiting(touch) else {
                continue;
            };
            if touch.grows_with_rows() != Some(true) {
                continue;
            }
            let count = heavy.entry((applied.migration, table.name()));
            let count = count.or_default();
            *count += 1;
            if *count != 2 {
                continue;
            }
            let message = format!(
                "this is the second operation of the migration that goes over the rows of {}: {waiting} wait until both are done",
                table.shown
            );
            steps::report(context, applied, message).help(
                "give each a migration of its own: locks are held until the transaction ends",
            );
        }
    }
}
