//! GitLab's code quality report, a subset of Code Climate's format.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use luthier_diagnostics::{Report, Severity};
use luthier_source::LineColumn;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::json;
use crate::place::{Place, in_repository};

pub(crate) fn render(report: &Report) -> String {
    let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
    let issues: Vec<Issue> = report
        .findings
        .iter()
        .map(|finding| {
            let place = Place::new(report.sources, finding.location);
            let times = seen.entry(&finding.fingerprint).or_default();
            *times += 1;
            Issue {
                description: &finding.message,
                check_name: finding.code,
                fingerprint: unique(&finding.fingerprint, *times),
                severity: severity(finding.severity),
                location: IssueLocation {
                    path: in_repository(&report.project, place.path),
                    positions: Positions {
                        begin: position(place.start),
                        end: position(place.end),
                    },
                },
            }
        })
        .collect();
    json::pretty(&issues)
}

/// GitLab shows only one of several issues with the same fingerprint.
fn unique(fingerprint: &str, times: usize) -> String {
    if times == 1 {
        fingerprint.to_owned()
    } else {
        format!("{fingerprint}-{times}")
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "info",
    }
}

fn position(place: LineColumn) -> Position {
    Position {
        line: place.line,
        column: place.column,
    }
}

#[derive(Serialize)]
struct Issue<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: IssueLocation,
}

#[derive(Serialize)]
struct IssueLocation {
    path: String,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}
