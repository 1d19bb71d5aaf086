//! Questions that more than one part of the page asks, besides the signals.

use luthier_project::facts::is_test_path;
use luthier_project::flows::Target;
use luthier_project::settings::{Kind, Truth, Value, WhenUnset};
use luthier_rules::registry;
use luthier_source::Location;

use super::answer::{Answer, Verdict};
use super::sheet::{Package, Sheet, at, package, written};

const ERROR_TRACKING: &[Package] = &[
    package("sentry-sdk", "sentry_sdk"),
    package("raven", "raven"),
    package("rollbar", "rollbar"),
    package("bugsnag", "bugsnag"),
    package("honeybadger", "honeybadger"),
    package("airbrake", "airbrake"),
    package("elastic-apm", "elasticapm"),
    package("newrelic", "newrelic"),
    package("scout-apm", "scout_apm"),
    package("appsignal", "appsignal"),
    package("ddtrace", "ddtrace"),
    package("logfire", "logfire"),
    package("django-error-tracker", "error_tracker"),
];

const JSON_LOGS: &[Package] = &[
    package("python-json-logger", "pythonjsonlogger"),
    package("structlog", "structlog"),
    package("django-structlog", "django_structlog"),
    package("json-log-formatter", "json_log_formatter"),
    package("jslog4kube", "jslog4kube"),
    package("ecs-logging", "ecs_logging"),
    package("logstash-formatter", "logstash_formatter"),
];

/// Calls that make logs structured. What a formatter is given to is not followed.
const LOG_SETUPS: &[&str] = &[
    "structlog.configure",
    "structlog.configure_once",
    "structlog._config.configure",
    "structlog._config.configure_once",
];

const RATE_LIMITS: &[Package] = &[
    package("django-ratelimit", "django_ratelimit"),
    package("django-axes", "axes"),
    package("django-defender", "defender"),
    package("django-brake", "brake"),
    package("django-smart-ratelimit", "django_smart_ratelimit"),
];

const BACKUPS: &[Package] = &[
    package("django-dbbackup", "dbbackup"),
    package("django-postgres-backup", "postgres_backup"),
];

const BACKUP_PROGRAMS: &[&str] = &[
    "pg_dump",
    "pg_dumpall",
    "pg_basebackup",
    "mysqldump",
    "mariadb-dump",
    "wal-g",
    "pgbackrest",
    "barman",
    "restic",
    "borg",
];

/// The rules that stand for these checks of Django's.
fn rules_of(checks: &[&str]) -> Vec<&'static str> {
    let rules = registry::all().into_iter();
    let of = rules.filter(|rule| {
        rule.django_check
            .is_some_and(|check| checks.contains(&check))
    });
    of.map(|rule| rule.code).collect()
}

/// Whether Django's checks, by their ids, have nothing to say.
pub(super) fn checks_clean(sheet: Sheet<'_>, checks: &[&str], yes: &str) -> Answer {
    if sheet.settings().is_none() {
        return sheet.no_settings();
    }
    let codes = rules_of(checks);
    if codes.len() < checks.len() {
        return Answer::not_yet_judged();
    }
    let answer = sheet.clean(&codes, yes);
    let depends = sheet
        .depends
        .iter()
        .find(|depends| codes.contains(&depends.code));
    match depends {
        Some(depends) if answer.verdict == Verdict::Yes => Answer::unknown(format!(
            "{} depends on {}",
            depends.setting, depends.variable
        )),
        _ => answer,
    }
}

/// Is the middleware there that redirects and sends HSTS? Without it Django does not ask for either.
pub(super) fn security_middleware(sheet: Sheet<'_>) -> Answer {
    checks_clean(sheet, &["security.W001"], "SecurityMiddleware")
}

