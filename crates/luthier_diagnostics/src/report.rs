//! Everything one run has to say.

use std::collections::BTreeMap;

use luthier_source::{Skipped, Sources};
use serde::Serialize;

use crate::finding::{Category, Dimension, Finding, Severity};
use crate::fix::FixAvailability;
use crate::review::Review;

/// What was analysed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProjectSummary {
    /// Name of the root folder, for headings.
    #[serde(skip)]
    pub name: String,
    /// Relative to the folder given, `.` for itself.
    pub root: String,
    /// From the repository around it to the folder given, with forward slashes; `None` where there
    /// is no repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository_path: Option<String>,
    /// Production settings modules, dotted.
    pub settings: Vec<String>,
    /// Django's version as far as known: from a lock file, an installed package, a specifier.
    pub django: Option<String>,
    pub apps: usize,
    pub models: usize,
    pub files: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    pub files: usize,
    pub lines: usize,
    pub seconds: f64,
}

/// A check of Django's whose outcome only the environment decides; no finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DependsOn {
    pub code: &'static str,
    pub django_check: &'static str,
    pub setting: String,
    /// The environment variable that decides.
    pub variable: String,
    /// What each outcome would mean, such as `unset` → `security.W004 would be reported`.
    pub outcomes: BTreeMap<String, String>,
}

/// What formats say about a rule besides its findings.
#[derive(Clone, Debug, Serialize)]
pub struct RuleInfo {
    pub code: &'static str,
    pub name: &'static str,
    pub category: Category,
    pub severity: Severity,
    pub dimension: Option<Dimension>,
    pub fix: FixAvailability,
    /// First sentence of the docs.
    pub summary: &'static str,
    /// The rule's page as Markdown.
    pub docs: &'static str,
}

/// Everything one run has to say, in final order.
#[derive(Debug)]
pub struct Report<'a> {
    /// Where the texts for positions and excerpts are.
    pub sources: &'a Sources,
    pub project: ProjectSummary,
    /// Sorted by path, line, column, code.
    pub findings: Vec<Finding>,
    pub depends: Vec<DependsOn>,
    pub skipped: Vec<Skipped>,
    pub stats: Stats,
    /// The rules that ran, by code.
    pub rules: Vec<RuleInfo>,
    /// Only `luthier review` has one.
    pub review: Option<Review>,
}
