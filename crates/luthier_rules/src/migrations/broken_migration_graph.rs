use std::collections::BTreeSet;

use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::migrations::{LoadProblem, Migration, MigrationId, Missing, Reference};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Migrations cannot be put in order, or one of them cannot be loaded.
    ///
    /// ## Why it matters
    ///
    /// Django loads all migrations before it runs one: `migrate`, `makemigrations`, the test runner and the
    /// check of `runserver` all end with `NodeNotFoundError`, `CircularDependencyError` or
    /// `BadMigrationError`. Most often a file was renamed, deleted or lost in a merge.
    ///
    /// Where some of the migrations that a squashed one replaces are gone and others are there, databases
    /// that have run them all and new ones go on; one that has run a part cannot be migrated.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/migrations/__init__.py
    /// ```
    /// ```python file=shop/migrations/0001_initial.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     initial = True
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0003_status.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [
    ///         ("shop", "0002_total"),  # fires
    ///     ]
    /// ```
    ///
    /// ### A circle
    ///
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):  # fires
    ///     dependencies = [("shop", "0003_status")]
    /// ```
    /// ```python file=shop/migrations/0003_status.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_total")]
    /// ```
    ///
    /// ### A file that is no migration
    ///
    /// ```python file=shop/migrations/helpers.py
    /// def fill(apps, schema_editor):  # fires
    ///     pass
    /// ```
    ///
    /// ### Squashed, and half deleted
    ///
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    /// ```
    /// ```python file=shop/migrations/0002_squashed_0003.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     replaces = [
    ///         ("shop", "0002_total"),
    ///         ("shop", "0003_status"),  # fires
    ///     ]
    ///     dependencies = [("shop", "0001_initial")]
    /// ```
    ///
    /// ## Good
    ///
    /// What is replaced may be gone, as long as all of it is; others may still name it.
    ///
    /// ```python file=shop/migrations/0002_squashed_0003.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     replaces = [("shop", "0002_total"), ("shop", "0003_status")]
    ///     dependencies = [("shop", "0001_initial")]
    /// ```
    /// ```python file=shop/migrations/0004_number.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0003_status")]
    /// ```
    ///
    /// ### Names that only Django can import, and folders without `__init__.py`
    ///
    /// ```python file=shop/migrations/0002_fill+clean.py
    /// import shop.tools.filling
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///     operations = [migrations.RunPython(shop.tools.filling.fill)]
    /// ```
    /// ```python file=shop/migrations/0003_total.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_fill+clean")]
    /// ```
    /// ```python file=shop/tools/filling.py
    /// def fill(apps, schema_editor):
    ///     pass
    /// ```
    ///
    /// ### Files that Django passes over, and apps of packages
    ///
    /// ```python file=shop/migrations/_helpers.py
    /// def fill(apps, schema_editor):
    ///     pass
    /// ```
    /// ```python file=shop/migrations/0002_owner.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [
    ///         ("auth", "0001_initial"),
    ///         ("contenttypes", "__first__"),
    ///         ("shop", "0001_initial"),
    ///     ]
    /// ```
    ///
    /// ### A package whose sites install the apps that it needs
    ///
    /// ```python file=setup.py
    /// from setuptools import setup
    ///
    /// setup(name="shop", packages=["shop"])
    /// ```
    /// ```python file=shop/migrations/0002_customer.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("customers", "__first__"), ("shop", "0001_initial")]
    /// ```
    RULE = {
        code: "MIG003",
        name: "broken-migration-graph",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Certain,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let migrations = &ctx.project.migrations;
    for missing in &migrations.missing {
        report_missing(ctx, missing);
    }
    for circle in &migrations.circles {
        report_circle(ctx, circle);
    }
    report_unloadable(ctx);
    report_half_replaced(ctx);
}

/// Whether Django loads the migrations of an app: that of one which no settings list is only likely.
fn confidence(project: &Project, app: &str) -> Confidence {
    match project.apps.by_label(app) {
        Some(app) if app.is_listed => Confidence::Certain,
        _ => Confidence::Likely,
    }
}

