//! What luthier predicts, compared with what the real thing does.
//!
//! An oracle is one file here and one line in [`ORACLES`]. It sets up by itself what it needs,
//! below the target folder.

mod counts;
mod drift;
mod growth;
mod locks;
mod merge;
mod models;
mod plans;
mod postgres;
mod queries;
mod releases;
mod routes;
mod settings;
pub(crate) mod venv;
mod without_fix;

use std::ops::AddAssign;
use std::time::Instant;

use anyhow::{Result, bail};

/// How many comparisons held, and how many did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Which comparisons of an oracle are wanted, for those who work on one of them.
#[derive(Debug, Default)]
pub(crate) struct Only(Option<String>);

impl Only {
    /// Whether only some are wanted.
    fn is_told(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the comparison with this name is wanted.
    fn wants(&self, name: &str) -> bool {
        self.0.as_deref().is_none_or(|text| name.contains(text))
    }
}

struct Oracle {
    name: &'static str,
    /// Prints each difference; an error only when nothing could be compared.
    run: fn(&Only) -> Result<Tally>,
    /// Too slow for every run, or not at zero differences yet.
    only_when_named: bool,
}

const ORACLES: &[Oracle] = &[
    Oracle {
        name: "drift",
        run: drift::run,
        only_when_named: false,
    },
    Oracle {
        name: "drift-corpus",
        run: drift::corpus,
        only_when_named: true,
    },
    Oracle {
        name: "growth",
        run: growth::run,
        only_when_named: false,
    },
    Oracle {
        name: "locks",
        run: locks::run,
        only_when_named: false,
    },
    Oracle {
        name: "locks-mariadb",
        run: locks::mariadb::run,
        only_when_named: false,
    },
    Oracle {
        name: "locks-sqlite",
        run: locks::sqlite::run,
        only_when_named: false,
    },
    Oracle {
        name: "merge",
        run: merge::run,
        only_when_named: false,
    },
    Oracle {
        name: "models",
        run: |_| models::hand_made(),
        only_when_named: false,
    },
    Oracle {
        name: "models-corpus",
        run: models::corpus,
        only_when_named: true,
    },
    Oracle {
        name: "plans",
        run: plans::run,
        only_when_named: false,
    },
    Oracle {
        name: "queries",
        run: |_| queries::run(),
        only_when_named: false,
    },
    Oracle {
        name: "routes",
        run: |_| routes::made_up(),
        only_when_named: false,
    },
    Oracle {
        name: "routes-elsewhere",
        run: |_| routes::elsewhere(),
        only_when_named: true,
    },
    Oracle {
        name: "settings",
        run: settings::run,
        only_when_named: false,
    },
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which to run; all when none is named
    names: Vec<String>,

    /// Compare only what has this text in its name, such as `Django 5.2` or a layout
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    if let Some(name) = arguments
        .names
        .iter()
        .find(|name| ORACLES.iter().all(|oracle| oracle.name != **name))
    {
        let known: Vec<_> = ORACLES.iter().map(|oracle| oracle.name).collect();
        bail!("no oracle `{name}`; there are: {}", known.join(", "));
    }
    let tally = compare(&arguments.names, &Only(arguments.only.clone()));
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0)
}

/// Runs the oracles of these names, or all. One that cannot run counts as one failure.
pub(crate) fn compare(names: &[String], only: &Only) -> Tally {
    let mut sum = Tally::default();
    for oracle in ORACLES {
        let is_named = names.iter().any(|name| name == oracle.name);
        if !is_named && (oracle.only_when_named || !names.is_empty()) {
            continue;
        }
        let start = Instant::now();
        let tally = (oracle.run)(only).unwrap_or_else(|error| {
            eprintln!("oracle {}: {error:#}", oracle.name);
            Tally {
                passed: 0,
                failed: 1,
            }
        });
        println!(
            "oracle {}: {} agree, {} differ, in {} s",
            oracle.name,
            tally.passed,
            tally.failed,
            start.elapsed().as_secs()
        );
        sum += tally;
    }
    sum
}
