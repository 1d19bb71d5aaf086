use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Project;
use luthier_project::django::operations::{Change, Constraint};
use luthier_project::migrations::{Applied, Operation};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A check constraint is added to a table in use, or comes with a column, and all its rows are looked at.
    ///
    /// ## Why it matters
    ///
    /// Every row is checked under a lock that stops reads and writes, and one that does not hold makes the
    /// migration fail. As NOT VALID it holds for new rows at once; `ValidateConstraint`, in a migration of
    /// its own, looks at the others while reads and writes go on.
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
    ///         migrations.AddConstraint(  # fires
    ///             "order", models.CheckConstraint(condition=~models.Q(status=""), name="order_status_set")
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### With a column
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "weight", models.PositiveIntegerField(null=True)),  # fires
    ///         migrations.AddField("order", "height", models.IntegerField(null=True)),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.contrib.postgres.operations import AddConstraintNotValid
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         AddConstraintNotValid(
    ///             "order", models.CheckConstraint(condition=~models.Q(status=""), name="order_status_set")
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_validate.py
    /// from django.contrib.postgres.operations import ValidateConstraint
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         ValidateConstraint("order", name="order_status_set"),
    ///     ]
    /// ```
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
    ///             "Line",
    ///             [
    ///                 ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                 ("number", models.IntegerField()),
    ///             ],
    ///         ),
    ///         migrations.AddConstraint(
    ///             "line", models.CheckConstraint(condition=models.Q(number__gt=0), name="line_number")
    ///         ),
    ///     ]
    /// ```
    ADD_CHECK_VALIDATING = {
        code: "MIG016",
        name: "add-check-validating",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Some(added) = added(project, applied) else {
            continue;
        };
        let touch = Applied::touch(&steps::effects(project, applied));
        let (Some(true), Some(waiting)) = (touch.scan, steps::waiting(touch)) else {
            continue;
        };
        let (what, help) = match added {
            Added::Constraint(name) => (
                format!("the constraint `{name}`"),
                "use `AddConstraintNotValid` of `django.contrib.postgres.operations`, and `ValidateConstraint` in a migration of its own",
            ),
            // What is written anew, or gets an index, other rules speak of.
            Added::Positive if touch.rewrite == Some(true) || touch.index == Some(true) => continue,
            Added::Positive => (
                format!("that {} is not below zero", steps::shown(applied)),
                "take an `IntegerField`, whose column comes without a check, and add the check by itself: not valid first, then validated in a migration of its own",
            ),
        };
        let meanwhile = steps::meanwhile(project, waiting);
        let message =
            format!("{what} is checked for every row {meanwhile}, for long where it is large");
        let mut reported = steps::report(context, applied, message);
        if steps::is_postgresql(project) {
            reported.help(steps::or_plan(project, applied, help));
        }
    }
}

/// What brings a check.
enum Added<'a> {
    /// A `CheckConstraint` by its name.
    Constraint(&'a str),
    /// A column of a `PositiveIntegerField` or its kin.
    Positive,
}

fn added<'a>(project: &Project, applied: &'a Applied) -> Option<Added<'a>> {
    let changes = applied.changes(&project.modules)?;
    match (applied.operation(), &changes[..]) {
        (
            Operation::AddConstraint { constraint, .. },
            [
                Change::AddConstraint {
                    constraint: Constraint::Check,
                    is_not_valid: false,
                },
            ],
        ) => Some(Added::Constraint(constraint.name())),
        (Operation::AddField { .. }, [Change::AddColumn(column)]) if column.is_positive => {
            Some(Added::Positive)
        }
        _ => None,
    }
}
