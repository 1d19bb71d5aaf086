//! How criteria become dimensions, and dimensions a total.
//!
//! A dimension's score is the weighted share of its judged criteria. In the total each dimension
//! counts as far as it was judged, so that one criterion of many never speaks for all of them. What
//! does not apply drops out, and its weight goes to the others.

use luthier_diagnostics::Dimension;
use luthier_diagnostics::review::{Band, Criterion, DimensionScore, Judgement, coverage};

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
        .filter_map(|dimension| Some((dimension.judged_weight(), dimension.score?)));
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

/// What the total means; nothing where too little of the rubric was judged.
pub(in crate::review) fn band(total: f64, dimensions: &[DimensionScore]) -> Option<Band> {
    coverage(dimensions).is_enough().then_some(match total {
        _ if total >= 90.0 => Band::ProductionGrade,
        _ if total >= 70.0 => Band::Solid,
        _ if total >= 50.0 => Band::Risky,
        _ => Band::Foundations,
    })
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
        // Three of the five criteria that apply to the first were judged.
        let expected = (15.0 * 0.6 * 1.75 / 3.0 + 10.0) / (15.0 * 0.6 + 10.0);
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
        let judged = [dimension(Dimension::Testing, 15.0, vec![yes("a")])];
        let bands = [100.0, 90.0, 89.9, 70.0, 50.0, 49.9].map(|total| band(total, &judged));
        assert_eq!(
            bands.map(|band| band.expect("all was judged").words()),
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
        let of = |criteria: Vec<Criterion>| {
            let dimensions = [dimension(Dimension::Testing, 15.0, criteria)];
            band(total(&dimensions), &dimensions)
        };
        let (open, unseen) = (later("b", "b"), Answer::unknown("").criterion("c", "c"));
        let other = share("d", "d", 0, 0, Vec::new());
        assert_eq!(
            of(vec![yes("a"), open.clone(), unseen.clone()]),
            None,
            "one of three"
        );
        assert_eq!(of(vec![yes("a"), open, other]), Some(Band::ProductionGrade));
        assert_eq!(
            of(vec![no("a"), unseen]),
            Some(Band::Foundations),
            "half is enough"
        );
    }

    #[test]
    fn one_criterion_does_not_speak_for_a_dimension() {
        let good = vec![yes("a"), later("b", "b"), later("c", "c"), later("d", "d")];
        let good = dimension(Dimension::Security, 15.0, good);
        assert_eq!(good.counts(), (1, 4));
        let bad = dimension(
            Dimension::Testing,
            15.0,
            vec![no("e"), no("f"), no("g"), no("h")],
        );
        // A quarter of the one against the whole of the other.
        assert!((total(&[good, bad]) - 20.0).abs() < 1e-9);
    }
}
