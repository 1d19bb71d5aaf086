use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::migrations::Applied;
use luthier_project::settings::{Kind, Value};

use super::steps;
use crate::settings::Database;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Migrations alter tables in use, and nothing ends their wait for a lock.
    ///
    /// ## Why it matters
    ///
    /// `ALTER TABLE` needs the table for itself. While it waits for one long query to end, everything that
    /// comes after waits behind it, plain `SELECT`s too: a statement that takes a millisecond stops the site
    /// for minutes. With `lock_timeout` it gives up and can be tried again.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
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
    ///         migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))]),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.AddField("order", "total", models.IntegerField(null=True))]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",  # fires
    ///         "NAME": "shop",
    ///     }
    /// }
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",
    ///         "NAME": "shop",
    ///         "OPTIONS": {"options": "-c lock_timeout=3000"},
    ///     }
    /// }
    /// ```
    ///
    /// ### A migration or a package sets it
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
    /// ```
    /// ```python file=shop/migrations/0003_patience.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_total")]
    ///
    ///     operations = [migrations.RunSQL("SET lock_timeout = '3s'", migrations.RunSQL.noop)]
    /// ```
    ///
    /// ### Other databases
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    /// ```
    RULE = {
        code: "MIG026",
        name: "no-lock-timeout",
        severity: Severity::Info,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Either ends the wait.
const SETTINGS: [&str; 2] = ["lock_timeout", "statement_timeout"];

/// Packages that set it for migrations.
const PACKAGES: [&str; 4] = [
    "django-pg-migration-tools",
    "django-pg-zero-downtime-migrations",
    "django-pglock",
    "django-pgmigrate",
];

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(database) = Database::of_production(project).filter(Database::is_postgresql) else {
        return;
    };
    let is_set = !surely_lacks(&database.at(&["OPTIONS", "options"]))
        || database.may_be_changed()
        || is_set_elsewhere(project)
        || PACKAGES.iter().any(|name| project.dependencies.has(name));
    let risky: Vec<&Applied> = project
        .migrations
        .applied()
        .iter()
        .filter(|applied| {
            let is_recent = project.migrations.is_recent(applied.migration);
            let waits = |table: &steps::OnTable| steps::waiting(table.touch).is_some();
            is_recent && steps::on_tables(project, applied).iter().any(waits)
        })
        .collect();
    let Some(last) = risky.last().filter(|_| !is_set && !project.is_distributed) else {
        return;
    };
    let place = last.place(&project.modules);
    let mut reported = ctx.report(
        database.place,
        "no `lock_timeout` is set: a migration waits for a table in use without end, and all who come after wait behind it",
    );
    reported.help(
        "give `migrate` a role or connection with `\"OPTIONS\": {\"options\": \"-c lock_timeout=3000\"}`, and try again where it gives up",
    );
    if let Some(place) = place {
        reported.related(
            place,
            "the last of the recent migrations that alters a table",
        );
    }
}

fn surely_lacks(options: &Value) -> bool {
    match &options.kind {
        Kind::Unset | Kind::None => true,
        Kind::Str(text) => {
            !SETTINGS.iter().any(|setting| text.contains(setting)) && !text.contains("service=")
        }
        _ => false,
    }
}

/// Whether code, SQL or a command of the project sets it.
fn is_set_elsewhere(project: &Project) -> bool {
    let named = |text: &str| SETTINGS.iter().any(|setting| text.contains(setting));
    let commands = project.deployment.commands.iter();
    let mut words = commands.flat_map(|command| &command.arguments);
    words.any(|word| named(&word.text) || word.text.to_lowercase().contains("pgoptions"))
        || project.own_modules().any(|module| {
            let names = &project.modules.facts(module).names;
            SETTINGS.iter().any(|setting| names.mention(setting))
        })
}
