//! What luthier understood of a project, without judging it: evaluated settings, pictures.

mod apps;
mod history;
mod migrations;
mod models;
mod queries;
mod routes;
mod secrets;
mod settings;

use luthier_diagnostics::Category;
use luthier_diagnostics::graph::Graph;
pub use luthier_diagnostics::graph::GraphKind;
pub use luthier_diagnostics::migrations::MigrationsView;
use luthier_diagnostics::queries::EntryQueries;
use luthier_diagnostics::settings::SettingsView;
use luthier_project::Project;
use luthier_rules::registry;
use luthier_source::Sources;

use crate::check::{CheckError, Request, ask, expect_told, facts_of, project_options, read};
use crate::fixes::{Daring, mended};
use crate::select::{Asked, Selector};

/// What was asked for, with the texts that its places are in.
#[derive(Debug)]
pub struct Inspected<T> {
    pub sources: Sources,
    pub value: T,
}

/// What is done with passwords, keys and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    Masked,
    Shown,
}

/// Every setting of the production module of each project.
pub fn settings(
    request: &Request,
    secrets: Secrets,
) -> Result<Inspected<Vec<SettingsView>>, CheckError> {
    inspect(request, |projects, sources| {
        let projects = projects.iter();
        projects
            .filter_map(|project| settings::view(project, sources, secrets))
            .collect()
    })
}

/// What of the migrations is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Only these apps, by their labels; all where empty.
    pub apps: Vec<String>,
    /// Whether every migration has a box of its own, also where those of an app only follow each other.
    pub is_whole: bool,
}

/// A picture of all projects.
pub fn graph(
    request: &Request,
    kind: GraphKind,
    history: &History,
) -> Result<Inspected<Graph>, CheckError> {
    inspect(request, |projects, _| match kind {
        GraphKind::Models => models::graph(projects),
        GraphKind::Apps => apps::graph(projects),
        GraphKind::Routes => routes::graph(projects),
        GraphKind::Migrations => history::graph(projects, history),
    })
}

/// What each migration does to a database in use, and what the models lack, project by project.
pub fn migrations(request: &Request) -> Result<Inspected<Vec<MigrationsView>>, CheckError> {
    let large_tables = &request.configuration.config.large_tables;
    let rules: Vec<_> = registry::all()
        .into_iter()
        .filter(|rule| rule.category == Category::Migrations)
        .collect();
    inspect(request, |projects, sources| {
        let answers = ask(request, &rules, projects, sources);
        let each = projects.iter().zip(&answers);
        each.map(|(project, answer)| {
            let asked = migrations::Asked {
                sources,
                findings: &answer.findings,
                large_tables,
            };
            migrations::view(project, &asked)
        })
        .collect()
    })
}

/// The queries of every route, task and command, and what the fixes leave of them.
pub fn queries(request: &Request) -> Result<Inspected<Vec<EntryQueries>>, CheckError> {
    before_and_after(request, |projects| {
        projects.iter().flat_map(queries::of_project).collect()
    })
}

/// The same of the code with these dotted names; those that lead to no code are left out.
pub fn queries_of(
    request: &Request,
    names: &[String],
) -> Result<Inspected<Vec<EntryQueries>>, CheckError> {
    before_and_after(request, |projects| queries::of_names(projects, names))
}

/// Counts, makes the fixes in memory, and counts again. The places of both are those of the texts
/// as they are.
fn before_and_after(
    request: &Request,
    count: impl Fn(&[Project]) -> Vec<EntryQueries>,
) -> Result<Inspected<Vec<EntryQueries>>, CheckError> {
    let (sources, facts) = read(request)?;
    let projects = Project::link_all(&sources, facts, &project_options(request));
    expect_told(request, &projects, &sources)?;
    let mut value = count(&projects);
    if value.iter().any(EntryQueries::grows) {
        let mut request = request.clone();
        request.asked = Asked {
            select: Some(
                queries::MENDING
                    .iter()
                    .copied()
                    .map(Selector::Rule)
                    .collect(),
            ),
            ..Asked::default()
        };
        request.review = false;
        let (again, _) = read(&request)?;
        let facts = facts_of(projects);
        let (fixed, projects) = mended(&request, Daring::Safe, again, facts)?;
        if !fixed.changes.is_empty() {
            queries::compare(
                &mut value,
                count(&projects),
                &fixed.outcome.sources,
                &sources,
            );
        }
    }
    Ok(Inspected { sources, value })
}

/// Reads and links, and looks at the result: also for those who make code of it.
pub fn inspect<T>(
    request: &Request,
    look: impl FnOnce(&[Project], &Sources) -> T,
) -> Result<Inspected<T>, CheckError> {
    let (sources, facts) = read(request)?;
    let projects = Project::link_all(&sources, facts, &project_options(request));
    expect_told(request, &projects, &sources)?;
    let value = look(&projects, &sources);
    Ok(Inspected { sources, value })
}
