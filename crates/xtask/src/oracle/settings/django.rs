//! The side of Django: layouts generated, run by every version, and kept until something changes.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use luthier_project::django::DjangoVersion;
use serde::Deserialize;

use crate::oracle::releases::{self, RELEASES, Release};
use crate::oracle::venv::{self, Interpreter};
use crate::workspace;

/// The packages that layouts use, besides Django.
const PACKAGES: &[&str] = &[
    "djangorestframework",
    "django-cors-headers",
    "django-configurations",
    "django-environ",
    "django-split-settings",
    "dj-database-url",
    "environs",
    "pydantic-settings",
    "python-decouple",
];

pub(super) type Environment = BTreeMap<String, String>;

/// What Django printed under one environment.
#[derive(Debug, Deserialize)]
pub(super) struct Outcome {
    /// `None` where it did not start.
    pub(super) ids: Option<BTreeSet<String>>,
}

/// One layout as one Django sees it.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) name: String,
    pub(super) environments: Vec<Environment>,
    pub(super) outcomes: Vec<Outcome>,
}

/// All layouts under one Django.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) version: DjangoVersion,
    /// That has this Django.
    pub(super) python: PathBuf,
    /// Where the layouts are.
    pub(super) folder: PathBuf,
    pub(super) layouts: Vec<Layout>,
}

impl Run {
    /// Languages come with releases; Django does not start in one that it does not have yet.
    pub(super) fn may_fail(&self, layout: &Layout) -> bool {
        layout.name == "special-language-bidi-default" && self.version == DjangoVersion::new(4, 2)
    }
}

#[derive(Deserialize)]
struct Manifest {
    layouts: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    environments: Vec<Environment>,
}

#[derive(Deserialize)]
struct Results {
    outcomes: BTreeMap<String, Vec<Outcome>>,
}

/// Runs every layout under every Django for which there is a Python.
pub(super) fn runs() -> Result<Vec<Run>> {
    let folder = venv::cache().join("settings").join(sources_hash()?);
    let found = releases::with_pythons()?.into_iter();
    found
        .map(|(release, interpreter)| run(release, &interpreter, &folder))
        .collect()
}

fn run(release: &Release, interpreter: &Interpreter, folder: &Path) -> Result<Run> {
    let name = format!("settings-django-{}", release.version);
    let requirements: Vec<_> = [release.requirement]
        .iter()
        .chain(PACKAGES)
        .copied()
        .collect();
    let python = venv::environment(&name, interpreter, &requirements)?;
    let layouts = folder.join("layouts");
    if !layouts.join("manifest.json").is_file() {
        script(&python, "generate.py", &[&layouts])?;
    }
    let results = folder.join(format!("django-{}.json", release.version));
    if !results.is_file() {
        script(&python, "run.py", &[&layouts, &results])?;
    }
    let manifest: Manifest = read(&layouts.join("manifest.json"))?;
    let mut outcomes = read::<Results>(&results)?.outcomes;
    let entries = manifest.layouts.into_iter();
    let ran = entries.filter_map(|entry| {
        Some(Layout {
            outcomes: outcomes.remove(&entry.name)?,
            name: entry.name,
            environments: entry.environments,
        })
    });
    Ok(Run {
        version: release.version,
        python,
        layouts: ran.collect(),
        folder: layouts,
    })
}

fn script(python: &Path, name: &str, arguments: &[&Path]) -> Result<()> {
    let mut command = Command::new(python);
    command.arg("-B").arg(scripts().join(name)).args(arguments);
    workspace::run(&mut command)
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

fn scripts() -> PathBuf {
    workspace::root().join("oracle/settings")
}

/// Names one state of the generator: what it wrote and what Django said stay right until it changes.
fn sources_hash() -> Result<String> {
    let mut hasher = rustc_hash::FxHasher::default();
    for folder in [scripts(), scripts().join("patterns")] {
        let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
        paths.sort();
        for path in paths {
            hasher.write(&std::fs::read(&path).with_context(|| path.display().to_string())?);
        }
    }
    for text in RELEASES
        .iter()
        .map(|release| release.requirement)
        .chain(PACKAGES.iter().copied())
    {
        hasher.write(text.as_bytes());
    }
    Ok(format!("{:016x}", hasher.finish()))
}
