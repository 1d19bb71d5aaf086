//! The model graph against the app registry of the real Django: hand-made projects in
//! `oracle/models/projects`, and on request the packages of the corpus.

mod corpus;
mod outline;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result};
use luthier_project::apps::{Apps, Configured};
use luthier_project::constant::Constant;
use luthier_project::models::ModelGraph;
use luthier_project::modules::{ImportRoots, Modules};
use luthier_project::{FileFacts, Installed, Territory, projects};
use luthier_source::{SitePackages, Sources, WalkOptions};
use serde_json::{Map, Value};

use self::outline::Outline;
use super::{Tally, venv};
use crate::workspace;

type Entry = Map<String, Value>;

/// What the hand-made projects use.
const REQUIREMENTS: &[&str] = &[
    "Django==5.2.*",
    "django-taggit==6.1.*",
    "django-mptt==0.20.*",
    "django-treebeard==7.0.*",
    "django-simple-history==3.13.*",
    "django-model-utils==5.0.*",
    "django-polymorphic==4.11.*",
    "django-guardian==3.5.*",
    "django-parler==2.4.*",
    "django-modeltranslation==0.20.*",
    "django-modelcluster==6.5.*",
    "django-ordered-model==3.7.*",
    "django-solo==2.5.*",
    "djangorestframework==3.18.*",
    "psycopg2-binary==2.9.*",
    "Pillow==13.*",
];

/// The hand-made projects and their settings modules.
const PROJECTS: &[(&str, &str)] = &[
    ("relations", "config.settings"),
    ("inheritance", "settings"),
    ("fields", "project.settings"),
    ("packages", "settings"),
    ("layouts", "settings"),
];

/// Compares the hand-made projects.
pub(super) fn hand_made() -> Result<Tally> {
    let interpreter =
        venv::interpreter((3, 10)..=(3, 13)).context("no Python 3.10 to 3.13 is there")?;
    let python = venv::environment("models", &interpreter, REQUIREMENTS)?;
    let mut sum = Tally::default();
    for (name, settings) in PROJECTS {
        let folder = workspace::root().join("oracle/models/projects").join(name);
        let dump = dump(name, &python, &folder, settings)?;
        // With the packages' own code, and with luthier's descriptions of them.
        let installed = SitePackages::find(&folder, Some(&python));
        for (how, packages) in [("", installed), (" (described)", SitePackages::default())] {
            let place = Place {
                name: &format!("{name}{how}"),
                folder: &folder,
                packages,
                extra_paths: Vec::new(),
            };
            sum += compare(&place, &dump)?;
        }
    }
    Ok(sum)
}

pub(super) use corpus::{Setting, corpus, each};

/// Where one project lies, and what Python it has.
struct Place<'a> {
    name: &'a str,
    folder: &'a Path,
    packages: SitePackages,
    /// Folders that it puts on `sys.path` itself, relative.
    extra_paths: Vec<String>,
}

/// What Django registers with these settings.
fn dump(name: &str, python: &Path, folder: &Path, settings: &str) -> Result<Value> {
    dump_with(
        name,
        Command::new(python),
        &[folder.to_path_buf()],
        folder,
        settings,
    )
}

fn dump_with(
    name: &str,
    mut command: Command,
    python_path: &[PathBuf],
    folder: &Path,
    settings: &str,
) -> Result<Value> {
    let output = venv::cache().join("models").join(format!("{name}.json"));
    std::fs::create_dir_all(output.parent().unwrap_or(&output))?;
    command
        .arg(workspace::root().join("oracle/models/dump.py"))
        .arg(&output)
        .current_dir(folder)
        .env("DJANGO_SETTINGS_MODULE", settings)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONPATH", std::env::join_paths(python_path)?);
    workspace::run(&mut command)?;
    let text = std::fs::read_to_string(&output)?;
    serde_json::from_str(&text).with_context(|| output.display().to_string())
}

/// Compares one project with what Django says of it.
fn compare(place: &Place<'_>, dump: &Value) -> Result<Tally> {
    let name = place.name;
    let (sources, files) =
        Sources::load(place.folder, &WalkOptions::default(), FileFacts::extract)?;
    let files = Arc::new(files);
    let projects = projects::discover(&sources, &files);
    let territory = Territory::among(&projects[0].folder, &projects);
    let roots = ImportRoots::discover(&sources, &files, territory, &place.extra_paths);
    let modules = Modules::new(
        &sources,
        files,
        &roots,
        Arc::new(Installed::new(place.packages.clone(), None)),
    );
    let configured = configured(dump);
    let apps = Apps::link(&modules, &configured);
    let graph = ModelGraph::link(&modules, &sources, &apps, &configured);
    let outline = Outline {
        apps: &apps,
        graph: &graph,
    };
    let mut comparison = Comparison {
        project: name.to_owned(),
        tally: Tally::default(),
        unknown: BTreeMap::new(),
    };
    // Apps that settings give as objects are no text to be read.
    let listed = dump["settings"]["INSTALLED_APPS"]
        .as_array()
        .map_or(0, Vec::len);
    let real_apps = entries(&dump["apps"]);
    if real_apps.len() == listed {
        comparison.entries("app", "name", &real_apps, outline.apps());
    }
    comparison.models(&entries(&dump["models"]), outline.models());
    if !comparison.unknown.is_empty() {
        println!("{name}: not known: {:?}", comparison.unknown);
    }
    println!(
        "{name}: {} agree, {} differ",
        comparison.tally.passed, comparison.tally.failed
    );
    Ok(comparison.tally)
}

