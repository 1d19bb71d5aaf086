//! At which queries Django fails because of a name, against what luthier says of the same code.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use luthier_project::{Installed, Project, ProjectOptions};
use luthier_source::{SitePackages, Sources};
use serde::Deserialize;

use super::{Tally, venv};
use crate::workspace;

/// What `dump.py` writes.
#[derive(Deserialize)]
struct Dump {
    code: String,
    /// The lines, from 1, at which Django fails.
    failing: BTreeSet<usize>,
}

/// Differences that are printed.
const MOST: usize = 40;

/// The files of the project, without the queries.
const FILES: &[&str] = &[
    "manage.py",
    "settings.py",
    "shop/__init__.py",
    "shop/models.py",
];

pub(super) fn run() -> Result<Tally> {
    let interpreter = venv::interpreter((3, 10)..=(3, 13)).context("no Python 3.10 to 3.13")?;
    let python = venv::environment("queries", &interpreter, &["Django==5.2.*"])?;
    let folder = workspace::root().join("oracle/queries");
    let written = venv::cache().join("queries.json");
    let status = Command::new(&python)
        .arg(folder.join("dump.py"))
        .arg(&written)
        .env("DJANGO_SETTINGS_MODULE", "settings")
        .env("PYTHONPATH", folder.join("project"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("the queries cannot be built");
    }
    let dump: Dump = serde_json::from_str(&std::fs::read_to_string(&written)?)?;
    let mut files = vec![("shop/queries.py".to_owned(), dump.code.clone())];
    for path in FILES {
        let text = std::fs::read_to_string(folder.join("project").join(path))?;
        files.push(((*path).to_owned(), text));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    Ok(compare(&dump, &reported(&files, &python)?))
}

/// The lines of the queries of which luthier says that a name in them leads nowhere.
fn reported(files: &[(&str, &str)], python: &Path) -> Result<BTreeSet<usize>> {
    let sources = Sources::in_memory(files);
    let facts = luthier_project::extract_all(&sources);
    let packages = SitePackages::find(Path::new(""), Some(python));
    let options = ProjectOptions {
        installed: Arc::new(Installed::new(packages, None)),
        ..ProjectOptions::default()
    };
    let mut projects = Project::link_all(&sources, facts, &options);
    let project = projects.swap_remove(0);
    let module = project.modules.find("shop.queries");
    let module = module.context("luthier does not find the queries")?;
    let file = project.modules.get(module).file.context("it has a file")?;
    let source = sources.file(file);
    let names = project.queries(module).names.iter();
    let wrong = names.filter(|name| project.misnamed(name).is_some());
    let line = |start| source.line_index().line(start) as usize;
    Ok(wrong
        .map(|name| line(name.span(&source.text).start))
        .collect())
}

fn compare(dump: &Dump, reported: &BTreeSet<usize>) -> Tally {
    let mut tally = Tally::default();
    let lines = dump.code.lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| line.starts_with("    return ")) {
        let number = index + 1;
        let (real, said) = (dump.failing.contains(&number), reported.contains(&number));
        if real == said {
            tally.passed += 1;
            continue;
        }
        tally.failed += 1;
        if (tally.failed as usize) <= MOST {
            let fails = if real { "fails" } else { "works" };
            let code = line.trim_start().trim_start_matches("return ");
            println!("  {code}: with Django it {fails}");
        }
    }
    tally
}
