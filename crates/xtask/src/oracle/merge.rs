//! Whether migrations of one app come to the same in either order, and what Django makes of the
//! migration that luthier writes for them. `oracle/merge` says how it is measured.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use luthier_generate::{MergeOutcome, merges};
use luthier_project::{Project, ProjectOptions, extract_all};
use luthier_source::{Sources, WalkOptions};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::releases;
use super::{Only, Tally, drift, venv};
use crate::workspace;

pub(super) fn run(only: &Only) -> Result<Tally> {
    let mut tally = Tally::default();
    for (release, interpreter) in releases::with_pythons()? {
        let python = drift::python(release, &interpreter)?;
        let folder = venv::cache()
            .join("merge")
            .join(release.version.to_string());
        let name = format!("Django {}", release.version);
        tally += pairs(&name, &python, &folder, only)?;
        tally += files(&name, &python, &folder.join("projects"), only)?;
    }
    Ok(tally)
}

/// What `measure.py` said, and of what.
#[derive(Serialize, Deserialize)]
struct Measured {
    stamp: String,
    outcomes: BTreeMap<String, String>,
}

/// Every pair of operations, in both orders.
fn pairs(django: &str, python: &Path, folder: &Path, only: &Only) -> Result<Tally> {
    let scripts = workspace::root().join("oracle/merge");
    let read = |name: &str| {
        let path = scripts.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let (first, operations) = (read("first.txt")?, read("operations.txt")?);
    let measured = measured(python, folder, &[&first, &operations, &read("measure.py")?])?;
    let operations: Vec<&str> = operations.lines().collect();
    let compared: Vec<Result<(String, bool, bool)>> = measured
        .outcomes
        .par_iter()
        .map(|(pair, outcome)| {
            let of = |index: &str| -> Result<&str> {
                let index: usize = index.parse()?;
                operations.get(index).copied().context("no such operation")
            };
            let (one, other) = pair.split_once(' ').context("a pair")?;
            let (one, other) = (of(one)?, of(other)?);
            let commutes = commutes(&first, one, other)?;
            let is_wrong = commutes && !matches!(outcome.as_str(), "same" | "invalid");
            let is_careful = !commutes && outcome == "same";
            let what = format!("{django}: {one}\n  and {other}: commute, but Django: {outcome}");
            Ok((what, is_wrong, is_careful))
        })
        .collect();
    let mut tally = Tally::default();
    let mut careful = 0;
    for compared in compared {
        let (what, is_wrong, is_careful) = compared?;
        if is_wrong {
            tally.failed += 1;
            if only.wants(&what) {
                println!("{what}");
            }
        } else {
            tally.passed += 1;
        }
        careful += u32::from(is_careful);
    }
    println!("{django}: {careful} pairs are kept apart that come to the same");
    Ok(tally)
}

/// What Django says of the pairs; asked again only when something has changed.
fn measured(python: &Path, folder: &Path, texts: &[&str]) -> Result<Measured> {
    let mut version = Command::new(python);
    version.args(["-c", "import django; print(django.get_version())"]);
    let stamp = format!(
        "{} {}",
        workspace::output(&mut version)?.trim(),
        texts.concat()
    );
    let kept = folder.join("pairs.json");
    let known = fs::read_to_string(&kept).ok();
    let known = known.and_then(|text| serde_json::from_str::<Measured>(&text).ok());
    if let Some(known) = known.filter(|known| known.stamp == stamp) {
        return Ok(known);
    }
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(workspace::root().join("oracle/merge/measure.py"));
    let outcomes = serde_json::from_str(&workspace::output(&mut command)?)?;
    let measured = Measured { stamp, outcomes };
    fs::create_dir_all(folder)?;
    fs::write(&kept, serde_json::to_string(&measured)?)?;
    Ok(measured)
}

fn commutes(first: &str, one: &str, other: &str) -> Result<bool> {
    let first: Vec<&str> = first.lines().collect();
    let project = project(&[
        ("0001_initial", &[], &first),
        ("0002_one", &["0001_initial"], &[one]),
        ("0002_other", &["0001_initial"], &[other]),
    ]);
    let sources = Sources::in_memory(&borrowed(&project));
    let facts = extract_all(&sources);
    let linked = Project::link_all(&sources, facts, &ProjectOptions::default());
    let migrations = &linked[0].migrations;
    let [conflict] = &migrations.conflicts[..] else {
        bail!("no conflict of {one} and {other}");
    };
    Ok(migrations.clash(conflict).is_none())
}

/// The files of a project with one app, which has these migrations: name, what it depends on,
/// operations.
fn project(migrations: &[(&str, &[&str], &[&str])]) -> Vec<(String, String)> {
    let settings = "SECRET_KEY = \"x\"\nUSE_TZ = True\nINSTALLED_APPS = [\"shop\"]\n\
                    DEFAULT_AUTO_FIELD = \"django.db.models.BigAutoField\"\n\
                    DATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.sqlite3\", \"NAME\": \":memory:\"}}\n";
    let manage = "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")\n";
    let mut files: Vec<(String, String)> = [
        ("manage.py", manage),
        ("settings.py", settings),
        ("shop/__init__.py", ""),
        ("shop/migrations/__init__.py", ""),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into();
    for (name, after, operations) in migrations {
        let after: String = after
            .iter()
            .map(|it| format!("(\"shop\", \"{it}\"), "))
            .collect();
        let operations: String = operations
            .iter()
            .map(|it| format!("        {it},\n"))
            .collect();
        let text = format!(
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [{after}]\n    operations = [\n{operations}    ]\n"
        );
        files.push((format!("shop/migrations/{name}.py"), text));
    }
    files
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    let each = files.iter();
    each.map(|(path, text)| (path.as_str(), text.as_str()))
        .collect()
}

/// The last migrations of projects that are merged: each adds a field of its own.
const LEAVES: &[(&str, &[&str])] = &[
    ("two", &["0002_note", "0002_total"]),
    ("three", &["0002_a", "0002_b", "0002_c"]),
    ("numbers-apart", &["0002_note", "0017_total"]),
    ("without-numbers", &["note", "total"]),
    ("a-squashed-one", &["0002_squashed_0004_note", "0003_total"]),
    (
        "long-names",
        &[
            "0002_note_of_the_customer",
            "0002_total_without_what_is_paid",
        ],
    ),
    (
        "just-short-enough",
        &["0002_note_of_customer", "0002_total_without_value"],
    ),
];

/// What `load.py` says of a project.
#[derive(Deserialize)]
struct Loaded {
    theirs: Theirs,
    conflicts: BTreeMap<String, Vec<String>>,
    changes: bool,
}

/// The migration that Django writes.
#[derive(Deserialize)]
struct Theirs {
    name: String,
    dependencies: Vec<(String, String)>,
}

/// What luthier writes, against what Django writes and makes of it.
fn files(django: &str, python: &Path, folder: &Path, only: &Only) -> Result<Tally> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let mut ours = BTreeMap::new();
    for (case, leaves) in LEAVES {
        let files = with_leaves(leaves);
        let (project, merged) = (
            folder.join(case).join("project"),
            folder.join(case).join("merged"),
        );
        lay_out(&project, &borrowed(&files))?;
        let (sources, facts) = luthier_project::read(&project, &WalkOptions::default())?;
        let linked = Project::link_all(&sources, facts, &ProjectOptions::default());
        let merges = merges(&linked[0], &sources);
        let [merge] = &merges[..] else {
            bail!("{case}: {} merges", merges.len());
        };
        let MergeOutcome::File(file) = &merge.outcome else {
            bail!("{case}: {:?}", merge.outcome);
        };
        lay_out(&merged, &borrowed(&files))?;
        lay_out(&merged, &[(&file.path, &file.text)])?;
        ours.insert((*case).to_owned(), file.clone());
    }
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(workspace::root().join("oracle/merge/load.py"))
        .arg(folder);
    let loaded: BTreeMap<String, Loaded> = serde_json::from_str(&workspace::output(&mut command)?)?;
    let mut tally = Tally::default();
    for (case, loaded) in &loaded {
        let file = ours.get(case).context("a case of its own")?;
        match difference(loaded, &file.path, &file.text) {
            None => tally.passed += 1,
            Some(difference) => {
                tally.failed += 1;
                if only.wants(case) {
                    println!("{django}: merging {case}: {difference}");
                }
            }
        }
    }
    Ok(tally)
}

