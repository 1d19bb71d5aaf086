//! SARIF 2.1.0, which GitHub code scanning and most other servers take.

mod model;

use std::collections::BTreeMap;
use std::fmt::Write;

use luthier_diagnostics::{Confidence, Finding, Fix, Location, Report, RuleInfo, Severity};
use luthier_source::{FileId, Skipped, Sources};

use crate::json;
use crate::place::{Place, in_repository};
use model::{
    ArtifactChange, ArtifactLocation, BaseId, Configuration, Driver, FileLocation, Invocation, Log,
    LogicalLocation, MarkdownMessage, Message, Notification, NotificationLocation, OwnedMessage,
    PhysicalLocation, Region, Replacement, ReportingDescriptor, ResultItem, ResultLocation,
    ResultProperties, RuleProperties, Run, Tool,
};

pub(crate) fn render(report: &Report) -> String {
    // Only rules with findings: pages of rules that found nothing would make up most of the file.
    let mut codes: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in &report.findings {
        codes.entry(finding.code).or_insert(finding);
    }
    let index: BTreeMap<&str, usize> = codes
        .keys()
        .enumerate()
        .map(|(index, code)| (*code, index))
        .collect();
    json::pretty(&Log {
        schema: model::SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "luthier",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: codes
                        .values()
                        .map(|finding| descriptor(&report.rules, finding))
                        .collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            original_uri_base_ids: BTreeMap::from([(ROOT, base(report))]),
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: report
                    .skipped
                    .iter()
                    .map(|skipped| notification(report, skipped))
                    .collect(),
            }],
            results: report
                .findings
                .iter()
                .map(|finding| result(report, finding, index[finding.code]))
                .collect(),
        }],
    })
}

fn descriptor<'a>(rules: &'a [RuleInfo], finding: &Finding) -> ReportingDescriptor<'a> {
    let rule = rules.iter().find(|rule| rule.code == finding.code);
    let severity = rule.map_or(finding.severity, |rule| rule.severity);
    ReportingDescriptor {
        id: finding.code,
        name: finding.name,
        short_description: rule.map(|rule| Message { text: rule.summary }),
        help: rule.map(|rule| MarkdownMessage {
            text: rule.docs,
            markdown: rule.docs,
        }),
        default_configuration: Configuration {
            level: level(severity),
        },
        properties: RuleProperties {
            tags: vec![
                format!("{:?}", finding.category).to_lowercase(),
                "django".to_owned(),
            ],
            precision: match finding.confidence {
                Confidence::Certain => "very-high",
                Confidence::Likely => "high",
                Confidence::Possible => "medium",
            },
            problem_severity: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "recommendation",
            },
        },
    }
}

fn result<'a>(report: &Report<'_>, finding: &'a Finding, rule_index: usize) -> ResultItem<'a> {
    ResultItem {
        rule_id: finding.code,
        rule_index,
        level: level(finding.severity),
        message: OwnedMessage {
            text: message(finding),
        },
        locations: [ResultLocation {
            id: None,
            physical_location: physical(report, finding.location),
            logical_locations: finding
                .symbol
                .iter()
                .map(|symbol| LogicalLocation {
                    fully_qualified_name: symbol,
                })
                .collect(),
            message: None,
        }],
        related_locations: finding
            .related
            .iter()
            .enumerate()
            .map(|(index, related)| ResultLocation {
                id: Some(index + 1),
                physical_location: physical(report, related.location),
                logical_locations: Vec::new(),
                message: Some(Message {
                    text: &related.message,
                }),
            })
            .collect(),
        partial_fingerprints: BTreeMap::from([("luthier/v1", finding.fingerprint.as_str())]),
        fixes: finding
            .fix
            .iter()
            .filter_map(|it| fix(report, it))
            .collect(),
        properties: ResultProperties {
            confidence: match finding.confidence {
                Confidence::Certain => "certain",
                Confidence::Likely => "likely",
                Confidence::Possible => "possible",
            },
            django_check: finding.django_check,
        },
    }
}

/// Viewers show the message alone, so it carries the help.
fn message(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        let _ = write!(text, ". {help}");
    }
    text
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn physical(report: &Report<'_>, location: Location) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: artifact(report, &report.sources.file(location.file).path),
        region: region(report.sources, location),
    }
}

fn region(sources: &Sources, location: Location) -> Region {
    let place = Place::new(sources, location);
    Region {
        start_line: place.start.line,
        start_column: place.start.column,
        end_line: place.end.line,
        end_column: place.end.column,
    }
}

/// What URIs are relative to, by the name that servers know.
const ROOT: &str = "%SRCROOT%";

fn base(report: &Report<'_>) -> BaseId {
    let text = match report.project.repository_path {
        Some(_) => "The root of the repository.",
        None => "The folder that was analysed.",
    };
    BaseId {
        description: Message { text },
    }
}

fn artifact(report: &Report<'_>, path: &str) -> ArtifactLocation {
    ArtifactLocation {
        uri: uri(&in_repository(&report.project, path)),
        uri_base_id: ROOT,
    }
}

/// A relative path as a URI reference: everything but unreserved characters and slashes is
/// percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte as char);
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

fn notification(report: &Report<'_>, skipped: &Skipped) -> Notification {
    Notification {
        level: "warning",
        message: OwnedMessage {
            text: format!("skipped: {}", skipped.reason),
        },
        locations: [NotificationLocation {
            physical_location: FileLocation {
                artifact_location: artifact(report, &skipped.path),
            },
        }],
    }
}

/// A fix without edits is advice; SARIF has no fix without changes. A file to be written is an
/// insertion at its beginning.
fn fix<'a>(report: &Report<'_>, fix: &'a Fix) -> Option<model::Fix<'a>> {
    let mut edits: BTreeMap<FileId, Vec<Replacement<'a>>> = BTreeMap::new();
    for edit in &fix.edits {
        edits.entry(edit.file).or_default().push(Replacement {
            deleted_region: region(report.sources, Location::new(edit.file, edit.span)),
            inserted_content: Message { text: &edit.text },
        });
    }
    let changed = edits
        .into_iter()
        .map(|(file, replacements)| ArtifactChange {
            artifact_location: artifact(report, &report.sources.file(file).path),
            replacements,
        });
    let created = fix.new_files.iter().map(|file| ArtifactChange {
        artifact_location: artifact(report, &file.path),
        replacements: vec![Replacement {
            deleted_region: Region {
                start_line: 1,
                start_column: 1,
                end_line: 1,
                end_column: 1,
            },
            inserted_content: Message { text: &file.text },
        }],
    });
    let artifact_changes: Vec<_> = changed.chain(created).collect();
    (!artifact_changes.is_empty()).then_some(model::Fix {
        description: Message { text: &fix.title },
        artifact_changes,
    })
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("apps/my file%ü.py"), "apps/my%20file%25%C3%BC.py");
    }
}
