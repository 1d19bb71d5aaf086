use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::migrations::{Applied, Operation, Reach};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Migrations change rows, and no test runs one on rows.
    ///
    /// ## Why it matters
    ///
    /// The test runner runs all migrations on an empty database: a data migration finds nothing to do there,
    /// so that its code is run for the first time in production, once, on rows that nobody can make again.
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
    ///                 ("total", models.IntegerField(null=True)),
    ///             ],
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.filter(total=None).update(total=0)
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunPython(fill, migrations.RunPython.noop),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.filter(total=None).update(total=0)
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunPython(fill, migrations.RunPython.noop),  # fires
    ///     ]
    /// ```
    /// ```python file=shop/tests/test_orders.py
    /// def test_total(db):
    ///     assert 1 + 1 == 2
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/tests/test_migrations.py
    /// from django.db.migrations.executor import MigrationExecutor
    ///
    /// def test_totals(db):
    ///     MigrationExecutor(connection).migrate([("shop", "0001_initial")])
    /// ```
    ///
    /// ### With a package
    ///
    /// ```python file=shop/tests/test_migrations.py
    /// def test_totals(migrator):
    ///     migrator.apply_initial_migration(("shop", "0001_initial"))
    /// ```
    ///
    /// ### The function alone
    ///
    /// ```python file=shop/tests/test_migrations.py
    /// from importlib import import_module
    ///
    /// totals = import_module("shop.migrations.0002_totals")
    ///
    /// def test_totals(db):
    ///     totals.fill(apps, None)
    /// ```
    ///
    /// ### No tests at all
    ///
    /// ```python file=shop/views.py
    /// x = 1
    /// ```
    RULE = {
        code: "TST015",
        name: "migrations-untested",
        severity: Severity::Info,
        category: Category::Tests,
        dimension: Some(Dimension::Testing),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Words of the code that runs a migration in a test: Django's own class, the commands, and the
/// packages django-test-migrations, pytest-django-migrations, django-migration-testcase.
const RUNNING: &[&str] = &[
    "MigrationExecutor",
    "MigrationTest",
    "MigratorTestCase",
    "django_test_migrations",
    "dj_migration_test",
    "import_module",
    "call_command",
    "migrator",
    ".migrations.",
];

/// How many places beyond the first one are shown.
const SHOWN: usize = 10;

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    if project.tests.modules.is_empty() || runs_migrations(project) {
        return;
    }
    let migrations = &project.migrations;
    let mut places: Vec<Location> = migrations
        .applied()
        .iter()
        .filter(|applied| migrations.is_recent(applied.migration))
        .filter(|applied| changes_rows(project, applied))
        .filter_map(|applied| {
            let place = applied.step.place?;
            let call = project.modules.value(place).as_call()?;
            let file = project.modules.get(place.module).file?;
            Some(Location::new(file, call.callee.span()))
        })
        .collect();
    places.sort();
    let Some((first, others)) = places.split_first() else {
        return;
    };
    let mut reported = ctx.report(*first, "no test runs a migration that changes rows: its code meets rows for the first time in production");
    reported.help("make rows at the migration before, run this one, and look at them: `MigrationExecutor`, or the fixture `migrator` of django-test-migrations");
    for other in others.iter().take(SHOWN) {
        reported.related(*other, "rows are changed here too");
    }
}

/// Whether an operation's code is seen to write rows of a table that was there before.
fn changes_rows(project: &Project, applied: &Applied) -> bool {
    let is_run = applied.reach != Reach::State
        && matches!(applied.operation(), Operation::RunPython { .. })
        && project
            .migrations
            .get(applied.migration)
            .replaces
            .is_empty();
    is_run && !project.writes(applied).is_empty()
}

fn runs_migrations(project: &Project) -> bool {
    let tests = project
        .own_modules()
        .filter(|module| project.modules.is_test(*module));
    let mut names = tests.map(|module| &project.modules.facts(module).names);
    names.any(|names| RUNNING.iter().any(|word| names.mention(word)))
}
