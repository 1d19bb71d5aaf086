use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Project;
use luthier_project::django::operations::{Change, Constraint};
use luthier_project::migrations::{Applied, Operation};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A unique constraint is put on a table in use.
    ///
    /// ## Why it matters
    ///
    /// The database builds a unique index while reads and writes of the table wait, and the migration fails
    /// on the first two rows that are alike. The release before may go on writing such rows until it has
    /// stopped, and fails on them from then on. A unique index that is built concurrently and then made
    /// into the constraint takes the lock for a moment only.
    ///
    /// Where no rows can be alike, because fewer of the fields were unique before or because a column is
    /// new and NULL in every row, only building the index takes its time: that is a warning.
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
    ///             "order", models.UniqueConstraint(fields=["status"], name="order_status_once")
    ///         ),
    ///         migrations.AlterUniqueTogether("customer", {("name", "id")}),  # fires
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
    ///             "order", "status", models.CharField(max_length=10, unique=True)
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### No rows can be alike, but the index takes its time
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "number", models.IntegerField(null=True)),
    ///         migrations.AlterUniqueTogether("order", {("status", "number")}),  # fires
    ///     ]
    /// ```
    ///
    /// ### Of a table that the migration empties
    ///
    /// No rows are alike then, but the release before may still write some.
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import connection, migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL(
    ///             ["DELETE FROM shop_order" if connection.vendor == "sqlite" else "TRUNCATE TABLE shop_order"],
    ///             migrations.RunSQL.noop,
    ///         ),
    ///         migrations.AlterUniqueTogether("order", {("status", "note")}),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### Wider than one that is there
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterField("order", "status", models.CharField(max_length=12)),
    ///         migrations.RemoveConstraint("order", "order_status_once"),
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
    ///         migrations.AlterUniqueTogether("line", {("number",)}),
    ///     ]
    /// ```
    ADD_UNIQUE_CONSTRAINT = {
        code: "MIG014",
        name: "add-unique-constraint",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Some(what) = made_unique(project, applied) else {
            continue;
        };
        let touch = Applied::touch(&steps::effects(project, applied));
        let Some(waiting) = steps::waiting(touch) else {
            continue;
        };
        let meanwhile = steps::meanwhile(project, waiting);
        let old_code_meets_it = project.migrations.is_known_to_old_code(applied);
        let (message, is_harmless) = if project.migrations.is_unique_already(applied) {
            let message =
                format!("the index of {what} is built {meanwhile}, for long where it is large");
            (message, true)
        } else if project.is_emptied_before(applied) {
            if !old_code_meets_it {
                continue;
            }
            let message = format!(
                "{what} refuses rows that are alike: INSERTs of such rows by processes that still run the release \
                 before fail"
            );
            (message, true)
        } else {
            let by_old_code = match old_code_meets_it {
                true => {
                    ", and so do INSERTs of such rows by processes that still run the release before"
                }
                false => "",
            };
            let message = format!(
                "{what} is checked for every row {meanwhile}; the migration fails where rows are alike{by_old_code}"
            );
            (message, false)
        };
        let mut reported = steps::report(context, applied, message);
        if is_harmless {
            reported.severity(Severity::Warning);
        }
        if steps::is_postgresql(project) {
            reported.help(steps::or_plan(project, applied,
                "build a unique index with CREATE UNIQUE INDEX CONCURRENTLY and make it the constraint with \
                 ALTER TABLE ... ADD CONSTRAINT ... USING INDEX, both in `RunSQL` beside the state",
            ));
        } else {
            reported.help("look for rows that are alike first, and run it where little is written");
        }
    }
}

