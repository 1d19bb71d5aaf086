use std::collections::{BTreeMap, BTreeSet};

use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Project;
use luthier_project::django::operations::Touch;
use luthier_project::migrations::{Applied, MigrationId, Operation};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Something slow runs after a statement that already keeps everybody else out of a table.
    ///
    /// ## Why it matters
    ///
    /// `ALTER TABLE` takes a lock that stops reads and writes, mostly for a moment. In one transaction with
    /// what comes after it, it is held until all is done: while an index is built, a constraint is checked
    /// or rows are filled in, on this table or another, nobody reads the first.
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
    ///         migrations.AddField("order", "reference", models.CharField(max_length=20, null=True)),
    ///         migrations.AddIndex(  # fires
    ///             "customer", models.Index(fields=["name"], name="customer_name")
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Rows are filled in
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.update(reference="")
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "reference", models.CharField(max_length=20, null=True)),
    ///         migrations.RunPython(fill, migrations.RunPython.noop),  # fires
    ///     ]
    /// ```
    ///
    /// ### In SQL
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("ALTER TABLE shop_order ADD CONSTRAINT c CHECK (note <> '') NOT VALID"),
    ///         migrations.RunSQL("ALTER TABLE shop_order VALIDATE CONSTRAINT c"),  # fires
    ///     ]
    /// ```
    ///
    /// ### A lock that SQL asks for, or needs for an index that goes
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("LOCK TABLE shop_customer"),
    ///         migrations.RunSQL("UPDATE shop_order SET note = ''"),  # fires
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_index.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("CREATE INDEX by_note ON shop_order (note)"),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0004_other_index.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0003_index")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("DROP INDEX by_note"),
    ///         migrations.RunSQL("CREATE INDEX by_name ON shop_customer (name)"),  # fires
    ///     ]
    /// ```
    ///
    /// ### Of a table that has rows again, or those that were deleted in the same transaction
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("LOCK TABLE shop_customer"),
    ///         migrations.RunSQL(  # fires
    ///             "TRUNCATE shop_order; INSERT INTO shop_order SELECT * FROM shop_archive; "
    ///             "UPDATE shop_order SET note = ''"
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("DELETE FROM shop_order"),
    ///         migrations.RunSQL("LOCK TABLE shop_customer"),
    ///         migrations.RunSQL("UPDATE shop_order SET note = ''"),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### Of a table that is empty by then
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("TRUNCATE shop_order; UPDATE shop_order SET note = ''"),
    ///         migrations.RunSQL("CREATE INDEX by_note ON shop_order (note)"),
    ///     ]
    /// ```
    ///
    /// ### A lock that lets others read
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("LOCK TABLE shop_customer IN SHARE ROW EXCLUSIVE MODE"),
    ///         migrations.RunSQL("UPDATE shop_order SET note = ''"),
    ///     ]
    /// ```
    ///
    /// ### In transactions of their own
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
    ///         migrations.AddIndex("customer", models.Index(fields=["name"], name="customer_name")),
    ///     ]
    /// ```
    ///
    /// ### The slow part comes first
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddIndex("customer", models.Index(fields=["name"], name="customer_name")),
    ///         migrations.AddField("order", "reference", models.CharField(max_length=20, null=True)),
    ///     ]
    /// ```
    ///
    /// ### SQL of which each statement is over in a moment
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN note text"),
    ///         migrations.RunSQL("ALTER TABLE shop_order ADD CHECK (note <> '') NOT VALID"),
    ///         migrations.RunSQL("CREATE VIEW shop_open AS SELECT id FROM shop_order"),
    ///     ]
    /// ```
    ///
    /// ### Nobody reads a new table
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
    ///         migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),
    ///     ]
    /// ```
    LOCK_HELD_LONG = {
        code: "MIG039",
        name: "lock-held-long",
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
    let mut locked: BTreeMap<MigrationId, String> = BTreeMap::new();
    let mut told: BTreeSet<MigrationId> = BTreeSet::new();
    for applied in project.migrations.applied() {
        let id = applied.migration;
        let is_atomic = project.migrations.get(id).atomic == Some(true);
        if !is_atomic || !applied.reaches_database() || applied.step.is_overridden {
            continue;
        }
        let is_data = matches!(
            applied.operation(),
            Operation::RunPython { code: Some(_), .. }
        ) && !runs_nothing(project, applied);
        let tables = steps::on_tables(project, applied);
        let touches = tables.iter().map(|table| (Some(table), table.touch));
        let code = is_data.then_some((None, Touch::NOTHING));
        for (table, touch) in code.into_iter().chain(touches) {
            let is_slow = || {
                table.is_none_or(|table| {
                    touch.grows_with_rows() == Some(true) && !table.is_truncated(project, applied)
                })
            };
            if let Some(first) = locked.get(&id)
                && !told.contains(&id)
                && is_slow()
            {
                told.insert(id);
                let what = match table {
                    Some(table) => format!("this goes over the rows of {}", table.shown),
                    None => "code is run".to_owned(),
                };
                let message = format!(
                    "{what} while an earlier operation of the migration keeps reads and writes of {first} waiting"
                );
                steps::report(context, applied, message).help(
                    "move it to a migration of its own: locks are held until the transaction ends",
                );
            }
            if let Some(table) = table
                && steps::waiting(touch) == Some("reads and writes")
            {
                locked.entry(id).or_insert_with(|| table.shown.clone());
            }
        }
    }
}

/// `RunPython(RunPython.noop)`
fn runs_nothing(project: &Project, applied: &Applied) -> bool {
    let Operation::RunPython {
        code: Some(code), ..
    } = applied.operation()
    else {
        return false;
    };
    project.modules.value(*code).last_name() == Some("noop")
}
