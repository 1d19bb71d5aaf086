//! How many queries each case of the growth oracle makes, against how many luthier predicts: those
//! that are made whatever the number of rows, and the places from which more come with more rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use luthier_analysis::Sources;
use luthier_analysis::inspect;
use luthier_diagnostics::queries::Plan;

use super::Only;
use super::growth::{Case, Steady, request};

/// How many cases have to agree, all others being listed: this number may only rise.
const LEAST: usize = 545;

/// What was measured of one case, or what is predicted of it.
#[derive(Debug, PartialEq, Eq)]
struct Counted {
    /// Queries that are made whatever the number of rows.
    constant: u32,
    /// The places that make more with more rows, each as often as different ways lead there.
    growing: Vec<String>,
}

impl Counted {
    fn measured(case: &Case) -> Self {
        let kept = |steady: &&Steady| !steady.sql.contains("FROM \"django_content_type\"");
        let steady: u32 = case
            .steady
            .iter()
            .filter(kept)
            .map(|steady| steady.count)
            .sum();
        let growing = case.sites.iter().map(|site| match site.chain.first() {
            Some(place) => format!("{}:{}", place.file, place.line),
            None => "outside".to_owned(),
        });
        let growing: BTreeSet<String> = growing.collect();
        Self {
            constant: steady.saturating_sub(case.before),
            growing: growing.into_iter().collect(),
        }
    }

    fn predicted(plan: &Plan, sources: &Sources) -> Self {
        let growing = plan.queries.iter().filter(|query| !query.loops.is_empty());
        let growing = growing.map(|query| {
            let file = sources.file(query.location.file);
            let line = file.line_column(query.location.span.start).line;
            format!("{}:{line}", file.path)
        });
        let growing: BTreeSet<String> = growing.collect();
        Self {
            constant: plan.constant(),
            growing: growing.into_iter().collect(),
        }
    }
}

/// Compares the counts of all cases; gives how many disagree beyond what is known.
pub(super) fn compare(project: &Path, python: &Path, cases: &[Case], only: &Only) -> Result<u32> {
    let names: Vec<String> = cases
        .iter()
        .map(|case| match &case.method {
            Some(method) if is_class(&case.entry) => format!("{}.{method}", case.entry),
            _ => case.entry.clone(),
        })
        .collect();
    let found = inspect::queries_of(&request(project, python)?, &names)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut agree = 0;
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for (case, name) in cases.iter().zip(&names) {
        let measured = Counted::measured(case);
        let entry = found.value.iter().find(|entry| entry.name == *name);
        let plan = entry.and_then(|entry| entry.now.as_ref());
        let predicted = plan.map(|plan| Counted::predicted(plan, &found.sources));
        if predicted.as_ref() == Some(&measured) {
            agree += 1;
            continue;
        }
        let reason = match &predicted {
            None => "not seen",
            Some(predicted) if predicted.growing != measured.growing => "growing",
            Some(predicted) if predicted.constant < measured.constant => "fewer",
            Some(_) => "more",
        };
        *reasons.entry(reason).or_default() += 1;
        if only.wants(&case.entry) || only.wants(reason) {
            println!("  counts {}: {reason}", case.entry);
            println!("    measured  {measured:?}");
            println!("    predicted {predicted:?}");
        }
    }
    println!(
        "  counts: {agree} of {} cases agree; {reasons:?}",
        cases.len()
    );
    Ok(u32::from(agree < LEAST))
}

fn is_class(entry: &str) -> bool {
    let last = entry.rsplit('.').next().unwrap_or_default();
    last.starts_with(char::is_uppercase)
}
