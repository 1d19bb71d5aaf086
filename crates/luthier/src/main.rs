//! What did the person type?
//!
//! Arguments ([`arguments`]) become requests to `luthier_analysis`, its answers text by
//! `luthier_report`; this crate prints and decides the exit code: 0 nothing to report, 1 findings,
//! 2 wrong use or configuration, 3 luthier's own failure.
#![expect(
    clippy::disallowed_methods,
    reason = "the program: it prints, reads and writes the files named on its command line, and \
              asks the environment what the terminal can show"
)]

mod arguments;
mod commands;
mod failure;
mod output;
mod panics;
mod progress;
mod request;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use failure::Failure;

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

/// How a command ended that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing that has to fail a run.
    Clean,
    /// Findings that have to.
    Findings,
}

/// Enough for code that nests some ten thousand levels deep; memory is only taken where used.
const STACK: usize = 64 * 1024 * 1024;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too, with exit code 0. A closed pipe is no trouble.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match panics::caught(|| in_pool(|| commands::run(&arguments.command))) {
        Ok(Ok(Verdict::Clean)) => ExitCode::SUCCESS,
        Ok(Ok(Verdict::Findings)) => ExitCode::from(1),
        Ok(Err(failure)) => {
            failure.print();
            ExitCode::from(2)
        }
        Err(panic) => {
            output::say(&format!("luthier failed: {panic}"));
            output::say(
                "This is a mistake in luthier, not in your project. RUST_BACKTRACE=1 shows where.",
            );
            ExitCode::from(3)
        }
    }
}

/// Runs `work` on threads with large stacks, itself included.
fn in_pool(work: impl FnOnce() -> Result<Verdict, Failure> + Send) -> Result<Verdict, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    pool.install(work)
}
