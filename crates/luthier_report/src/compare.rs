//! What changed since an earlier report.

use std::fmt::Write;

use luthier_diagnostics::Report;
use luthier_diagnostics::comparison::{Comparison, Earlier};
use serde::Serialize;

use crate::json::{self, JsonFinding};
use crate::markdown;
use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

/// For people: what is new with its place, what is fixed, the scores.
pub fn comparison(report: &Report, comparison: &Comparison, look: Look) -> String {
    let mut out = String::new();
    let new: Vec<[String; 3]> = comparison
        .new
        .iter()
        .map(|&index| {
            let finding = &report.findings[index];
            let place = Place::new(report.sources, finding.location);
            [
                look.paint(Tone::of(finding.severity), finding.code),
                plain::line(&finding.message).into_owned(),
                plain::line(&place.to_string()).into_owned(),
            ]
        })
        .collect();
    let fixed: Vec<[String; 3]> = comparison
        .fixed
        .iter()
        .map(|earlier| {
            [
                look.paint(Tone::Good, &plain::line(&earlier.code)),
                plain::line(&earlier.message).into_owned(),
                plain::line(&format!("{}:{}", earlier.path, earlier.line)).into_owned(),
            ]
        })
        .collect();
    list(look, "New", &new, &mut out);
    list(look, "Fixed", &fixed, &mut out);
    let tone = if new.is_empty() {
        Tone::Good
    } else {
        Tone::Bad
    };
    let _ = writeln!(out, "{}", look.paint(tone, &sentence(comparison)));
    if let Some((before, after)) = comparison.score {
        let _ = writeln!(out, "score {before:.1} → {after:.1}");
    }
    out
}

fn list(look: Look, name: &str, rows: &[[String; 3]], out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}\n", look.paint(Tone::Heading, name));
    for [code, message, place] in rows {
        let lines = plain::wrap(message, look.width.saturating_sub(10).max(30));
        let _ = writeln!(
            out,
            "  {code}  {}\n          {}",
            lines.join("\n          "),
            look.paint(Tone::Command, place)
        );
    }
    out.push('\n');
}

fn sentence(comparison: &Comparison) -> String {
    format!(
        "{} new, {} fixed, {} unchanged",
        comparison.new.len(),
        comparison.fixed.len(),
        comparison.unchanged
    )
}

/// For scripts.
pub fn comparison_json(report: &Report, comparison: &Comparison) -> String {
    json::pretty(&JsonComparison {
        schema_version: json::SCHEMA_VERSION,
        new: comparison
            .new
            .iter()
            .map(|&index| JsonFinding::new(report.sources, &report.findings[index]))
            .collect(),
        fixed: &comparison.fixed,
        unchanged: comparison.unchanged,
        score: comparison
            .score
            .map(|(before, after)| JsonScores { before, after }),
    })
}

#[derive(Serialize)]
struct JsonComparison<'a> {
    schema_version: u32,
    new: Vec<JsonFinding<'a>>,
    fixed: &'a [Earlier],
    unchanged: usize,
    score: Option<JsonScores>,
}

#[derive(Serialize)]
struct JsonScores {
    before: f64,
    after: f64,
}

/// For a comment on a pull request.
pub fn comparison_markdown(report: &Report, comparison: &Comparison) -> String {
    let mut out = format!("### luthier: {}\n\n", sentence(comparison));
    if let Some((before, after)) = comparison.score {
        let _ = writeln!(out, "Score {before:.1} → {after:.1}\n");
    }
    let new = comparison.new.iter().map(|&index| {
        let finding = &report.findings[index];
        let place = Place::new(report.sources, finding.location);
        markdown::item(
            finding.code,
            &finding.message,
            &format!("{}:{}", place.path, place.line()),
        )
    });
    let fixed = comparison.fixed.iter().map(|earlier| {
        let place = format!("{}:{}", earlier.path, earlier.line);
        markdown::item(&earlier.code, &earlier.message, &place)
    });
    markdown::list("New", new, &mut out);
    markdown::list("Fixed", fixed, &mut out);
    out
}
