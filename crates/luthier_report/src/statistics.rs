//! Counts per rule, for `--statistics`.

use std::collections::BTreeMap;
use std::fmt::Write;

use luthier_diagnostics::{Applicability, Finding, Report};

use crate::counts::Counts;
use crate::paint::{Look, Tone, word};
use crate::plain;

/// One line a rule, the most frequent first; ends with the totals.
pub fn statistics(report: &Report, look: Look) -> String {
    let mut by_code: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        by_code.entry(finding.code).or_default().push(finding);
    }
    let mut rules: Vec<Vec<&Finding>> = by_code.into_values().collect();
    rules.sort_by_key(|findings| std::cmp::Reverse(findings.len()));
    let columns = rules.first().map_or(1, |most| most.len().to_string().len());
    let mut out = String::new();
    for findings in rules {
        let first = findings[0];
        let fixable = findings
            .iter()
            .filter_map(|finding| finding.fix.as_ref())
            .filter(|fix| fix.applicability == Applicability::Safe)
            .count();
        let note = if fixable > 0 {
            format!("  {fixable} fixable")
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "{:>columns$}  {} {}  {}{}",
            findings.len(),
            look.paint(
                Tone::of(first.severity),
                &plain::pad(word(first.severity), 7)
            ),
            look.paint(Tone::Heading, first.code),
            first.name,
            look.paint(Tone::Faint, &note),
        );
    }
    let _ = writeln!(out, "{}", Counts::new(&report.findings).sentence());
    out
}
