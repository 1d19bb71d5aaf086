//! Earlier runs: baselines, and what changed since a report.

use std::collections::BTreeMap;

use luthier_diagnostics::Finding;
use luthier_diagnostics::comparison::{Comparison, Earlier};
use luthier_rules::registry;
use serde::Deserialize;
use serde_json::json;

use crate::check::{Outcome, is_within};

/// What a JSON report, or a baseline (a report with less in it), says of an earlier run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EarlierReport {
    pub findings: Vec<Earlier>,
    /// The total score, where it was a review.
    pub score: Option<f64>,
    /// From the repository to the folder that its paths are relative to, where there was one.
    pub repository_path: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with findings")]
struct Form {
    schema_version: u32,
    findings: Vec<Earlier>,
    #[serde(default)]
    score: Option<Score>,
    #[serde(default)]
    project: Project,
}

#[derive(Default, Deserialize)]
struct Project {
    #[serde(default)]
    repository_path: Option<String>,
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
            repository_path: form.project.repository_path,
        })
    }

    /// Takes the findings out that the earlier run had too, and gives their fingerprints; each of
    /// the earlier run's entries counts for one.
    pub(crate) fn retain_new(&self, findings: &mut Vec<Finding>) -> Vec<String> {
        let mut left = self.counts();
        let known = findings.extract_if(.., |finding| take(&mut left, &finding.fingerprint));
        known.map(|finding| finding.fingerprint).collect()
    }

    fn counts(&self) -> BTreeMap<&str, usize> {
        counted(self.findings.iter().map(|finding| &*finding.fingerprint))
    }
}

fn counted<'a>(fingerprints: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for fingerprint in fingerprints {
        *counts.entry(fingerprint).or_default() += 1;
    }
    counts
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

/// The text of a baseline that accepts what a run found, and how many entries of the one before it
/// keeps: those that the run did not look at, or that are there and were not to be shown.
pub fn baseline(outcome: &Outcome, before: Option<&EarlierReport>) -> (String, usize) {
    let entry = |finding: &Finding| {
        let file = outcome.sources.file(finding.location.file);
        Earlier {
            code: finding.code.to_owned(),
            name: finding.name.to_owned(),
            path: file.path.to_string(),
            line: file.line_index().line(finding.location.span.start),
            message: finding.message.clone(),
            fingerprint: finding.fingerprint.clone(),
        }
    };
    let mut entries: Vec<Earlier> = outcome.findings.iter().map(entry).collect();
    let mut left = counted(outcome.findings.iter().map(|finding| &*finding.fingerprint));
    let mut hidden = counted(outcome.hidden.iter().map(String::as_str));
    let before = before.map_or(&[][..], |before| &before.findings);
    let kept = before.iter().filter(|entry| {
        let is_accepted_again = take(&mut left, &entry.fingerprint);
        !is_accepted_again && (take(&mut hidden, &entry.fingerprint) || !looked_for(outcome, entry))
    });
    let kept: Vec<Earlier> = kept.cloned().collect();
    let number = kept.len();
    entries.extend(kept);
    entries.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    let mut whole = json!({"schema_version": SCHEMA_VERSION, "findings": entries});
    if let Some(path) = &outcome.project.repository_path {
        whole["project"] = json!({"repository_path": path});
    }
    let mut text = serde_json::to_string_pretty(&whole).expect("plain values");
    text.push('\n');
    (text, number)
}

/// Whether the run would have found it again, were it still there.
fn looked_for(outcome: &Outcome, earlier: &Earlier) -> bool {
    let mut rules = outcome.rules.iter();
    let was_asked =
        rules.any(|rule| rule.code == earlier.code) || registry::find(&earlier.code).is_none();
    let mut skipped = outcome.sources.skipped.iter();
    was_asked
        && is_within(&earlier.path, &outcome.only)
        && !skipped.any(|skipped| skipped.path == earlier.path)
}

/// What became of an earlier run's findings. Of what this run did not look at nothing is said.
pub fn compare(earlier: &EarlierReport, outcome: &Outcome) -> Comparison {
    let mut left = earlier.counts();
    let mut comparison = Comparison::default();
    for (index, finding) in outcome.findings.iter().enumerate() {
        if take(&mut left, &finding.fingerprint) {
            comparison.unchanged += 1;
        } else {
            comparison.new.push(index);
        }
    }
    let mut hidden = counted(outcome.hidden.iter().map(String::as_str));
    for finding in &earlier.findings {
        let is_gone = |hidden: &mut _| !take(hidden, &finding.fingerprint);
        if looked_for(outcome, finding)
            && take(&mut left, &finding.fingerprint)
            && is_gone(&mut hidden)
        {
            comparison.fixed.push(finding.clone());
        }
    }
    let now = outcome.review.as_ref().map(|review| review.total);
    comparison.score = earlier.score.zip(now);
    comparison
}
