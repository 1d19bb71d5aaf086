//! Can the database be changed without harm?

use luthier_diagnostics::review::Criterion;

use super::super::answer::{Answer, Verdict, later};
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let migrations = &inputs.sheet.project.migrations;
    let answer = match inputs.signals.migrations_applied.verdict {
        Verdict::No => inputs.signals.migrations_applied.clone(),
        _ if migrations.all().len() == 0 => Answer::not_applicable("no migration was found"),
        _ => Answer::yes("no conflict, graph whole"),
    };
    vec![
        later("drift-free", "models without drift"),
        answer.criterion("no-conflicts", "conflict-free graph"),
        later("reversible", "reversible migrations"),
        later("zero-downtime", "zero-downtime operations"),
        later("data-batched", "batched data migrations"),
    ]
}
