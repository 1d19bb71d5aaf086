//! Python and programs from PyPI that the tasks use.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::oracle::venv::{self, Interpreter};

/// The newest Python of this machine.
pub(crate) fn python() -> Result<Interpreter> {
    venv::interpreter((3, 8)..=(3, u32::MAX))
        .context("a Python 3 with the venv module is needed (Debian: python3-venv)")
}

/// The program that `requirement` (as `name==version`) installs under the name `name`, in a
/// virtual environment of its own; installed on first use.
pub(crate) fn installed(requirement: &str) -> Result<PathBuf> {
    let name = requirement.split("==").next().unwrap_or(requirement);
    let python = venv::environment(name, &python()?, &[requirement])?;
    Ok(python.with_file_name(name))
}

/// pip, which a system's Python may lack.
pub(crate) fn pip() -> Result<Command> {
    let mut pip = Command::new(venv::environment("pip", &python()?, &["pip"])?);
    pip.args(["-m", "pip", "--disable-pip-version-check"]);
    Ok(pip)
}
