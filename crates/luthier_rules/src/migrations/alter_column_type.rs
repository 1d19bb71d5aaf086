use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Project;
use luthier_project::django::operations::{Alteration, Change, Condition, Effect, Outcome};
use luthier_project::migrations::Applied;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The type of a column in use is changed in a way that writes the table anew or that old code cannot take.
    ///
    /// ## Why it matters
    ///
    /// Most changes of a type make the database write every row into a new table, with all its indexes,
    /// under a lock that stops reads and writes until it is done: seconds for thousands of rows, hours for
    /// millions. Values that do not fit make the migration fail. A longer `varchar`, `varchar` to `text`
    /// and more digits of a number need nothing of the kind on PostgreSQL, and stay silent.
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
    ///         migrations.AddField("order", "total", models.IntegerField(null=True)),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_total.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.AlterField("order", "total", models.BigIntegerField(null=True)),  # fires
    ///     ]
    /// ```
    ///
    /// ### Shorter than what may be stored
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterField("order", "status", models.CharField(default="draft", max_length=5)),  # fires
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
    ///         migrations.AlterField("order", "status", models.CharField(default="draft", max_length=40)),
    ///         migrations.AlterField("order", "status", models.TextField(default="draft")),
    ///     ]
    /// ```
    ///
    /// ### What only the code sees
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterField(
    ///             "order",
    ///             "status",
    ///             models.CharField(choices=[("draft", "Draft")], default="draft", max_length=10),
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### A length that is written another way, or not known
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.conf import settings
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterField("order", "status", models.CharField(max_length="10")),
    ///         migrations.AlterField("order", "status", models.CharField(max_length=settings.STATUS_LENGTH)),
    ///         migrations.AlterField("order", "status", models.CharField(max_length=10)),
    ///     ]
    /// ```
    ALTER_COLUMN_TYPE = {
        code: "MIG010",
        name: "alter-column-type",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Some(alteration) = alteration(project, applied) else {
            continue;
        };
        let (from, to) = (&alteration.from, &alteration.to);
        // A primary key is a matter of its own.
        if from.kind == to.kind || from.is_primary_key || to.is_primary_key {
            continue;
        }
        let effects = steps::effects(project, applied);
        let touch = Applied::touch(&effects);
        let message = if touch.rewrite == Some(true) {
            let waiting = steps::waiting(touch).unwrap_or("others");
            let meanwhile = steps::meanwhile(project, waiting);
            format!(
                "changing the type of {} writes every row anew {meanwhile}, for long where it is large",
                steps::shown(applied)
            )
        } else if effects.iter().any(may_fail) {
            format!(
                "changing the type of {} fails on rows whose values do not fit, and so do INSERTs and UPDATEs with such values by processes that still run the release before",
                steps::shown(applied)
            )
        } else {
            continue;
        };
        steps::report(context, applied, message).help(steps::or_plan(project, applied,
            "add a column of the new type, write both, copy in batches, switch, and drop the old one in later releases",
        ));
    }
}

fn alteration(project: &Project, applied: &Applied) -> Option<Box<Alteration>> {
    steps::altered(applied)?;
    let changes = applied.changes(&project.modules)?;
    changes.into_iter().find_map(|change| match change {
        Change::AlterColumn(alteration) => Some(alteration),
        _ => None,
    })
}

/// Whether rows that are there, or those that old code writes, may not fit.
fn may_fail(effect: &Effect) -> bool {
    const VALUES: &[Condition] = &[
        Condition::TooLong,
        Condition::OutOfRange,
        Condition::Malformed,
    ];
    match &effect.forwards {
        Some(Outcome::Fails) => true,
        Some(Outcome::Depends(conditions)) => conditions.iter().any(|it| VALUES.contains(it)),
        _ => false,
    }
}
