//! The same of the packages of the corpus, each installed with all that it needs: too slow for every
//! run. Their migrations are replayed besides.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::sync::Arc;

use anyhow::{Context, Result};
use luthier_project::{Installed, ProjectOptions};
use luthier_source::SitePackages;
use serde::Deserialize;

use super::replayed::{Replayed, replayed};
use super::{Changes, Said, linked, predicted, words};
use crate::oracle::models::{self, Setting};
use crate::oracle::{Only, Tally, venv};
use crate::workspace;

/// What `corpus.py` writes.
#[derive(Deserialize)]
struct Found {
    django: String,
    changes: BTreeMap<String, Vec<Outline>>,
    replayed: Replayed,
}

#[derive(Deserialize)]
struct Outline {
    operations: Vec<String>,
}

/// Compares every package of the corpus.
pub(crate) fn corpus(only: &Only) -> Result<Tally> {
    models::each(only, compare)
}

fn compare(setting: &Setting) -> Result<Tally> {
    let name = setting.name;
    let found = ask(setting)?;
    let packages = SitePackages::find(&setting.project, Some(&setting.python));
    let options = ProjectOptions {
        settings: Some(setting.migrated.to_owned()),
        target_django: Some(found.django.clone()),
        installed: Arc::new(Installed::new(packages, None)),
        ..ProjectOptions::default()
    };
    let project = linked(&setting.project, &options)?;
    let labels = project.apps.iter().filter(|app| app.is_own);
    let mut own: BTreeSet<&str> = labels.map(|app| &*app.label).collect();
    own.extend(project.migrations.all().map(|(_, it)| &*it.app));
    let (said, unjudged) = predicted(&project);
    let changes = found.changes.into_iter();
    let expected = Said {
        stops: None,
        changes: changes
            .filter(|(label, _)| own.contains(&&**label))
            .map(|(label, migrations)| {
                let operations = migrations.into_iter().flat_map(|it| it.operations);
                (label, operations.collect())
            })
            .collect::<Changes>(),
    };
    let mut tally = Tally::default();
    let mut count = |is_same: bool| match is_same {
        true => tally.passed += 1,
        false => tally.failed += 1,
    };
    count(expected == said);
    if expected != said {
        print!("{name}:\n  Django says\n{}", words(&expected));
        print!("  luthier says\n{}", words(&said));
    }
    for what in &unjudged {
        println!("{name}: luthier leaves {what}");
    }
    let replayed = replayed(&project);
    let of_own = found
        .replayed
        .into_iter()
        .filter(|(key, _)| own.contains(&key.split('.').next().unwrap_or_default()));
    let expected: Replayed = of_own.collect();
    println!(
        "{name}: {} columns made NOT NULL, {} added so, {} apps",
        count_of(&expected, "not null "),
        count_of(&expected, "added "),
        own.len(),
    );
    let keys = expected.keys().chain(replayed.keys());
    let keys: BTreeSet<&String> = keys.collect();
    for key in keys {
        let (expected, replayed) = (expected.get(key), replayed.get(key));
        count(expected == replayed);
        if expected != replayed {
            println!("{name}: {key}: Django {expected:?}, luthier {replayed:?}");
        }
    }
    Ok(tally)
}

fn count_of(replayed: &Replayed, kind: &str) -> usize {
    let all = replayed.values().flatten();
    all.filter(|text| text.starts_with(kind)).count()
}

/// What the real Django says.
fn ask(setting: &Setting) -> Result<Found> {
    let folder = venv::cache().join("drift").join("corpus");
    fs::create_dir_all(&folder)?;
    let output = folder.join(format!("{}.json", setting.name));
    let scripts = workspace::root().join("oracle/drift");
    let mut command = setting.command();
    command
        .arg("-B")
        .arg(scripts.join("corpus.py"))
        .arg(&output)
        .current_dir(&setting.home)
        .env("DJANGO_SETTINGS_MODULE", setting.migrated)
        .env("PYTHONPATH", env::join_paths(setting.python_path())?);
    workspace::run(&mut command)?;
    let text = fs::read_to_string(&output).with_context(|| output.display().to_string())?;
    serde_json::from_str(&text).with_context(|| output.display().to_string())
}
