//! Can the database be changed without harm?

use luthier_diagnostics::review::{Criterion, Judgement};
use luthier_project::migrations::{Applied, Operation};
use luthier_source::Location;

use super::super::answer::{Answer, criterion};
use super::super::sheet::Sheet;
use super::Inputs;

/// Rules about operations that the release before, or whoever uses the table, notices.
const NOTICED: &[&str] = &[
    "MIG005", "MIG006", "MIG007", "MIG008", "MIG009", "MIG010", "MIG011", "MIG012", "MIG014",
    "MIG015", "MIG016", "MIG017", "MIG022", "MIG023", "MIG027", "MIG031", "MIG033", "MIG038",
    "MIG039", "MIG040",
];

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let sheet = inputs.sheet;
    let migrations = &sheet.project.migrations;
    let has_none = migrations.all().len() == 0;
    let none = || Answer::not_applicable("no migration was found");
    let drift = match sheet.fired(&["MIG001"]).len() {
        _ if has_none && migrations.drift().apps.is_empty() => none(),
        0 => Answer::yes("no model lacks a migration"),
        count => {
            Answer::no(format!("{count} changes lack a migration")).at(sheet.evidence(&["MIG001"]))
        }
    };
    let conflicts = match migrations.is_sound() {
        _ if has_none => none(),
        true => Answer::yes("no conflict, graph whole"),
        false => inputs.signals.migrations_applied.clone(),
    };
    vec![
        drift.criterion("drift-free", "models without drift"),
        conflicts.criterion("no-conflicts", "conflict-free graph"),
        share(
            sheet,
            ("reversible", "reversible migrations"),
            &["MIG019"],
            |applied| !matches!(applied.operation(), Operation::CreateModel { .. }),
        ),
        share(
            sheet,
            ("zero-downtime", "zero-downtime operations"),
            NOTICED,
            |applied| applied.is_on_existing_table(),
        ),
        share(
            sheet,
            ("data-batched", "batched data migrations"),
            &["MIG021"],
            |applied| matches!(applied.operation(), Operation::RunPython { .. }),
        ),
    ]
}

/// How many of the operations that count, in the last migrations of each app, no rule has anything
/// to say of.
fn share(
    sheet: Sheet<'_>,
    (id, title): (&'static str, &'static str),
    codes: &[&str],
    counts: impl Fn(&Applied) -> bool,
) -> Criterion {
    let migrations = &sheet.project.migrations;
    let fired = sheet.fired(codes);
    let places: Vec<Location> = fired.iter().map(|finding| finding.location).collect();
    let applied = migrations.applied().iter();
    let recent = applied.filter(|it| migrations.is_recent(it.migration) && counts(it));
    let mut held = 0;
    let mut of = 0;
    for applied in recent {
        of += 1;
        let place = applied.place(&sheet.project.modules);
        let is_named = place.is_some_and(|place| places.contains(&place));
        held += usize::from(!is_named);
    }
    let judgement = match of {
        0 => Judgement::NotApplicable,
        _ => Judgement::Judged { held, of },
    };
    criterion(id, title, judgement, sheet.evidence(codes))
}
