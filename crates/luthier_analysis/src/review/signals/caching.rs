//! Do all processes of production share one cache?

use luthier_project::settings::{Kind, Value};

use super::super::answer::{Answer, Verdict};
use super::super::sheet::{Sheet, at};

/// What backends are called by, and whether every process sees the same entries.
const BACKENDS: &[(&str, &str, bool)] = &[
    ("locmem", "local memory: each process has its own", false),
    ("dummy", "the dummy cache keeps nothing", false),
    ("filebased", "files: each machine has its own", false),
    ("redis", "Redis", true),
    ("valkey", "Valkey", true),
    ("memcache", "Memcached", true),
    ("pylibmc", "Memcached", true),
    ("bmemcached", "Memcached", true),
    ("DatabaseCache", "the database", true),
];

pub(super) fn answer(sheet: Sheet<'_>) -> Answer {
    let Some(settings) = sheet.settings() else {
        return sheet.no_settings();
    };
    let backend = settings.at(&["CACHES", "default", "BACKEND"]);
    let place = backend
        .place
        .or_else(|| settings.effective("CACHES")?.place());
    let answer = judge(&backend);
    let evidence = place.map(|place| at(place, answer.note.clone()));
    answer.at(evidence)
}

fn judge(backend: &Value) -> Answer {
    match &backend.kind {
        Kind::Str(text) | Kind::Reference(text) => named(text),
        Kind::OneOf(alternatives) => {
            let all = alternatives
                .iter()
                .map(|alternative| judge(&alternative.value));
            let all: Vec<Answer> = all.collect();
            let of = |verdict| all.iter().find(|answer| answer.verdict == verdict);
            match (of(Verdict::No), of(Verdict::Yes), of(Verdict::Unknown)) {
                (Some(no), None, None) => no.clone(),
                (None, Some(yes), None) => yes.clone(),
                (Some(no), Some(yes), _) => {
                    Answer::unknown(format!("{}, or {}", yes.note, no.note))
                }
                _ => Answer::unknown("CACHES was not understood"),
            }
        }
        Kind::Environment(environment) => {
            let variable = environment
                .variables
                .first()
                .map_or("the environment", |name| name);
            Answer::unknown(format!("the cache depends on {variable}"))
        }
        Kind::Unset => Answer::no("no default cache"),
        _ => Answer::unknown("CACHES was not understood"),
    }
}

fn named(backend: &str) -> Answer {
    let known = BACKENDS.iter().find(|(part, ..)| backend.contains(part));
    match known {
        Some((_, note, true)) => Answer::yes(*note),
        Some((_, note, false)) => Answer::no(*note),
        None => Answer::unknown(format!("`{backend}` is not known")),
    }
}
