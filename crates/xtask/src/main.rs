//! What do developers run?
//!
//! `cargo xtask COMMAND`; one file a command. Nothing else in the workspace uses this crate.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's command line: it prints"
)]

mod oracle;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of luthier's developers.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every test: the crates, the docs, the oracles, the wheel
    Test(test::Arguments),
    /// Compare what luthier predicts with what the real Django does
    Oracle(oracle::Arguments),
    /// Check the layout of the workspace: edges between crates, file sizes, leftovers
    Tidy,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test(arguments) => test::run(&arguments),
        Command::Oracle(arguments) => oracle::run(&arguments),
        Command::Tidy => tidy::run(),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(3)
        }
    }
}