fn with_leaves(leaves: &[&str]) -> Vec<(String, String)> {
    let field = |index: usize| format!("field_{index}");
    let first = [
        "migrations.CreateModel(\"Order\", [(\"id\", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name=\"ID\"))])",
    ];
    let operations: Vec<String> = (0..leaves.len())
        .map(|index| {
            let name = field(index);
            format!("migrations.AddField(\"order\", \"{name}\", models.IntegerField(null=True))")
        })
        .collect();
    let operations: Vec<[&str; 1]> = operations.iter().map(|it| [it.as_str()]).collect();
    let mut migrations: Vec<(&str, &[&str], &[&str])> = vec![("0001_initial", &[], &first)];
    for (leaf, operations) in leaves.iter().zip(&operations) {
        migrations.push((leaf, &["0001_initial"], operations));
    }
    let mut files = project(&migrations);
    let fields: String = (0..leaves.len())
        .map(|index| format!("    {} = models.IntegerField(null=True)\n", field(index)))
        .collect();
    let models = format!("from django.db import models\n\n\nclass Order(models.Model):\n{fields}");
    files.push(("shop/models.py".to_owned(), models));
    files
}

fn lay_out(folder: &Path, files: &[(&str, &str)]) -> Result<()> {
    for (path, text) in files {
        let target = folder.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(target, text)?;
    }
    Ok(())
}

fn difference(loaded: &Loaded, path: &str, text: &str) -> Option<String> {
    if !loaded.conflicts.is_empty() || loaded.changes {
        let Loaded {
            conflicts, changes, ..
        } = loaded;
        return Some(format!(
            "Django still sees conflicts {conflicts:?}, or changes: {changes}"
        ));
    }
    let Theirs { name, dependencies } = &loaded.theirs;
    // Django puts the time where the names would be too long.
    let stem = match name.rsplit_once("_merge_") {
        Some((number, time)) if time.starts_with("20") => format!("{number}_merge"),
        _ => name.clone(),
    };
    let expected = format!("shop/migrations/{stem}.py");
    if expected != path {
        return Some(format!("{path}, Django {expected}"));
    }
    let named: String = dependencies
        .iter()
        .map(|(app, name)| format!("        (\"{app}\", \"{name}\"),\n"))
        .collect();
    (!text.contains(&format!("dependencies = [\n{named}    ]")))
        .then(|| format!("Django depends on {dependencies:?}, luthier writes\n{text}"))
}