/// Are requests sent to HTTPS, by Django or for good by the browser?
pub(super) fn https(sheet: Sheet<'_>) -> Answer {
    let middleware = security_middleware(sheet);
    if middleware.verdict != Verdict::Yes {
        return middleware;
    }
    let redirect = checks_clean(sheet, &["security.W008"], "redirect to HTTPS");
    let hsts = checks_clean(sheet, &["security.W004"], "HSTS");
    match (redirect.verdict, hsts.verdict) {
        (Verdict::No, Verdict::No) => Answer::no("neither redirect nor HSTS")
            .at(redirect.evidence.into_iter().chain(hsts.evidence)),
        (Verdict::Yes, _) => redirect,
        (_, Verdict::Yes) | (Verdict::No, _) => hsts,
        _ => redirect,
    }
}

/// Does Django answer only to the project's own host names?
pub(super) fn allowed_hosts(sheet: Sheet<'_>) -> Answer {
    let Some(setting) = sheet.setting("ALLOWED_HOSTS") else {
        return sheet.no_settings();
    };
    if let Some(misread) = sheet.misread("SEC043", "ALLOWED_HOSTS") {
        return misread;
    }
    let answer = judge_hosts(&setting.value);
    let evidence = written(&setting, answer.note.clone());
    answer.at(evidence)
}

fn judge_hosts(value: &Value) -> Answer {
    if value.surely_contains("*") {
        return Answer::no("`*` lets in every host name");
    }
    match &value.kind {
        Kind::Environment(environment) => {
            let variable = environment
                .variables
                .first()
                .map_or("the environment", |name| name);
            match &environment.unset {
                WhenUnset::Value(unset) if unset.surely_contains("*") => Answer::no(format!(
                    "`*` lets in every host name where {variable} is not set"
                )),
                WhenUnset::Value(unset) if unset.surely_contains("") => Answer::no(format!(
                    "ALLOWED_HOSTS is `[\"\"]` where {variable} is not set"
                )),
                _ => Answer::yes(format!("ALLOWED_HOSTS from {variable}")),
            }
        }
        Kind::List(items) | Kind::Tuple(items) if items.is_empty() => {
            Answer::no("ALLOWED_HOSTS is empty: every request is refused")
        }
        Kind::List(_) | Kind::Tuple(_) => Answer::yes("ALLOWED_HOSTS set"),
        Kind::OneOf(_) => Answer::unknown("ALLOWED_HOSTS depends on the environment"),
        _ => Answer::unknown("ALLOWED_HOSTS was not understood"),
    }
}

/// Does somebody learn of exceptions in production?
pub(super) fn error_tracking(sheet: Sheet<'_>) -> Answer {
    if let Some(used) = sheet.uses(ERROR_TRACKING) {
        return Answer::yes(used.name).at([used.evidence()]);
    }
    if sheet.project.dependencies.declared.is_empty() {
        Answer::unknown("no dependencies were found; ask where exceptions end up")
    } else {
        Answer::no("no error tracker among the dependencies")
    }
}

/// Are logs written as JSON?
pub(super) fn json_logs(sheet: Sheet<'_>) -> Answer {
    let logging = sheet
        .setting("LOGGING")
        .filter(|setting| !setting.is_default);
    if let Some(logging) = &logging
        && mentions_json(&logging.value)
    {
        return Answer::yes("JSON formatter").at(written(logging, "LOGGING"));
    }
    if let Some((call, place)) = configured_logs(sheet) {
        return Answer::yes(format!("`{call}`")).at([at(place, call)]);
    }
    // A package alone changes no line of the log.
    if let Some(used) = sheet.uses(JSON_LOGS) {
        let note = format!("{} is there; that it is set up was not seen", used.name);
        return Answer::unknown(note).at([used.evidence()]);
    }
    match logging {
        None if sheet.settings().is_none() => sheet.no_settings(),
        None => Answer::no("LOGGING is Django's own: plain lines"),
        Some(logging) if logging.value.as_dict().is_some_and(|dict| !dict.open) => {
            Answer::no("LOGGING has no JSON formatter").at(written(&logging, "LOGGING"))
        }
        Some(logging) => {
            Answer::unknown("LOGGING was not understood").at(written(&logging, "LOGGING"))
        }
    }
}

