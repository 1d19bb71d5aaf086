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

/// How much of something was judged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Weight of the criteria that were judged.
    pub judged: f64,
    /// Weight of those that apply to the project.
    pub applies: f64,
}

impl Coverage {
    /// From 0 to 1; 0 where nothing applies.
    pub fn share(self) -> f64 {
        if self.applies > 0.0 {
            self.judged / self.applies
        } else {
            0.0
        }
    }

    /// Whether enough was judged for the result to have a name.
    pub fn is_enough(self) -> bool {
        self.judged >= self.applies * LEAST_JUDGED
    }
}

impl DimensionScore {
    /// The number of criteria judged, and of those that apply.
    pub fn counts(&self) -> (usize, usize) {
        let count = |of: fn(&Criterion) -> bool| {
            self.criteria
                .iter()
                .filter(|criterion| of(criterion))
                .count()
        };
        (count(Criterion::is_judged), count(Criterion::applies))
    }

    pub fn coverage(&self) -> Coverage {
        let weight = |of: fn(&Criterion) -> bool| -> f64 {
            let criteria = self.criteria.iter().filter(|criterion| of(criterion));
            criteria.map(|criterion| criterion.weight).sum()
        };
        Coverage {
            judged: weight(Criterion::is_judged),
            applies: weight(Criterion::applies),
        }
    }

    /// What the dimension counts for in the total: its weight as far as it was judged.
    pub fn judged_weight(&self) -> f64 {
        self.weight * self.coverage().share()
    }
}

impl Criterion {
    fn is_judged(&self) -> bool {
        matches!(self.judgement, Judgement::Judged { of, .. } if of > 0)
    }

    fn applies(&self) -> bool {
        self.judgement != Judgement::NotApplicable
    }
}

impl Review {
    /// How much of the rubric was judged, of what applies.
    pub fn coverage(&self) -> Coverage {
        coverage(&self.dimensions)
    }
}

/// How much of these dimensions was judged, by their weights; those that do not apply at all drop
/// out.
pub fn coverage(dimensions: &[DimensionScore]) -> Coverage {
    let applying = dimensions
        .iter()
        .filter(|dimension| dimension.coverage().applies > 0.0);
    applying.fold(Coverage::default(), |sum, dimension| Coverage {
        judged: sum.judged + dimension.judged_weight(),
        applies: sum.applies + dimension.weight,
    })
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

/// What a total means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    ProductionGrade,
    Solid,
    Risky,
    Foundations,
}

impl Band {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::ProductionGrade => "production-grade",
            Self::Solid => "solid, minor hardening needed",
            Self::Risky => "works but risky at scale",
            Self::Foundations => "stop features, fix foundations",
        }
    }
}

/// How much of the rubric has to be judged for a total to have a band. Below half, what was not
/// judged weighs more than what was.
pub const LEAST_JUDGED: f64 = 0.5;

/// The whole page.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    pub signals: Vec<Signal>,
    /// From 0 to 100.
    pub total: f64,
    /// `None` where too little was judged.
    pub band: Option<Band>,
    pub dimensions: Vec<DimensionScore>,
    pub p0: Vec<ChecklistItem>,
    pub p1: Vec<ChecklistItem>,
    pub resolution: Resolution,
    pub first: Vec<First>,
}
