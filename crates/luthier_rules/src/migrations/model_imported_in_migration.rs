use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::Project;
use luthier_project::facts::ir::{BindingKind, ImportKind};
use luthier_project::facts::{BodyRef, ExprRef};
use luthier_project::models::{Model, ModelId};
use luthier_project::modules::{Definition, FunctionRef};
use luthier_source::Span;
use rustc_hash::FxHashSet;

use super::steps;
use crate::{Check, Context, declare_rule, imports};

declare_rule! {
    /// A data migration uses the class of a model instead of the model as it was then.
    ///
    /// ## Why it matters
    ///
    /// The class is that of today. As soon as a later migration adds a column, this one selects and writes
    /// the column before it is there, and fails with `column does not exist`: on every new database, in
    /// each test run and on the servers that are some releases behind. `apps.get_model` gives the model with
    /// the fields that the migrations have made so far.
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
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     class Status(models.TextChoices):
    ///         NEW = "new"
    ///
    ///     NUMBERS = 7
    ///     status = models.TextField()
    ///
    ///
    /// class Line(models.Model):
    ///     pass
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_status.py
    /// from django.db import migrations
    /// from shop.models import Order
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     """Every order has a status."""
    ///     Order.objects.filter(status="").update(status="new")  # fires
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
    /// ```
    ///
    /// ### In a function that is called
    ///
    /// ```python file=shop/migrations/0002_lines.py
    /// from django.db import migrations
    ///
    ///
    /// def add_line():
    ///     from shop.models import Line
    ///
    ///     Line(pk=1).save()  # fires
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     add_line()
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
    /// ```
    ///
    /// ### In code of the project that is called
    ///
    /// ```python file=shop/totals.py
    /// from shop.models import Line
    ///
    ///
    /// def first_line():
    ///     return Line.objects.first()
    /// ```
    /// ```python file=shop/migrations/0002_lines.py
    /// from django.db import migrations
    /// from shop.totals import first_line
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     first_line()  # fires
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/migrations/0002_status.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     """Every order has a status."""
    ///     Order = apps.get_model("shop", "Order")
    ///     Order.objects.filter(status="").update(status="new")
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
    /// ```
    ///
    /// ## Good
    ///
    /// Constants, choices and labels of the class, a local name for the model of then, code that is given the
    /// model of then, and functions that no migration runs.
    ///
    /// ```python file=shop/numbers.py
    /// def number_all(orders):
    ///     for order in orders.all():
    ///         order.save()
    /// ```
    /// ```python file=shop/migrations/0002_status.py
    /// from django.db import migrations, models
    /// from shop.models import Line, Order
    /// from shop.numbers import number_all
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     Line = apps.get_model("shop", "Line")
    ///     Line.objects.all().delete()
    ///     orders = apps.get_model(Order._meta.app_label, "Order").objects
    ///     orders.filter(pk__lt=Order.NUMBERS).update(status=Order.Status.NEW)
    ///     number_all(apps.get_model("shop", "Order").objects)
    ///
    ///
    /// def by_hand():
    ///     Order.objects.all().delete()
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunPython(fill, migrations.RunPython.noop),
    ///         migrations.AlterField(
    ///             "order", "status", models.TextField(choices=Order.Status.choices)
    ///         ),
    ///     ]
    /// ```
    RULE = {
        code: "MIG020",
        name: "model-imported-in-migration",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        fix: FixAvailability::Sometimes,
        confidence: Confidence::Certain,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    in_migrations(ctx);
    let mut seen = FxHashSet::default();
    for applied in project.migrations.applied() {
        if !applied.reaches_database() {
            continue;
        }
        let migration = project.migrations.get(applied.migration);
        for outdated in project.outdated(applied) {
            let model = project.models.get(outdated.model);
            if !model.is_registered || !seen.insert((outdated.place, outdated.model)) {
                continue;
            }
            let message = format!(
                "what is called here works with `{}` as it is today, not as it is at `{}`: its queries name columns that \
                 may not be there then",
                model.name,
                steps::name(migration)
            );
            ctx.report(outdated.place, message)
                .help(format!(
                    "write it into the migration with `apps.get_model(\"{}\", \"{}\")`, or hand that over",
                    model.app_label, model.name
                ))
                .related(outdated.uses, "the class of today is used here")
                .severity(Severity::Warning)
                .confidence(Confidence::Likely)
                .app(&*migration.app);
        }
    }
}

/// The functions that migrations have themselves.
fn in_migrations(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let mut seen = FxHashSet::default();
    for applied in project.migrations.applied() {
        let migration = project.migrations.get(applied.migration);
        let Some(script) = project
            .script(applied)
            .filter(|_| applied.reaches_database())
        else {
            continue;
        };
        let run = script.functions.first().copied();
        let of_migrations = script.functions.iter().copied();
        for function in of_migrations.filter(|it| project.modules.is_migration(it.module)) {
            let body = project.modules.function_body(function);
            let uses = body
                .exprs()
                .filter_map(|expr| used(project, function, expr));
            for (class, id) in uses {
                // Once a function for each model.
                if !seen.insert((function, id)) {
                    continue;
                }
                let model = project.models.get(id);
                let Some(file) = project.modules.get(function.module).file else {
                    continue;
                };
                let fix = (run == Some(function)).then(|| fix(ctx, function, class, model));
                let is_own = project.modules.is_repository(model.module);
                let name = class.span().text(&ctx.sources.file(file).text).to_owned();
                let mut reported = ctx.report(
                    Location::new(file, class.span()),
                    format!(
                        "`{name}` is the class of today, not the model as it is at `{}`: its queries name columns that may not \
                         be there then",
                        steps::name(migration)
                    ),
                );
                reported
                    .help(format!(
                        "use `apps.get_model(\"{}\", \"{}\")`",
                        model.app_label, model.name
                    ))
                    .app(&*migration.app)
                    .fix(fix.flatten());
                if !is_own {
                    // Packages change their models less often.
                    reported
                        .severity(Severity::Warning)
                        .confidence(Confidence::Likely);
                }
            }
        }
    }
}

/// The class of a model whose rows an expression asks for or makes.
fn used<'a>(
    project: &Project,
    function: FunctionRef,
    expr: ExprRef<'a>,
) -> Option<(ExprRef<'a>, ModelId)> {
    let (class, manager) = match expr.as_attribute() {
        Some((class, name)) => (class, Some(name)),
        None => (expr.as_call()?.callee, None),
    };
    let Definition::Class(found) = project.modules.resolve_expr(function.module, class) else {
        return None;
    };
    let id = project.models.by_class(found)?;
    let model = project.models.get(id);
    let asks = manager.is_none_or(|name| {
        matches!(name, "_default_manager" | "_base_manager")
            || model.managers.iter().any(|manager| *manager.name == *name)
    });
    (model.is_registered && asks).then_some((class, id))
}

