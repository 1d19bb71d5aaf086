//! What `makemigrations --check --dry-run` says, against what luthier says: per app, the
//! operations in order, in Django's words.
//!
//! `oracle/drift` says how its cases are written. Their projects are kept in the oracles' cache,
//! one folder for each Django, so that luthier can be run on one of them by hand.

mod corpus;
mod replayed;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result};
use luthier_project::migrations::Operation;
use luthier_project::{Installed, Project, ProjectOptions};
use luthier_source::{SitePackages, WalkOptions};
use rayon::prelude::*;
use serde::Deserialize;

pub(super) use corpus::corpus;

use super::releases::{self, Release};
use super::venv::{self, Interpreter};
use super::{Only, Tally};
use crate::workspace;

/// What the cases use besides Django.
const PACKAGES: &[&str] = &[
    "psycopg2-binary",
    "Pillow",
    "django-taggit",
    "django-mptt",
    "django-model-utils",
    "django-simple-history",
    "django-polymorphic",
    "django-phonenumber-field",
    "phonenumberslite",
    "django-money",
    "django-parler",
    "django-treebeard",
];

/// What `run.py` writes.
#[derive(Deserialize)]
struct Expected {
    /// The labels of the project's own apps.
    own: Vec<String>,
    stops: Option<Stop>,
    /// Whether luthier is known to see nothing of it.
    missed: bool,
    /// The changes; more than one where Django takes some of them in the order of a set.
    orders: Vec<Changes>,
}

/// Why the command ended before its end.
#[derive(Deserialize)]
struct Stop {
    error: String,
    text: String,
}

/// The operations of each app with changes, as `Operation.describe` words them.
type Changes = BTreeMap<String, Vec<String>>;

/// What there is to say of one project.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// Why nothing can be said, such as migrations in conflict.
    stops: Option<String>,
    changes: Changes,
}

impl Expected {
    /// All that Django may say.
    fn said(self) -> Vec<Said> {
        // Where Django only misses somebody whom it could ask for a default, all is known.
        let stops = self.stops.filter(|stop| stop.error != "SystemExit");
        let stops = stops.map(|stop| format!("{}: {}", stop.error, stop.text));
        let orders = self.orders.into_iter();
        orders
            .map(|mut changes| {
                changes.retain(|label, _| self.own.contains(label));
                Said {
                    stops: stops.clone(),
                    changes,
                }
            })
            .collect()
    }
}

pub(super) fn run(only: &Only) -> Result<Tally> {
    let mut tally = Tally::default();
    for (release, interpreter) in releases::with_pythons()? {
        let python = python(release, &interpreter)?;
        tally += compare(release, &python, only)?;
    }
    Ok(tally)
}

/// The Python with this Django and what the cases use.
pub(super) fn python(release: &Release, interpreter: &Interpreter) -> Result<PathBuf> {
    let name = format!("drift-django-{}", release.version);
    let requirements: Vec<_> = [release.requirement]
        .into_iter()
        .chain(PACKAGES.iter().copied())
        .collect();
    venv::environment(&name, interpreter, &requirements)
}

/// Compares all cases that this Django takes.
fn compare(release: &Release, python: &Path, only: &Only) -> Result<Tally> {
    let folder = venv::cache()
        .join("drift")
        .join(release.version.to_string());
    let scripts = workspace::root().join("oracle/drift");
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(scripts.join("run.py"))
        .arg(scripts.join("cases"))
        .arg(&folder);
    workspace::run(&mut command)?;
    let wanted = |case: &PathBuf| only.wants(&case_name(release, case));
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    cases.retain(wanted);
    cases.sort();
    let packages = SitePackages::find(&folder, Some(python));
    let options = ProjectOptions {
        target_django: Some(release.version.to_string()),
        installed: Arc::new(Installed::new(packages, None)),
        ..ProjectOptions::default()
    };
    let compared: Vec<Result<Outcome>> = cases
        .par_iter()
        .map(|case| outcome(case, &options))
        .collect();
    let mut tally = Tally::default();
    for (case, compared) in cases.iter().zip(compared) {
        let name = case_name(release, case);
        match compared? {
            Outcome::Agrees => tally.passed += 1,
            Outcome::Missed => println!("{name}: luthier is known to say nothing of it"),
            Outcome::Differs(difference) => {
                tally.failed += 1;
                print!("{name}:\n{difference}");
            }
        }
    }
    Ok(tally)
}

fn case_name(release: &Release, case: &Path) -> String {
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    format!("Django {}: {name}", release.version)
}

/// How what Django and luthier say of one case compares.
enum Outcome {
    Agrees,
    /// luthier sees nothing of it, as is known.
    Missed,
    Differs(String),
}

fn outcome(case: &Path, options: &ProjectOptions) -> Result<Outcome> {
    let written = case.join("expected.json");
    let text = fs::read_to_string(&written).with_context(|| written.display().to_string())?;
    let expected: Expected = serde_json::from_str(&text)?;
    let is_missed = expected.missed;
    let expected = expected.said();
    let (predicted, unjudged) = predicted(&linked(&case.join("project"), options)?);
    if is_missed && predicted == Said::default() {
        return Ok(Outcome::Missed);
    }
    let agrees = |expected: &Said| match expected.stops {
        // How the command words its end is its own affair.
        Some(_) => predicted.stops.is_some(),
        None => *expected == predicted,
    };
    let mut difference = String::new();
    match (is_missed, expected.iter().any(agrees)) {
        (false, true) => return Ok(Outcome::Agrees),
        (true, true) => difference += "  is not missed any more\n",
        (_, false) => {}
    }
    for expected in &expected {
        difference += "  Django says\n";
        difference += &words(expected);
    }
    difference += "  luthier says\n";
    difference += &words(&predicted);
    for what in unjudged {
        difference.extend(["    and leaves ", &what, "\n"]);
    }
    Ok(Outcome::Differs(difference))
}

fn linked(root: &Path, options: &ProjectOptions) -> Result<Project> {
    let (sources, files) = luthier_project::read(root, &WalkOptions::default())?;
    Ok(Project::link_all(&sources, files, options).swap_remove(0))
}

/// What luthier says of a project, and what it does not judge.
fn predicted(project: &Project) -> (Said, Vec<String>) {
    let migrations = &project.migrations;
    let stops = (!migrations.is_sound()).then(|| "the graph is not sound".to_owned());
    let drifted = migrations.drift().apps.iter();
    let changes = drifted.map(|app| {
        let operations = app.operations().map(Operation::describe);
        (app.app.to_string(), operations.collect())
    });
    let unjudged = migrations.drift().unjudged.iter();
    let unjudged = unjudged.map(|it| format!("{}: {}", it.app, it.what));
    let said = Said {
        changes: if stops.is_none() {
            changes.collect()
        } else {
            Changes::new()
        },
        stops,
    };
    (said, unjudged.collect())
}

fn words(said: &Said) -> String {
    let mut lines: Vec<&str> = said.stops.iter().flat_map(|stop| stop.lines()).collect();
    for (label, operations) in &said.changes {
        lines.push(label);
        lines.extend(operations.iter().map(String::as_str));
    }
    if lines.is_empty() {
        lines.push("no changes");
    }
    lines.iter().map(|line| format!("    {line}\n")).collect()
}
