//! Can the database be changed without harm?

use luthier_diagnostics::review::Criterion;

use super::super::answer::{Answer, later};
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let migrations = &inputs.sheet.project.migrations;
    let sheet = &inputs.sheet;
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
        later("reversible", "reversible migrations"),
        later("zero-downtime", "zero-downtime operations"),
        later("data-batched", "batched data migrations"),
    ]
}
