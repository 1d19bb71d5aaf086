//! Whether the plans of `luthier migrations plan` keep a service running: each is carried out on a
//! real PostgreSQL while queries of the releases before and after every step run. `oracle/plans`
//! says how its cases are written and what is looked at.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::postgres::{self, Server};
use super::{Only, Tally, venv};
use crate::workspace;

/// A Django on a PostgreSQL.
struct Pair {
    postgresql: u16,
    django: &'static str,
    python: venv::Version,
    /// Whether only those cases run that are marked to run on every pair.
    is_brief: bool,
}

/// The newest PostgreSQL for all cases, the oldest and other Djangos for some.
const PAIRS: &[Pair] = &[
    Pair {
        postgresql: 18,
        django: "5.2",
        python: (3, 13),
        is_brief: false,
    },
    Pair {
        postgresql: 18,
        django: "6.1",
        python: (3, 13),
        is_brief: true,
    },
    Pair {
        postgresql: 12,
        django: "4.2",
        python: (3, 12),
        is_brief: true,
    },
];

/// What `run.py` writes of each plan.
#[derive(Deserialize)]
struct Outcome {
    name: String,
    /// What has to be wrong with it: nothing, unless it is there to show that the oracle sees it.
    expected: BTreeSet<String>,
    found: Vec<Fault>,
    /// Seconds for which a migration kept others from writing to a table, at most.
    longest_lock: f64,
}

#[derive(Deserialize)]
struct Fault {
    /// One of the words that `README.md` lists.
    kind: String,
    text: String,
}

pub(super) fn run(only: &Only) -> Result<Tally> {
    let luthier = workspace::build("luthier", false)?;
    let mut tally = Tally::default();
    for pair in PAIRS {
        let python = postgres::python(pair.django, pair.python)?;
        let folder = venv::cache().join("plans").join(pair.django);
        workspace::run(&mut script(&python, "write.py", &folder, pair, only))?;
        plan(&luthier, &folder)?;
        let Some(server) = Server::start(pair.postgresql)? else {
            continue;
        };
        tally += carry_out(&python, &folder, pair, only, &server)?;
    }
    Ok(tally)
}

/// Has luthier plan for each project that was written.
fn plan(luthier: &Path, folder: &Path) -> Result<()> {
    for case in fs::read_dir(folder)? {
        let case = case?.path();
        let project = case.join("project");
        if !project.is_dir() {
            continue;
        }
        let arguments = fs::read_to_string(case.join("arguments"))?;
        let mut command = Command::new(luthier);
        command.args(["migrations", "plan", "--output-format", "json"]);
        command.arg("--output-file").arg(case.join("plan.json"));
        command.args(arguments.lines()).arg(&project);
        let output = command.output().context("luthier does not start")?;
        fs::write(case.join("said"), [output.stdout, output.stderr].concat())?;
    }
    Ok(())
}

fn script(python: &Path, name: &str, folder: &Path, pair: &Pair, only: &Only) -> Command {
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(workspace::root().join("oracle/plans").join(name))
        .arg(folder)
        .arg(if pair.is_brief { "brief" } else { "all" })
        .arg(only.0.as_deref().unwrap_or_default());
    command
}

fn carry_out(
    python: &Path,
    folder: &Path,
    pair: &Pair,
    only: &Only,
    server: &Server,
) -> Result<Tally> {
    let mut command = script(python, "run.py", folder, pair, only);
    command.arg(&server.folder).arg(Server::PORT);
    let outcomes: Vec<Outcome> = serde_json::from_str(&workspace::output(&mut command)?)?;
    let mut tally = Tally::default();
    let mut longest: f64 = 0.0;
    for outcome in outcomes {
        let found: BTreeSet<_> = outcome.found.iter().map(|it| it.kind.clone()).collect();
        if found == outcome.expected {
            tally.passed += 1;
            if found.is_empty() {
                longest = longest.max(outcome.longest_lock);
            }
            continue;
        }
        tally.failed += 1;
        println!(
            "  {}: PostgreSQL {}, Django {}",
            outcome.name, pair.postgresql, pair.django
        );
        for fault in &outcome.found {
            println!("    {}: {}", fault.kind, fault.text);
        }
        for missing in outcome.expected.difference(&found) {
            println!("    {missing} is not found");
        }
    }
    println!("  at most {longest:.3} seconds in which a migration lets nobody write");
    Ok(tally)
}
