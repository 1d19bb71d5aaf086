use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::settings::Kind;

use super::databases::Database;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Every request opens a database connection of its own.
    ///
    /// ## Why it matters
    ///
    /// A new connection costs a TCP and TLS handshake, a login and, on PostgreSQL, a process: several
    /// milliseconds before the first query, and a database that falls over when requests come in
    /// bursts. `CONN_MAX_AGE`, Django's own pool (5.1 and later) or a pooler keep connections open. A
    /// pool together with `CONN_MAX_AGE` is refused by Django when it first connects.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",  # fires
    ///         "NAME": "shop",
    ///     }
    /// }
    /// ```
    ///
    /// ### A pool, and connections that are kept
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",  # fires
    ///         "CONN_MAX_AGE": 60,
    ///         "OPTIONS": {"pool": True},
    ///     }
    /// }
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {
    ///     "default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60}
    /// }
    /// ```
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {
    ///     "default": {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"pool": True}}
    /// }
    /// ```
    ///
    /// ### A pooler
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {
    ///     "default": {"ENGINE": "django.db.backends.postgresql", "HOST": "pgbouncer.internal"}
    /// }
    /// ```
    ///
    /// ### A file, and what the environment decides
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
    /// ```
    ///
    /// ```python file=config/settings.py
    /// import os
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",
    ///         "CONN_MAX_AGE": int(os.environ.get("CONN_MAX_AGE", "0")),
    ///     }
    /// }
    /// ```
    RULE = {
        code: "OPS002",
        name: "no-connection-reuse",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Engines that talk to a server.
const SERVERS: [&str; 6] = [
    "postgresql",
    "postgis",
    "psycopg2",
    "mysql",
    "oracle",
    "mssql",
];

fn check(ctx: &mut Context<'_>) {
    let Some(database) = Database::of_production(ctx.project) else {
        return;
    };
    if !SERVERS
        .iter()
        .any(|server| database.engine.contains(server))
    {
        return;
    }
    let age = database.at(&["CONN_MAX_AGE"]);
    let pool = database.at(&["OPTIONS", "pool"]);
    if pool.is_definitely_true() {
        if age.is_none() || age.as_int().is_some_and(|seconds| seconds != 0) {
            let mut reported = ctx.report(
                database.place,
                "a connection pool and `CONN_MAX_AGE` exclude each other",
            );
            reported.help("leave `CONN_MAX_AGE` at 0 where `OPTIONS[\"pool\"]` is set");
            if let Some(place) = age.place {
                reported.related(place, "`CONN_MAX_AGE` is set here");
            }
        }
        return;
    }
    let closes_at_once = matches!(age.kind, Kind::Unset | Kind::Int(0));
    if closes_at_once
        && pool.is_definitely_false()
        && !database.has_pooler()
        && !database.may_be_changed()
    {
        ctx.report(database.place, "connections are closed after each request: no `CONN_MAX_AGE`, no pool")
            .help("set `CONN_MAX_AGE` (60 is a good start) with `CONN_HEALTH_CHECKS`, or `OPTIONS[\"pool\"]`");
    }
}
