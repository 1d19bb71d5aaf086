//! `cargo xtask test`: everything that has to hold, one closing line.

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::oracle::{self, Tally};
use crate::{docs, wheel, workspace};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which parts to run; all when none is named
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// `cargo test` of all crates
    Crates,
    /// Pages made from the code are up to date
    Docs,
    /// Comparisons with the real Django
    Oracles,
    /// The Python wheel: built, installed, run
    Wheel,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let parts = if arguments.parts.is_empty() {
        Part::value_variants()
    } else {
        &arguments.parts
    };
    let mut sum = Tally::default();
    for part in parts {
        let start = Instant::now();
        sum += match part {
            Part::Crates => crates()?,
            Part::Docs => docs()?,
            Part::Oracles => oracle::compare(&[], &oracle::Only::default()),
            Part::Wheel => wheel::try_out(),
        };
        println!("{part:?} took {} s", start.elapsed().as_secs());
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0)
}

/// Runs the tests of all crates; a run that breaks without saying which test failed (a build
/// error, an abort) counts as one failure.
fn crates() -> Result<Tally> {
    let mut sum = Tally::default();
    let mut command = workspace::cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    let succeeded = workspace::stream(&mut command, |line| {
        println!("{line}");
        if let Some(tally) = result_line(line) {
            sum += tally;
        }
    })?;
    if !succeeded && sum.failed == 0 {
        sum.failed = 1;
    }
    Ok(sum)
}

/// Each page of the docs is a test.
fn docs() -> Result<Tally> {
    let (pages, stale) = docs::staleness()?;
    for path in &stale {
        println!("{path} is stale; `cargo xtask docs` writes it");
    }
    let failed = stale.len() as u32;
    Ok(Tally {
        passed: (pages as u32).saturating_sub(failed),
        failed,
    })
}

/// The counts of `test result: ok. 12 passed; 0 failed; ...`.
fn result_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| {
        let part = counts.split("; ").find(|part| part.ends_with(word))?;
        part.split(' ').next()?.parse().ok()
    };
    Some(Tally {
        passed: count("passed")?,
        failed: count("failed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Tally, result_line};

    #[test]
    fn counts_are_read_from_the_result_line() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.01s";
        let tally = Tally {
            passed: 12,
            failed: 3,
        };
        assert_eq!(result_line(line), Some(tally));
        assert_eq!(result_line("test tests::x ... ok"), None);
    }
}
