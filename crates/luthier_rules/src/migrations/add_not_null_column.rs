use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Project;
use luthier_project::django::operations::{Change, Default};
use luthier_project::migrations::{Applied, Operation};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column that must not be NULL is added without a value that the database itself gives.
    ///
    /// ## Why it matters
    ///
    /// While the new release is rolled out, the one before it still runs against the changed table. It does
    /// not know the column, so each of its INSERTs leaves it out, and without a default of the database the
    /// row is refused: `null value in column violates not-null constraint`. A default that Django used
    /// once, to fill the rows that are there, is taken away again before the migration ends. Without any
    /// default, and where Django does not fill in an empty text or the time, the rows that are there have no
    /// value, and the migration itself fails.
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
    ///         migrations.AddField("order", "reference", models.CharField(max_length=20)),  # fires
    ///     ]
    /// ```
    ///
    /// ### A default for the rows that are there, once
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
    ///             model_name="order",
    ///             name="reference",
    ///             field=models.CharField(default="", max_length=20),
    ///             preserve_default=False,
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### The order of rows, which Django keeps in a column `_order`
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterOrderWithRespectTo("order", "customer"),  # fires
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
    ///         migrations.AddField("order", "reference", models.CharField(max_length=20, null=True)),
    ///         migrations.AddField("order", "channel", models.CharField(db_default="web", max_length=20)),
    ///         migrations.AddField("order", "related", models.ManyToManyField("shop.customer")),
    ///     ]
    /// ```
    ///
    /// ### The table is as new as the column
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
    ///         migrations.AddField("line", "order", models.ForeignKey("shop.order", models.CASCADE)),
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
    ///             state_operations=[
    ///                 migrations.AddField("order", "reference", models.CharField(max_length=20)),
    ///             ],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### The release before writes the column already
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "status"),
    ///         migrations.AddField("order", "status", models.IntegerField()),
    ///     ]
    /// ```
    ///
    /// ### One that stands for others is run where there are no tables yet
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///     replaces = [("shop", "0002_reference"), ("shop", "0003_longer")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "reference", models.CharField(max_length=20)),
    ///     ]
    /// ```
    ADD_NOT_NULL_COLUMN = {
        code: "MIG005",
        name: "add-not-null-column",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

/// Whether the rows that are there get no value, not even once.
fn leaves_rows_null(project: &Project, applied: &Applied) -> bool {
    let changes = applied.changes(&project.modules).unwrap_or_default();
    changes.iter().any(
        |change| matches!(change, Change::AddColumn(column) if column.default == Default::Nothing),
    )
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let (what, help) = match applied.operation() {
            Operation::AddField {
                name,
                field,
                preserves_default,
                ..
            } => {
                let keeps_default = *preserves_default && field.has_default() == Some(true);
                if !steps::is_new_not_null(project, applied, name, field) || keeps_default {
                    continue;
                }
                let by_hand = steps::without_null(project);
                (
                    steps::shown(applied),
                    steps::or_plan(project, applied, by_hand),
                )
            }
            Operation::AlterOrderWithRespectTo { .. } if adds_order(project, applied) => {
                let model = applied.model().map_or("?", |model| &*model.name);
                (format!("`{model}._order`"), ORDERED.to_owned())
            }
            _ => continue,
        };
        let message = if leaves_rows_null(project, applied) && !project.is_emptied_before(applied) {
            format!(
                "{what} is added NOT NULL without a value: the migration fails where the table has rows, \
                 and so do INSERTs of processes that still run the release before"
            )
        } else {
            format!(
                "{what} is added NOT NULL without a database default: INSERTs of processes that still run the release before fail"
            )
        };
        steps::report(context, applied, message).help(help);
    }
}

/// How `_order`, of which Django has no field to alter, comes to a table in use.
const ORDERED: &str = "give the column a default in the same migration, with `RunSQL` and `ALTER COLUMN _order SET DEFAULT 0`, and drop that in a later release";

/// Whether the rows of a table get a place among those that belong together, in a column that only
/// Django fills.
fn adds_order(project: &Project, applied: &Applied) -> bool {
    let changes = applied.changes(&project.modules).unwrap_or_default();
    let mut added = changes.iter();
    added.any(|change| matches!(change, Change::AddColumn(_)))
}
