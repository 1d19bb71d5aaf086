//! The sentences that sum a review up, the same in every format.

use luthier_diagnostics::Dimension;
use luthier_diagnostics::review::{
    ChecklistItem, ChecklistStatus, Criterion, DimensionScore, Judgement, Resolution, Review,
    SignalStatus,
};

/// Below this many signals, nothing else is worth doing first.
const FOUNDATION: usize = 6;

/// Signals that pass.
pub(crate) fn health(review: &Review) -> usize {
    review
        .signals
        .iter()
        .filter(|signal| signal.status == SignalStatus::Pass)
        .count()
}

pub(crate) fn health_is_enough(review: &Review) -> bool {
    health(review) >= FOUNDATION
}

pub(crate) fn health_words(review: &Review) -> String {
    let unknown = review
        .signals
        .iter()
        .filter(|signal| signal.status == SignalStatus::Unknown)
        .count();
    if health_is_enough(review) {
        "ready to build on".to_owned()
    } else if unknown * 2 >= review.signals.len() && health(review) + unknown >= FOUNDATION {
        let all = review.signals.len();
        format!("too little was seen to say: {unknown} of {all} are unknown")
    } else {
        "stop and fix the foundations first".to_owned()
    }
}

/// The total; none where nothing could be judged.
pub(crate) fn score_figure(review: &Review) -> String {
    if review.coverage().judged > 0.0 {
        format!("{:.0}/100", review.total)
    } else {
        "–/100".to_owned()
    }
}

pub(crate) fn done(items: &[ChecklistItem]) -> usize {
    with_status(items, ChecklistStatus::Done).count()
}

pub(crate) fn with_status(
    items: &[ChecklistItem],
    status: ChecklistStatus,
) -> impl Iterator<Item = &ChecklistItem> {
    items.iter().filter(move |item| item.status == status)
}

/// Whether it may go to production, as far as the code tells.
pub(crate) fn may_deploy(review: &Review) -> bool {
    with_status(&review.p0, ChecklistStatus::Missing)
        .next()
        .is_none()
}

pub(crate) fn deploy_words(review: &Review) -> &'static str {
    let unseen = with_status(&review.p0, ChecklistStatus::Unseen).count();
    match (may_deploy(review), unseen) {
        (false, _) => "not safe to deploy yet",
        (true, 0) => "safe to deploy",
        (true, unseen) if unseen * 2 > review.p0.len() => {
            "too little was seen to say whether it is safe to deploy"
        }
        (true, _) => "safe to deploy once the rest is confirmed",
    }
}

/// `resolved 97 % of what it met`; nothing where nothing was met.
pub(crate) fn resolution_words(resolution: &Resolution) -> Option<String> {
    let met: usize = resolution.kinds.iter().map(|kind| kind.met).sum();
    let resolved: usize = resolution.kinds.iter().map(|kind| kind.resolved).sum();
    if met == 0 {
        return None;
    }
    // Rounded down: 100 % is said only of all.
    Some(format!(
        "resolved {} % of what it met",
        resolved * 100 / met
    ))
}

pub(crate) fn dimension_id(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Architecture => "architecture",
        Dimension::OrmUsage => "orm-usage",
        Dimension::Security => "security",
        Dimension::Testing => "testing",
        Dimension::Performance => "performance",
        Dimension::ErrorHandling => "error-handling",
        Dimension::Migrations => "migrations",
        Dimension::Deployment => "deployment",
    }
}

/// What the total means, and out of how much.
pub(crate) fn band_words(review: &Review) -> String {
    let judged = review.coverage();
    let percent = (judged.share() * 100.0).floor();
    match review.band {
        Some(band) if judged.judged < judged.applies => {
            format!("{}; {percent} % of the rubric judged", band.words())
        }
        Some(band) => band.words().to_owned(),
        None => format!("too little for a verdict: {percent} % of the rubric judged"),
    }
}

/// Points reached and points that could be, as far as the dimension was judged.
pub(crate) fn points(dimension: &DimensionScore) -> (String, String) {
    match dimension.score {
        Some(score) => {
            let judged = dimension.judged_weight();
            (format!("{:.1}", score * judged), weight(judged))
        }
        None => ("–".to_owned(), weight(dimension.weight)),
    }
}

/// `15`, `7.5`
pub(crate) fn weight(weight: f64) -> String {
    let text = format!("{weight:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// How many criteria were judged where not all were, and what pulls the dimension down; or why it
/// has no score.
pub(crate) fn dimension_words(dimension: &DimensionScore) -> String {
    let is = |judgement| {
        dimension
            .criteria
            .iter()
            .any(|criterion| criterion.judgement == judgement)
    };
    let (judged, applicable) = dimension.counts();
    if dimension.score.is_some() && judged < applicable {
        let lead = format!("{judged} of {applicable} judged");
        if dimension.summary.is_empty() {
            lead
        } else {
            format!("{lead}: {}", dimension.summary)
        }
    } else if dimension.score.is_some() || !dimension.summary.is_empty() {
        dimension.summary.clone()
    } else if is(Judgement::NotYetJudged) {
        "not yet judged".to_owned()
    } else if is(Judgement::Unknown) {
        "cannot be seen from the code".to_owned()
    } else {
        "does not apply".to_owned()
    }
}

/// How a criterion was judged: a status, and the figures behind it.
pub(crate) fn criterion_words(criterion: &Criterion) -> (&'static str, String) {
    match criterion.judgement {
        Judgement::Judged { held, of } => {
            let status = match held {
                _ if held >= of => "pass",
                0 => "fail",
                _ => "partly",
            };
            (status, format!("{held}/{of} · weight {}", criterion.weight))
        }
        Judgement::NotApplicable => ("open", "does not apply".to_owned()),
        Judgement::NotYetJudged => ("open", "not yet judged".to_owned()),
        Judgement::Unknown => ("unknown", "cannot be seen from the code".to_owned()),
    }
}

/// `31k`, `850`.
pub(crate) fn rounded(number: usize) -> String {
    if number < 10_000 {
        number.to_string()
    } else {
        format!("{}k", (number + 500) / 1000)
    }
}
