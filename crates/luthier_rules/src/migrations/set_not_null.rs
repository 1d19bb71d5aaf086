use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::Applied;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column in use becomes NOT NULL.
    ///
    /// ## Why it matters
    ///
    /// The database reads the whole table under a lock that stops even reads, to see that no row has NULL;
    /// one that has makes the migration fail. And the release before may still write NULL: its code was
    /// written when that was allowed, and from now on those INSERTs and UPDATEs fail. A check constraint
    /// that is added without looking at the rows and validated afterwards proves the same without the lock.
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
    ///         migrations.AlterField("order", "note", models.TextField(blank=True, default="")),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### It was not null before
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterField("order", "status", models.CharField(default="open", max_length=10)),
    ///     ]
    /// ```
    ///
    /// ### A validated constraint has proved it
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddConstraint(
    ///             "order",
    ///             models.CheckConstraint(condition=models.Q(note__isnull=False), name="order_note_set"),
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_note.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.AlterField("order", "note", models.TextField(blank=True, default="")),
    ///         migrations.RemoveConstraint("order", "order_note_set"),
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
    ///                 ("amount", models.IntegerField(null=True)),
    ///             ],
    ///         ),
    ///         migrations.AlterField("line", "amount", models.IntegerField()),
    ///     ]
    /// ```
    SET_NOT_NULL = {
        code: "MIG011",
        name: "set-not-null",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Some((name, before, after)) = steps::altered(applied) else {
            continue;
        };
        let is_set = before.null() == Some(true) && after.null() == Some(false);
        let is_proved = applied
            .before
            .as_ref()
            .is_some_and(|model| model.is_checked_not_null(name));
        if !is_set || is_proved || after.column(name).is_none() {
            continue;
        }
        let column = after.column(name);
        let begun = project.migrations.begun(applied);
        let is_new = begun
            .zip(column.as_ref())
            .is_some_and(|(begun, column)| begun.field_of_column(column).is_none());
        let breaks = match is_new {
            true => "INSERTs of processes that still run the release before leave it out and fail",
            false => {
                "INSERTs and UPDATEs by which processes that still run the release before write NULL fail"
            }
        };
        let touch = Applied::touch(&steps::effects(project, applied));
        let work = match (touch.rewrite, touch.scan) {
            (Some(true), _) => Some("every row is written anew"),
            (_, Some(true)) => Some("every row is read"),
            _ => None,
        };
        let work = work
            .zip(steps::waiting(touch))
            .filter(|_| !project.is_emptied_before(applied));
        let work = work.map_or_else(String::new, |(work, waiting)| {
            let meanwhile = steps::meanwhile(project, waiting);
            format!("{work} {meanwhile}, for long where it is large; ")
        });
        let message = format!("{} becomes NOT NULL: {work}{breaks}", steps::shown(applied));
        steps::report(context, applied, message).help(steps::or_plan(project, applied,
            "in releases of their own: stop writing NULL and fill the rows; add a CHECK `IS NOT NULL` as NOT VALID; \
             validate it; then set NOT NULL and drop the check",
        ));
    }
}
