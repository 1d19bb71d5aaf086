//! `cargo xtask floor`: walk, read and parse a folder, nothing else. No analyser that reads the
//! same files with the same parser can be faster. `--until` goes further, to see what each stage
//! adds.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;
use luthier_project::{FileFacts, Project, ProjectOptions};
use luthier_source::{FileKind, SourceFile, Sources, WalkOptions, python};
use serde::{Deserialize, Serialize};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    folder: PathBuf,
    /// The last stage that runs
    #[arg(long, value_enum, default_value_t = Stage::Parse)]
    until: Stage,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Stage {
    Parse,
    Facts,
    Link,
}

/// How much there was to read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Amount {
    pub(crate) files: usize,
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
    /// Keeps the work of the last stage from being optimised away.
    made: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let (sources, made) = match arguments.until {
        Stage::Parse => {
            let (sources, statements) = read(arguments, statements)?;
            (sources, statements.iter().sum())
        }
        Stage::Facts => {
            let (sources, facts) = read(arguments, FileFacts::extract)?;
            (sources, facts.len())
        }
        Stage::Link => {
            let (sources, facts) = read(arguments, FileFacts::extract)?;
            let projects = Project::link_all(&sources, facts, &ProjectOptions::default());
            (sources, projects.len())
        }
    };
    let texts = || sources.iter().map(|(_, file)| &file.text);
    let amount = Amount {
        files: sources.len(),
        lines: texts().map(|text| text.lines().count()).sum(),
        bytes: texts().map(|text| text.len()).sum(),
        made,
    };
    println!("{}", serde_json::to_string(&amount)?);
    Ok(true)
}

fn read<T: Send>(
    arguments: &Arguments,
    extract: impl Fn(&SourceFile) -> T + Sync,
) -> Result<(Sources, Vec<T>)> {
    let folder = &arguments.folder;
    Sources::load(folder, &WalkOptions::default(), extract)
        .with_context(|| folder.display().to_string())
}

fn statements(file: &SourceFile) -> usize {
    match file.kind {
        FileKind::Python => python::with_parsed(&file.text, |parsed| parsed.module.body.len()),
        _ => 0,
    }
}
