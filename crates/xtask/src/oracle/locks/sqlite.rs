//! Which tables Django remakes on SQLite, by the statements that it makes.

use std::process::Command;

use anyhow::{Context, Result};
use luthier_project::django::DjangoVersion;
use luthier_project::django::operations::{
    Action, Database, Effect, Engine, Outcome, Release, effect,
};
use serde::Deserialize;

use super::super::{Only, Tally, venv};
use super::changes::Described;
use crate::workspace;

/// Django, and the newest Python that it is run with.
const VERSIONS: &[(&str, venv::Version)] = &[("3.2", (3, 10)), ("4.2", (3, 12)), ("6.1", (3, 13))];

/// What `sqlite.py` writes.
#[derive(Deserialize)]
struct Measured {
    database: (u16, u16, u16),
    django: (u16, u16),
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    changes: Vec<Described>,
    fails: Option<String>,
    statements: Vec<String>,
}

pub(in super::super) fn run(only: &Only) -> Result<Tally> {
    let mut tally = Tally::default();
    for (django, newest) in VERSIONS {
        let interpreter = venv::interpreter((3, 8)..=*newest)
            .with_context(|| format!("no Python for Django {django}"))?;
        let requirement = format!("Django=={django}.*");
        let name = format!("locks-sqlite-{django}");
        let python = venv::environment(&name, &interpreter, &[&requirement])?;
        let mut command = Command::new(python);
        command
            .arg(workspace::root().join("oracle/locks/sqlite.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let measured: Measured = serde_json::from_str(&workspace::output(&mut command)?)?;
        for case in &measured.cases {
            match difference(case, &measured) {
                None => tally.passed += 1,
                Some(difference) => {
                    tally.failed += 1;
                    if only.wants(&case.name) {
                        println!("  {}: SQLite, Django {django}: {difference}", case.name);
                    }
                }
            }
        }
    }
    Ok(tally)
}

fn difference(case: &Case, measured: &Measured) -> Option<String> {
    let (major, minor, patch) = measured.database;
    let database = Database {
        engine: Engine::Sqlite,
        release: Some(Release(major, minor, patch)),
    };
    let (major, minor) = measured.django;
    let django = DjangoVersion::new(major, minor);
    let changes = case.changes.iter().map(Described::change);
    let effects: Vec<Effect> = changes
        .map(|change| effect(&change, database, django))
        .collect();
    let mut forwards = effects.iter().map(|effect| &effect.forwards);
    let fails = forwards.any(|forwards| *forwards == Some(Outcome::Fails));
    if fails || case.fails.is_some() {
        let agrees = fails == case.fails.is_some();
        return (!agrees).then(|| format!("predicted to fail: {fails}, not {:?}", case.fails));
    }
    let statements = effects.iter().flat_map(|effect| &effect.statements);
    let actions: Vec<Action> = statements.flat_map(|one| one.actions.clone()).collect();
    let predicted = Counts::predicted(&actions);
    let real = Counts::measured(&case.statements);
    (predicted != real).then(|| format!("predicted {predicted:?}, not {real:?}"))
}

/// How many statements there are of each kind. Remaking a table takes several, of which one copies
/// the rows.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    copies: usize,
    creations: usize,
    drops: usize,
    /// Added, dropped and renamed in place.
    columns: [usize; 3],
    /// Made and dropped; a new table and a remade one have theirs with them.
    indexes: Option<[usize; 2]>,
}

impl Counts {
    fn predicted(actions: &[Action]) -> Self {
        let count = |action| actions.iter().filter(|one| **one == action).count();
        let copies = count(Action::RemakeTable);
        let creations = count(Action::CreateTable) + copies;
        Self {
            copies,
            creations,
            drops: count(Action::DropTable) + copies,
            columns: [Action::AddColumn, Action::DropColumn, Action::RenameColumn].map(count),
            indexes: (creations == 0).then(|| [Action::CreateIndex, Action::DropIndex].map(count)),
        }
    }

    fn measured(statements: &[String]) -> Self {
        let starting = |start| statements.iter().filter(move |one| one.starts_with(start));
        let count = |start| starting(start).count();
        let altering = |part| {
            let alters = starting("ALTER TABLE");
            alters.filter(|one| one.contains(part)).count()
        };
        let creations = count("CREATE TABLE");
        let made = count("CREATE INDEX") + count("CREATE UNIQUE INDEX");
        Self {
            copies: count("INSERT INTO"),
            creations,
            drops: count("DROP TABLE"),
            columns: [" ADD COLUMN ", " DROP COLUMN ", " RENAME COLUMN "].map(altering),
            indexes: (creations == 0).then(|| [made, count("DROP INDEX")]),
        }
    }
}
