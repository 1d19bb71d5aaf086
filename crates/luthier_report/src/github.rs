//! Workflow commands of GitHub Actions, which it shows as annotations on the changed lines.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write;

use luthier_diagnostics::{Finding, Report, Severity};

use crate::depends;
use crate::place::{Place, in_repository};

pub(crate) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let _ = writeln!(
            out,
            "::{} {}::{}",
            command(finding.severity),
            properties(report, finding),
            data(&message(finding)),
        );
    }
    for depends in &report.depends {
        let title = format!("{} depends on the environment", depends.code);
        let text = format!(
            "{}\n{}",
            depends::sentence(depends),
            depends::outcomes(depends)
        );
        let _ = writeln!(out, "::notice title={}::{}", property(&title), data(&text));
    }
    out
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

/// Columns count only where the range lies on one line; GitHub refuses them otherwise.
fn properties(report: &Report, finding: &Finding) -> String {
    let place = Place::new(report.sources, finding.location);
    let title = format!("{} {}", finding.code, finding.name);
    let mut properties = format!(
        "title={},file={},line={},endLine={}",
        property(&title),
        property(&in_repository(&report.project, place.path)),
        place.line(),
        place.end.line,
    );
    if place.line() == place.end.line {
        let _ = write!(
            properties,
            ",col={},endColumn={}",
            place.column(),
            place.end.column
        );
    }
    properties
}

fn message(finding: &Finding) -> String {
    match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
