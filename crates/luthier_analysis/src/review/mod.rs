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
mod topics;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use luthier_diagnostics::review::{First, Review};
use luthier_diagnostics::{Category, DependsOn, Finding};
use luthier_project::Project;
use luthier_project::facts::is_test_path;
use luthier_project::flows::{CallGraph, Heat};
use luthier_source::{FileId, Location, Sources};

use pipelines::Pipelines;
use rubric::{Inputs, formula};
use sheet::Sheet;
use signals::Signals;

/// What the rules found, as far as a review judges by it.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) findings: &'a [Finding],
    pub(crate) depends: &'a [DependsOn],
    /// The codes of rules whose silence is no approval.
    pub(crate) undecided: &'a BTreeSet<&'static str>,
}

/// The review of one project, out of everything that the rules found in it.
pub(crate) fn of_project(
    project: &Project,
    sources: &Sources,
    calls: &CallGraph,
    found: Found<'_>,
) -> Review {
    let sheet = Sheet {
        project,
        sources,
        calls,
        findings: found.findings,
        depends: found.depends,
        undecided: found.undecided,
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
pub(crate) fn first(
    findings: &[Finding],
    traffic: &[Traffic<'_>],
    sources: &Sources,
) -> Vec<First> {
    first::first(findings, |finding| {
        // Tests keep broken files to test with.
        let is_test = is_test_path(&sources.file(finding.location.file).path);
        if is_test && finding.category == Category::Internal {
            return None;
        }
        let routes = traffic
            .iter()
            .map(|project| project.through(finding.location));
        Some(routes.max().unwrap_or(0))
    })
}

/// How many of a project's routes go through its code.
pub(crate) struct Traffic<'a> {
    project: &'a Project,
    heat: Heat,
    /// The files of its settings.
    settings: Vec<FileId>,
}

impl<'a> Traffic<'a> {
    pub(crate) fn of(project: &'a Project, calls: &CallGraph) -> Self {
        let settings = project.settings.modules.iter();
        Self {
            project,
            heat: Heat::of(project, calls),
            settings: settings
                .filter_map(|settings| project.modules.get(settings.module).file)
                .collect(),
        }
    }

    fn through(&self, place: Location) -> u32 {
        // Settings concern every route a little: more than cold code, less than what is hot.
        if self.settings.contains(&place.file) {
            return 1;
        }
        let module = self.project.modules.of_file(place.file);
        let is_pattern = self.project.routes.routes.iter().any(|route| {
            let written = route.place.span;
            Some(route.place.module) == module
                && written.start <= place.span.start
                && place.span.end <= written.end
        });
        self.heat.at(self.project, place).max(is_pattern.into())
    }
}
