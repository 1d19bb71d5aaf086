//! `--explain-score`: the formula, what goes into it, and every place.

use std::fmt::Write;

use luthier_diagnostics::review::{Criterion, DimensionScore, Review};
use luthier_source::Sources;

use super::verdict;
use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

pub(super) fn score(look: Look, sources: &Sources, review: &Review, out: &mut String) {
    let _ = writeln!(
        out,
        " {}\n",
        look.paint(Tone::Heading, "How the score comes about")
    );
    for line in [
        "share      places that satisfy a criterion / places it applies to",
        "dimension  Σ weight × share / Σ weight, over its judged criteria",
        "judged     Σ weight of the judged criteria / Σ weight of those that apply",
        "total      100 × Σ weight × judged × score / Σ weight × judged, over the dimensions",
        "band       only where half of the weights or more is judged: below that, what was not",
        "           judged weighs more than what was",
    ] {
        let _ = writeln!(out, "   {line}");
    }
    out.push('\n');
    total(look, review, out);
    for dimension in &review.dimensions {
        dimension_text(look, sources, dimension, out);
    }
}

/// The total with its numbers put in.
fn total(look: Look, review: &Review, out: &mut String) {
    let judged: Vec<(f64, f64)> = review
        .dimensions
        .iter()
        .filter_map(|dimension| Some((dimension.judged_weight(), dimension.score?)))
        .collect();
    if judged.is_empty() {
        return;
    }
    let weights: f64 = judged.iter().map(|(weight, _)| weight).sum();
    let terms: Vec<String> = judged
        .iter()
        .map(|(weight, score)| format!("{weight:.2} × {score:.3}"))
        .collect();
    let formula = format!("100 × ({}) / {weights:.2}", terms.join(" + "));
    for line in plain::wrap(&formula, look.width.saturating_sub(5).max(30)) {
        let _ = writeln!(out, "   {line}");
    }
    let _ = writeln!(
        out,
        "   = {}\n",
        look.paint(Tone::Heading, &format!("{:.1}", review.total))
    );
    let _ = writeln!(out, "   {}\n", verdict::band_words(review));
}

fn dimension_text(look: Look, sources: &Sources, dimension: &DimensionScore, out: &mut String) {
    let score = match dimension.score {
        Some(score) => {
            let (judged, applicable) = dimension.counts();
            let weight = dimension.judged_weight();
            format!(
                "{score:.3} × {weight:.2} = {:.1}, {judged} of {applicable} judged: \
                 {} × {:.3} = {weight:.2}",
                score * weight,
                dimension.weight,
                dimension.coverage().share(),
            )
        }
        None => format!("not judged; its {} points do not count", dimension.weight),
    };
    let _ = writeln!(
        out,
        "   {}   {score}",
        look.paint(Tone::Heading, verdict::dimension_id(dimension.id))
    );
    for criterion in &dimension.criteria {
        criterion_text(look, sources, criterion, out);
    }
    out.push('\n');
}

fn criterion_text(look: Look, sources: &Sources, criterion: &Criterion, out: &mut String) {
    let (status, words) = verdict::criterion_words(criterion);
    let (mark, tone) = match status {
        "pass" => ("✓", Tone::Good),
        "fail" => ("✗", Tone::Bad),
        "partly" => ("✗", Tone::Worry),
        "unknown" => ("?", Tone::Worry),
        _ => ("–", Tone::Faint),
    };
    let _ = writeln!(
        out,
        "     {} {} {}",
        look.paint(tone, mark),
        criterion.title,
        look.paint(Tone::Faint, &format!("· {words}")),
    );
    for evidence in &criterion.evidence {
        let place = Place::new(sources, evidence.location);
        let _ = writeln!(
            out,
            "         {}  {}",
            look.paint(
                Tone::Command,
                &plain::line(&format!("{}:{}", place.path, place.line()))
            ),
            plain::line(&evidence.message),
        );
    }
}
