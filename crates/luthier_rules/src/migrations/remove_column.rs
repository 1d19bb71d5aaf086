use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Project;
use luthier_project::migrations::{Applied, Operation, Successor};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column is dropped that the release before still asks for.
    ///
    /// ## Why it matters
    ///
    /// Django names every column of a model in its queries. From the moment the column is gone until the
    /// last process of the release before has stopped, each of that release's queries of the model fails
    /// with `column does not exist`: reads as well as writes. Taking the field out of the models first, in
    /// a release of its own whose migration only changes the state, leaves nothing that asks for it.
    /// A column that the same migration adds anew is there for the release before, but what was in it is
    /// lost. Where another column gets its name instead, the release before takes that one for it.
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
    ///         migrations.RemoveField(model_name="order", name="note"),  # fires
    ///     ]
    /// ```
    ///
    /// ### Dropped and added anew
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "note"),  # fires
    ///         migrations.AddField("order", "note", models.JSONField(null=True)),
    ///     ]
    /// ```
    ///
    /// ### Another one gets its name
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// def copy(apps, schema_editor):
    ///     for order in apps.get_model("shop", "Order").objects.iterator():
    ///         order.new_status = order.status != "draft"
    ///         order.save()
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "new_status", models.BooleanField(null=True)),
    ///         migrations.RunPython(copy),
    ///         migrations.RemoveField("order", "status"),  # fires
    ///         migrations.RenameField("order", "new_status", "status"),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### The models forget it, the database keeps it
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
    ///             state_operations=[migrations.RemoveField(model_name="order", name="note")],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Dropped in a later release
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
    ///             state_operations=[migrations.RemoveField("order", "note")],
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_drop.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.RunSQL(
    ///             "ALTER TABLE shop_order DROP COLUMN note", reverse_sql=migrations.RunSQL.noop
    ///         ),
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
    ///                 ("spare", models.TextField()),
    ///             ],
    ///         ),
    ///         migrations.RemoveField("line", "spare"),
    ///     ]
    /// ```
    ///
    /// ### One that the same migration adds
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "old_id", models.IntegerField(null=True)),
    ///         migrations.RemoveField("order", "old_id"),
    ///     ]
    /// ```
    ///
    /// ### With the whole table
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "note"),
    ///         migrations.DeleteModel("order"),
    ///     ]
    /// ```
    ///
    /// ### A migration that makes the tables of its app
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///     initial = True
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "note"),
    ///     ]
    /// ```
    REMOVE_COLUMN = {
        code: "MIG006",
        name: "remove-column",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

const FORGET: &str = "take the field out of the models first, with `SeparateDatabaseAndState(state_operations=[...])`, \
                      and drop it in the next release";

/// What is dropped, as the release before knows it.
struct Dropped {
    /// `the column of `Order.note``
    shown: String,
    /// What has its name when the migration ends.
    successor: Option<Successor>,
}

/// `None` where the release before does not know it.
fn dropped(project: &Project, applied: &Applied, name: &str) -> Option<Dropped> {
    let migrations = &project.migrations;
    let field = applied.before.as_ref()?.field(name)?;
    // With its table, which is said of the model.
    let ended = migrations.ended(applied)?;
    let model = &applied.model()?.name;
    if let Some(column) = field.column(name) {
        let (_, known_as) = migrations.column_at_begin(applied, &column)?;
        return Some(Dropped {
            shown: format!("the column of `{model}.{known_as}`"),
            successor: migrations.successor(applied, &column),
        });
    }
    let is_between = field.is_many_to_many() && field.through.is_none();
    let is_again = || ended.field(name).is_some_and(|it| it.is_many_to_many());
    is_between.then(|| Dropped {
        shown: format!("the table of `{model}.{name}`"),
        successor: is_again().then_some(Successor::Added),
    })
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::known_to_code(project) {
        let Operation::RemoveField { name, .. } = applied.operation() else {
            continue;
        };
        let Some(dropped) = dropped(project, applied, name) else {
            continue;
        };
        let shown = dropped.shown;
        let (message, help) = match dropped.successor {
            Some(Successor::Added) => (
                format!("{shown} is dropped and added anew: what is in it is lost"),
                "change the field with `AlterField`, or copy the values with `RunPython` in between"
                    .to_owned(),
            ),
            Some(Successor::Renamed) => (
                format!(
                    "{shown} is dropped and another one gets its name: processes that still run the release before \
                     read and write that one in its place"
                ),
                "give the new column a name of its own, and drop the old one in a later release"
                    .to_owned(),
            ),
            None => (
                format!(
                    "dropping {shown} breaks processes that still run the release before: their queries name it"
                ),
                steps::or_plan(project, applied, FORGET),
            ),
        };
        steps::report(context, applied, message).help(help);
    }
}
