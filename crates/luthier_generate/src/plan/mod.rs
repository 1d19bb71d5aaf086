//! `luthier migrations plan`: an unsafe change as releases, none of which stops the one before it.
//!
//! What is unsafe is what `luthier_project` says of each operation. A kind of change has a file, which
//! makes a [`recipe::Recipe`] of it; the recipes of all operations of an app run side by side, release
//! by release. The plan of an app is whole or there is none.

mod add_column;
mod alter_column;
mod anew;
mod another_key;
mod cast;
mod compose;
mod contradictions;
mod foreign_key;
mod hanging;
mod indexes;
mod kept;
mod key;
mod kinds;
mod leading;
mod led;
mod models;
mod neighbours;
mod not_null;
mod pairs;
mod rebuild;
mod recipe;
mod remove;
mod rename;
mod retype;
mod shadow;
mod spelling;
mod sql;
mod subject;
#[cfg(test)]
mod tests;
mod through;
mod value;
mod verbatim;

use std::collections::BTreeMap;
use std::sync::Arc;

use luthier_diagnostics::plans::{PlanStep, Plans};
use luthier_project::Project;
use luthier_project::migrations::{MigrationId, Transition};
use luthier_source::Sources;
use luthier_source::write::Change;

use compose::{Group, Target};
pub use kept::kept;
use neighbours::Successors;

/// What is to be planned.
#[derive(Clone, Debug, Default)]
pub struct PlanRequest {
    /// Only these apps; all where empty.
    pub apps: Vec<String>,
    /// Migrations that are there and not yet released, by `app.name`; later ones of their apps go with them.
    pub migrations: Vec<String>,
    /// Whether all migrations are planned that are known not to be released: those that a commit does not
    /// have, or that come after the last one released.
    pub unreleased: bool,
}

impl PlanRequest {
    /// Whether it is what the models lack that is planned.
    fn is_about_models(&self) -> bool {
        self.migrations.is_empty() && !self.unreleased
    }
}

/// How the unsafe changes of a project come to its database.
pub fn plans(project: &Project, sources: &Sources, request: &PlanRequest) -> Plans {
    let server = project.server();
    let mut plans = Plans {
        server: server.to_string(),
        is_assumed: project.database.is_none(),
        ..Plans::default()
    };
    let is_wanted = |app: &Arc<str>| {
        request.apps.is_empty() || request.apps.iter().any(|wanted| **wanted == **app)
    };
    if request.is_about_models() {
        let unjudged = project.migrations.drift().unjudged.iter();
        let unjudged = unjudged.filter(|it| is_wanted(&it.app));
        plans.unjudged = unjudged
            .map(|it| (it.app.to_string(), it.what.clone()))
            .collect();
    }
    let wanted = groups(project, request);
    let wanted = wanted.into_iter().filter(|group| is_wanted(&group.app));
    let mut successors = Successors::default();
    for (group, between) in neighbours::in_order(project, wanted.collect()) {
        match compose::plan(project, sources, &group, &successors, between) {
            Ok(None) => {}
            Ok(Some(plan)) => {
                successors.take(project, &group, &plan);
                plans.plans.push(plan);
            }
            Err(unplanned) => plans.unplanned.push(unplanned),
        }
    }
    plans.plans.sort_by(|a, b| a.app.cmp(&b.app));
    plans.unplanned.sort_by(|a, b| a.app.cmp(&b.app));
    neighbours::adapt(project, sources, &successors, &mut plans.plans);
    plans
}

/// What the release with a number writes, of all plans that have one.
pub fn release<'a>(
    steps: impl Iterator<Item = &'a PlanStep>,
    number: usize,
    sources: &Sources,
) -> Vec<Change> {
    let text = |path: &str| {
        let file = sources.find(path)?;
        Some(sources.file(file).text.to_string())
    };
    let mut changes = Vec::new();
    for step in steps.filter(|step| step.number == number) {
        let code = step.code.iter().map(|file| {
            let before = text(&file.path);
            (&file.path, &file.text, before)
        });
        // A migration that is there already is not written over.
        let migrations = step
            .migrations
            .iter()
            .map(|file| (&file.path, &file.text, None));
        for (path, after, before) in code.chain(migrations) {
            if text(path).as_ref() != Some(after) {
                changes.push(Change {
                    path: path.clone(),
                    before,
                    after: Some(after.clone()),
                });
            }
        }
        changes.extend(step.adapted.iter().map(|file| Change {
            path: file.path.clone(),
            before: Some(file.before.clone()),
            after: Some(file.text.clone()),
        }));
        changes.extend(step.removed.iter().map(|path| Change {
            path: path.clone(),
            before: text(path),
            after: None,
        }));
    }
    changes
}

/// What is planned together: the drift of an app, or migrations that are one after the other.
fn groups<'p>(project: &'p Project, request: &PlanRequest) -> Vec<Group<'p>> {
    let migrations = &project.migrations;
    if request.is_about_models() {
        let drifted = migrations.drift().apps.iter();
        return drifted
            .map(|drifted| Group {
                app: Arc::clone(&drifted.app),
                transitions: drifted.transitions.iter().collect(),
                target: Target::Drift(drifted.after),
            })
            .collect();
    }
    let asked = migrations.in_order().filter(|(id, migration)| {
        let name = format!("{}.{}", migration.app, migration.name);
        request.migrations.contains(&name) || request.unreleased && migrations.is_unreleased(*id)
    });
    let asked: Vec<MigrationId> = asked.map(|(id, _)| id).collect();
    let mut by_app: BTreeMap<&Arc<str>, Vec<MigrationId>> = BTreeMap::new();
    for id in neighbours::with_later(project, &asked) {
        by_app.entry(&migrations.get(id).app).or_default().push(id);
    }
    let groups = by_app.into_iter().map(|(app, ids)| Group {
        app: Arc::clone(app),
        transitions: ids
            .iter()
            .flat_map(|&id| transitions(project, id))
            .collect(),
        target: Target::Migrations(ids),
    });
    groups.collect()
}

fn transitions(project: &Project, id: MigrationId) -> Vec<&Transition> {
    let own = project.migrations.applied_by(id).iter();
    own.map(|applied| &applied.transition).collect()
}
