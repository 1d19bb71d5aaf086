//! One page out of the reviews of several projects in one repository: the worst of each line.

use luthier_diagnostics::review::{
    ChecklistItem, ChecklistStatus, Criterion, Judgement, Resolution, Review, Signal, SignalStatus,
    Unresolved,
};

use super::rubric::formula;

/// `None` where there is no project.
pub(super) fn merged(reviews: Vec<Review>) -> Option<Review> {
    let mut reviews = reviews.into_iter();
    let mut whole = reviews.next()?;
    for other in reviews {
        for (line, more) in whole.signals.iter_mut().zip(other.signals) {
            signal(line, more);
        }
        let items = whole.p0.iter_mut().chain(&mut whole.p1);
        for (line, more) in items.zip(other.p0.into_iter().chain(other.p1)) {
            item(line, more);
        }
        for (line, more) in whole.dimensions.iter_mut().zip(other.dimensions) {
            let mut criteria = std::mem::take(&mut line.criteria);
            for (own, more) in criteria.iter_mut().zip(more.criteria) {
                criterion(own, more);
            }
            *line = formula::dimension(line.id, line.weight, criteria);
        }
        resolution(&mut whole.resolution, other.resolution);
    }
    whole.total = formula::total(&whole.dimensions);
    whole.band = formula::band(whole.total, &whole.dimensions);
    Some(whole)
}

fn signal(line: &mut Signal, mut more: Signal) {
    let badness = |status: SignalStatus| match status {
        SignalStatus::Fail => 2,
        SignalStatus::Unknown => 1,
        SignalStatus::Pass => 0,
    };
    if badness(more.status) > badness(line.status) {
        std::mem::swap(line, &mut more);
    }
    if more.status == line.status {
        line.evidence.extend(more.evidence);
    }
}

fn item(line: &mut ChecklistItem, mut more: ChecklistItem) {
    let badness = |status: ChecklistStatus| match status {
        ChecklistStatus::Missing => 2,
        ChecklistStatus::Unseen => 1,
        ChecklistStatus::Done => 0,
    };
    if badness(more.status) > badness(line.status) {
        std::mem::swap(line, &mut more);
    }
    if more.status == line.status {
        line.evidence.extend(more.evidence);
    }
}

/// Places add up; what is judged in one project is judged.
fn criterion(own: &mut Criterion, more: Criterion) {
    own.judgement = match (own.judgement, more.judgement) {
        (Judgement::Judged { held, of }, Judgement::Judged { held: h, of: o }) => {
            Judgement::Judged {
                held: held + h,
                of: of + o,
            }
        }
        (judged @ Judgement::Judged { .. }, _) | (_, judged @ Judgement::Judged { .. }) => judged,
        (Judgement::Unknown, _) | (_, Judgement::Unknown) => Judgement::Unknown,
        (own, _) => own,
    };
    own.evidence.extend(more.evidence);
}

fn resolution(whole: &mut Resolution, other: Resolution) {
    for kind in other.kinds {
        match whole.kinds.iter_mut().find(|own| own.id == kind.id) {
            Some(own) => {
                own.resolved += kind.resolved;
                own.met += kind.met;
            }
            None => whole.kinds.push(kind),
        }
    }
    for more in other.unresolved {
        let same = |own: &&mut Unresolved| own.kind == more.kind && own.why == more.why;
        match whole.unresolved.iter_mut().find(same) {
            Some(own) => {
                own.count += more.count;
                own.examples.extend(more.examples);
            }
            None => whole.unresolved.push(more),
        }
    }
}
