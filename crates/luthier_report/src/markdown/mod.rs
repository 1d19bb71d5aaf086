//! Markdown for a comment on a pull request: short on top, the rest folded away, and never longer
//! than servers accept.

mod inline;

use std::fmt::Write;

use luthier_diagnostics::review::{
    ChecklistItem, ChecklistStatus, DimensionScore, Evidence, First, Review, SignalStatus,
};
use luthier_diagnostics::{Finding, Report, Severity};

use crate::counts::Counts;
use crate::depends;
use crate::place::Place;
use crate::review::verdict;
use inline::{code, prose};

/// GitHub refuses comments over 65,536 characters; this leaves room for what follows the table.
const MOST_BYTES: usize = 60_000;

pub(crate) fn render(report: &Report) -> String {
    let mut out = String::new();
    if let Some(review) = &report.review {
        review_parts(report, review, &mut out);
    }
    findings(report, &mut out);
    out
}

/// One line of a list: a rule, what it says, where.
pub(crate) fn item(rule: &str, message: &str, place: &str) -> String {
    format!("- {} {} {}", prose(rule), prose(message), code(place))
}

/// A list under a heading, cut where comments would be refused.
pub(crate) fn list(heading: &str, items: impl ExactSizeIterator<Item = String>, out: &mut String) {
    let total = items.len();
    if total == 0 {
        return;
    }
    let _ = writeln!(out, "**{heading}**\n");
    for (index, item) in items.enumerate() {
        if out.len() > MOST_BYTES {
            let _ = writeln!(out, "\n{} more", total - index);
            break;
        }
        let _ = writeln!(out, "{item}");
    }
    out.push('\n');
}

fn findings(report: &Report, out: &mut String) {
    let counts = Counts::new(&report.findings);
    let folded = report.review.is_some();
    let _ = if folded {
        writeln!(out, "<details><summary>{}</summary>\n", counts.sentence())
    } else {
        writeln!(out, "### luthier: {}\n", counts.sentence())
    };
    if counts.total() > 0 {
        table(report, out);
    }
    if let Some(fixes) = counts.fixes() {
        let _ = writeln!(out, "{fixes}\n");
    }
    let depends = report.depends.iter().map(|depends| {
        let sentence = prose(&depends::sentence(depends));
        format!(
            "- {} {sentence}: {}",
            depends.code,
            prose(&depends::outcomes(depends))
        )
    });
    list("Depends on the environment", depends, out);
    if folded {
        out.push_str("</details>\n");
    }
}

/// The worst first, as the table may have to end early.
fn table(report: &Report, out: &mut String) {
    let mut ordered: Vec<&Finding> = report.findings.iter().collect();
    ordered.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    out.push_str("| | rule | place | what |\n| --- | --- | --- | --- |\n");
    for (index, finding) in ordered.iter().enumerate() {
        if out.len() > MOST_BYTES {
            let left = ordered.len() - index;
            let _ = writeln!(out, "\n{left} more: run `luthier check`.");
            break;
        }
        let mut what = prose(&finding.message);
        if let Some(help) = &finding.help {
            let _ = write!(what, "<br>→ {}", prose(help));
        }
        let place = Place::new(report.sources, finding.location);
        let _ = writeln!(
            out,
            "| {} | {} {} | {} | {what} |",
            mark(finding.severity),
            finding.code,
            finding.name,
            code(&format!("{}:{}", place.path, place.line())),
        );
    }
    out.push('\n');
}

fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "🔴",
        Severity::Warning => "🟡",
        Severity::Info => "🔵",
    }
}

fn review_parts(report: &Report, review: &Review, out: &mut String) {
    let _ = writeln!(
        out,
        "### luthier review: {}, {}\n",
        verdict::deploy_words(review),
        verdict::score_figure(review)
    );
    health(report, review, out);
    score(review, out);
    checklist(review, out);
    first(report, review, out);
}

fn health(report: &Report, review: &Review, out: &mut String) {
    let _ = writeln!(
        out,
        "**Health {}/{}**: {}\n\n| | signal | what was seen | where |\n| --- | --- | --- | --- |",
        verdict::health(review),
        review.signals.len(),
        verdict::health_words(review)
    );
    for signal in &review.signals {
        let mark = match signal.status {
            SignalStatus::Pass => "✅",
            SignalStatus::Fail => "❌",
            SignalStatus::Unknown => "❔",
        };
        let _ = writeln!(
            out,
            "| {mark} | {} | {} | {} |",
            signal.id,
            prose(&signal.summary),
            where_seen(report, &signal.evidence)
        );
    }
    out.push('\n');
}

fn where_seen(report: &Report, evidence: &[Evidence]) -> String {
    evidence.first().map_or_else(String::new, |evidence| {
        let place = Place::new(report.sources, evidence.location);
        code(&format!("{}:{}", place.path, place.line()))
    })
}

fn score(review: &Review, out: &mut String) {
    let figure = verdict::score_figure(review);
    let _ = write!(out, "**Score {figure}**: {}", verdict::band_words(review));
    if let Some(words) = verdict::resolution_words(&review.resolution) {
        let _ = write!(out, " ({words})");
    }
    out.push_str("\n\n| dimension | points | |\n| --- | ---: | --- |\n");
    for dimension in &review.dimensions {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            verdict::dimension_id(dimension.id),
            points(dimension),
            prose(&verdict::dimension_words(dimension))
        );
    }
    out.push('\n');
}

fn points(dimension: &DimensionScore) -> String {
    let (reached, most) = verdict::points(dimension);
    format!("{reached}/{most}")
}

fn checklist(review: &Review, out: &mut String) {
    let _ = writeln!(
        out,
        "**Production checklist** P0 {}/{} · P1 {}/{}\n",
        verdict::done(&review.p0),
        review.p0.len(),
        verdict::done(&review.p1),
        review.p1.len()
    );
    let open = |items: &[ChecklistItem], level: &str, out: &mut String| {
        for item in items {
            let words = match item.status {
                ChecklistStatus::Done => continue,
                ChecklistStatus::Missing => "missing",
                ChecklistStatus::Unseen => "to confirm",
            };
            let _ = writeln!(
                out,
                "- [ ] {level} {words}: {} ({})",
                prose(item.title),
                prose(&item.note)
            );
        }
    };
    open(&review.p0, "P0", out);
    open(&review.p1, "P1", out);
    out.push('\n');
}

fn first(report: &Report, review: &Review, out: &mut String) {
    if review.first.is_empty() {
        return;
    }
    out.push_str("**Fix first**\n\n");
    for First { finding, why, how } in &review.first {
        let finding = &report.findings[*finding];
        let place = Place::new(report.sources, finding.location);
        let _ = writeln!(
            out,
            "1. {} {} {}<br>→ {}",
            finding.code,
            prose(why),
            code(&format!("{}:{}", place.path, place.line())),
            prose(how)
        );
    }
    out.push('\n');
}
