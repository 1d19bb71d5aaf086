//! What earlier runs came to, kept so that asking the same again of the same files costs no more
//! than reading them.
//!
//! An answer hangs on every text of the repository, on what was asked, on the day, and on what the
//! run saw outside the repository. The first three make the key under which it is kept, the last is
//! kept with it and looked at again. An answer that does not hold together is none.

use std::collections::BTreeMap;
use std::path::Path;

use luthier_diagnostics::{Confidence, DependsOn, Finding, Fix, Location, Related, Severity};
use luthier_project::ProjectOptions;
use luthier_project::django::checks;
use luthier_rules::registry;
use luthier_source::cache::{CacheStore, StoreKind};
use luthier_source::{FileKind, Seen, Sources};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::check::{Found, Linked, Request};

/// How many answers are kept of one folder: those to the usual questions, of which an editor, a
/// commit hook and a person at a terminal may each have their own.
const MOST: usize = 8;

/// The key of an answer: different wherever anything differs that could make another answer.
/// `keys` are those of the files, in their order.
pub(crate) fn key(
    request: &Request,
    options: &ProjectOptions,
    sources: &Sources,
    keys: &[u128],
) -> u128 {
    let files: Vec<(&str, FileKind, u128)> = sources
        .iter()
        .zip(keys)
        .map(|((_, file), key)| (&*file.path, file.kind, *key))
        .collect();
    let configuration = &request.configuration;
    // What is left out here only decides which findings are shown.
    let asked = (
        &configuration.config,
        &configuration.prefix,
        &request.asked,
        request.deploy,
        // What differs from there, the files themselves say.
        request.base.as_ref().map(|base| &base.commit),
        request.since.as_deref(),
        request.today,
        options.installed.packages(),
    );
    let text = format!(
        "{:?} {asked:?} {files:?}",
        (&sources.root, &sources.skipped)
    );
    xxh3_128(text.as_bytes())
}

/// The answers kept of one folder.
pub(crate) struct Answers(CacheStore);

impl Answers {
    pub(crate) fn open(cache: &Path, root: &Path) -> Self {
        Self(CacheStore::open(cache, root, StoreKind::Answers))
    }

    /// The answer with this key, where everything outside is as it was.
    pub(crate) fn get(&self, key: u128) -> Option<Found> {
        let answer: Answer = postcard::from_bytes(self.0.get(key)?).ok()?;
        let is_same = answer.seen.iter().all(Seen::still_holds);
        is_same.then(|| answer.found.found()).flatten()
    }

    /// Keeps an answer, and what it was made of outside the repository.
    pub(crate) fn keep(&self, key: u128, found: &Found, seen: Vec<Seen>) {
        let found = KeptFound::of(found);
        // A path that is no text cannot be kept.
        if let Ok(bytes) = postcard::to_allocvec(&Answer { seen, found }) {
            self.0.put_first((key, &bytes), MOST);
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Answer {
    seen: Vec<Seen>,
    found: KeptFound,
}

#[derive(Serialize, Deserialize)]
struct KeptFound {
    project: Linked,
    findings: Vec<KeptFinding>,
    depends: Vec<KeptDependsOn>,
    suppressed: usize,
    lines: usize,
}

/// A finding without what its rule says of all of them.
#[derive(Serialize, Deserialize)]
struct KeptFinding {
    code: String,
    severity: Severity,
    confidence: Confidence,
    location: Location,
    message: String,
    help: Option<String>,
    django_check: Option<String>,
    symbol: Option<String>,
    app: Option<String>,
    related: Vec<Related>,
    fix: Option<Fix>,
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct KeptDependsOn {
    code: String,
    django_check: String,
    setting: String,
    variable: String,
    outcomes: BTreeMap<String, String>,
}

impl KeptFound {
    fn of(found: &Found) -> Self {
        Self {
            project: found.project.clone(),
            findings: found.findings.iter().map(KeptFinding::of).collect(),
            depends: found.depends.iter().map(KeptDependsOn::of).collect(),
            suppressed: found.suppressed,
            lines: found.lines,
        }
    }

    fn found(self) -> Option<Found> {
        let findings = self.findings.into_iter().map(KeptFinding::finding);
        let depends = self.depends.into_iter().map(KeptDependsOn::depends_on);
        Some(Found {
            project: self.project,
            findings: findings.collect::<Option<_>>()?,
            depends: depends.collect::<Option<_>>()?,
            suppressed: self.suppressed,
            lines: self.lines,
        })
    }
}

impl KeptFinding {
    fn of(finding: &Finding) -> Self {
        let finding = finding.clone();
        Self {
            code: finding.code.to_owned(),
            severity: finding.severity,
            confidence: finding.confidence,
            location: finding.location,
            message: finding.message,
            help: finding.help,
            django_check: finding.django_check.map(str::to_owned),
            symbol: finding.symbol,
            app: finding.app,
            related: finding.related,
            fix: finding.fix,
            fingerprint: finding.fingerprint,
        }
    }

    fn finding(self) -> Option<Finding> {
        let rule = registry::find(&self.code)?;
        let django_check = match &self.django_check {
            Some(id) => Some(checks::id(id)?),
            None => None,
        };
        Some(Finding {
            code: rule.code,
            name: rule.name,
            category: rule.category,
            severity: self.severity,
            confidence: self.confidence,
            location: self.location,
            message: self.message,
            help: self.help,
            django_check,
            symbol: self.symbol,
            app: self.app,
            related: self.related,
            fix: self.fix,
            fingerprint: self.fingerprint,
        })
    }
}

impl KeptDependsOn {
    fn of(depends: &DependsOn) -> Self {
        Self {
            code: depends.code.to_owned(),
            django_check: depends.django_check.to_owned(),
            setting: depends.setting.clone(),
            variable: depends.variable.clone(),
            outcomes: depends.outcomes.clone(),
        }
    }

    fn depends_on(self) -> Option<DependsOn> {
        Some(DependsOn {
            code: registry::find(&self.code)?.code,
            django_check: checks::id(&self.django_check)?,
            setting: self.setting,
            variable: self.variable,
            outcomes: self.outcomes,
        })
    }
}

#[cfg(test)]
mod tests;
