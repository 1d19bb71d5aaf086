//! `cargo xtask floor`: walk, read and parse a folder, nothing else. No analyser that reads the
//! same files with the same parser can be faster.

use std::path::PathBuf;

use anyhow::{Context, Result};
use luthier_source::{FileKind, Sources, WalkOptions, python};
use serde::{Deserialize, Serialize};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    folder: PathBuf,
}

/// How much there was to read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Amount {
    pub(crate) files: usize,
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
    /// Keeps the parser's work from being optimised away.
    statements: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let folder = &arguments.folder;
    let options = WalkOptions::default();
    let (sources, statements) = Sources::load(folder, &options, |file| {
        if file.kind == FileKind::Python {
            python::with_parsed(&file.text, |parsed| parsed.module.body.len())
        } else {
            0
        }
    })
    .with_context(|| folder.display().to_string())?;
    let amount = Amount {
        files: sources.len(),
        lines: sources
            .iter()
            .map(|(_, file)| file.text.lines().count())
            .sum(),
        bytes: sources.iter().map(|(_, file)| file.text.len()).sum(),
        statements: statements.iter().sum(),
    };
    println!("{}", serde_json::to_string(&amount)?);
    Ok(true)
}
