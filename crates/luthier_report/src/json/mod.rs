//! luthier's own JSON: the format that later runs, scripts and `luthier compare` read.
//!
//! Keys are only ever added. `schema_version` rises when one changes its meaning.

mod finding;
mod review;

use luthier_diagnostics::{DependsOn, ProjectSummary, Report, Stats};
use luthier_source::{Location, Skipped, Sources};
use serde::Serialize;

use crate::place::Place;

pub(crate) use finding::JsonFinding;

/// Rises when a key changes its meaning or goes away.
pub(crate) const SCHEMA_VERSION: u32 = 1;

pub(crate) fn render(report: &Report) -> String {
    pretty(&JsonReport {
        schema_version: SCHEMA_VERSION,
        project: &report.project,
        findings: report
            .findings
            .iter()
            .map(|finding| JsonFinding::new(report.sources, finding))
            .collect(),
        depends: &report.depends,
        skipped: &report.skipped,
        stats: report.stats,
        review: report
            .review
            .as_ref()
            .map(|review| review::JsonReview::new(report.sources, review)),
    })
}

/// Indented JSON, ending in a line break.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("own types with string keys always serialize");
    text.push('\n');
    text
}

/// The word that stands for a value of an enumeration.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[derive(Serialize)]
struct JsonReport<'a> {
    schema_version: u32,
    project: &'a ProjectSummary,
    findings: Vec<JsonFinding<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    depends: &'a [DependsOn],
    skipped: &'a [Skipped],
    stats: Stats,
    #[serde(flatten)]
    review: Option<review::JsonReview<'a>>,
}

/// Where something is written, for the formats that name a place and nothing more.
#[derive(Serialize)]
pub(crate) struct JsonPlace<'a> {
    path: &'a str,
    line: u32,
    column: u32,
}

impl<'a> JsonPlace<'a> {
    pub(crate) fn new(sources: &'a Sources, location: Location) -> Self {
        let place = Place::new(sources, location);
        Self {
            path: place.path,
            line: place.line(),
            column: place.column(),
        }
    }
}
