//! Are database connections kept or pooled?

use luthier_diagnostics::review::Evidence;
use luthier_project::settings::{Kind, SettingsModule, Truth, Value};

use super::super::answer::Answer;
use super::super::sheet::{Sheet, at};

/// Database backends that pool by themselves.
const POOLING_BACKENDS: &[&str] = &[
    "dj_db_conn_pool.backends",
    "django_db_geventpool.backends",
    "django_postgrespool",
    "sqlalchemy_pool",
];

pub(super) fn answer(sheet: Sheet<'_>) -> Answer {
    let Some(settings) = sheet.settings() else {
        return sheet.no_settings();
    };
    let engine = settings.at(&["DATABASES", "default", "ENGINE"]);
    if engine.kind == Kind::Unset {
        return Answer::not_applicable("no database");
    }
    if let Some(text) = engine.as_str() {
        if text.ends_with("sqlite3") || text.ends_with("spatialite") {
            return Answer::not_applicable("SQLite opens a file, not a connection");
        }
        if POOLING_BACKENDS
            .iter()
            .any(|backend| text.starts_with(backend))
        {
            return Answer::yes(format!("`{text}` pools connections")).at(seen(&engine, "ENGINE"));
        }
    }
    pgbouncer(sheet, settings)
        .or_else(|| pool(settings))
        .unwrap_or_else(|| kept(settings))
}

/// A pooler between the project and its database.
fn pgbouncer(sheet: Sheet<'_>, settings: &SettingsModule) -> Option<Answer> {
    let service = sheet.project.deployment.services.iter().find(|service| {
        let image = service.image.as_deref().unwrap_or("");
        [service.name.as_str(), image].iter().any(|name| {
            name.contains("pgbouncer") || name.contains("pgcat") || name.contains("odyssey")
        })
    });
    if let Some(service) = service {
        let place = at(service.place, format!("the service `{}`", service.name));
        return Some(Answer::yes("a pooler in front of the database").at([place]));
    }
    let host = settings.at(&["DATABASES", "default", "HOST"]);
    if host.as_str().is_some_and(|host| host.contains("bouncer")) {
        return Some(Answer::yes("pgbouncer").at(seen(&host, "HOST")));
    }
    // Only needed behind a pooler that shares connections between transactions.
    let cursors = settings.at(&["DATABASES", "default", "DISABLE_SERVER_SIDE_CURSORS"]);
    (cursors.truth() == Truth::True).then(|| {
        Answer::yes("set up for a pooler: server-side cursors off").at(seen(&cursors, "cursors"))
    })
}

/// Django's own pool.
fn pool(settings: &SettingsModule) -> Option<Answer> {
    let pool = settings.at(&["DATABASES", "default", "OPTIONS", "pool"]);
    match pool.truth() {
        Truth::True => Some(Answer::yes("Django's connection pool").at(seen(&pool, "pool"))),
        // An empty dict asks for a pool with its usual settings.
        Truth::False if pool.as_dict().is_some() => {
            Some(Answer::yes("Django's connection pool").at(seen(&pool, "pool")))
        }
        _ => None,
    }
}

/// Connections kept between requests.
fn kept(settings: &SettingsModule) -> Answer {
    let age = settings.at(&["DATABASES", "default", "CONN_MAX_AGE"]);
    let database = settings.at(&["DATABASES", "default"]);
    let place = || seen(&age, "CONN_MAX_AGE").or_else(|| seen(&database, "the database"));
    let closes = "CONN_MAX_AGE 0, no pool: every request opens a connection of its own";
    match &age.kind {
        Kind::Unset | Kind::Int(0) => Answer::no(closes).at(place()),
        Kind::None => Answer::yes("connections are kept (CONN_MAX_AGE None)").at(place()),
        Kind::Int(seconds) => Answer::yes(format!("connections are kept {seconds} s")).at(place()),
        Kind::Environment(environment) => {
            let variable = environment
                .variables
                .first()
                .map_or("the environment", |name| name);
            match age.when_unset().map(|unset| &unset.kind) {
                Some(Kind::None) => {
                    Answer::yes("connections are kept (CONN_MAX_AGE None)").at(place())
                }
                Some(Kind::Int(seconds)) if *seconds != 0 => {
                    let note =
                        format!("connections are kept {seconds} s unless {variable} differs");
                    Answer::yes(note).at(place())
                }
                Some(Kind::Int(_)) => Answer::no(format!(
                    "CONN_MAX_AGE 0 unless {variable} says otherwise, no pool"
                ))
                .at(place()),
                _ => Answer::unknown(format!("CONN_MAX_AGE depends on {variable}")).at(place()),
            }
        }
        _ => Answer::unknown("CONN_MAX_AGE was not understood").at(place()),
    }
}

fn seen(value: &Value, message: &str) -> Option<Evidence> {
    value.place.map(|place| at(place, message))
}