/// Gives the function that is run the model under the name that was imported, where nothing else in
/// the file uses the import. What only the class has, the model of then lacks.
fn fix(ctx: &Context<'_>, function: FunctionRef, class: ExprRef<'_>, model: &Model) -> Option<Fix> {
    let project: &Project = ctx.project;
    let name = class.as_name()?;
    let facts = project.modules.facts(function.module);
    let file = project.modules.get(function.module).file?;
    let text = &ctx.sources.file(file).text;
    let BindingKind::Import(import) = facts.module().binding(name)?.kind else {
        return None;
    };
    let is_named = |body: BodyRef<'_>| body.exprs().any(|expr| expr.as_name() == Some(name));
    let body = project.modules.function_body(function);
    let mut bodies = facts.body_ids().map(|id| facts.body(id));
    let is_used_elsewhere = bodies.any(|other| other.id != body.id && is_named(other));
    let is_plain = facts.import(import).kind == ImportKind::From && body.binding(name).is_none();
    if is_used_elsewhere || !is_plain {
        return None;
    }
    let apps = project.modules.function(function).params.first()?;
    let first = body.statements().next()?.span().start;
    let indent = text[..first as usize].rsplit('\n').next()?;
    if !indent.trim().is_empty() {
        return None;
    }
    let made = format!(
        "{name} = {}.get_model(\"{}\", \"{}\")\n{indent}",
        facts.text(apps.name),
        model.app_label,
        model.name
    );
    let (span, left): (Span, String) = imports::removed(facts, text, import.index())?;
    Some(
        Fix::risky(format!("Ask `apps` for `{}`", model.name))
            .replace(file, span, left)
            .insert(file, first, made),
    )
}
