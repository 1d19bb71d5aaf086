//! Findings for people: grouped by file, each with its excerpt, the worst news in the last line.

use std::fmt::Write;

use luthier_diagnostics::{Confidence, DependsOn, Finding, Report};
use luthier_source::Skipped;

use crate::Options;
use crate::counts::Counts;
use crate::excerpt;
use crate::paint::{Look, Tone, word};
use crate::place::Place;
use crate::plain;

pub(crate) fn text(report: &Report, options: &Options) -> String {
    let look = options.look;
    let mut out = String::new();
    for findings in report
        .findings
        .chunk_by(|a, b| a.location.file == b.location.file)
    {
        file_heading(look, report, findings, &mut out);
        for finding in findings {
            finding_text(look, report, finding, &mut out);
        }
    }
    depends(look, &report.depends, &mut out);
    if options.show_skipped {
        skipped(look, "", &report.skipped, &mut out);
    }
    summary(report, options, &mut out);
    out
}

/// `apps/orders/views.py ────────────── 2 findings`
fn file_heading(look: Look, report: &Report, findings: &[Finding], out: &mut String) {
    let path = Place::new(report.sources, findings[0].location).path;
    let path = plain::line(path);
    let number = plain::count(findings.len(), "finding");
    let taken = plain::width(&path) + plain::width(&number) + 2;
    let rule = "─".repeat(look.width.saturating_sub(taken).max(2));
    let _ = writeln!(
        out,
        "{} {} {}\n",
        look.paint(Tone::Heading, &path),
        look.paint(Tone::Faint, &rule),
        look.paint(Tone::Faint, &number),
    );
}

/// Title, place, excerpt. The place has a line of its own, so that terminals make a link of it.
fn finding_text(look: Look, report: &Report, finding: &Finding, out: &mut String) {
    let severity = word(finding.severity);
    let head = format!("{severity} {}", finding.code);
    let indent = plain::width(&head) + 1;
    let message = plain::line(&finding.message);
    let lines = plain::wrap(&message, look.width.saturating_sub(indent).max(30));
    for (index, line) in lines.iter().enumerate() {
        let lead = if index == 0 {
            look.paint(Tone::of(finding.severity), &head)
        } else {
            " ".repeat(indent - 1)
        };
        let _ = writeln!(out, "{lead} {}", look.paint(Tone::Heading, line));
    }
    let place = Place::new(report.sources, finding.location).to_string();
    let mut about = vec![finding.name.to_owned()];
    about.extend(finding.django_check.map(str::to_owned));
    if finding.confidence != Confidence::Certain {
        about.push(confidence(finding.confidence).to_owned());
    }
    let heading = format!(
        "{} {}",
        look.paint(Tone::Command, &plain::line(&place)),
        look.paint(Tone::Faint, &format!("· {}", about.join(" · "))),
    );
    out.push_str(&excerpt::render(look, report.sources, finding, &heading));
    out.push('\n');
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "certain",
        Confidence::Likely => "likely",
        Confidence::Possible => "possible",
    }
}

/// What only the environment decides, with what each outcome would mean.
fn depends(look: Look, depends: &[DependsOn], out: &mut String) {
    if depends.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "{}\n",
        look.paint(Tone::Heading, "Depends on the environment")
    );
    for item in depends {
        let _ = writeln!(
            out,
            "  {} {} depends on {}",
            look.paint(Tone::Worry, item.django_check),
            plain::line(&item.setting),
            look.paint(Tone::Command, &plain::line(&item.variable)),
        );
        let columns = item
            .outcomes
            .keys()
            .map(|value| plain::width(value))
            .max()
            .unwrap_or(0)
            .min(30);
        for (value, outcome) in &item.outcomes {
            let _ = writeln!(
                out,
                "    {}  {}",
                plain::pad(&plain::line(value), columns),
                look.paint(Tone::Faint, &plain::line(outcome)),
            );
        }
    }
    out.push('\n');
}

/// The files that were passed over; `margin` stands before each line.
pub(crate) fn skipped(look: Look, margin: &str, skipped: &[Skipped], out: &mut String) {
    if skipped.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "{margin}{}\n",
        look.paint(Tone::Heading, "Not analysed")
    );
    for file in skipped {
        let _ = writeln!(
            out,
            "{margin}  {}  {}",
            plain::line(&file.path),
            look.paint(Tone::Faint, &plain::line(&file.reason))
        );
    }
    out.push('\n');
}

fn summary(report: &Report, options: &Options, out: &mut String) {
    let look = options.look;
    let counts = Counts::new(&report.findings);
    let tone = match counts {
        _ if counts.total() == 0 => Tone::Good,
        _ if counts.errors > 0 => Tone::Bad,
        _ => Tone::Heading,
    };
    let _ = writeln!(out, "{}", look.paint(tone, &counts.sentence()));
    if let Some(fixes) = counts.fixes() {
        let _ = writeln!(out, "{}", look.paint(Tone::Command, &fixes));
    }
    if !report.skipped.is_empty() {
        let number = plain::count(report.skipped.len(), "file");
        let hint = if options.show_skipped {
            String::new()
        } else {
            " (--show-skipped names them)".to_owned()
        };
        let note = format!("{number} not analysed{hint}");
        let _ = writeln!(out, "{}", look.paint(Tone::Faint, &note));
    }
}
