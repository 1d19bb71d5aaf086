//! The projects of the corpus, from PyPI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{tools, workspace};

/// Fixed versions, so that a difference between two runs is luthier's doing.
const PACKAGES: &[(&str, &str)] = &[
    ("kolibri", "0.19.5"),
    ("misago", "0.39.6"),
    ("nautobot", "3.2.7"),
    ("pretix", "2026.8.0"),
    ("pulpcore", "3.123.1"),
    ("wagtail", "8.0.1"),
];

/// The package `name` as pip takes it, in the version of the corpus.
pub(crate) fn requirement(name: &str) -> String {
    let known = PACKAGES.iter().find(|(known, _)| *known == name);
    known.map_or_else(
        || name.to_owned(),
        |(name, version)| format!("{name}=={version}"),
    )
}

/// Where the corpus is.
pub(crate) fn folder(chosen: Option<&Path>) -> PathBuf {
    chosen.map_or_else(|| workspace::target().join("corpus"), Path::to_path_buf)
}

/// The projects of these names (all when there are none) with their folders; what is missing is
/// downloaded and unzipped. Nothing of a package is installed or run.
pub(crate) fn fetch(folder: &Path, names: &[String]) -> Result<Vec<(String, PathBuf)>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| PACKAGES.iter().all(|(known, _)| known != name))
    {
        let known: Vec<_> = PACKAGES.iter().map(|(name, _)| *name).collect();
        bail!("no project `{unknown}`; there are: {}", known.join(", "));
    }
    let mut projects = Vec::new();
    for (name, version) in PACKAGES {
        if names.is_empty() || names.iter().any(|chosen| chosen == name) {
            let project = folder.join(name);
            if !project.join(format!("{name}-{version}.dist-info")).exists() {
                download(folder, &project, name, version)?;
            }
            projects.push(((*name).to_owned(), project));
        }
    }
    Ok(projects)
}

fn download(folder: &Path, project: &Path, name: &str, version: &str) -> Result<()> {
    let wheels = folder.join("wheels");
    fs::create_dir_all(&wheels).with_context(|| wheels.display().to_string())?;
    workspace::run(
        tools::pip()?
            .args(["download", "--quiet", "--no-deps", "--only-binary", ":all:"])
            // What the package needs from Python does not matter: it is only read.
            .arg("--ignore-requires-python")
            .arg("--dest")
            .arg(&wheels)
            .arg(format!("{name}=={version}")),
    )?;
    let mut wheel = None;
    for entry in fs::read_dir(&wheels)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        if file.starts_with(&format!("{name}-{version}-")) {
            wheel = Some(path);
        }
    }
    let wheel = wheel.with_context(|| format!("pip downloaded no wheel of {name}"))?;
    if project.exists() {
        fs::remove_dir_all(project)?;
    }
    workspace::run(
        Command::new(tools::python()?.executable)
            .args(["-m", "zipfile", "--extract"])
            .arg(&wheel)
            .arg(project),
    )
}
