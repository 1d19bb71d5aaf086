//! Are queries few, small and right?

use std::collections::BTreeSet;

use luthier_diagnostics::review::Criterion;
use luthier_project::flows::Ask;

use super::super::answer::{Answer, share};
use super::super::sheet::Sheet;
use super::Inputs;

/// Rules about queries that are made for each row.
const GROWING: &[&str] = &[
    "ORM001", "ORM002", "ORM003", "ORM004", "ORM006", "ORM007", "ORM009",
];

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let sheet = inputs.sheet;
    let judged = |codes: &[&str], yes: &str| {
        if has_models(sheet) {
            sheet.clean(codes, yes)
        } else {
            Answer::not_applicable("no models")
        }
    };
    vec![
        consumers(sheet),
        judged(&["ORM008", "ORM038"], "rows are written together")
            .criterion("writes-batched", "batched writes"),
        judged(
            &["ORM010", "ORM011", "ORM012", "ORM013", "ORM014", "ORM017"],
            "what is fetched is used",
        )
        .criterion(
            "queries-use-what-they-load",
            "queries that use what they load",
        ),
        judged(&["ORM020", "ORM021"], "filters and indexes agree")
            .criterion("indexes-fit-filters", "indexes that fit the filters"),
        judged(
            &["ORM015", "ORM028", "ORM029", "ORM039"],
            "no update loses another",
        )
        .criterion("race-free-updates", "race-free updates"),
    ]
}

fn has_models(sheet: Sheet<'_>) -> bool {
    let project = sheet.project;
    let mut models = project.models.registered();
    models.any(|(_, model)| project.modules.is_repository(model.module))
}

/// The share of what goes through rows that makes no query for each of them.
fn consumers(sheet: Sheet<'_>) -> Criterion {
    let growing = sheet.project.growing_queries().iter();
    let growing = growing
        .filter(|growing| !growing.is_conditional && !matches!(growing.ask, Ask::Write { .. }));
    let growing: BTreeSet<_> = growing.map(|growing| growing.looped).collect();
    let all = sheet.project.row_consumers().max(growing.len());
    share(
        "queries-do-not-grow",
        "consumers of querysets free of growth",
        all - growing.len(),
        all,
        sheet.evidence(GROWING),
    )
}
