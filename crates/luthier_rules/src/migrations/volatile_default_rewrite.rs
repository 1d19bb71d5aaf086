use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::django::operations::Volatility;
use luthier_project::migrations::Applied;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column is added with a default of the database that is another one for each row.
    ///
    /// ## Why it matters
    ///
    /// A constant default costs nothing: the database remembers it and adds no byte to any row. One that
    /// must be worked out for each row, such as `RandomUUID()` or `Random()`, makes it write the whole
    /// table anew while reads and writes wait.
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
    /// from django.contrib.postgres.functions import RandomUUID
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField(  # fires
    ///             "order", "token", models.UUIDField(db_default=RandomUUID())
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### The same for all rows
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    /// from django.db.models.functions import Now
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "placed", models.DateTimeField(db_default=Now())),
    ///         migrations.AddField("order", "channel", models.CharField(db_default="web", max_length=10)),
    ///     ]
    /// ```
    VOLATILE_DEFAULT_REWRITE = {
        code: "MIG022",
        name: "volatile-default-rewrite",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::rewriting(project, |column| {
        column.db_default == Some(Volatility::EachRow)
    }) {
        let touch = Applied::touch(&steps::effects(project, applied));
        let meanwhile = steps::meanwhile(project, steps::waiting(touch).unwrap_or("others"));
        let message = format!(
            "the default of {} is worked out for each row: every row is written anew {meanwhile}, for long where it is large",
            steps::shown(applied)
        );
        steps::report(context, applied, message).help(steps::or_plan(project, applied,
            "add the column with `null=True` and no default, give it the default in a second migration, and fill the rows in batches",
        ));
    }
}
