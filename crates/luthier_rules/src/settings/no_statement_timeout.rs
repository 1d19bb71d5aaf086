use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::settings::{Kind, Value};

use super::databases::Database;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// PostgreSQL may work on one query for ever.
    ///
    /// ## Why it matters
    ///
    /// The worker that waits is gone for other requests, and the client gave up long ago. A few
    /// such queries use up the workers and the connections, and a lock that one of them holds stops
    /// everybody else. `statement_timeout` ends them.
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
    ///         "CONN_MAX_AGE": 60,
    ///         "OPTIONS": {"sslmode": "require"},
    ///     }
    /// }
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",
    ///         "OPTIONS": {"options": "-c statement_timeout=30000"},
    ///     }
    /// }
    /// ```
    ///
    /// ### Set for the role, by the project itself
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
    /// ```
    ///
    /// ```python file=shop/migrations/0002_timeout.py
    /// SQL = "ALTER ROLE shop SET statement_timeout = '30s'"
    /// ```
    ///
    /// ### Options that are not known, and other databases
    ///
    /// ```python file=config/settings.py
    /// import os
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",
    ///         "OPTIONS": {"options": os.environ["PGOPTIONS"]},
    ///     }
    /// }
    /// ```
    ///
    /// ```python file=config/settings.py
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.mysql"}}
    /// ```
    RULE = {
        code: "OPS003",
        name: "no-statement-timeout",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

const SETTING: &str = "statement_timeout";

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(database) = Database::of_production(project).filter(Database::is_postgresql) else {
        return;
    };
    let lacks_timeout = surely_lacks(&database.at(&["OPTIONS", "options"]));
    if lacks_timeout && !database.may_be_changed() && !is_set_elsewhere(project) {
        ctx.report(database.place, "no `statement_timeout` ends queries that run for too long")
            .help("add `\"OPTIONS\": {\"options\": \"-c statement_timeout=30000\"}`, or set it for the database role");
    }
}

fn surely_lacks(options: &Value) -> bool {
    match &options.kind {
        Kind::Unset | Kind::None => true,
        Kind::Str(text) => !text.contains(SETTING) && !text.contains("service="),
        _ => false,
    }
}

/// Whether code, SQL or a command of the project sets it.
fn is_set_elsewhere(project: &Project) -> bool {
    let mut commands = project
        .deployment
        .commands
        .iter()
        .flat_map(|command| &command.arguments);
    commands.any(|word| word.text.contains(SETTING))
        || project
            .own_modules()
            .any(|module| project.modules.facts(module).names.mention(SETTING))
}
