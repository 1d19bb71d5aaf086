//! The program as it is typed: exit code, standard output and standard error of real runs.
//!
//! One module a theme; every test makes its own folder. Snapshots name rules that every version
//! has (syntax errors, suppressions), so that new rules do not change them: tests of commands
//! select these with [`Folder::quiet`].
#![expect(
    clippy::disallowed_methods,
    reason = "tests make files and run the program"
)]

mod bad_input;
mod base;
mod check;
mod compare;
mod config;
mod fixes;
mod formats;
mod graph;
#[cfg(unix)]
mod integrations;
mod lists;
mod merge;
mod migrations;
mod plan;
mod queries;
mod review;
mod support;

use support::Folder;
