//! `cargo xtask corpus`: real projects, what luthier says about them, and what changed since the
//! last run.

mod difference;
pub(crate) mod packages;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the downloaded projects (default: `corpus` in the target folder)
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Only these projects; all when none is named
    projects: Vec<String>,
    /// Show every finding that came or went, not only the first of each project
    #[arg(long)]
    all: bool,
    /// Pass on to `luthier check`, such as `--select ORM`
    #[arg(last = true)]
    check: Vec<String>,
}

/// What one run over one project said.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) files: u64,
    pub(crate) lines: u64,
    pub(crate) time: Duration,
}

/// The parts of a JSON report that are read here.
#[derive(Deserialize)]
struct Report {
    findings: Vec<Finding>,
    skipped: Vec<Skipped>,
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    files: u64,
    lines: u64,
}

#[derive(Deserialize)]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) line: u32,
    pub(crate) message: String,
}

#[derive(Deserialize)]
pub(crate) struct Skipped {
    path: String,
    reason: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let folder = packages::folder(arguments.dir.as_deref());
    let projects = packages::fetch(&folder, &arguments.projects)?;
    let luthier = workspace::build("luthier", true)?;
    let mut runs = Vec::new();
    for (name, project) in &projects {
        runs.push(check(&luthier, name, project, &arguments.check)?);
    }
    print!("{}", table::render(&runs));
    let mut sound = true;
    for run in &runs {
        sound &= report_troubles(run);
    }
    // A run with arguments of its own says nothing about the state of the rules.
    if arguments.check.is_empty() {
        let last = folder.join("last-run.json");
        let before = difference::read(&last)?;
        let now: BTreeMap<_, _> = runs.iter().map(difference::lines_of).collect();
        print!("{}", difference::render(&before, &now, arguments.all));
        difference::write(&last, before, now)?;
    }
    Ok(sound)
}

fn check(luthier: &Path, name: &str, project: &Path, arguments: &[String]) -> Result<Run> {
    let mut command = Command::new(luthier);
    command
        .arg("check")
        .arg(project)
        .args(["--no-cache", "--exit-zero", "--output-format", "json"])
        .args(arguments);
    let start = Instant::now();
    let output = command.output().context("luthier")?;
    let time = start.elapsed();
    if !output.status.success() {
        bail!(
            "luthier on {name} ended with {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let report: Report = serde_json::from_slice(&output.stdout).context("the JSON report")?;
    Ok(Run {
        name: name.to_owned(),
        findings: report.findings,
        skipped: report.skipped,
        files: report.stats.files,
        lines: report.stats.lines,
        time,
    })
}

/// Prints rules that failed and files that were passed over; whether there were no failed rules.
fn report_troubles(run: &Run) -> bool {
    for skipped in &run.skipped {
        println!("{}: skipped {}: {}", run.name, skipped.path, skipped.reason);
    }
    let mut sound = true;
    for finding in run.findings.iter().filter(|it| it.name == "rule-failed") {
        println!("{}: {}: {}", run.name, finding.path, finding.message);
        sound = false;
    }
    sound
}
