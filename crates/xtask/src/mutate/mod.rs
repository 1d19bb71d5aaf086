//! `cargo xtask mutate`: how many misspelt field names in the queries of real projects are found.
//!
//! Released code asks for names that are there. One of them after the other is misspelt, in memory,
//! and the rules about names are asked whether they report that very place. The names are read from
//! the code itself ([`names`]) and not from what luthier makes of it, so that queries which it does
//! not understand count as missed.
//!
//! In each round one name of every file is misspelt, and the project is linked once for all of them:
//! what is said of the queries of a file hangs on the models, managers and annotations of others, and
//! not on the fields that others ask for.

mod draw;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use luthier_diagnostics::Confidence;
use luthier_project::{FileFacts, Installed, Project, ProjectOptions};
use luthier_rules::{Options, Rule, registry};
use luthier_source::{FileId, SitePackages, Sources, Span, WalkOptions};

use crate::corpus::packages;
use draw::Random;
use names::{Kind, Name};

/// The rules about names.
const RULES: &[&str] = &["INT001", "INT002", "INT003", "INT012"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the downloaded projects (default: `corpus` in the target folder)
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Only these projects of the corpus; all when none is named
    projects: Vec<String>,
    /// Folders of further projects
    #[arg(long)]
    also: Vec<PathBuf>,
    /// Folder with an environment for each project by its name, where its packages are installed
    #[arg(long)]
    environments: Option<PathBuf>,
    /// How many names are misspelt, over all projects
    #[arg(long, default_value_t = 1000)]
    count: usize,
    /// Another seed draws other names
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Misspell the attributes that are read of rows instead
    #[arg(long)]
    attributes: bool,
    /// List what is not found
    #[arg(long)]
    missed: bool,
}

/// One misspelling.
struct Mutant {
    name: Name,
    /// The part that is misspelt, and how.
    span: Span,
    misspelt: String,
    is_found: bool,
}

/// Found and drawn.
#[derive(Clone, Copy, Default)]
struct Tally {
    found: usize,
    all: usize,
}

impl Tally {
    fn add(&mut self, is_found: bool) {
        self.found += usize::from(is_found);
        self.all += 1;
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let folder = packages::folder(arguments.dir.as_deref());
    let mut projects: Vec<(String, PathBuf)> = Vec::new();
    if !arguments.projects.is_empty() || arguments.also.is_empty() || arguments.dir.is_some() {
        projects.extend(packages::fetch(&folder, &arguments.projects)?);
    }
    for folder in &arguments.also {
        let name = folder.file_name().unwrap_or_default();
        projects.push((name.to_string_lossy().into_owned(), folder.clone()));
    }
    let mut random = Random::new(arguments.seed);
    let mut kinds: BTreeMap<Kind, Tally> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut total = Tally::default();
    for (index, (name, folder)) in projects.iter().enumerate() {
        let left = projects.len() - index;
        let count = (arguments.count - total.all.min(arguments.count)).div_ceil(left);
        let environments = arguments.environments.as_ref();
        let environment = environments.map(|folder| folder.join(name));
        let environment = environment.filter(|folder| folder.exists());
        let subject = Subject::read(folder, environment.as_deref(), arguments.attributes)?;
        let mutants = subject.misspell(count, &mut random);
        let mut own = Tally::default();
        for mutant in &mutants {
            own.add(mutant.is_found);
            total.add(mutant.is_found);
            kinds
                .entry(mutant.name.kind)
                .or_default()
                .add(mutant.is_found);
            if mutant.is_found {
                continue;
            }
            *reasons.entry(mutant.name.why).or_default() += 1;
            if arguments.missed {
                let (path, line) = &mutant.name.place;
                println!(
                    "  {name}/{path}:{line}: {} `{}` as `{}`: {}",
                    mutant.name.kind.text(),
                    mutant.name.path,
                    mutant.misspelt,
                    mutant.name.why
                );
            }
        }
        println!(
            "{name:<24}{:>6} of {:>5}{:>6} %",
            own.found,
            own.all,
            share(own)
        );
    }
    println!();
    for (kind, tally) in kinds {
        let Tally { found, all } = tally;
        println!(
            "{:<24}{found:>6} of {all:>5}{:>6} %",
            kind.text(),
            share(tally)
        );
    }
    println!(
        "{:<24}{:>6} of {:>5}{:>6} %",
        "all",
        total.found,
        total.all,
        share(total)
    );
    println!("\nnot found, because");
    for (why, count) in reasons {
        println!("{count:>6}  {why}");
    }
    Ok(true)
}

fn share(tally: Tally) -> String {
    format!(
        "{:.1}",
        tally.found as f64 * 100.0 / tally.all.max(1) as f64
    )
}

/// A project whose names are misspelt.
struct Subject {
    sources: Sources,
    facts: Vec<FileFacts>,
    options: ProjectOptions,
    names: Vec<Name>,
    /// Names of fields that models have: a misspelling is none of them.
    fields: BTreeSet<String>,
}

impl Subject {
    fn read(folder: &Path, environment: Option<&Path>, attributes: bool) -> Result<Self> {
        let (sources, facts) = luthier_project::read(folder, &WalkOptions::default())
            .with_context(|| folder.display().to_string())?;
        let packages = SitePackages::find(folder, environment);
        let options = ProjectOptions {
            installed: Arc::new(Installed::new(packages, None)),
            ..ProjectOptions::default()
        };
        let projects = Project::link_all(&sources, facts, &options);
        let mut fields: BTreeSet<String> = BTreeSet::new();
        for project in &projects {
            fields.extend(names::fields(project));
        }
        let mut names: Vec<Name> = Vec::new();
        for project in &projects {
            names.extend(match attributes {
                true => names::attributes(project, &sources),
                false => names::in_queries(project, &sources, &fields),
            });
        }
        names.sort_by_key(|name| (name.file, name.span));
        names.dedup_by_key(|name| (name.file, name.span));
        let facts = facts_of(projects);
        Ok(Self {
            sources,
            facts,
            options,
            names,
            fields,
        })
    }

