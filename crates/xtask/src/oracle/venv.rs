//! Python environments for the oracles: found interpreters, and folders with packages in them.
//!
//! An environment is made once and reused while its requirements stay the same. It lies below
//! the target folder; `LUTHIER_ORACLE_CACHE` names another place, for instance one that several
//! checkouts share.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::workspace;

/// A Python's version as far as packages care: `(3, 12)`.
pub(crate) type Version = (u32, u32);

/// A Python that can make virtual environments.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    pub(crate) executable: PathBuf,
    pub(crate) version: Version,
}

/// The newest interpreter on this machine within the given versions.
pub(crate) fn interpreter(wanted: RangeInclusive<Version>) -> Option<Interpreter> {
    let mut found = interpreters();
    found.retain(|version, _| wanted.contains(version));
    let (version, executable) = found.pop_last()?;
    Some(Interpreter {
        executable,
        version,
    })
}

/// One interpreter a version: from PATH, else from pyenv's folder of versions.
fn interpreters() -> BTreeMap<Version, PathBuf> {
    let named = (8..20).rev().map(|minor| format!("python3.{minor}"));
    let on_path = named.chain(["python3".to_owned()]).map(PathBuf::from);
    let mut found = BTreeMap::new();
    for candidate in on_path.chain(pyenv_versions()) {
        if let Some(version) = version_of(&candidate) {
            found.entry(version).or_insert(candidate);
        }
    }
    found
}

fn pyenv_versions() -> Vec<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")));
    let folder = root.and_then(|root| std::fs::read_dir(root.join("versions")).ok());
    let mut pythons: Vec<_> = folder
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/python3"))
        .filter(|python| python.is_file())
        .collect();
    pythons.sort();
    pythons
}

/// None if it does not run (pyenv's shims may not) or cannot make environments (Debian ships
/// `ensurepip` apart).
fn version_of(python: &Path) -> Option<Version> {
    let output = Command::new(python)
        .args([
            "-c",
            "import ensurepip, sys, venv; print(sys.version_info[0], sys.version_info[1])",
        ])
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The environment `name` with these requirements (as pip takes them), made or reused. Gives
/// its Python.
pub(crate) fn environment(
    name: &str,
    interpreter: &Interpreter,
    requirements: &[&str],
) -> Result<PathBuf> {
    let folder = cache().join("venvs").join(name);
    let python = folder.join("bin/python");
    let wanted = recipe(interpreter, requirements);
    // Written last: an interrupted installation is started afresh.
    let marker = folder.join("luthier-requirements.txt");
    if std::fs::read_to_string(&marker).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    println!("making the Python environment `{name}`");
    workspace::run(
        Command::new(&interpreter.executable)
            .args(["-m", "venv"])
            .arg(&folder),
    )?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet"]);
    install
        .arg("--disable-pip-version-check")
        .args(requirements);
    workspace::run(&mut install)?;
    std::fs::write(&marker, wanted).with_context(|| marker.display().to_string())?;
    Ok(python)
}

fn recipe(interpreter: &Interpreter, requirements: &[&str]) -> String {
    let (major, minor) = interpreter.version;
    format!("# python {major}.{minor}\n{}\n", requirements.join("\n"))
}

/// Where the oracles keep what they download and generate.
pub(crate) fn cache() -> PathBuf {
    match std::env::var_os("LUTHIER_ORACLE_CACHE") {
        Some(folder) => workspace::root().join(folder),
        None => workspace::target().join("oracle"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Interpreter, recipe};

    #[test]
    fn another_python_or_requirement_is_another_recipe() {
        let python = |minor| Interpreter {
            executable: "python3".into(),
            version: (3, minor),
        };
        let recipe = |minor, requirements: &[&str]| recipe(&python(minor), requirements);
        assert_eq!(recipe(12, &["a", "b"]), "# python 3.12\na\nb\n");
        assert_ne!(recipe(12, &["a"]), recipe(13, &["a"]));
        assert_ne!(recipe(12, &["a"]), recipe(12, &["a", "b"]));
    }
}
