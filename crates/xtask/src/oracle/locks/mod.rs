//! What operations do to PostgreSQL: `luthier_project::django::operations` against servers of each
//! release, with the statements that the real Django makes. `oracle/locks` says how it is measured.
//! MariaDB and SQLite are oracles of their own ([`mariadb`], [`sqlite`]), with the same cases.

mod changes;
mod compare;
pub(super) mod mariadb;
pub(super) mod sqlite;

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Result, anyhow};
use luthier_project::django::operations::{Action, Engine, Release, facts};

use self::compare::Measured;
use super::postgres::{self, Server};
use super::{Only, Tally, venv};
use crate::workspace;

/// A Django on a PostgreSQL.
struct Pair {
    postgresql: u16,
    django: &'static str,
    python: venv::Version,
    /// Names of the cases, or parts of them; all where there are none.
    cases: &'static [&'static str],
}

/// What only an older Django makes: sequences, and citext.
const OLD: &[&str] = &["automatic", "key to bigint", "citext"];

const fn pair(postgresql: u16, django: &'static str, python: venv::Version) -> Pair {
    Pair {
        postgresql,
        django,
        python,
        cases: &[],
    }
}

const fn old(postgresql: u16) -> Pair {
    Pair {
        cases: OLD,
        ..pair(postgresql, "3.2", (3, 10))
    }
}

/// Each release of PostgreSQL, with the newest Django that supports it or one that makes other
/// statements.
const PAIRS: &[Pair] = &[
    pair(12, "5.0", (3, 12)),
    pair(12, "3.2", (3, 10)),
    pair(13, "5.1", (3, 12)),
    old(13),
    pair(14, "6.0", (3, 13)),
    old(14),
    pair(15, "6.1", (3, 13)),
    old(15),
    pair(16, "5.2", (3, 13)),
    old(16),
    pair(17, "4.2", (3, 12)),
    pair(17, "6.1", (3, 13)),
    old(17),
    pair(18, "6.1", (3, 13)),
    old(18),
];

/// Servers that run at the same time.
const AT_ONCE: usize = 2;

pub(super) fn run(only: &Only) -> Result<Tally> {
    let mut releases: Vec<u16> = PAIRS.iter().map(|pair| pair.postgresql).collect();
    releases.dedup();
    // Environments first: they are shared, and made by one at a time.
    for pair in PAIRS {
        postgres::python(pair.django, pair.python)?;
    }
    let waiting = Mutex::new(releases.into_iter());
    let next = || waiting.lock().ok()?.next();
    let tally = Mutex::new(Tally::default());
    let work = || {
        while let Some(release) = next() {
            let compared = on_release(release, only).unwrap_or_else(|error| {
                println!("  PostgreSQL {release}: {error:#}");
                Tally {
                    passed: 0,
                    failed: 1,
                }
            });
            if let Ok(mut tally) = tally.lock() {
                *tally += compared;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    tally
        .into_inner()
        .map_err(|_| anyhow!("a comparison broke off"))
}

/// Compares what was measured with all Djangos on one release.
fn on_release(release: u16, only: &Only) -> Result<Tally> {
    let mut tally = Tally::default();
    let Some(server) = Server::start(release)? else {
        return Ok(tally);
    };
    let mut seen = BTreeSet::new();
    for pair in PAIRS.iter().filter(|pair| pair.postgresql == release) {
        let measured = measure(pair, &server)?;
        for case in &measured.cases {
            let differences = compare::differences(case, &measured, &mut seen);
            if differences.is_empty() {
                tally.passed += 1;
                continue;
            }
            tally.failed += 1;
            if only.wants(&case.name) {
                println!(
                    "  {}: PostgreSQL {release}, Django {}",
                    case.name, pair.django
                );
                for difference in differences {
                    println!("    {difference}");
                }
            }
        }
    }
    let expected = says_something(Engine::PostgreSql, Release(release, 0, 0));
    for action in expected.difference(&seen) {
        println!("  PostgreSQL {release}: no case does {action:?}");
        tally.failed += 1;
    }
    Ok(tally)
}

/// Actions of which the table says something for a release, so that a case has to do them.
fn says_something(engine: Engine, release: Release) -> BTreeSet<Action> {
    let rows = facts::of(engine).iter();
    rows.filter(|fact| fact.since <= release && fact.touch.rewrite.is_some())
        .map(|fact| fact.action)
        .collect()
}

fn measure(pair: &Pair, server: &Server) -> Result<Measured> {
    let mut command = Command::new(postgres::python(pair.django, pair.python)?);
    command
        .arg(workspace::root().join("oracle/locks/postgresql.py"))
        .arg(&server.folder)
        .arg(Server::PORT)
        .args(pair.cases)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let written = workspace::output(&mut command)?;
    Ok(serde_json::from_str(&written)?)
}