/// What becomes unique.
fn made_unique(project: &Project, applied: &Applied) -> Option<String> {
    let adds = |change: &Change| {
        let is_unique =
            |constraint| !matches!(constraint, Constraint::Check | Constraint::Exclusion);
        match change {
            Change::AddConstraint {
                constraint,
                is_not_valid: false,
            } => is_unique(*constraint),
            Change::AlterColumn(alteration) => {
                let (from, to) = (&alteration.from, &alteration.to);
                to.is_unique && !from.is_unique && !to.is_primary_key
            }
            _ => false,
        }
    };
    let changes = applied.changes(&project.modules)?;
    if !changes.iter().any(adds) {
        return None;
    }
    Some(match applied.operation() {
        Operation::AddConstraint { constraint, .. } => {
            format!("the constraint `{}`", constraint.name())
        }
        Operation::AlterTogether { .. } => {
            format!("`unique_together` of {}", steps::shown_model(applied))
        }
        _ => format!("the uniqueness of {}", steps::shown(applied)),
    })
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Severity;

    use super::ADD_UNIQUE_CONSTRAINT;
    use crate::testing;

    /// A second migration with these operations, the last of which is marked.
    fn fixture(operations: &str) -> String {
        format!(
            "
--- manage.py
import os
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')
--- settings.py
INSTALLED_APPS = ['shop']
--- shop/__init__.py
--- shop/migrations/__init__.py
--- shop/migrations/0001_initial.py
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel('Order', [
            ('id', models.AutoField(primary_key=True)),
            ('code', models.CharField(max_length=9, unique=True)),
            ('shop', models.IntegerField()),
            ('note', models.CharField(max_length=9, null=True, unique=True)),
        ]),
    ]
--- shop/migrations/0002_change.py
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [('shop', '0001_initial')]
    operations = [
        {operations}  # fires
    ]
"
        )
    }

    /// How bad it is.
    fn severity(operations: &str) -> Severity {
        let found = testing::check(&ADD_UNIQUE_CONSTRAINT, &fixture(operations));
        found.findings.first().expect("one is marked").severity
    }

    const NEW: &str = "migrations.AddField('order', 'number', models.IntegerField(null=True)),";
    const TOGETHER: &str = "migrations.AlterUniqueTogether('order', {('shop', 'number')}),";

    #[test]
    fn what_was_unique_by_fewer_fields_cannot_be_alike() {
        let wider = "migrations.AlterUniqueTogether('order', {('code', 'shop')}),";
        assert_eq!(severity(wider), Severity::Warning);
        // Nor where that is taken back in the same migration.
        let no_more = "migrations.AlterField('order', 'code', models.CharField(max_length=9)),";
        assert_eq!(
            severity(&format!("{no_more}\n        {wider}")),
            Severity::Warning
        );
        // NULL was equal to nothing, and is now.
        let alike = "migrations.AddConstraint('order', models.UniqueConstraint(fields=['note', 'shop'], name='once', nulls_distinct=False)),";
        assert_eq!(severity(alike), Severity::Error);
        let other = "migrations.AlterUniqueTogether('order', {('shop',)}),";
        assert_eq!(severity(other), Severity::Error);
    }

    /// How bad it is that a model which takes over Django's own table between two others, as the
    /// documentation has it, makes these unique.
    fn of_through(unique: &str, is_made: bool) -> Severity {
        let files = r"
--- manage.py
import os
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')
--- settings.py
INSTALLED_APPS = ['shop']
--- shop/__init__.py
--- shop/migrations/__init__.py
--- shop/migrations/0001_initial.py
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel('Tag', [('id', models.AutoField(primary_key=True))]),
        migrations.CreateModel('Order', [
            ('id', models.AutoField(primary_key=True)),
            ('tags', models.ManyToManyField('shop.Tag')),
        ]),
    ]
--- shop/migrations/0002_through.py
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [('shop', '0001_initial')]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL('ALTER TABLE shop_order_tags RENAME TO shop_label', migrations.RunSQL.noop)],
            state_operations=[
                migrations.CreateModel('Label', [
                    ('id', models.AutoField(primary_key=True)),
                    ('order', models.ForeignKey('shop.Order', models.CASCADE)),
                    ('tag', models.ForeignKey('shop.Tag', models.CASCADE)),
                ]),
                migrations.AlterField('order', 'tags', models.ManyToManyField('shop.Tag', through='shop.Label')),
            ],
        ),
        migrations.AlterUniqueTogether('label', {UNIQUE}),  # fires
    ]
