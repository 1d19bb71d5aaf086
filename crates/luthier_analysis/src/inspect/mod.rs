//! What luthier understood of a project, without judging it: evaluated settings, pictures.

mod apps;
mod models;
mod routes;
mod secrets;
mod settings;

use luthier_diagnostics::graph::Graph;
pub use luthier_diagnostics::graph::GraphKind;
use luthier_diagnostics::settings::SettingsView;
use luthier_project::Project;
use luthier_source::Sources;

use crate::check::{CheckError, Request, expect_settings, project_options, read};

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

/// A picture of all projects.
pub fn graph(request: &Request, kind: GraphKind) -> Result<Inspected<Graph>, CheckError> {
    inspect(request, |projects, _| match kind {
        GraphKind::Models => models::graph(projects),
        GraphKind::Apps => apps::graph(projects),
        GraphKind::Routes => routes::graph(projects),
    })
}

/// Reads and links, and looks at the result.
fn inspect<T>(
    request: &Request,
    look: impl FnOnce(&[Project], &Sources) -> T,
) -> Result<Inspected<T>, CheckError> {
    let (sources, facts) = read(request)?;
    let projects = Project::link_all(&sources, facts, &project_options(request));
    expect_settings(request, &projects, &sources)?;
    let value = look(&projects, &sources);
    Ok(Inspected { sources, value })
}
