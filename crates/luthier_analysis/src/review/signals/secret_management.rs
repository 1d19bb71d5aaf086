//! Has `SECRET_KEY` no literal value and no usable default, and is `DEBUG` off without the
//! environment having to say so?

use luthier_project::settings::{Kind, Setting, Truth, Value, WhenUnset};

use super::super::answer::{Answer, Verdict};
use super::super::sheet::{Sheet, written};

pub(super) fn answer(sheet: Sheet<'_>) -> Answer {
    if sheet.settings().is_none() {
        return sheet.no_settings();
    }
    let key = secret_key(sheet);
    let debug = debug(sheet);
    let verdict = match (key.verdict, debug.verdict) {
        (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
        (Verdict::Yes, Verdict::Yes) => Verdict::Yes,
        _ => Verdict::Unknown,
    };
    // What is wrong comes first.
    let mut parts = [key, debug];
    parts.sort_by_key(|part| part.verdict != Verdict::No);
    let note = parts
        .iter()
        .map(|part| part.note.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let evidence = parts.into_iter().flat_map(|part| part.evidence);
    Answer::new(verdict, note).at(evidence)
}

/// Whether the secret key comes from outside the code, and only from there.
pub(in crate::review) fn secret_key(sheet: Sheet<'_>) -> Answer {
    let setting = match sheet.setting("SECRET_KEY") {
        Some(setting) if !setting.is_default => setting,
        Some(setting) if setting.value.is_unknown() => {
            return Answer::unknown("SECRET_KEY is set where it was not seen");
        }
        _ if sheet.settings().is_none() => return sheet.no_settings(),
        _ => return Answer::no("SECRET_KEY is not set"),
    };
    let answer = judge_key(&setting.value);
    let places = written(&setting, answer.note.clone());
    answer.at(places)
}

fn judge_key(value: &Value) -> Answer {
    let literal = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    match &value.kind {
        Kind::Environment(environment) => {
            let variable = environment
                .variables
                .first()
                .map_or("the environment", |name| name);
            match &environment.unset {
                WhenUnset::Value(default) if literal(default) => Answer::no(format!(
                    "SECRET_KEY has a default in the code where {variable} is not set"
                )),
                WhenUnset::Unknown => Answer::unknown(format!(
                    "SECRET_KEY from {variable}, its default was not understood"
                )),
                _ => Answer::yes(format!("SECRET_KEY from {variable}")),
            }
        }
        Kind::OneOf(alternatives) => {
            let all: Vec<Answer> = alternatives
                .iter()
                .filter(|alternative| alternative.value.kind != Kind::Unset)
                .map(|alternative| judge_key(&alternative.value))
                .collect();
            let of = |verdict| all.iter().find(|answer| answer.verdict == verdict);
            let worst = of(Verdict::No)
                .or_else(|| of(Verdict::Unknown))
                .or_else(|| of(Verdict::Yes));
            worst
                .cloned()
                .unwrap_or_else(|| Answer::no("SECRET_KEY is not set"))
        }
        Kind::Str(text) if text.is_empty() => Answer::no("SECRET_KEY is empty"),
        Kind::Str(_) => Answer::no("SECRET_KEY is written in the code"),
        _ => Answer::unknown("where SECRET_KEY comes from was not understood"),
    }
}

/// Whether debugging is off unless the environment asks for it.
pub(in crate::review) fn debug(sheet: Sheet<'_>) -> Answer {
    let Some(setting) = sheet.setting("DEBUG") else {
        return sheet.no_settings();
    };
    if let Some(misread) = sheet.misread("SEC042", "DEBUG") {
        return misread;
    }
    let answer = judge_debug(&setting);
    let places = written(&setting, answer.note.clone());
    answer.at(places)
}

fn judge_debug(setting: &Setting) -> Answer {
    match setting.truth() {
        Truth::False => Answer::yes("DEBUG False"),
        Truth::True => Answer::no("DEBUG True"),
        Truth::DependsOn(depends) => {
            let variable = depends
                .variables
                .first()
                .map_or("the environment", |name| name);
            match depends.when_unset {
                Some(false) => Answer::yes(format!("DEBUG False unless {variable} says otherwise")),
                Some(true) => Answer::no(format!("DEBUG True unless {variable} says otherwise")),
                None => Answer::unknown(format!("DEBUG depends on {variable}")),
            }
        }
        Truth::Unknown => Answer::unknown("DEBUG was not understood"),
    }
}
