//! Python programs from PyPI that the tasks use, each in a virtual environment of its own below
//! the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace;

/// The program that `requirement` (as `name==version`) installs under the name `name`; installed
/// on first use.
pub(crate) fn installed(requirement: &str) -> Result<PathBuf> {
    let name = requirement.split("==").next().unwrap_or(requirement);
    let environment = workspace::target().join("tools").join(requirement);
    let program = environment.join("bin").join(name);
    if !program.exists() {
        fresh_environment(&environment)?;
        pip(&environment, &["install", requirement])?;
    }
    Ok(program)
}

/// An empty virtual environment at `folder`; what was there before goes.
pub(crate) fn fresh_environment(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    workspace::run(Command::new("python3").args(["-m", "venv"]).arg(folder))
        .context("a Python 3 with the venv module is needed (Debian: python3-venv)")
}

/// Runs pip of a virtual environment.
pub(crate) fn pip(environment: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(environment.join("bin").join("python"));
    command.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
    workspace::run(command.args(arguments))
}
