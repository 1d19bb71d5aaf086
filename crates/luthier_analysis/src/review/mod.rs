//! The review page: health check, rubric score, production checklist, what to fix first.
//!
//! A question about the project is answered once ([`answer::Answer`]: yes, no, unknown, not
//! applicable, with the places it comes from); signals, criteria and the checklist show the answers.
//! Where a rule of the catalogue asks the same question, the answer is what that rule found.

mod answer;
mod checklist;
mod first;
mod merge;
mod pipelines;
mod resolution;
mod routes;
mod rubric;
mod sheet;
mod signals;
mod slow;
mod topics;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use luthier_diagnostics::review::{First, Review};
use luthier_diagnostics::{DependsOn, Finding};
use luthier_project::Project;
use luthier_source::Sources;

use pipelines::Pipelines;
use rubric::{Inputs, formula};
use sheet::Sheet;
use signals::Signals;

/// The review of one project, out of everything that the rules found in it.
pub(crate) fn of_project(
    project: &Project,
    sources: &Sources,
    findings: &[Finding],
    depends: &[DependsOn],
    undecided: &BTreeSet<&'static str>,
) -> Review {
    let sheet = Sheet {
        project,
        sources,
        findings,
        depends,
        undecided,
    };
    let signals = Signals::new(sheet);
    let pipelines = Pipelines::new(sheet);
    let inputs = Inputs {
        sheet,
        signals: &signals,
        pipelines: &pipelines,
    };
    let dimensions = rubric::dimensions(inputs);
    let total = formula::total(&dimensions);
    Review {
        signals: signals.lines(),
        total,
        band: formula::band(total, &dimensions),
        dimensions,
        p0: checklist::p0(inputs),
        p1: checklist::p1(inputs),
        resolution: resolution::resolution(sheet),
        first: Vec::new(),
    }
}

/// One page for all projects of a repository.
pub(crate) fn merged(reviews: Vec<Review>) -> Option<Review> {
    merge::merged(reviews)
}

/// What to fix first among the findings that are shown.
pub(crate) fn first(findings: &[Finding]) -> Vec<First> {
    first::first(findings)
}
