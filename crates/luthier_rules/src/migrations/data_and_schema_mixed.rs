use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::migrations::{Applied, Write};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A migration changes the rows of a table and the table itself in one transaction.
    ///
    /// ## Why it matters
    ///
    /// The lock that altering a table takes is held until the transaction ends: while the rows are gone
    /// through, nobody else reads or writes the table. And where the rows come first, PostgreSQL may refuse
    /// to alter the table at all: `cannot ALTER TABLE because it has pending trigger events`, as soon as a
    /// row with a foreign key was written. That happens in production, where there are rows, and not in
    /// tests.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
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
    ///     operations = [
    ///         migrations.CreateModel(
    ///             "Order",
    ///             [
    ///                 ("id", models.BigAutoField(primary_key=True)),
    ///                 ("status", models.CharField(max_length=10)),
    ///             ],
    ///         ),
    ///         migrations.CreateModel(
    ///             "Customer", [("id", models.BigAutoField(primary_key=True))]
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_number.py
    /// from django.db import migrations, models
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     Order = apps.get_model("shop", "Order")
    ///     number_all(Order.objects.all())
    ///     for order in Order.objects.filter(number=None):
    ///         order.number = order.pk
    ///         order.save()
    ///
    ///
    /// def number_all(orders):
    ///     pass
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "number", models.IntegerField(null=True)),
    ///         migrations.RunPython(fill, migrations.RunPython.noop),  # fires
    ///         migrations.AlterField("order", "number", models.IntegerField()),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// Another table than the one that is altered, a table that the migration makes itself, a label that no
    /// table knows of, and a migration without a transaction.
    ///
    /// ```python file=shop/migrations/0002_number.py
    /// from django.db import migrations, models
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     Order = apps.get_model("shop", "Order")
    ///     Order.objects.filter(status="").update(status="new")
    ///     apps.get_model("shop", "Line").objects.create(order=Order.objects.first())
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             "Line", [("id", models.BigAutoField(primary_key=True))]
    ///         ),
    ///         migrations.AddField("line", "order", models.ForeignKey("shop.Order", models.CASCADE)),
    ///         migrations.AddField("customer", "name", models.TextField(null=True)),
    ///         migrations.AlterField(
    ///             "order", "status", models.CharField(max_length=10, verbose_name="state")
    ///         ),
    ///         migrations.RunPython(fill, migrations.RunPython.noop),
    ///     ]
    /// ```
    ///
    /// ### Without a transaction
    ///
    /// ```python file=shop/migrations/0002_number.py
    /// from django.db import migrations, models
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.filter(number=None).update(number=0)
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "number", models.IntegerField(null=True)),
    ///         migrations.RunPython(fill, migrations.RunPython.noop),
    ///     ]
    /// ```
    RULE = {
        code: "MIG018",
        name: "data-and-schema-mixed",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Certain,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    for applied in project.migrations.applied() {
        let migration = project.migrations.get(applied.migration);
        // A squashed migration is run where there are no rows yet.
        let is_run = applied.reaches_database() && migration.replaces.is_empty();
        let is_in_transaction = is_run && migration.atomic == Some(true);
        let Some(script) = project.script(applied).filter(|_| is_in_transaction) else {
            continue;
        };
        let beside: Vec<&Applied> = steps::on_existing_tables(project)
            .filter(|other| {
                other.migration == applied.migration
                    && !other.step.is_overridden
                    && steps::locks_table(project, other)
            })
            .collect();
        if beside.is_empty() {
            continue;
        }
        let writes = project.writes(&script);
        let meet = writes.iter().find_map(|write| {
            let altered = beside.iter().find(|other| is_about(other, write))?;
            Some((write, *altered))
        });
        let Some((write, altered)) = meet else {
            continue;
        };
        let (app, model) = &write.model;
        let message = format!(
            "rows of `{app}.{model}` are changed in the transaction that alters its table (`{}`)",
            altered.operation().describe()
        );
        let written = steps::place_of(project, write.function.module, write.call);
        let place = altered.place(&project.modules);
        let mut reported = steps::report(ctx, applied, message);
        reported.help("move the change of the rows into a migration of its own");
        if let Some(written) = written {
            reported.related(written, "the rows are changed here");
        }
        if let Some(place) = place {
            reported.related(place, "the table is altered here");
        }
    }
}

fn is_about(altered: &Applied, write: &Write<'_>) -> bool {
    let before = altered.before.as_ref().map(|model| model.key());
    let after = altered.after.as_ref().map(|model| model.key());
    [before, after]
        .into_iter()
        .flatten()
        .any(|key| key == write.model)
}
