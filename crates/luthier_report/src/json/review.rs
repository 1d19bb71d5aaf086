//! What a review adds to the JSON of a check.

use luthier_diagnostics::Dimension;
use luthier_diagnostics::review::{
    Band, ChecklistItem, ChecklistStatus, Criterion, DimensionScore, Evidence, Judgement,
    Resolution, ResolutionKind, Review, Signal, SignalStatus, UnresolvedExample,
};
use luthier_source::Sources;
use serde::Serialize;

use crate::place::Place;

#[derive(Serialize)]
pub(crate) struct JsonReview<'a> {
    health: Health<'a>,
    score: Score<'a>,
    checklist: Checklist<'a>,
    /// Indices into the findings.
    first: Vec<usize>,
    /// Why these are the first, in the same order.
    first_reasons: Vec<FirstReason<'a>>,
    resolution: JsonResolution<'a>,
}

impl<'a> JsonReview<'a> {
    pub(crate) fn new(sources: &'a Sources, review: &'a Review) -> Self {
        let items = |items: &'a [ChecklistItem]| {
            items
                .iter()
                .map(|item| JsonItem::new(sources, item))
                .collect()
        };
        Self {
            health: Health::new(sources, &review.signals),
            score: Score {
                total: review.total,
                band: review.band,
                judged: review.coverage().share(),
                dimensions: review
                    .dimensions
                    .iter()
                    .map(|dimension| JsonDimension::new(sources, dimension))
                    .collect(),
            },
            checklist: Checklist {
                p0: items(&review.p0),
                p1: items(&review.p1),
            },
            first: review.first.iter().map(|first| first.finding).collect(),
            first_reasons: review
                .first
                .iter()
                .map(|first| FirstReason {
                    finding: first.finding,
                    why: &first.why,
                    how: &first.how,
                })
                .collect(),
            resolution: JsonResolution::new(sources, &review.resolution),
        }
    }
}

#[derive(Serialize)]
struct Health<'a> {
    score: usize,
    max: usize,
    signals: Vec<JsonSignal<'a>>,
}

impl<'a> Health<'a> {
    fn new(sources: &'a Sources, signals: &'a [Signal]) -> Self {
        Self {
            score: signals
                .iter()
                .filter(|signal| signal.status == SignalStatus::Pass)
                .count(),
            max: signals.len(),
            signals: signals
                .iter()
                .map(|signal| JsonSignal {
                    id: signal.id,
                    status: signal.status,
                    summary: &signal.summary,
                    evidence: evidence(sources, &signal.evidence),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct JsonSignal<'a> {
    id: &'static str,
    status: SignalStatus,
    summary: &'a str,
    evidence: Vec<JsonEvidence<'a>>,
}

#[derive(Serialize)]
struct JsonEvidence<'a> {
    path: &'a str,
    line: u32,
    message: &'a str,
}

fn evidence<'a>(sources: &'a Sources, evidence: &'a [Evidence]) -> Vec<JsonEvidence<'a>> {
    evidence
        .iter()
        .map(|evidence| {
            let place = Place::new(sources, evidence.location);
            JsonEvidence {
                path: place.path,
                line: place.line(),
                message: &evidence.message,
            }
        })
        .collect()
}

#[derive(Serialize)]
struct Score<'a> {
    total: f64,
    /// `null` where too little was judged.
    band: Option<Band>,
    /// The share of the rubric that was judged, of what applies.
    judged: f64,
    dimensions: Vec<JsonDimension<'a>>,
}

#[derive(Serialize)]
struct JsonDimension<'a> {
    id: Dimension,
    weight: f64,
    score: Option<f64>,
    /// The number of criteria judged, and of those that apply.
    judged: usize,
    applicable: usize,
    summary: &'a str,
    criteria: Vec<JsonCriterion<'a>>,
}

impl<'a> JsonDimension<'a> {
    fn new(sources: &'a Sources, dimension: &'a DimensionScore) -> Self {
        let (judged, applicable) = dimension.counts();
        Self {
            id: dimension.id,
            weight: dimension.weight,
            score: dimension.score,
            judged,
            applicable,
            summary: &dimension.summary,
            criteria: dimension
                .criteria
                .iter()
                .map(|criterion| JsonCriterion::new(sources, criterion))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct JsonCriterion<'a> {
    id: &'static str,
    title: &'static str,
    /// `judged`, or why it is not; then `held` and `of` are null.
    status: &'static str,
    weight: f64,
    held: Option<usize>,
    of: Option<usize>,
    evidence: Vec<JsonEvidence<'a>>,
}

impl<'a> JsonCriterion<'a> {
    fn new(sources: &'a Sources, criterion: &'a Criterion) -> Self {
        let (status, counts) = match criterion.judgement {
            Judgement::Judged { held, of } => ("judged", Some((held, of))),
            Judgement::NotApplicable => ("not-applicable", None),
            Judgement::NotYetJudged => ("not-yet-judged", None),
            Judgement::Unknown => ("unknown", None),
        };
        Self {
            id: criterion.id,
            title: criterion.title,
            status,
            weight: criterion.weight,
            held: counts.map(|(held, _)| held),
            of: counts.map(|(_, of)| of),
            evidence: evidence(sources, &criterion.evidence),
        }
    }
}

#[derive(Serialize)]
struct Checklist<'a> {
    p0: Vec<JsonItem<'a>>,
    p1: Vec<JsonItem<'a>>,
}

#[derive(Serialize)]
struct JsonItem<'a> {
    id: &'static str,
    title: &'static str,
    status: ChecklistStatus,
    note: &'a str,
    evidence: Vec<JsonEvidence<'a>>,
}

impl<'a> JsonItem<'a> {
    fn new(sources: &'a Sources, item: &'a ChecklistItem) -> Self {
        Self {
            id: item.id,
            title: item.title,
            status: item.status,
            note: &item.note,
            evidence: evidence(sources, &item.evidence),
        }
    }
}

#[derive(Serialize)]
struct FirstReason<'a> {
    finding: usize,
    why: &'a str,
    how: &'a str,
}

#[derive(Serialize)]
struct JsonResolution<'a> {
    kinds: &'a [ResolutionKind],
    unresolved: Vec<JsonUnresolved<'a>>,
}

impl<'a> JsonResolution<'a> {
    fn new(sources: &'a Sources, resolution: &'a Resolution) -> Self {
        Self {
            kinds: &resolution.kinds,
            unresolved: resolution
                .unresolved
                .iter()
                .map(|unresolved| JsonUnresolved {
                    kind: unresolved.kind,
                    why: &unresolved.why,
                    count: unresolved.count,
                    examples: examples(sources, &unresolved.examples),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct JsonUnresolved<'a> {
    kind: &'static str,
    why: &'a str,
    count: usize,
    /// Not all where there are many.
    examples: Vec<JsonExample<'a>>,
}

#[derive(Serialize)]
struct JsonExample<'a> {
    what: &'a str,
    path: Option<&'a str>,
    line: Option<u32>,
}

fn examples<'a>(sources: &'a Sources, examples: &'a [UnresolvedExample]) -> Vec<JsonExample<'a>> {
    let examples = examples.iter().map(|example| {
        let place = example
            .location
            .map(|location| Place::new(sources, location));
        JsonExample {
            what: &example.what,
            path: place.map(|place| place.path),
            line: place.map(Place::line),
        }
    });
    examples.collect()
}