";
        let mut files = files.replace("UNIQUE", unique);
        if is_made {
            // A table of its own, that the model is given while the old one stays.
            let (before, rest) = files.split_once("        migrations.Separate").unwrap();
            let (_, operations) = rest.split_once("state_operations=[").unwrap();
            let (create, alter) = operations.split_once("migrations.AlterField").unwrap();
            let (_, header) = before.rsplit_once("0002_through.py").unwrap();
            let next = header.replace("0001_initial", "0002_through");
            let only_state =
                "migrations.SeparateDatabaseAndState(state_operations=[migrations.AlterField";
            files = format!(
                "{before}{create}]\n--- shop/migrations/0003_unique.py{next}{only_state}{alter}"
            );
        }
        let found = testing::check(&ADD_UNIQUE_CONSTRAINT, &files);
        found.findings.first().expect("one is marked").severity
    }

    #[test]
    fn the_table_between_two_models_has_each_pair_once() {
        assert_eq!(of_through("('order', 'tag')", false), Severity::Warning);
        assert_eq!(of_through("('order',)", false), Severity::Error);
    }

    #[test]
    fn a_table_that_was_made_for_the_pairs_may_have_some_twice() {
        assert_eq!(of_through("('order', 'tag')", true), Severity::Error);
    }

    #[test]
    fn a_condition_decides_which_rows_can_be_alike() {
        let kind = |condition: &str| {
            let added = "migrations.AddField('order', 'kind', models.CharField(default='old', max_length=9)),";
            let once = format!(
                "models.UniqueConstraint(condition=models.Q({condition}), fields=['shop'], name='once')"
            );
            severity(&format!(
                "{added}\n        migrations.AddConstraint('order', {once}),"
            ))
        };
        // All rows got the default: the constraint is about none of them, or about all.
        assert_eq!(kind("kind='new'"), Severity::Warning);
        assert_eq!(kind("kind='old'"), Severity::Error);
        assert_eq!(
            kind("('kind', 'new'), ('shop', 1), _connector='OR'"),
            Severity::Error
        );
        assert_eq!(kind("shop__gt=1"), Severity::Error);
    }

    #[test]
    fn what_is_new_is_not_written_by_the_release_before() {
        let message = |operations: &str| {
            let fixture = fixture(operations);
            let found = testing::check(&ADD_UNIQUE_CONSTRAINT, &fixture);
            found
                .findings
                .first()
                .expect("one is marked")
                .message
                .clone()
        };
        let by_old_code = "INSERTs of such rows by processes that still run the release before";
        assert!(message(TOGETHER.replace("'number'", "'id'").as_str()).contains("index"));
        let other = "migrations.AlterUniqueTogether('order', {('shop',)}),";
        assert!(message(other).contains(by_old_code));
        let filled =
            format!("{NEW}migrations.RunPython(migrations.RunPython.noop),\n        {TOGETHER}");
        assert!(!message(&filled).contains(by_old_code));
    }

    #[test]
    fn columns_that_are_null_everywhere_make_no_rows_alike() {
        let after = |between: &str| format!("{NEW}{between}\n        {TOGETHER}");
        assert_eq!(severity(&after("")), Severity::Warning);
        let filled = after("migrations.RunPython(migrations.RunPython.noop),");
        assert_eq!(severity(&filled), Severity::Error);
        let given = after("").replace("null=True", "default=1");
        assert_eq!(severity(&given), Severity::Error);
        let alike =
            "models.UniqueConstraint(fields=['shop', 'number'], name='once', nulls_distinct=False)";
        let constraint = format!("{NEW}\n        migrations.AddConstraint('order', {alike}),");
        assert_eq!(severity(&constraint), Severity::Error);
    }
}
