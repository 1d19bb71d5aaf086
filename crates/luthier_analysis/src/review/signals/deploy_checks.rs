//! Would `manage.py check --deploy` say nothing about the production settings?

use luthier_project::django::checks::CHECKS;
use luthier_rules::registry;

use super::super::answer::{self, Answer};
use super::super::sheet::Sheet;

/// The codes of the rules that say what Django's own checks say, in the project's version.
pub(in crate::review) fn codes(sheet: Sheet<'_>) -> Vec<&'static str> {
    let version = sheet.project.django.version;
    let checks = CHECKS.iter().filter(|check| check.exists_in(version));
    let codes = checks.map(|check| check.code);
    codes
        .filter(|code| registry::find(code).is_some())
        .collect()
}

pub(super) fn answer(sheet: Sheet<'_>) -> Answer {
    if sheet.settings().is_none() {
        return sheet.no_settings();
    }
    let codes = codes(sheet);
    if codes.is_empty() {
        return Answer::not_yet_judged();
    }
    let mut ids: Vec<&str> = Vec::new();
    for finding in sheet.fired(&codes) {
        let id = finding.django_check.unwrap_or(finding.code);
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let evidence = sheet.fired(&codes).into_iter().map(answer::evidence);
    if let [first, rest @ ..] = ids.as_slice() {
        let note = match rest {
            [] => (*first).to_owned(),
            [second] => format!("{first}, {second}"),
            _ => format!("{} warnings: {first}, {} ...", ids.len(), rest[0]),
        };
        return Answer::no(note).at(evidence);
    }
    let undecided = codes.iter().filter(|code| sheet.undecided.contains(*code));
    match sheet.depends.first() {
        None if undecided.clone().count() > 0 => Answer::unknown(format!(
            "no warning for sure; {} of {} checks were not decided",
            undecided.count(),
            codes.len()
        )),
        None => Answer::yes("no warning"),
        Some(first) => Answer::unknown(format!(
            "no warning for sure; {} depends on {}",
            first.setting, first.variable
        )),
    }
}
