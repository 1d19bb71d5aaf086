//! Counts per rule, for `--statistics`.

use std::collections::BTreeMap;
use std::fmt::Write;

use luthier_diagnostics::{Category, Finding, Report, Severity};
use serde::Serialize;

use crate::Format;
use crate::counts::Counts;
use crate::json;
use crate::paint::{Look, Tone, word};
use crate::plain;

/// Counts in `format`; `None` where the format has no way to say them.
pub fn statistics(report: &Report, format: Format, look: Look) -> Option<String> {
    let rules = rules(report);
    match format {
        Format::Text => Some(text(report, &rules, look)),
        Format::Concise => Some(text(
            report,
            &rules,
            Look {
                color: false,
                ..look
            },
        )),
        Format::Json => Some(json::pretty(&JsonStatistics {
            schema_version: json::SCHEMA_VERSION,
            findings: report.findings.len(),
            statistics: &rules,
        })),
        Format::Markdown => Some(markdown(report, &rules)),
        Format::Sarif | Format::Github | Format::Gitlab | Format::Junit | Format::Html => None,
    }
}

/// Whether [`statistics`] can be written in `format`.
pub fn has_statistics(format: Format) -> bool {
    matches!(
        format,
        Format::Text | Format::Concise | Format::Json | Format::Markdown
    )
}

#[derive(Serialize)]
struct JsonStatistics<'a> {
    schema_version: u32,
    findings: usize,
    statistics: &'a [OfRule],
}

/// What one rule found.
#[derive(Serialize)]
struct OfRule {
    code: &'static str,
    name: &'static str,
    category: Category,
    severity: Severity,
    count: usize,
    /// With `--fix`.
    fixable: usize,
    /// With `--unsafe-fixes` only.
    unsafely_fixable: usize,
}

/// The most frequent first.
fn rules(report: &Report) -> Vec<OfRule> {
    let mut by_code: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        by_code.entry(finding.code).or_default().push(finding);
    }
    let of_rule = |findings: Vec<&Finding>| {
        let counts = Counts::new(findings.iter().copied());
        OfRule {
            code: findings[0].code,
            name: findings[0].name,
            category: findings[0].category,
            severity: findings[0].severity,
            count: counts.total(),
            fixable: counts.fixable,
            unsafely_fixable: counts.unsafely,
        }
    };
    let mut rules: Vec<OfRule> = by_code.into_values().map(of_rule).collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.count));
    rules
}

/// One line a rule; ends with the totals.
fn text(report: &Report, rules: &[OfRule], look: Look) -> String {
    let columns = rules.first().map_or(1, |most| most.count.to_string().len());
    let mut out = String::new();
    for rule in rules {
        let note = match rule.fixable {
            0 => String::new(),
            fixable => format!("  {fixable} fixable"),
        };
        let _ = writeln!(
            out,
            "{:>columns$}  {} {}  {}{}",
            rule.count,
            look.paint(Tone::of(rule.severity), &plain::pad(word(rule.severity), 7)),
            look.paint(Tone::Heading, rule.code),
            rule.name,
            look.paint(Tone::Faint, &note),
        );
    }
    let _ = writeln!(out, "{}", Counts::new(&report.findings).sentence());
    out
}

fn markdown(report: &Report, rules: &[OfRule]) -> String {
    let sentence = Counts::new(&report.findings).sentence();
    let mut out = format!("### luthier: {sentence}\n");
    if !rules.is_empty() {
        out.push_str("\n| number | severity | rule | fixable |\n| ---: | --- | --- | ---: |\n");
    }
    for rule in rules {
        let _ = writeln!(
            out,
            "| {} | {} | {} {} | {} |",
            rule.count,
            word(rule.severity),
            rule.code,
            rule.name,
            rule.fixable
        );
    }
    out
}
