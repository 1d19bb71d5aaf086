use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::migrations::{Applied, Operation, StateField};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The primary key of a table in use is added, changed or made another one.
    ///
    /// ## Why it matters
    ///
    /// Every row is written anew, and with it every index and every table whose foreign keys point there,
    /// under locks that stop all reads and writes for as long as it takes. Replicas, caches and links that
    /// hold the old keys are not told. Widening a key takes a second column that is filled, kept in step
    /// and switched to.
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
    ///         migrations.AlterField(  # fires
    ///             "order", "id", models.UUIDField(primary_key=True, serialize=False)
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Another field becomes the key
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
    ///             "order", "status", models.CharField(max_length=10, primary_key=True, serialize=False)
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
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
    ///             "order", "id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")
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
    ///             "Line", [("id", models.AutoField(primary_key=True, serialize=False))]
    ///         ),
    ///         migrations.AlterField("line", "id", models.BigAutoField(primary_key=True, serialize=False)),
    ///     ]
    /// ```
    PRIMARY_KEY_CHANGE = {
        code: "MIG031",
        name: "primary-key-change",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let message = match applied.operation() {
            Operation::AddField { field, .. } if is_key(field) == Some(true) => {
                format!("{} is added as the primary key", steps::shown(applied))
            }
            Operation::AlterField { .. } => match changed(applied) {
                Some(message) => message,
                None => continue,
            },
            _ => continue,
        };
        let touch = Applied::touch(&steps::effects(project, applied));
        let meanwhile = steps::meanwhile(project, steps::waiting(touch).unwrap_or("others"));
        let work = match (touch.rewrite, touch.scan) {
            (Some(true), _) => "every row is written anew",
            (Some(false), Some(false)) => continue,
            (Some(false), _) => "every row is read",
            (None, _) => "every row may be written anew",
        };
        let message = format!("{message}: {work} {meanwhile}, for long where it is large");
        let mut finding = steps::report(context, applied, message);
        finding.help(
            "add the new key as a column of its own, fill it in batches, build its index concurrently, \
             and switch in a release of its own",
        );
        // A key that leads to a model that is not seen may well have its type already.
        if touch.rewrite.is_none() {
            finding.confidence(Confidence::Possible);
        }
    }
}

fn is_key(field: &StateField) -> Option<bool> {
    field.field.as_ref()?.primary_key()
}

/// What becomes of a primary key.
fn changed(applied: &Applied) -> Option<String> {
    let (_, before, after) = steps::altered(applied)?;
    let (was, is) = (is_key(before)?, is_key(after)?);
    if was != is {
        let verb = if is { "becomes" } else { "is no longer" };
        return Some(format!("{} {verb} the primary key", steps::shown(applied)));
    }
    let type_of = |field: &StateField| {
        let class = &field.field.as_ref()?.class;
        class.internal_type.clone()
    };
    let (old, new) = (type_of(before)?, type_of(after)?);
    (is && old != new).then(|| {
        let field = steps::shown(applied);
        format!("{field} is changed from {old} to {new}, the primary key")
    })
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Confidence;

    use super::PRIMARY_KEY_CHANGE;
    use crate::testing::check;

    #[test]
    fn a_key_to_a_model_that_is_not_seen_may_have_its_type_already() {
        let files = r#"
--- pyproject.toml
[project]
dependencies = ["django", "psycopg"]
--- shop/__init__.py
--- shop/migrations/__init__.py
--- shop/migrations/0001_initial.py
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Import", [("task", models.UUIDField(primary_key=True, serialize=False))]),
    ]
--- shop/migrations/0002_change.py
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AlterField(  # fires
            "import", "task", models.OneToOneField("tasks.Task", models.CASCADE, primary_key=True)
        ),
    ]
"#;
        let found = check(&PRIMARY_KEY_CHANGE, files);
        let found: Vec<Confidence> = found.findings.iter().map(|one| one.confidence).collect();
        assert_eq!(found, [Confidence::Possible]);
    }

    /// How sure each finding of two migrations is: an operation of the project's own, then the keys of two
    /// models.
    fn after(own: &str) -> Vec<Confidence> {
        let files = r#"
--- shop/__init__.py
--- shop/migrations/__init__.py
--- shop/migrations/0001_initial.py
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("List", [("name", models.CharField(max_length=9, primary_key=True))]),
        migrations.CreateModel("Mail", [("name", models.CharField(max_length=9, primary_key=True))]),
    ]
--- shop/migrations/0002_key.py
from django.db import migrations, models


OWN


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [Key()]  # fires
--- shop/migrations/0003_change.py
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_key")]
    operations = [
        migrations.AlterField("list", "name", models.CharField(max_length=12, unique=True)),
        migrations.AlterField("mail", "name", models.CharField(max_length=9, unique=True)),  # fires
    ]
"#;
        let found = check(&PRIMARY_KEY_CHANGE, &files.replace("OWN", own));
        found.findings.iter().map(|one| one.confidence).collect()
    }

    #[test]
    fn what_an_operation_that_is_not_understood_names_may_have_another_key_by_then() {
        // As hyperkitty 0013 does it: Django's operation, and another field beside it.
        let further = r#"class Key(migrations.AlterField):
    def __init__(self):
        super().__init__("list", "name", models.CharField(max_length=9, unique=True))

    def state_forwards(self, app_label, state):
        state.models[app_label, self.model_name_lower].fields["id"] = models.AutoField(primary_key=True)
        super().state_forwards(app_label, state)"#;
        assert_eq!(after(further), [Confidence::Possible, Confidence::Certain]);
    }
}
