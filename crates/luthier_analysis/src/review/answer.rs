//! What is known about one question of the review, and how signals, criteria and the checklist say
//! it: one question is answered once, however many lines of the page show it.

use luthier_diagnostics::Finding;
use luthier_diagnostics::review::{
    ChecklistItem, ChecklistStatus, Criterion, Evidence, Judgement, Signal, SignalStatus,
};

/// The answer to a question that is put so that yes is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// The code does not tell.
    Unknown,
    /// There is nothing in the project for the question to be about.
    NotApplicable,
    /// The analysis that would tell does not exist yet.
    NotYetJudged,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    /// What was seen, or how to find out; one line.
    pub(super) note: String,
    /// The places that the verdict comes from.
    pub(super) evidence: Vec<Evidence>,
}

impl Answer {
    pub(super) fn new(verdict: Verdict, note: impl Into<String>) -> Self {
        Self {
            verdict,
            note: note.into(),
            evidence: Vec::new(),
        }
    }

    pub(super) fn yes(note: impl Into<String>) -> Self {
        Self::new(Verdict::Yes, note)
    }

    pub(super) fn no(note: impl Into<String>) -> Self {
        Self::new(Verdict::No, note)
    }

    pub(super) fn unknown(note: impl Into<String>) -> Self {
        Self::new(Verdict::Unknown, note)
    }

    pub(super) fn not_applicable(note: impl Into<String>) -> Self {
        Self::new(Verdict::NotApplicable, note)
    }

    pub(super) fn not_yet_judged() -> Self {
        Self::new(Verdict::NotYetJudged, "not yet judged")
    }

    pub(super) fn at(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    pub(super) fn signal(&self, id: &'static str) -> Signal {
        Signal {
            id,
            status: match self.verdict {
                Verdict::Yes => SignalStatus::Pass,
                Verdict::No => SignalStatus::Fail,
                Verdict::Unknown | Verdict::NotYetJudged | Verdict::NotApplicable => {
                    SignalStatus::Unknown
                }
            },
            summary: match self.verdict {
                Verdict::NotApplicable => format!("does not apply: {}", self.note),
                _ => self.note.clone(),
            },
            evidence: self.evidence.clone(),
        }
    }

    /// A criterion of weight 1 that holds or does not.
    pub(super) fn criterion(&self, id: &'static str, title: &'static str) -> Criterion {
        let judgement = match self.verdict {
            Verdict::Yes => Judgement::Judged { held: 1, of: 1 },
            Verdict::No => Judgement::Judged { held: 0, of: 1 },
            Verdict::Unknown => Judgement::Unknown,
            Verdict::NotApplicable => Judgement::NotApplicable,
            Verdict::NotYetJudged => Judgement::NotYetJudged,
        };
        criterion(id, title, judgement, self.evidence.clone())
    }

    pub(super) fn item(&self, id: &'static str, title: &'static str) -> ChecklistItem {
        ChecklistItem {
            id,
            title,
            status: match self.verdict {
                Verdict::Yes | Verdict::NotApplicable => ChecklistStatus::Done,
                Verdict::No => ChecklistStatus::Missing,
                Verdict::Unknown | Verdict::NotYetJudged => ChecklistStatus::Unseen,
            },
            note: self.note.clone(),
            evidence: self.evidence.clone(),
        }
    }
}

/// A criterion of weight 1.
pub(super) fn criterion(
    id: &'static str,
    title: &'static str,
    judgement: Judgement,
    evidence: Vec<Evidence>,
) -> Criterion {
    Criterion {
        id,
        title,
        weight: 1.0,
        judgement,
        evidence,
    }
}

/// A criterion over places: `held` of `of` satisfy it.
pub(super) fn share(
    id: &'static str,
    title: &'static str,
    held: usize,
    of: usize,
    evidence: Vec<Evidence>,
) -> Criterion {
    let judgement = match of {
        0 => Judgement::NotApplicable,
        _ => Judgement::Judged { held, of },
    };
    criterion(id, title, judgement, evidence)
}

/// A criterion whose analysis does not exist yet.
pub(super) fn later(id: &'static str, title: &'static str) -> Criterion {
    criterion(id, title, Judgement::NotYetJudged, Vec::new())
}

/// A finding as evidence.
pub(super) fn evidence(finding: &Finding) -> Evidence {
    Evidence {
        location: finding.location,
        message: format!("{} {}", finding.code, finding.message),
    }
}
