//! Earlier runs: baselines, and what changed since a report.

use std::collections::BTreeMap;

use luthier_diagnostics::comparison::{Comparison, Earlier};
use luthier_diagnostics::{Finding, Report};
use luthier_rules::registry;
use luthier_source::Sources;
use serde::Deserialize;
use serde_json::json;

/// What a JSON report, or a baseline (a report with less in it), says of an earlier run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EarlierReport {
    pub findings: Vec<Earlier>,
    /// The total score, where it was a review.
    pub score: Option<f64>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with findings")]
struct Form {
    schema_version: u32,
    findings: Vec<Earlier>,
    #[serde(default)]
    score: Option<Score>,
}

#[derive(Deserialize)]
struct Score {
    total: Option<f64>,
}

/// The newest form of reports that is understood.
const SCHEMA_VERSION: u32 = 1;

impl EarlierReport {
    /// Reads the JSON of a report or a baseline, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form: Form = serde_json::from_str(text)
            .map_err(|error| format!("not a report or baseline of luthier: {error}"))?;
        if form.schema_version > SCHEMA_VERSION {
            return Err(format!(
                "schema_version {} is newer than this luthier understands ({SCHEMA_VERSION})",
                form.schema_version
            ));
        }
        Ok(Self {
            findings: form.findings,
            score: form.score.and_then(|score| score.total),
        })
    }

    /// Takes the findings out that the earlier run had too; each of its entries counts for one.
    pub(crate) fn retain_new(&self, findings: &mut Vec<Finding>) -> usize {
        let mut left = self.counts();
        let before = findings.len();
        findings.retain(|finding| !take(&mut left, &finding.fingerprint));
        before - findings.len()
    }

    fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for finding in &self.findings {
            *counts.entry(finding.fingerprint.as_str()).or_default() += 1;
        }
        counts
    }
}

fn take(left: &mut BTreeMap<&str, usize>, fingerprint: &str) -> bool {
    match left.get_mut(fingerprint) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

/// The text of a baseline that accepts `findings`.
pub fn baseline(findings: &[Finding], sources: &Sources) -> String {
    let entries: Vec<_> = findings
        .iter()
        .map(|finding| {
            let file = sources.file(finding.location.file);
            json!({
                "code": finding.code,
                "name": finding.name,
                "path": file.path,
                "line": file.line_index().line(finding.location.span.start),
                "message": finding.message,
                "fingerprint": finding.fingerprint,
            })
        })
        .collect();
    let whole = json!({"schema_version": SCHEMA_VERSION, "findings": entries});
    let mut text = serde_json::to_string_pretty(&whole).expect("plain values");
    text.push('\n');
    text
}

/// What became of an earlier run's findings.
pub fn compare(earlier: &EarlierReport, report: &Report<'_>) -> Comparison {
    let mut left = earlier.counts();
    let mut comparison = Comparison::default();
    for (index, finding) in report.findings.iter().enumerate() {
        if take(&mut left, &finding.fingerprint) {
            comparison.unchanged += 1;
        } else {
            comparison.new.push(index);
        }
    }
    // A rule that was not asked this time says nothing of what it found.
    let was_asked = |code: &str| {
        let ran = report.rules.iter().any(|rule| rule.code == code);
        ran || registry::find(code).is_none()
    };
    for finding in &earlier.findings {
        if was_asked(&finding.code) && take(&mut left, &finding.fingerprint) {
            comparison.fixed.push(finding.clone());
        }
    }
    let now = report.review.as_ref().map(|review| review.total);
    comparison.score = earlier.score.zip(now);
    comparison
}
