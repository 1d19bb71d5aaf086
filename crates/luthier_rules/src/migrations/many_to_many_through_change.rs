use luthier_diagnostics::{Category, Dimension, Severity};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A many-to-many field is given a model of its own between the two, or loses it.
    ///
    /// ## Why it matters
    ///
    /// Django refuses to run such a migration: `ValueError: Cannot alter field ... they are not compatible
    /// types (you cannot alter to or from M2M fields, or add or remove through= on M2M fields)`.
    /// `makemigrations` writes it all the same. The way is to tell the models only, and to make the model
    /// of the table that is there.
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
    ///         migrations.AddField("order", "customers", models.ManyToManyField("shop.customer")),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_through.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             "Placement",
    ///             [
    ///                 ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                 ("customer", models.ForeignKey("shop.customer", models.CASCADE)),
    ///                 ("order", models.ForeignKey("shop.order", models.CASCADE)),
    ///             ],
    ///         ),
    ///         migrations.AlterField(  # fires
    ///             "order",
    ///             "customers",
    ///             models.ManyToManyField("shop.customer", through="shop.Placement"),
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
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
    ///         migrations.AddField("order", "customers", models.ManyToManyField("shop.customer")),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_through.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.SeparateDatabaseAndState(
    ///             state_operations=[
    ///                 migrations.CreateModel(
    ///                     "Placement",
    ///                     [
    ///                         ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                         ("customer", models.ForeignKey("shop.customer", models.CASCADE)),
    ///                         ("order", models.ForeignKey("shop.order", models.CASCADE)),
    ///                     ],
    ///                     options={"db_table": "shop_order_customers"},
    ///                 ),
    ///                 migrations.AlterField(
    ///                     "order",
    ///                     "customers",
    ///                     models.ManyToManyField("shop.customer", through="shop.Placement"),
    ///                 ),
    ///             ],
    ///         ),
    ///     ]
    /// ```
    MANY_TO_MANY_THROUGH_CHANGE = {
        code: "MIG027",
        name: "many-to-many-through-change",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::on_existing_tables(project) {
        let Some((_, before, after)) = steps::altered(applied) else {
            continue;
        };
        let are_both = before.is_many_to_many() && after.is_many_to_many();
        if !are_both || before.through.is_some() == after.through.is_some() {
            continue;
        }
        let verb = if after.through.is_some() {
            "add"
        } else {
            "remove"
        };
        let message = format!(
            "Django cannot {verb} `through` on {}: the migration fails with ValueError",
            steps::shown(applied)
        );
        steps::report(context, applied, message).help(
            "wrap it in `SeparateDatabaseAndState(state_operations=[...])`, with a model whose `db_table` is the table that is there",
        );
    }
}
