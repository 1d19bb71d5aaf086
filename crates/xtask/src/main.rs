//! What do developers run?
//!
//! `cargo xtask COMMAND`; one file a command. Nothing else in the workspace uses this crate.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's command line: it prints, runs programs, and writes pages and reports"
)]

mod bench;
mod corpus;
mod docs;
mod mutate;
#[cfg(test)]
mod never_panics;
mod new_rule;
mod oracle;
#[cfg(test)]
mod shop;
mod test;
mod tidy;
mod tools;
mod wheel;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The same as the program's: what `floor` needs is compared with what luthier needs.
#[cfg(all(
    unix,
    not(target_os = "android"),
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(not(all(
    unix,
    not(target_os = "android"),
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Write the skeleton of a rule and list it
    NewRule(new_rule::Arguments),
    /// Write the pages that are made from the code, or check them
    Docs(docs::Arguments),
    /// Run luthier on real projects and show what changed since the last run
    Corpus(corpus::Arguments),
    /// Misspell names in the queries of real projects and count how many are reported
    Mutate(mutate::Arguments),
    /// Measure time and memory, and write BENCHMARKS.md
    Bench(bench::Arguments),
    /// Walk, read and parse a folder, nothing else
    #[command(hide = true)]
    Floor(bench::floor::Arguments),
    /// Compare what luthier predicts with what the real Django does
    Oracle(oracle::Arguments),
    /// Check the layout of the workspace: edges between crates, file sizes, leftovers
    Tidy,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test(arguments) => test::run(&arguments),
        Command::NewRule(arguments) => new_rule::run(&arguments),
        Command::Docs(arguments) => docs::run(&arguments),
        Command::Corpus(arguments) => corpus::run(&arguments),
        Command::Mutate(arguments) => mutate::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Floor(arguments) => bench::floor::run(&arguments),
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
