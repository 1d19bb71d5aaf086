//! `JUnit` XML: a suite for each file with findings, a failed case for each finding.

use std::fmt::Write;

use luthier_diagnostics::{Finding, Report};

use crate::paint::word;
use crate::place::Place;

pub(crate) fn render(report: &Report) -> String {
    let total = report.findings.len();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"luthier\" tests=\"{}\" failures=\"{total}\" errors=\"0\" time=\"{:.3}\">",
        total.max(1),
        report.stats.seconds,
    );
    if report.findings.is_empty() {
        // Servers take a report without any case for a run that did not happen.
        out.push_str("  <testsuite name=\"luthier\" tests=\"1\" failures=\"0\" errors=\"0\">\n");
        out.push_str("    <testcase name=\"no findings\" classname=\"luthier\"/>\n");
        out.push_str("  </testsuite>\n");
    }
    for findings in report
        .findings
        .chunk_by(|a, b| a.location.file == b.location.file)
    {
        suite(report, findings, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(report: &Report, findings: &[Finding], out: &mut String) {
    let path = Place::new(report.sources, findings[0].location).path;
    let number = findings.len();
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{number}\" failures=\"{number}\" errors=\"0\">",
        escape(path),
    );
    for finding in findings {
        let place = Place::new(report.sources, finding.location);
        let _ = writeln!(
            out,
            "    <testcase name=\"{} {}:{}\" classname=\"{}\" file=\"{}\" line=\"{}\">",
            finding.code,
            place.line(),
            place.column(),
            escape(path),
            escape(path),
            place.line(),
        );
        let _ = writeln!(
            out,
            "      <failure type=\"{} {}\" message=\"{}\">{}</failure>",
            word(finding.severity),
            finding.name,
            escape(&finding.message),
            escape(&details(report, finding)),
        );
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n");
}

fn details(report: &Report, finding: &Finding) -> String {
    let place = Place::new(report.sources, finding.location);
    let mut details = format!("{place}: {}", finding.message);
    for related in &finding.related {
        let place = Place::new(report.sources, related.location);
        let _ = write!(details, "\n{place}: {}", related.message);
    }
    if let Some(help) = &finding.help {
        let _ = write!(details, "\nhelp: {help}");
    }
    details
}

/// XML 1.0 has no way at all to write most control characters, so they become `U+FFFD`; line
/// breaks and tabs are written as references, or attributes would lose them.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}
