//! One file a command.

mod check;
mod compare;
mod completions;
mod config;
mod explain;
mod graph;
mod merge;
mod migrations;
mod plan;
mod queries;
mod review;
mod rules;

use luthier_analysis::Outcome;
use luthier_analysis::config::FailOn;

use crate::Verdict;
use crate::arguments::Command;
use crate::failure::Failure;

pub(crate) fn run(command: &Command) -> Result<Verdict, Failure> {
    match command {
        Command::Review(arguments) => review::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::Migrations(arguments) => migrations::run(arguments),
        Command::Queries(arguments) => queries::run(arguments),
        Command::Graph(arguments) => graph::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Rules(arguments) => rules::run(arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Completions { shell } => completions::run(*shell),
    }
}

/// Findings fail a run from `least` on; all of them where nothing is said.
fn verdict(outcome: &Outcome, least: Option<FailOn>) -> Verdict {
    let fails = outcome
        .findings
        .iter()
        .any(|finding| least.is_none_or(|least| finding.severity >= least.into()));
    if fails {
        Verdict::Findings
    } else {
        Verdict::Clean
    }
}