/// Where the project's code, tests aside, sets up structured logs by a call.
fn configured_logs(sheet: Sheet<'_>) -> Option<(&'static str, Location)> {
    let project = sheet.project;
    project.own_modules().find_map(|module| {
        let file = project.modules.get(module).file?;
        if is_test_path(&sheet.sources.file(file).path) {
            return None;
        }
        let calls = project.calls(module);
        calls.all().iter().find_map(|call| {
            let Target::Outside(name) = call.target else {
                return None;
            };
            let called = calls.name(name);
            let known = LOG_SETUPS.iter().find(|setup| **setup == called)?;
            Some((*known, project.call_place(module, *call)?))
        })
    })
}

/// Whether a string anywhere in the value names a formatter that writes JSON.
fn mentions_json(value: &Value) -> bool {
    let says = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("json") || text.contains("structlog") || text.contains("logstash")
    };
    match &value.kind {
        Kind::Str(text) | Kind::Reference(text) => says(text),
        Kind::Object(object) => says(&object.callee),
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => {
            items.iter().any(|item| mentions_json(&item.value))
        }
        Kind::Dict(dict) => dict.entries.iter().any(|entry| mentions_json(&entry.value)),
        Kind::OneOf(alternatives) => alternatives
            .iter()
            .any(|alternative| mentions_json(&alternative.value)),
        _ => false,
    }
}

/// Are there limits on how often a client may ask?
pub(super) fn rate_limits(sheet: Sheet<'_>) -> Answer {
    let throttles = sheet
        .settings()
        .map(|settings| settings.at(&["REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES"]));
    if let Some(throttles) = &throttles
        && throttles.items().is_some()
        && throttles.truth() == Truth::True
    {
        return Answer::yes("throttle classes by default");
    }
    if let Some(used) = sheet.uses(RATE_LIMITS) {
        return Answer::yes(used.name).at([used.evidence()]);
    }
    match sheet.uses(&[package("djangorestframework", "rest_framework")]) {
        Some(used)
            if throttles.is_some_and(|value| matches!(value.kind, Kind::Unset | Kind::List(_))) =>
        {
            Answer::no("no throttle classes").at([used.evidence()])
        }
        _ => Answer::unknown("no package for it; look at the proxy in front"),
    }
}

/// Does something back the database up?
pub(super) fn backups(sheet: Sheet<'_>) -> Answer {
    if let Some(used) = sheet.uses(BACKUPS) {
        return Answer::yes(used.name).at([used.evidence()]);
    }
    let deployment = &sheet.project.deployment;
    let command = deployment
        .commands
        .iter()
        .find(|command| BACKUP_PROGRAMS.contains(&command.program.as_str()));
    if let Some(command) = command {
        let note = format!("`{}`", command.program);
        return Answer::yes(note.clone()).at([at(command.place, note)]);
    }
    let service = deployment.services.iter().find(|service| {
        let image = service.image.as_deref().unwrap_or("");
        service.name.contains("backup") || image.contains("backup")
    });
    if let Some(service) = service {
        let note = format!("the service `{}`", service.name);
        return Answer::yes(note.clone()).at([at(service.place, note)]);
    }
    Answer::unknown("ask whoever runs the database when it was last restored from one")
}

/// Is the admin elsewhere than at `admin/`?
pub(super) fn admin_moved(sheet: Sheet<'_>) -> Answer {
    let apps = sheet.setting("INSTALLED_APPS");
    if apps.is_some_and(|apps| !apps.value.may_contain("django.contrib.admin")) {
        return Answer::not_applicable("no admin");
    }
    let answer = sheet.clean(&["SEC060"], "not at admin/");
    let seen = sheet.project.routes.routes.iter().any(|route| {
        let mut names = route
            .namespaces
            .iter()
            .filter_map(|namespace| namespace.app.as_deref());
        names.any(|name| name == "admin")
    });
    if answer.verdict == Verdict::Yes && !seen {
        return Answer::unknown("the admin's URL was not seen");
    }
    answer
}
