//! The parts of the review page: health check, score, checklist, what to fix first.

use serde::Serialize;

use crate::finding::Dimension;
use luthier_source::Location;

/// A place that supports a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub location: Location,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalStatus {
    Pass,
    Fail,
    Unknown,
}

/// One line of the health check.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    pub id: &'static str,
    pub status: SignalStatus,
    pub summary: String,
    pub evidence: Vec<Evidence>,
}

/// One criterion of a dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    pub id: &'static str,
    /// What the criterion asks, in a few words.
    pub title: &'static str,
    /// Share of the dimension among its judged criteria.
    pub weight: f64,
    pub judgement: Judgement,
    /// The places that do not satisfy it (or, with none of those, that do).
    pub evidence: Vec<Evidence>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Judgement {
    /// So many places of all satisfy it; a yes-or-no criterion has `of` 1.
    Judged { held: usize, of: usize },
    /// Nothing in the project for it to apply to.
    NotApplicable,
    /// Its analysis does not exist yet; drops out of the weights.
    NotYetJudged,
    /// Cannot be seen from the code; drops out of the weights.
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DimensionScore {
    pub id: Dimension,
    pub weight: f64,
    /// From 0 to 1; `None` where no criterion is judged.
    pub score: Option<f64>,
    pub criteria: Vec<Criterion>,
    /// What pulls it down, in one line.
    pub summary: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChecklistStatus {
    Done,
    Missing,
    Unseen,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChecklistItem {
    pub id: &'static str,
    pub title: &'static str,
    pub status: ChecklistStatus,
    /// What was seen, or how to confirm what cannot be.
    pub note: String,
    pub evidence: Vec<Evidence>,
}

/// How much of what was met could be worked out, per kind (settings values, call targets ...).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolution {
    pub kinds: Vec<ResolutionKind>,
    /// What was met and could not be worked out, by kind; of one kind the most frequent reason
    /// first.
    pub unresolved: Vec<Unresolved>,
}

/// What could not be worked out for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The [`ResolutionKind`] that counts it.
    pub kind: &'static str,
    pub why: String,
    /// How often it was met.
    pub count: usize,
    /// Places of it; not all where there are many.
    pub examples: Vec<UnresolvedExample>,
}

/// One thing that could not be worked out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnresolvedExample {
    /// What it is, in the user's own words: a setting's name, a call.
    pub what: String,
    pub location: Option<Location>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResolutionKind {
    pub id: &'static str,
    pub resolved: usize,
    pub met: usize,
}

/// One of the findings worth fixing first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// Index into the report's findings.
    pub finding: usize,
    pub why: String,
    pub how: String,
}

/// The band of a total out of less than half of the weights: it says nothing.
pub const TOO_LITTLE: &str = "too little could be judged to say";

/// The whole page.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    pub signals: Vec<Signal>,
    /// From 0 to 100.
    pub total: f64,
    pub band: &'static str,
    pub dimensions: Vec<DimensionScore>,
    pub p0: Vec<ChecklistItem>,
    pub p1: Vec<ChecklistItem>,
    pub resolution: Resolution,
    pub first: Vec<First>,
}
