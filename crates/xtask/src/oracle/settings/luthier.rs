//! The side of luthier: `check --deploy` on the same layouts, run in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use luthier_analysis::config::Loaded;
use luthier_analysis::date::Date;
use luthier_analysis::{Outcome, Request};
use luthier_diagnostics::Confidence;
use luthier_project::django::DjangoVersion;

use super::Truth;
use crate::oracle::venv;

/// What luthier says about the layout in a folder, judged by a version of Django whose packages are
/// installed for `python`.
pub(super) fn says(folder: &Path, version: DjangoVersion, python: &Path) -> Result<Truth> {
    let mut configuration = Loaded::default();
    configuration.config.target_django = Some(version.to_string());
    let today = Date::parse("2026-01-01").context("a date")?;
    let request = Request {
        deploy: true,
        confidence: Some(Confidence::Possible),
        python: Some(python.to_path_buf()),
        cache: Some(venv::cache().join("facts")),
        ..Request::new(folder, configuration, today)
    };
    let outcome = luthier_analysis::check(&request).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(truth(&outcome))
}

fn truth(outcome: &Outcome) -> Truth {
    let findings = outcome.findings.iter();
    let mut varies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for depends in &outcome.depends {
        let variables = varies.entry(depends.django_check.to_owned()).or_default();
        variables.insert(depends.variable.clone());
    }
    Truth {
        // A finding that is none of Django's checks shows as one too many.
        always: findings
            .map(|finding| finding.django_check.unwrap_or(finding.code).to_owned())
            .collect(),
        varies,
    }
}
