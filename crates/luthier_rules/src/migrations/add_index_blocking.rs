use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::{Applied, Operation, StateField, Together};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An index is built while writes to its table wait.
    ///
    /// ## Why it matters
    ///
    /// `CREATE INDEX` takes a lock that stops every INSERT, UPDATE and DELETE until the index is built:
    /// minutes on a table of millions of rows. `AddIndexConcurrently` builds it without one, in a migration
    /// with `atomic = False`.
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
    ///         migrations.AddIndex(  # fires
    ///             "order", models.Index(fields=["status"], name="order_status")
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### By an option of the field
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
    ///             "order", "status", models.CharField(db_index=True, default="draft", max_length=10)
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Of a column that is new
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
    ///             "order", "reference", models.CharField(db_index=True, max_length=20, null=True)
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.contrib.postgres.operations import AddIndexConcurrently
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         AddIndexConcurrently("order", models.Index(fields=["status"], name="order_status")),
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
    ///         migrations.AddIndex("line", models.Index(fields=["number"], name="line_number")),
    ///     ]
    /// ```
    ///
    /// ### SQLite knows no other way
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
    /// ```
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
    ADD_INDEX_BLOCKING = {
        code: "MIG012",
        name: "add-index-blocking",
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
        let Some(what) = built(applied) else {
            continue;
        };
        let touch = Applied::touch(&steps::effects(project, applied));
        let (Some(true), Some(waiting)) = (touch.index, steps::waiting(touch)) else {
            continue;
        };
        let meanwhile = steps::meanwhile(project, waiting);
        let message = format!(
            "{what} of {} is built {meanwhile}, for long where it is large",
            steps::shown(applied)
        );
        let by_hand = match applied.operation() {
            Operation::AddField { field, .. } if is_unique(field) == Some(true) => {
                "add the column without `unique=True`, build a unique index with CREATE UNIQUE INDEX CONCURRENTLY and make it \
                 the constraint with ALTER TABLE ... ADD CONSTRAINT ... USING INDEX, both in `RunSQL` beside the state"
            }
            Operation::AddField { .. } => {
                "add the column without an index, and that with `AddIndexConcurrently` of `django.contrib.postgres.operations`, \
                 in a migration of its own with `atomic = False`"
            }
            _ => {
                "use `AddIndexConcurrently` of `django.contrib.postgres.operations`, in a migration of its own with `atomic = False`"
            }
        };
        let help = steps::or_plan(project, applied, by_hand);
        steps::report(context, applied, message).help(help);
    }
}

/// The index that an operation makes, where it is no part of a constraint or a foreign key.
fn built(applied: &Applied) -> Option<String> {
    match applied.operation() {
        Operation::AddIndex {
            index,
            is_concurrent: false,
            ..
        } => Some(format!("the index `{}`", index.name())),
        Operation::AddField { field, .. } => {
            let kind = match is_unique(field)? {
                true => "the unique index",
                false => "the index",
            };
            let field = field.field.as_ref()?;
            let has_index = field.db_index()? || field.unique()?;
            (has_index && !field.kind.is_foreign_key()).then(|| kind.to_owned())
        }
        Operation::AlterField { .. } => {
            let (_, before, after) = steps::altered(applied)?;
            let has_index = |field: &StateField| {
                let field = field.field.as_ref()?;
                Some((field.db_index()?, field.unique()?))
            };
            let (was, is) = (has_index(before)?, has_index(after)?);
            // The index of a one-to-one relation is another one.
            let is_new = is == (true, false) && was != (true, false);
            is_new.then(|| "an index".to_owned())
        }
        Operation::AlterTogether {
            kind: Together::Index,
            ..
        } => Some("an index".to_owned()),
        _ => None,
    }
}

fn is_unique(field: &StateField) -> Option<bool> {
    field.field.as_ref()?.unique()
}
