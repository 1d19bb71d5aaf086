use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::Operation;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An index is dropped under a lock that stops reads and writes.
    ///
    /// ## Why it matters
    ///
    /// `DROP INDEX` itself takes a moment, but it waits for every query of the table that is running, and
    /// all that come later wait behind it. `RemoveIndexConcurrently` waits without holding the others up,
    /// in a migration with `atomic = False`.
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
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_index.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.RemoveIndex("order", "order_status"),  # fires
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
    ///         migrations.AddIndex("order", models.Index(fields=["status"], name="order_status")),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_index.py
    /// from django.contrib.postgres.operations import RemoveIndexConcurrently
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         RemoveIndexConcurrently("order", "order_status"),
    ///     ]
    /// ```
    REMOVE_INDEX_BLOCKING = {
        code: "MIG033",
        name: "remove-index-blocking",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    if !steps::is_postgresql(project) {
        return;
    }
    for applied in steps::on_existing_tables(project) {
        let Operation::RemoveIndex {
            name,
            is_concurrent: false,
            ..
        } = applied.operation()
        else {
            continue;
        };
        let message = format!(
            "dropping the index `{name}` waits for the queries of {} that run, and all that come after wait behind it on \
             PostgreSQL",
            steps::shown_model(applied)
        );
        steps::report(context, applied, message).help(steps::or_plan(project, applied,
            "use `RemoveIndexConcurrently` of `django.contrib.postgres.operations`, in a migration of its own with `atomic = False`",
        ));
    }
}
