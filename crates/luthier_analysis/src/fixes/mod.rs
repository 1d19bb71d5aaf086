//! Mends findings until nothing more can be mended: choose fixes that do not touch each other, make
//! the new texts in memory, see that they still parse, analyse again. Nothing is written here;
//! [`luthier_source::write`] does that once, with the final texts.

mod choose;
mod diff;

use std::collections::BTreeMap;
use std::time::Instant;

use luthier_diagnostics::Applicability;
use luthier_project::{FileFacts, Project};
use luthier_source::Sources;
use luthier_source::write::Change;

use crate::check::{CheckError, Outcome, Request, analyse, facts_of, read};

pub use diff::diff;

/// Rounds after which fixes that keep making work for each other are left alone.
const MOST_ROUNDS: usize = 20;

/// What mending came to.
#[derive(Debug)]
pub struct Fixed {
    /// What is left to report, with the texts as they are after the fixes.
    pub outcome: Outcome,
    /// By path; for [`luthier_source::write::write_all`] and [`diff`].
    pub changes: Vec<Change>,
    /// How many findings of each code were mended.
    pub applied: BTreeMap<&'static str, usize>,
    /// How many fixes were given up because the file would not parse any more.
    pub given_up: usize,
}

/// Which fixes may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daring {
    /// Only those that keep behaviour.
    Safe,
    /// Those that may change behaviour too.
    Unsafe,
}

impl Daring {
    pub(crate) fn allows(self, applicability: Applicability) -> bool {
        match self {
            Self::Safe => applicability >= Applicability::Safe,
            Self::Unsafe => applicability >= Applicability::Unsafe,
        }
    }
}

/// Analyses the folder and mends what the run reports, in memory.
pub fn fix(request: &Request, daring: Daring) -> Result<Fixed, CheckError> {
    let started = Instant::now();
    let (sources, facts) = read(request)?;
    let mut fixed = mend(request, daring, sources, facts)?;
    fixed.outcome.stats.seconds = started.elapsed().as_secs_f64();
    Ok(fixed)
}

pub(crate) fn mend(
    request: &Request,
    daring: Daring,
    sources: Sources,
    facts: Vec<FileFacts>,
) -> Result<Fixed, CheckError> {
    mended(request, daring, sources, facts).map(|(fixed, _)| fixed)
}

/// The same, with the projects as they are after the fixes.
pub(crate) fn mended(
    request: &Request,
    daring: Daring,
    sources: Sources,
    facts: Vec<FileFacts>,
) -> Result<(Fixed, Vec<Project>), CheckError> {
    let mut originals: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut applied = BTreeMap::new();
    let mut given_up = choose::GivenUp::default();
    let (mut outcome, mut projects) = analyse(request, sources, facts)?;
    for _ in 0..MOST_ROUNDS {
        let chosen = choose::choose(&outcome.findings, &outcome.sources, daring, &mut given_up);
        if chosen.texts.is_empty() {
            break;
        }
        for code in chosen.codes {
            *applied.entry(code).or_default() += 1;
        }
        for (path, _) in &chosen.texts {
            if !originals.contains_key(path) {
                let file = outcome.sources.find(path);
                let text = file.map(|file| outcome.sources.file(file).text.to_string());
                originals.insert(path.clone(), text);
            }
        }
        let facts = facts_of(projects);
        let (sources, kept) = outcome.sources.with_texts(&chosen.texts, facts);
        let again = sources
            .iter()
            .zip(kept)
            .map(|((_, file), kept)| kept.unwrap_or_else(|| FileFacts::extract(file)));
        let again = again.collect();
        (outcome, projects) = analyse(request, sources, again)?;
    }
    let changes = originals
        .into_iter()
        .filter_map(|(path, before)| {
            let after = &outcome.sources.file(outcome.sources.find(&path)?).text;
            let change = Change {
                path,
                after: Some(after.to_string()),
                before,
            };
            (change.before != change.after).then_some(change)
        })
        .collect();
    let fixed = Fixed {
        outcome,
        changes,
        applied,
        given_up: given_up.len(),
    };
    Ok((fixed, projects))
}

#[cfg(test)]
mod tests;
