//! The Python wheel: built, installed into a fresh virtual environment, and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::oracle::Tally;
use crate::{tools, workspace};

const MATURIN: &str = "maturin==1.16.0";

/// Counts the steps that work; the first that does not ends the run.
pub(crate) fn try_out() -> Tally {
    let mut tally = Tally::default();
    match steps(&mut tally) {
        Ok(()) => {}
        Err(error) => {
            eprintln!("wheel: {error:#}");
            tally.failed += 1;
        }
    }
    println!(
        "wheel: {} steps work, {} do not",
        tally.passed, tally.failed
    );
    tally
}

fn steps(tally: &mut Tally) -> Result<()> {
    let wheel = build()?;
    tally.passed += 1;

    let luthier = install(&wheel)?;
    let version = workspace::output(Command::new(&luthier).arg("--version"))?;
    ensure!(
        version.trim() == concat!("luthier ", env!("CARGO_PKG_VERSION")),
        "`luthier --version` says {version:?}"
    );
    tally.passed += 1;

    let report = workspace::output(
        Command::new(&luthier)
            .current_dir(workspace::root())
            .args(["check", "examples/shop", "--exit-zero", "--no-cache"])
            .args(["--output-format", "json"]),
    )?;
    let report: Value = serde_json::from_str(&report).context("the JSON report")?;
    let findings = report["findings"].as_array().map_or(0, Vec::len);
    ensure!(findings > 0, "no finding in examples/shop");
    tally.passed += 1;
    Ok(())
}

/// Installs into an environment that holds nothing else; the program's path.
fn install(wheel: &Path) -> Result<PathBuf> {
    let environment = workspace::target().join("wheel").join("venv");
    if environment.exists() {
        fs::remove_dir_all(&environment)?;
    }
    let python = tools::python()?.executable;
    workspace::run(Command::new(python).args(["-m", "venv"]).arg(&environment))?;
    let programs = environment.join("bin");
    workspace::run(
        Command::new(programs.join("python"))
            .args(["-m", "pip", "install", "--quiet", "--no-index"])
            .arg("--disable-pip-version-check")
            .arg(wheel),
    )?;
    Ok(programs.join("luthier"))
}

/// Builds with the debug profile, whose results the tests have left in the target folder.
fn build() -> Result<PathBuf> {
    let maturin = tools::installed(MATURIN)?;
    let folder = workspace::target().join("wheel").join("dist");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    workspace::run(
        Command::new(maturin)
            .current_dir(workspace::root())
            .args([
                "build",
                "--quiet",
                "--profile",
                "dev",
                "--auditwheel",
                "skip",
            ])
            .arg("--out")
            .arg(&folder),
    )?;
    let built = fs::read_dir(&folder)?.next();
    Ok(built.context("maturin built no wheel")??.path())
}
