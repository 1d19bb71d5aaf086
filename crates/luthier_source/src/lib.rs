//! What text is there, and what does it parse to?
//!
//! The only crate that reads files or the environment. A walk finds the files of a repository
//! ([`Sources`]), parsers turn their text into trees and values. Nothing here fails: what cannot
//! be read or parsed is a [`Skipped`] entry or a list of [`Problem`]s beside the value.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the crate that touches files and the environment"
)]

pub mod cache;
pub mod compose;
pub mod dockerfile;
pub mod dotfiles;
pub mod files;
pub mod folders;
pub mod git;
pub mod ini;
pub mod installed;
pub mod kind;
pub mod line_index;
pub mod lock;
mod mapped;
pub mod pipeline;
pub mod problems;
pub mod pyproject;
pub mod python;
pub mod requirement;
pub mod requirements_txt;
pub mod seen;
pub mod shell;
pub mod span;
pub mod sql;
pub mod template;
mod toml_tree;
pub mod write;
mod yaml;

pub use files::{FileId, Location, Progress, Skipped, SourceFile, Sources, WalkOptions};
pub use installed::{InstalledFile, SitePackages};
pub use kind::FileKind;
pub use line_index::{LineColumn, LineIndex};
pub use seen::Seen;
pub use span::{Problem, Span};
