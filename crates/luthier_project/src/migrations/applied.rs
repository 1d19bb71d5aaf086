//! Every operation with the models as they are before and after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::exact::Exact;
use super::operation::{Operation, Step};
use super::state::{ModelKey, ModelState, ProjectState};
use super::{MigrationId, Migrations};
use crate::modules::Modules;
use crate::place::Place;

/// One operation where it is run: those within others stand for themselves.
#[derive(Clone, Debug)]
pub struct Applied {
    pub migration: MigrationId,
    pub step: Arc<Step>,
    /// The model that it is about, as it is before; `None` where there is none yet.
    pub before: Option<Arc<ModelState>>,
    /// The same as it is after; `None` where it is gone.
    pub after: Option<Arc<ModelState>>,
    pub reach: Reach,
    /// Whether the same migration made the table, or another one that is not released: nobody reads it
    /// yet, and it has no rows.
    pub is_on_new_table: bool,
    /// How many foreign keys of other tables lead to the column that it alters.
    pub(super) referenced_by: u32,
}

/// Which of the two an operation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Both,
    /// One of `database_operations`: the models do not hear of it.
    Database,
    /// One of `state_operations`: the database does not hear of it.
    State,
}

impl Applied {
    pub fn operation(&self) -> &Operation {
        &self.step.operation
    }

    /// Where it is written: its class, as the call has it.
    pub fn place(&self, modules: &Modules) -> Option<Place> {
        self.step.place(modules)
    }

    /// Whether the database is asked to do something.
    pub fn reaches_database(&self) -> bool {
        self.reach != Reach::State
    }

    /// The model that it is about, as it is after, or before where it is gone.
    pub fn model(&self) -> Option<&Arc<ModelState>> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// Whether the table that it finds is one of these, named by table or as `app.Model`.
    pub fn finds_one_of(&self, tables: &[String]) -> bool {
        self.before.as_ref().is_some_and(|model| {
            let label = format!("{}.{}", model.app, model.name);
            let mut named = tables.iter();
            named.any(|name| *name == *model.table() || name.eq_ignore_ascii_case(&label))
        })
    }

    /// Whether the database has a table of the model that Django takes care of.
    pub fn is_managed(&self) -> bool {
        self.model()
            .is_none_or(|model| model.is_managed() && !model.is_proxy())
    }
}

/// What replaying all migrations comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay {
    pub(super) state: ProjectState,
    pub(super) applied: Vec<Applied>,
}

/// Replays the migrations in the order in which they run on an empty database.
pub(super) fn replay(migrations: &Migrations, exact: Exact<'_>) -> Replay {
    let mut replay = Replay::default();
    let mut unreleased = BTreeSet::new();
    for (id, migration) in migrations.in_order() {
        let mut own = BTreeSet::new();
        let mut run = Run {
            id,
            app: &migration.app,
            exact,
            created: match migrations.ages.is_unreleased[id.0 as usize] {
                true => &mut unreleased,
                false => &mut own,
            },
            applied: &mut replay.applied,
        };
        run.steps(&migration.steps, &mut replay.state, Reach::Both);
    }
    replay
}

/// One migration while it is replayed.
struct Run<'a> {
    id: MigrationId,
    app: &'a Arc<str>,
    exact: Exact<'a>,
    /// The models whose tables it made so far, or those that are not released with it.
    created: &'a mut BTreeSet<ModelKey>,
    applied: &'a mut Vec<Applied>,
}

impl Run<'_> {
    fn steps(&mut self, steps: &[Arc<Step>], state: &mut ProjectState, reach: Reach) {
        for step in steps {
            match &step.operation {
                Operation::SeparateDatabaseAndState {
                    database,
                    state: changes,
                } => {
                    if reach != Reach::State {
                        // The database's own changes are made to models of their own.
                        let mut own = state.clone();
                        self.steps(database, &mut own, Reach::Database);
                    }
                    self.steps(changes, state, Reach::State);
                }
                Operation::RunSql { state: changes, .. } => {
                    self.step(step, state, reach);
                    self.steps(changes, state, Reach::State);
                }
                _ => self.step(step, state, reach),
            }
        }
    }

    fn step(&mut self, step: &Arc<Step>, state: &mut ProjectState, reach: Reach) {
        let name = step.operation.model().cloned();
        let find = |state: &ProjectState, name: &str| state.model(self.app, name).cloned();
        let before = name.as_deref().and_then(|name| find(state, name));
        let referenced_by = match (&step.operation, &before) {
            (
                Operation::AlterField { name, .. } | Operation::RenameField { old_name: name, .. },
                Some(model),
            ) => state.references_to(model, name),
            _ => 0,
        };
        if !matches!(step.operation, Operation::RunSql { .. }) {
            state.apply(self.app, &step.operation, self.exact);
        }
        let after = match &step.operation {
            Operation::RenameModel { new_name, .. } => find(state, new_name),
            _ => name.as_deref().and_then(|name| find(state, name)),
        };
        let is_on_new_table = before
            .as_ref()
            .is_some_and(|model| self.created.contains(&model.key()));
        if let (Operation::CreateModel { .. } | Operation::RenameModel { .. }, Some(model)) =
            (&step.operation, &after)
            && (is_on_new_table || matches!(step.operation, Operation::CreateModel { .. }))
            && reach != Reach::State
        {
            self.created.insert(model.key());
        }
        self.applied.push(Applied {
            migration: self.id,
            step: Arc::clone(step),
            before,
            after,
            reach,
            is_on_new_table,
            referenced_by,
        });
    }
}

/// By app, its migrations in order.
pub(super) fn by_app(migrations: &Migrations) -> BTreeMap<&Arc<str>, Vec<MigrationId>> {
    let mut by_app: BTreeMap<&Arc<str>, Vec<MigrationId>> = BTreeMap::new();
    for (id, migration) in migrations.in_order() {
        by_app.entry(&migration.app).or_default().push(id);
    }
    by_app
}
