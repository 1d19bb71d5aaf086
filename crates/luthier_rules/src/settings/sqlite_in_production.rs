use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::settings::{Kind, Role};

use super::databases::Database;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Production keeps its data in SQLite.
    ///
    /// ## Why it matters
    ///
    /// One writer at a time: as soon as two requests write, one of them fails with "database is
    /// locked". The file lives on the disk of one machine, so a second one, or a container that is
    /// replaced, starts with other data or none. Those who run SQLite on purpose set
    /// `transaction_mode` and the journal mode, and are not reported.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings/production.py
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.sqlite3",  # fires
    ///         "NAME": "/srv/db.sqlite3",
    ///     }
    /// }
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings/production.py
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
    /// ```
    ///
    /// ### Where the environment decides
    ///
    /// ```python file=config/settings/production.py
    /// import dj_database_url
    /// DATABASES = {"default": dj_database_url.config(default="sqlite:///db.sqlite3")}
    /// ```
    ///
    /// ### Set up for it
    ///
    /// ```python file=config/settings/production.py
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.sqlite3",
    ///         "NAME": "/srv/db.sqlite3",
    ///         "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"},
    ///     }
    /// }
    /// ```
    ///
    /// ### Local settings
    ///
    /// ```python file=config/settings/local.py
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
    /// ```
    ///
    /// ```python file=config/settings/production.py
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
    /// ```
    RULE = {
        code: "OPS024",
        name: "sqlite-in-production",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(settings) = project.settings.production() else {
        return;
    };
    let Some(database) = Database::of_production(project) else {
        return;
    };
    let is_sqlite =
        database.engine.ends_with(".sqlite3") || database.engine.ends_with(".spatialite");
    let is_meant = ["transaction_mode", "init_command"]
        .iter()
        .any(|option| database.at(&["OPTIONS", option]).kind != Kind::Unset);
    if !is_sqlite || is_meant {
        return;
    }
    // A module that is named for production says so; others may be what a beginner deploys, or what
    // production never sees.
    let named = matches!(settings.role, Role::Production | Role::Staging);
    let confidence = match (named, database.may_be_changed()) {
        (true, false) => Confidence::Certain,
        _ if project.is_distributed => Confidence::Possible,
        (_, true) => Confidence::Possible,
        (false, false) => Confidence::Likely,
    };
    ctx.report(database.place, format!("`{}` runs on SQLite", settings.name))
        .help("use PostgreSQL or MySQL in production, or read the database's address from the environment")
        .confidence(confidence);
}