    /// Misspells so many of the names, and says of each whether that is reported.
    fn misspell(mut self, count: usize, random: &mut Random) -> Vec<Mutant> {
        let mut names = std::mem::take(&mut self.names);
        random.shuffle(&mut names);
        names.truncate(count);
        let mut waiting: BTreeMap<FileId, Vec<Mutant>> = BTreeMap::new();
        for name in names {
            let (offset, part) = random.choose(&name.parts).clone();
            let start = name.span.start + offset;
            let mutant = Mutant {
                span: Span::new(start, start + part.len() as u32),
                misspelt: random.misspell(&part, &self.fields),
                name,
                is_found: false,
            };
            waiting.entry(mutant.name.file).or_default().push(mutant);
        }
        let mut done: Vec<Mutant> = Vec::new();
        while !waiting.is_empty() {
            let mut round: Vec<Mutant> = waiting.values_mut().filter_map(Vec::pop).collect();
            waiting.retain(|_, left| !left.is_empty());
            self = self.judge(&mut round);
            done.append(&mut round);
        }
        done.sort_by_key(|mutant| (mutant.name.file, mutant.name.span));
        done
    }

    /// Misspells one name of each of some files, asks the rules, and puts all back.
    fn judge(self, round: &mut [Mutant]) -> Self {
        let Self {
            sources,
            facts,
            options,
            ..
        } = self;
        let originals: Vec<(String, String)> = round
            .iter()
            .map(|mutant| {
                let file = sources.file(mutant.name.file);
                (file.path.to_string(), file.text.to_string())
            })
            .collect();
        let changed: Vec<(String, String)> = round
            .iter()
            .zip(&originals)
            .map(|(mutant, (path, text))| (path.clone(), mutant.applied(text)))
            .collect();
        let (sources, facts) = replaced(sources, facts, &changed);
        let projects = Project::link_all(&sources, facts, &options);
        for project in &projects {
            let rules = rules();
            let said = luthier_rules::run(&rules, project, &sources, &Options::default());
            let shown = said
                .findings
                .iter()
                .filter(|finding| finding.confidence >= Confidence::Likely);
            for finding in shown {
                let at = finding.location;
                let named = format!("`{}`", finding.message);
                for mutant in round.iter_mut() {
                    mutant.is_found |= mutant.name.file == at.file
                        && at.span.start <= mutant.span.start
                        && mutant.span.start < at.span.end
                        && named.contains(&format!("`{}`", mutant.misspelt));
                }
            }
        }
        let (sources, facts) = replaced(sources, facts_of(projects), &originals);
        Self {
            sources,
            facts,
            options,
            ..self
        }
    }
}

impl Mutant {
    fn applied(&self, text: &str) -> String {
        let (start, end) = (self.span.start as usize, self.span.end as usize);
        format!("{}{}{}", &text[..start], self.misspelt, &text[end..])
    }
}

/// The same repository with other texts; only their facts are worked out anew.
fn replaced(
    sources: Sources,
    facts: Vec<FileFacts>,
    texts: &[(String, String)],
) -> (Sources, Vec<FileFacts>) {
    let (sources, kept) = sources.with_texts(texts, facts);
    let files = sources.iter().zip(kept);
    let facts = files.map(|((_, file), kept)| kept.unwrap_or_else(|| FileFacts::extract(file)));
    let facts = facts.collect();
    (sources, facts)
}

/// The facts of all files, taken back out of the projects.
fn facts_of(projects: Vec<Project>) -> Vec<FileFacts> {
    let facts = projects.first().map(|project| Arc::clone(&project.files));
    drop(projects);
    facts.and_then(Arc::into_inner).unwrap_or_default()
}

fn rules() -> Vec<&'static Rule> {
    RULES
        .iter()
        .filter_map(|code| registry::find(code))
        .collect()
}