fn report_missing(ctx: &mut Context<'_>, missing: &Missing) {
    let project = ctx.project;
    let from = project.migrations.get(missing.from);
    let reference = &missing.reference;
    // A file may hold a migration in a form that is not read.
    if has_file(project, from, reference) {
        return;
    }
    // Who installs a package brings the other apps along: its own settings only stand in for theirs.
    if project.is_distributed && project.apps.by_label(&reference.app).is_none() {
        return;
    }
    ctx.report(
        reference.place,
        format!(
            "`{}` depends on `{}.{}`, which is not there",
            steps::name(from),
            reference.app,
            reference.name
        ),
    )
    .help("bring the file back, or name the migration that took its place")
    .confidence(confidence(project, &from.app))
    .app(&*from.app);
}

/// Whether there is a module of the name that a reference has, beside the migrations of its app.
fn has_file(project: &Project, from: &Migration, reference: &Reference) -> bool {
    let beside = |migration: &Migration| {
        let name = &project.modules.get(migration.module).name;
        let package = name.rsplit_once('.').map_or("", |(package, _)| package);
        let named = format!("{package}.{}", reference.name);
        project.modules.find(&named).is_some()
    };
    let all = project.migrations.all();
    let mut of_app = all.filter(|(_, migration)| migration.app == reference.app);
    match from.app == reference.app {
        true => beside(from),
        false => of_app
            .next()
            .is_some_and(|(_, migration)| beside(migration)),
    }
}

fn report_circle(ctx: &mut Context<'_>, circle: &[MigrationId]) {
    let project = ctx.project;
    let migrations = &project.migrations;
    let Some(first) = circle.first().map(|id| migrations.get(*id)) else {
        return;
    };
    // Each comes after the next.
    let mut path: Vec<String> = circle
        .iter()
        .map(|id| format!("`{}`", steps::name(migrations.get(*id))))
        .collect();
    path.push(format!("`{}`", steps::name(first)));
    let mut reported = ctx.report(
        first.place,
        format!("migrations depend on each other: {}", path.join(" on ")),
    );
    reported
        .help("take out the dependency that is not needed, or move the operation that needs it into a migration of its own")
        .confidence(confidence(project, &first.app))
        .app(&*first.app);
    for id in &circle[1..] {
        reported.related(migrations.get(*id).place, "part of the circle");
    }
}

fn report_unloadable(ctx: &mut Context<'_>) {
    let project = ctx.project;
    for problem in project.migrations.unloadable() {
        let (message, help) = match &problem.why {
            LoadProblem::NoMigration { module } => (
                format!("`{module}` lies among the migrations and has no class `Migration`"),
                "begin its name with `_`, which Django passes over, or move it elsewhere",
            ),
            LoadProblem::NoSuchName { module, name } => (
                format!("a migration needs `{name}` of `{module}`, which does not have it"),
                "keep the name as long as the migration is there, or squash the migration",
            ),
        };
        ctx.report(problem.place, message)
            .help(help)
            .confidence(confidence(project, &problem.app))
            .app(&*problem.app);
    }
}

/// Migrations of which some are there and some are gone while a squashed one replaces them all. What
/// Django does then hangs on the database (`MigrationLoader.build_graph` of Django 5.2).
fn report_half_replaced(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let all = || project.migrations.all().map(|(_, migration)| migration);
    let there: BTreeSet<(&str, &str)> = all()
        .map(|migration| (&*migration.app, &*migration.name))
        .collect();
    for squashed in all().filter(|migration| !migration.is_open) {
        let is_there = |reference: &&Reference| {
            there.contains(&(&*reference.app, &*reference.name))
                || has_file(project, squashed, reference)
        };
        let (kept, gone): (Vec<&Reference>, Vec<&Reference>) =
            squashed.replaces.iter().partition(is_there);
        let (Some(kept), Some(first)) = (kept.first(), gone.first()) else {
            continue;
        };
        ctx.report(
            first.place,
            format!(
                "`{}` replaces `{}.{}`, which is gone while `{}.{}` is still there",
                steps::name(squashed),
                first.app,
                first.name,
                kept.app,
                kept.name
            ),
        )
        .help("delete all that it replaces, or keep all until every database has run them")
        .confidence(Confidence::Likely)
        .app(&*squashed.app);
    }
}
