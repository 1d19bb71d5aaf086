use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::migrations::{Applied, ModelKey, Operation};

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
    /// ### In SQL
    ///
    /// ```python file=shop/migrations/0002_number.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN number integer"),
    ///         migrations.RunSQL("UPDATE shop_order SET number = id"),  # fires
    ///         migrations.RunSQL("UPDATE shop_customer SET id = id"),
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

/// Rows of a model that an operation writes, and where.
struct Written {
    model: ModelKey,
    place: Option<Location>,
}

/// An operation that others wait for, and the models whose tables it alters.
struct Altering<'p> {
    applied: &'p Applied,
    models: Vec<ModelKey>,
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    // Those of one migration are run one after the other.
    let all = project.migrations.applied();
    for own in all.chunk_by(|one, two| one.migration == two.migration) {
        let migration = project.migrations.get(own[0].migration);
        // A squashed migration is run where there are no rows yet.
        if migration.atomic != Some(true) || !migration.replaces.is_empty() {
            continue;
        }
        let own = || own.iter().filter(|applied| applied.reaches_database());
        let handing_over = || own().filter(|applied| hands_over(applied.operation()));
        if handing_over().next().is_none() {
            continue;
        }
        let altering: Vec<Altering<'_>> = own().filter_map(|it| altering(project, it)).collect();
        if altering.is_empty() {
            continue;
        }
        for applied in handing_over() {
            let written = written(ctx, applied);
            let meet = written.iter().find_map(|written| {
                let mut altering = altering.iter();
                let altered = altering.find(|it| it.models.contains(&written.model))?;
                Some((written, altered.applied))
            });
            if let Some((written, altered)) = meet {
                report(ctx, applied, written, altered);
            }
        }
    }
}

/// Whether an operation may write rows: code and SQL.
fn hands_over(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::RunPython { .. } | Operation::RunSql { .. }
    )
}

fn altering<'p>(project: &Project, applied: &'p Applied) -> Option<Altering<'p>> {
    let tables = steps::on_tables(project, applied).into_iter();
    let mut models: Vec<ModelKey> = tables
        .filter(|table| steps::waiting(table.touch).is_some())
        .filter_map(|table| table.model)
        .collect();
    if models.is_empty() {
        return None;
    }
    // Code may know it by the name that it has then.
    models.extend(applied.after.as_ref().map(|model| model.key()));
    Some(Altering { applied, models })
}

/// What the code or the SQL of an operation writes, as far as that is seen.
fn written(ctx: &Context<'_>, applied: &Applied) -> Vec<Written> {
    let project = ctx.project;
    let mut written = Vec::new();
    let writes = project.writes(applied).iter();
    written.extend(writes.map(|write| Written {
        place: Some(write.place),
        model: write.model.clone(),
    }));
    let texts = project.sql(applied).map_or(&[][..], |sql| &sql.texts);
    for text in texts {
        let statements = text.statements.iter().flatten();
        for statement in statements.filter(|statement| statement.kind.writes_rows()) {
            let mut tables = statement.kind.tables().iter();
            let model = tables.find_map(|table| project.table_before(applied.migration, table));
            if let Some(model) = model {
                written.push(Written {
                    model: model.key(),
                    place: text.place_of(statement, project, ctx.sources),
                });
            }
        }
    }
    written
}

fn report(ctx: &mut Context<'_>, applied: &Applied, written: &Written, altered: &Applied) {
    let (app, model) = &written.model;
    let message = format!(
        "rows of `{app}.{model}` are changed in the transaction that alters its table (`{}`): others wait for the \
         table until both are done",
        altered.operation().describe()
    );
    let place = altered.place(&ctx.project.modules);
    let mut reported = steps::report(ctx, applied, message);
    reported.help("move the change of the rows into a migration of its own");
    if let Some(written) = written.place {
        reported.related(written, "the rows are changed here");
    }
    if let Some(place) = place {
        reported.related(place, "the table is altered here");
    }
}
