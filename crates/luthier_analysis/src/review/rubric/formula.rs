//! How criteria become dimensions, and dimensions a total.
//!
//! A dimension's score is the weighted share of its judged criteria; the total is the weighted share
//! of the judged dimensions. What is not judged drops out, and its weight goes to the others.

use luthier_diagnostics::Dimension;
use luthier_diagnostics::review::{Criterion, DimensionScore, Judgement, TOO_LITTLE};

/// One line of the rubric out of its criteria.
pub(in crate::review) fn dimension(
    id: Dimension,
    weight: f64,
    criteria: Vec<Criterion>,
) -> DimensionScore {
    let mut reached = 0.0;
    let mut reachable = 0.0;
    for criterion in &criteria {
        if let Some(share) = share(criterion.judgement) {
            reached += criterion.weight * share;
            reachable += criterion.weight;
        }
    }
    DimensionScore {
        id,
        weight,
        score: (reachable > 0.0).then(|| reached / reachable),
        summary: summary(&criteria),
        criteria,
    }
}

/// From 0 to 100, to one decimal.
pub(in crate::review) fn total(dimensions: &[DimensionScore]) -> f64 {
    let judged = dimensions
        .iter()
        .filter_map(|dimension| Some((dimension.weight, dimension.score?)));
    let (mut reached, mut reachable) = (0.0, 0.0);
    for (weight, score) in judged {
        reached += weight * score;
        reachable += weight;
    }
    if reachable == 0.0 {
        return 0.0;
    }
    (reached / reachable * 1000.0).round() / 10.0
}

/// What the total means; nothing where less than half of the weights is judged.
pub(in crate::review) fn band(total: f64, dimensions: &[DimensionScore]) -> &'static str {
    let weights = |judged: bool| -> f64 {
        let dimensions = dimensions.iter();
        let counted = dimensions.filter(|dimension| dimension.score.is_some() || !judged);
        counted.map(|dimension| dimension.weight).sum()
    };
    if weights(true) * 2.0 < weights(false) {
        return TOO_LITTLE;
    }
    match total {
        _ if total >= 90.0 => "production-grade",
        _ if total >= 70.0 => "solid, minor hardening needed",
        _ if total >= 50.0 => "works but risky at scale",
        _ => "stop features, fix foundations",
    }
}

fn share(judgement: Judgement) -> Option<f64> {
    match judgement {
        #[expect(clippy::cast_precision_loss, reason = "no project has 2^52 places")]
        Judgement::Judged { held, of } if of > 0 => Some(held as f64 / of as f64),
        _ => None,
    }
}

/// What pulls a dimension down most, in one line.
fn summary(criteria: &[Criterion]) -> String {
    let mut short: Vec<(f64, &Criterion)> = criteria
        .iter()
        .filter_map(|criterion| Some((share(criterion.judgement)?, criterion)))
        .filter(|(share, _)| *share < 1.0)
        .collect();
    short.sort_by(|a, b| a.0.total_cmp(&b.0));
    let words = short.iter().take(2).map(|(_, criterion)| {
        let title = criterion.title;
        match criterion.judgement {
            Judgement::Judged { held, of } if of > 1 => format!("{held} of {of} {title}"),
            _ => format!("no {title}"),
        }
    });
    let mut words: Vec<String> = words.collect();
    if short.len() > 2 {
        words.push(format!("{} more", short.len() - 2));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::answer::{Answer, later, share};

    fn yes(id: &'static str) -> Criterion {
        Answer::yes("").criterion(id, id)
    }

    fn no(id: &'static str) -> Criterion {
        Answer::no("").criterion(id, id)
    }

    #[test]
    fn what_is_not_judged_drops_out() {
        let criteria = vec![
            yes("a"),
            no("b"),
            share("c", "fine places", 30, 40, Vec::new()),
            later("d", "d"),
            share("e", "e", 0, 0, Vec::new()),
            Answer::unknown("").criterion("f", "f"),
        ];
        let first = dimension(Dimension::Security, 15.0, criteria);
        let score = first.score.unwrap();
        assert!((score - 1.75 / 3.0).abs() < 1e-9);
        assert_eq!(first.summary, "no b, 30 of 40 fine places");
        let second = dimension(Dimension::OrmUsage, 15.0, vec![later("x", "x")]);
        assert_eq!((second.score, second.summary.as_str()), (None, ""));
        let third = dimension(Dimension::Performance, 10.0, vec![yes("y")]);
        let expected = (15.0 * 1.75 / 3.0 + 10.0) / 25.0;
        let total = total(&[first, second, third]);
        assert!((total - (expected * 1000.0_f64).round() / 10.0).abs() < 1e-9);
        assert!(super::total(&[]) < f64::EPSILON);
    }

    #[test]
    fn one_place_of_forty_moves_the_score_a_bit() {
        let of = |held| {
            let criteria = vec![share("c", "c", held, 40, Vec::new())];
            total(&[dimension(Dimension::Security, 15.0, criteria)])
        };
        assert!(of(38) < of(39) && of(39) < of(40));
    }

    #[test]
    fn the_worst_two_are_named() {
        let criteria = vec![no("a"), yes("b"), no("c"), no("d")];
        let dimension = dimension(Dimension::Testing, 15.0, criteria);
        assert_eq!(dimension.summary, "no a, no c, 1 more");
    }

    #[test]
    fn bands_are_those_of_the_rubric() {
        let bands = [100.0, 90.0, 89.9, 70.0, 50.0, 49.9].map(|total| band(total, &[]));
        assert_eq!(
            bands,
            [
                "production-grade",
                "production-grade",
                "solid, minor hardening needed",
                "solid, minor hardening needed",
                "works but risky at scale",
                "stop features, fix foundations",
            ]
        );
    }

    #[test]
    fn a_total_of_little_means_nothing() {
        let judged = |weight| dimension(Dimension::Testing, weight, vec![yes("a")]);
        let open = |weight| dimension(Dimension::Security, weight, vec![later("b", "b")]);
        let of = |dimensions: &[DimensionScore]| band(total(dimensions), dimensions);
        assert_eq!(
            of(&[judged(10.0), open(15.0)]),
            "too little could be judged to say"
        );
        assert_eq!(of(&[judged(15.0), open(15.0)]), "production-grade");
    }
}
