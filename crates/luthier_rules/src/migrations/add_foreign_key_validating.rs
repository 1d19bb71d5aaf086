use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::django::operations::{Change, Column, Default};
use luthier_project::migrations::Applied;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A foreign key is added to a table in use, and all its rows are looked at.
    ///
    /// ## Why it matters
    ///
    /// The constraint is checked for every row that has a value while writes to both tables wait, and its
    /// index is built in the same statement list. `NOT VALID` adds it for new rows at once; validating it
    /// afterwards, in a migration of its own, lets others write.
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
    ///         migrations.AddField("order", "customer_id", models.BigIntegerField(null=True)),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_customer.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.AlterField(  # fires
    ///             "order",
    ///             "customer_id",
    ///             models.ForeignKey("shop.customer", models.CASCADE, db_column="customer_id", null=True),
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Its index is built
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
    ///             "order", "customer", models.ForeignKey("shop.customer", models.CASCADE, null=True)
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Every row gets a value
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
    ///             "customer",
    ///             models.ForeignKey("shop.customer", models.CASCADE, default=1),
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### A new column of NULL has nothing to look at, and no index
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField(
    ///             "order",
    ///             "customer",
    ///             models.ForeignKey("shop.customer", models.CASCADE, db_index=False, null=True),
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Without a constraint of the database
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField(
    ///             "order",
    ///             "customer",
    ///             models.ForeignKey(
    ///                 "shop.customer", models.CASCADE, db_constraint=False, db_index=False, null=True
    ///             ),
    ///         ),
    ///     ]
    /// ```
    ADD_FOREIGN_KEY_VALIDATING = {
        code: "MIG015",
        name: "add-foreign-key-validating",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let changes = applied.changes(&project.modules).unwrap_or_default();
        if !changes.iter().any(adds_foreign_key) {
            continue;
        }
        let touch = Applied::touch(&steps::effects(project, applied));
        let (Some(true), Some(waiting)) = (touch.grows_with_rows(), steps::waiting(touch)) else {
            continue;
        };
        let work = if changes.iter().any(checks_rows) {
            "is checked for every row"
        } else {
            "has its index built over every row"
        };
        let meanwhile = steps::meanwhile(project, waiting);
        let message = format!(
            "the foreign key of {} {work} {meanwhile}, for long where it is large",
            steps::shown(applied)
        );
        steps::report(context, applied, message).help(steps::or_plan(project, applied,
            "add it with `db_constraint=False, db_index=False`; then the index with `AddIndexConcurrently`, \
             and the constraint as NOT VALID, validated in a later migration",
        ));
    }
}

fn has_constraint(column: &Column) -> bool {
    column
        .reference
        .is_some_and(|reference| reference.has_constraint)
}

fn adds_foreign_key(change: &Change) -> bool {
    match change {
        Change::AddColumn(column) => has_constraint(column),
        Change::AlterColumn(alteration) => {
            has_constraint(&alteration.to) && !has_constraint(&alteration.from)
        }
        _ => false,
    }
}

/// Whether there are values to look at: in a column that is new, none but a default.
fn checks_rows(change: &Change) -> bool {
    match change {
        Change::AddColumn(column) => column.default != Default::Nothing,
        Change::AlterColumn(_) => true,
        _ => false,
    }
}
