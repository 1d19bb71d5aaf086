use std::collections::BTreeSet;

use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::migrations::{Edited, Migration, edited};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A migration that is on the base branch was changed or removed.
    ///
    /// ## Why it matters
    ///
    /// Databases remember migrations by name. One that has run it does not run it again: it stays as it was
    /// before the change, while new databases get what the file says now. From then on, servers and tests
    /// differ, and a later migration fails on one of the two.
    ///
    /// Asked for with `luthier check --base main`: what is compared with is the commit where the branch left
    /// `main`.
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
    ///
    /// ## Bad
    ///
    /// The same file on `main`, and as it is now.
    ///
    /// ```python file=main:shop/migrations/0002_total.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     operations = [migrations.AddField("order", "total", models.IntegerField(null=True))]
    /// ```
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):  # fires
    ///     operations = [migrations.AddField("order", "total", models.BigIntegerField(null=True))]
    /// ```
    ///
    /// ### Renamed, or lost
    ///
    /// ```python file=main:shop/migrations/0001_initial.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     operations = [migrations.CreateModel("Order", [])]
    /// ```
    /// ```python file=shop/migrations/0001_order.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):  # fires
    ///     operations = [migrations.CreateModel("Order", [])]
    /// ```
    ///
    /// ## Good
    ///
    /// Another layout, a label, the way back, and an import from elsewhere.
    ///
    /// ```python file=main:shop/migrations/0002_total.py
    /// from django.db import migrations, models
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.update(total=0)
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     operations = [
    ///         migrations.AddField("order", "total", models.IntegerField(null=True)),
    ///         migrations.RunPython(fill),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations
    /// from django.db.models import IntegerField
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     # All orders have one.
    ///     apps.get_model("shop", "Order").objects.update(
    ///         total=0,
    ///     )
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     operations = [
    ///         migrations.AddField("order", "total", IntegerField(null=True, verbose_name="sum")),
    ///         migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ///     ]
    /// ```
    ///
    /// ### Squashed and deleted, and a new one
    ///
    /// ```python file=main:shop/migrations/0001_initial.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     operations = []
    /// ```
    /// ```python file=main:shop/migrations/0002_total.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     operations = []
    /// ```
    /// ```python file=shop/migrations/0001_squashed_0002.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     replaces = [("shop", "0001_initial"), ("shop", "0002_total")]
    ///     operations = []
    /// ```
    /// ```python file=shop/migrations/0003_number.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_squashed_0002")]
    ///     operations = []
    /// ```
    RULE = {
        code: "MIG004",
        name: "edited-after-release",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Certain,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    if ctx.project.base.is_some() {
        report_changed(ctx);
        report_removed(ctx);
    }
}

fn report_changed(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(base) = &project.base else { return };
    for (_, migration) in project.migrations.all() {
        let Some(file) = project.modules.get(migration.module).file else {
            continue;
        };
        let Some(before) = base.file(&ctx.sources.file(file).path) else {
            continue;
        };
        let (what, confidence) = match edited(before, project.modules.facts(migration.module)) {
            None => continue,
            Some(Edited::Operations) => ("its operations".to_owned(), Confidence::Certain),
            // The change may be one for databases that have yet to run it.
            Some(Edited::Function(name)) => (format!("`{name}`"), Confidence::Likely),
        };
        let name = steps::name(migration);
        ctx.report(
            migration.place,
            format!("`{name}` was changed since it was on the base branch: {what}"),
        )
        .help("put it back as it was, and make the change in a migration that comes after it")
        .confidence(confidence)
        .app(&*migration.app);
    }
}

/// Migrations that are gone while others of their app are there, and that none of these replaces.
fn report_removed(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(base) = &project.base else { return };
    let replaced: BTreeSet<&str> = project
        .migrations
        .all()
        .flat_map(|(_, migration)| migration.replaces.iter().map(|reference| &*reference.name))
        .collect();
    for (path, facts) in base.files() {
        let is_there = ctx.sources.find(path).is_some();
        let Some((folder, file)) = path.rsplit_once('/') else {
            continue;
        };
        let name = file.trim_end_matches(".py");
        if is_there || replaced.contains(name) || facts.module().binding("Migration").is_none() {
            continue;
        }
        let Some((last, place)) = last_beside(ctx, project, folder) else {
            continue;
        };
        ctx.report(
            place,
            format!("`{}.{name}` is on the base branch and is gone", last.app),
        )
        .help("bring the file back; a migration that takes its place names it in `replaces`")
        .app(&*last.app);
    }
}

/// The last migration in a folder, whatever it does.
fn last_beside<'p>(
    ctx: &Context<'_>,
    project: &'p Project,
    folder: &str,
) -> Option<(&'p Migration, Location)> {
    let beside = project.migrations.all().filter(|(_, migration)| {
        let file = project.modules.get(migration.module).file;
        let path = file.map(|file| &*ctx.sources.file(file).path);
        path.and_then(|path| path.rsplit_once('/'))
            .is_some_and(|(of, _)| of == folder)
    });
    let (_, last) = beside.last()?;
    Some((last, last.place))
}