/// The settings that matter, as Django had them.
fn configured(dump: &Value) -> Configured {
    let mut values: Vec<(Box<str>, Constant)> = Vec::new();
    if let Some(settings) = dump["settings"].as_object() {
        for (name, value) in settings {
            values.push((name.as_str().into(), constant(value)));
        }
    }
    let version = dump["django"].as_str().unwrap_or_default();
    let mut parts = version.split('.').map(str::parse::<u32>);
    let django = match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
        _ => None,
    };
    Configured::new(values, true, django)
}

fn constant(value: &Value) -> Constant {
    match value {
        Value::Null => Constant::None,
        Value::Bool(value) => Constant::Bool(*value),
        Value::Number(value) => value.as_i64().map_or(Constant::Unknown, Constant::Int),
        Value::String(text) => Constant::Str(text.as_str().into()),
        Value::Array(items) => Constant::List(items.iter().map(constant).collect()),
        Value::Object(entries) => {
            let entries = entries.iter();
            Constant::Dict(
                entries
                    .map(|(key, value)| (key.as_str().into(), constant(value)))
                    .collect(),
            )
        }
    }
}

fn entries(value: &Value) -> Vec<Entry> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_object().cloned()).collect()
}

struct Comparison {
    project: String,
    tally: Tally,
    /// How often luthier did not say something, by what.
    unknown: BTreeMap<String, u32>,
}

impl Comparison {
    fn differ(&mut self, what: &str) {
        self.tally.failed += 1;
        println!("{}: {what}", self.project);
    }

    /// Pairs entries by a key; what luthier says of each is compared fact by fact.
    fn entries(&mut self, what: &str, key: &str, real: &[Entry], mut ours: Vec<Entry>) {
        let key_of = |entry: &Entry| entry.get(key).map(ToString::to_string).unwrap_or_default();
        for real in real {
            let name = format!("{what} {}", key_of(real));
            let Some(index) = ours.iter().position(|entry| key_of(entry) == key_of(real)) else {
                self.differ(&format!("{name} is missing"));
                continue;
            };
            let entry = ours.swap_remove(index);
            self.facts(&name, real, &entry);
        }
        for extra in ours {
            self.differ(&format!("{what} {} does not exist", key_of(&extra)));
        }
    }

    fn models(&mut self, real: &[Entry], mut ours: Vec<Entry>) {
        for real in real {
            let label = real["label"].as_str().unwrap_or_default();
            let Some(index) = ours
                .iter()
                .position(|entry| entry["label"] == real["label"])
            else {
                self.differ(&format!("model {label} is missing"));
                continue;
            };
            let mut entry = ours.swap_remove(index);
            let our_fields = entry.remove("fields").unwrap_or_default();
            self.facts(label, real, &entry);
            self.fields(label, &entries(&real["fields"]), entries(&our_fields));
        }
        for extra in ours {
            self.differ(&format!("model {} does not exist", extra["label"]));
        }
    }

    fn fields(&mut self, label: &str, real: &[Entry], mut ours: Vec<Entry>) {
        let all = real;
        for (index, real) in real.iter().enumerate() {
            // Django holds a generic relation twice where two abstract bases bring it along.
            if all[..index].contains(real) {
                continue;
            }
            let is_reverse = real["reverse"] == Value::Bool(true);
            let key: &[&str] = if is_reverse {
                &["reverse", "to", "remote_field"]
            } else {
                &["reverse", "name"]
            };
            let name = if is_reverse {
                format!("{label}: from {}.{}", real["to"], real["remote_field"])
            } else {
                format!("{label}.{}", real["name"].as_str().unwrap_or_default())
            };
            let is_same = |entry: &Entry| key.iter().all(|key| entry.get(*key) == real.get(*key));
            let Some(index) = ours.iter().position(is_same) else {
                self.differ(&format!("{name} is missing"));
                continue;
            };
            let entry = ours.swap_remove(index);
            self.facts(&name, real, &entry);
        }
        for extra in ours {
            let name = extra.get("name").or(extra.get("remote_field")).cloned();
            let to = extra.get("to").cloned().unwrap_or_default();
            self.differ(&format!(
                "{label}: {} to {to} does not exist",
                name.unwrap_or_default()
            ));
        }
    }

    fn facts(&mut self, name: &str, real: &Entry, ours: &Entry) {
        for (key, real) in real {
            match (ours.get(key), real) {
                (Some(Value::Object(ours)), Value::Object(real)) => {
                    self.facts(&format!("{name} {key}"), real, ours);
                }
                (Some(ours), real) if ours == real => self.tally.passed += 1,
                // Classes that packages make at run time in place of others.
                (Some(_), real) if key.contains("manager") && is_patched(real) => {}
                (Some(ours), real) => {
                    self.differ(&format!("{name}: {key} is {real}, not {ours}"));
                }
                (None, _) if COMPARED.contains(&key.as_str()) => {
                    *self.unknown.entry(key.clone()).or_default() += 1;
                }
                (None, _) => {}
            }
        }
    }
}

/// What luthier is expected to say; leaving it out counts as not known.
const COMPARED: &[&str] = &[
    "accessor",
    "blank",
    "db_index",
    "db_table",
    "has_choices",
    "has_default",
    "internal_type",
    "max_length",
    "null",
    "ordering",
    "pk",
    "query_name",
    "to",
    "unique",
    "unique_together",
];

/// modeltranslation puts subclasses of its own in place of the managers of the models it knows.
fn is_patched(managers: &Value) -> bool {
    managers.to_string().contains("modeltranslation.")
}
