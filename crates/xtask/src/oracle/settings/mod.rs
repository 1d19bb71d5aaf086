//! Deploy checks: generated settings, on which the real `manage.py check --deploy` runs too.
//!
//! Every layout of `oracle/settings` is run by each Django under each environment of
//! its manifest. That tells of each check whether it is reported in all of them, in none, or as the
//! environment decides ([`Truth`]).
//!
//! A layout agrees only where luthier says the same of every check: reported whatever the
//! environment, not reported, or depending on exactly the same variables. What luthier cannot know
//! it does not report, and where Django reports that, the layout differs: nothing counts as unknown.

mod django;
mod luthier;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use luthier_project::django::DjangoVersion;
use luthier_project::django::checks::CHECKS;
use rayon::prelude::*;

use super::{Only, Tally};
use django::{Environment, Outcome, Run};

pub(crate) fn run(only: &Only) -> Result<Tally> {
    let mut tally = Tally::default();
    for run in django::runs()? {
        tally += reaches(&run);
        tally += compare(&run, only)?;
    }
    Ok(tally)
}

/// Compares what luthier says of each layout with what Django said.
fn compare(run: &Run, only: &Only) -> Result<Tally> {
    let compared: Vec<Result<Tally>> = run
        .layouts
        .par_iter()
        .filter(|layout| only.wants(&format!("Django {}: {}", run.version, layout.name)))
        .filter_map(|layout| {
            let truth = Truth::of(&layout.environments, &layout.outcomes)?;
            let folder = run.folder.join(&layout.name);
            Some(
                luthier::says(&folder, run.version, &run.python).map(|said| {
                    let differences = truth.differences(&said);
                    for difference in &differences {
                        println!("Django {}: {}: {difference}", run.version, layout.name);
                    }
                    Tally {
                        passed: u32::from(differences.is_empty()),
                        failed: u32::from(!differences.is_empty()),
                    }
                }),
            )
        })
        .collect();
    let mut sum = Tally::default();
    for tally in compared {
        sum += tally?;
    }
    Ok(sum)
}

/// What the environments of one layout say about its checks.
#[derive(Debug, Default, PartialEq, Eq)]
struct Truth {
    /// Reported under every environment in which Django starts.
    always: BTreeSet<String>,
    /// Reported under some: with the variables which make the difference.
    varies: BTreeMap<String, BTreeSet<String>>,
}

impl Truth {
    /// `None` where Django starts under no environment.
    fn of(environments: &[Environment], outcomes: &[Outcome]) -> Option<Self> {
        let started: Vec<_> = environments
            .iter()
            .zip(outcomes)
            .filter_map(|(environment, outcome)| Some((environment, outcome.ids.as_ref()?)))
            .collect();
        let (_, first) = started.first()?;
        let mut truth = Self::default();
        let all: BTreeSet<_> = started.iter().flat_map(|(_, ids)| *ids).collect();
        for id in all {
            if first.contains(id) && started.iter().all(|(_, ids)| ids.contains(id)) {
                truth.always.insert(id.clone());
            } else {
                truth.varies.insert(id.clone(), deciding(id, &started));
            }
        }
        Some(truth)
    }

    /// One line for each check of which something else was said.
    fn differences(&self, said: &Self) -> Vec<String> {
        let mut ids: BTreeSet<&String> = self.always.iter().chain(self.varies.keys()).collect();
        ids.extend(said.always.iter().chain(said.varies.keys()));
        let describe = |truth: &Self, id: &String| match truth.varies.get(id) {
            _ if truth.always.contains(id) => "reported".to_owned(),
            Some(variables) => {
                let names: Vec<&str> = variables.iter().map(String::as_str).collect();
                format!("depends on {}", names.join(", "))
            }
            None => "not reported".to_owned(),
        };
        ids.into_iter()
            .filter_map(|id| {
                let (truth, said) = (describe(self, id), describe(said, id));
                (truth != said).then(|| format!("{id} is {truth}, luthier says {said}"))
            })
            .collect()
    }
}

/// The variables whose change alone changes whether the check is reported.
fn deciding(id: &str, started: &[(&Environment, &BTreeSet<String>)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (one, ids) in started {
        for (other, other_ids) in started {
            if ids.contains(id) != other_ids.contains(id) {
                let mut names = one.keys().chain(other.keys()).collect::<BTreeSet<_>>();
                names.retain(|name| one.get(*name) != other.get(*name));
                if let [name] = names.into_iter().collect::<Vec<_>>()[..] {
                    found.insert(name.clone());
                }
            }
        }
    }
    found
}

/// Whether the layouts are worth comparing: each starts somewhere, every check of this version is
/// reported in one and not in another, and nothing else is reported.
fn reaches(run: &Run) -> Tally {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for layout in &run.layouts {
        match Truth::of(&layout.environments, &layout.outcomes) {
            Some(truth) => seen.extend(truth.always.into_iter().chain(truth.varies.into_keys())),
            None if run.may_fail(layout) => {}
            None => problems.push(format!("{} never starts", layout.name)),
        }
    }
    let expected = expected_ids(run.version);
    for id in expected.difference(&seen) {
        problems.push(format!("{id} is reported nowhere"));
    }
    for id in seen.difference(&expected) {
        problems.push(format!("{id} is reported, but no check of the table"));
    }
    for problem in &problems {
        println!("Django {}: {problem}", run.version);
    }
    Tally {
        passed: u32::from(problems.is_empty()),
        failed: problems.len() as u32,
    }
}

fn expected_ids(version: DjangoVersion) -> BTreeSet<String> {
    let checks = CHECKS.iter().filter(|check| check.exists_in(version));
    let ids = checks.flat_map(|check| check.ids);
    ids.map(|id| (*id).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::django::{Environment, Outcome};
    use super::{Truth, expected_ids};
    use luthier_project::django::DjangoVersion;

    fn environment(text: &str) -> Environment {
        let pairs = text
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn outcome(ids: &str) -> Outcome {
        let ids = ids.split_whitespace().map(str::to_owned).collect();
        Outcome { ids: Some(ids) }
    }

    #[test]
    fn truth_tells_what_the_environment_decides() {
        let environments = ["", "A=1", "B=1", "A=1 B=1"].map(environment);
        let outcomes = ["x y", "x", "x y", "x"].map(outcome);
        let truth = Truth::of(&environments, &outcomes).unwrap();
        assert_eq!(truth.always, BTreeSet::from(["x".to_owned()]));
        assert_eq!(truth.varies["y"], BTreeSet::from(["A".to_owned()]));
    }

    #[test]
    fn environments_in_which_nothing_starts_do_not_count() {
        let environments = ["", "A=1"].map(environment);
        let outcomes = [Outcome { ids: None }, outcome("x")];
        let truth = Truth::of(&environments, &outcomes).unwrap();
        assert_eq!(truth.always, BTreeSet::from(["x".to_owned()]));
        assert_eq!(Truth::of(&environments[..1], &outcomes[..1]), None);
    }

    #[test]
    fn later_versions_have_more_checks() {
        let old = expected_ids(DjangoVersion::new(4, 2));
        let new = expected_ids(DjangoVersion::new(6, 1));
        assert!(old.is_subset(&new));
        assert_eq!(new.len() - old.len(), 3);
    }
}
