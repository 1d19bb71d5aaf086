//! Every operation with the models as they are before and after it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, Range};
use std::sync::Arc;

use super::deconstruct::is_altered;
use super::exact::Exact;
use super::operation::{Operation, Step};
use super::state::{ModelKey, ModelState, ProjectState};
use super::{MigrationId, Migrations};
use crate::modules::Modules;
use crate::place::Place;

/// One operation of a migration where it is run: those within others stand for themselves.
#[derive(Clone, Debug)]
pub struct Applied {
    pub migration: MigrationId,
    pub transition: Transition,
}

impl Deref for Applied {
    type Target = Transition;

    fn deref(&self) -> &Transition {
        &self.transition
    }
}

/// One operation with the models around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    pub step: Arc<Step>,
    /// The model that it is about, as it is before; `None` where there is none yet.
    pub before: Option<Arc<ModelState>>,
    /// The same as it is after; `None` where it is gone.
    pub after: Option<Arc<ModelState>>,
    pub reach: Reach,
    /// Whether nobody reads the table yet, and it has no rows: it was made together with it, by a
    /// migration that is not released, or what is run is only run where there are no tables yet.
    pub is_on_new_table: bool,
    /// How many foreign keys of other tables lead to the column that it alters.
    pub(super) referenced_by: u32,
    /// Whether it surely makes a foreign key another field, which then is dropped and made anew.
    pub(super) alters_key: bool,
    /// All models, where it runs code that asks for them.
    pub(super) models: Option<Arc<StateModels>>,
}

/// The models of a state.
pub(super) type StateModels = BTreeMap<ModelKey, Arc<ModelState>>;

/// Which of the two an operation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Both,
    /// One of `database_operations`: the models do not hear of it.
    Database,
    /// One of `state_operations`: the database does not hear of it.
    State,
}

impl Transition {
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

    /// Whether it changes a table that was there before: rows may be in it, and the release before may
    /// be using it.
    pub fn is_on_existing_table(&self) -> bool {
        let is_there = self.before.is_some() && !self.is_on_new_table;
        is_there && self.reaches_database() && self.is_managed()
    }

    /// The model that it is about, as it is after, or before where it is gone.
    pub fn model(&self) -> Option<&Arc<ModelState>> {
        self.after.as_ref().or(self.before.as_ref())
    }

    fn is_about(&self, key: &ModelKey) -> bool {
        let models = [&self.before, &self.after];
        models
            .into_iter()
            .flatten()
            .any(|model| model.key() == *key)
    }

    /// Whether the table that it finds is one of these, named by table or as `app.Model`.
    pub fn finds_one_of(&self, tables: &[String]) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|model| model.is_one_of(tables))
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
    /// Where the operations of each migration are among them.
    pub(super) of_migration: BTreeMap<MigrationId, Range<usize>>,
}

/// Replays the migrations in the order in which they run on an empty database.
pub(super) fn replay(migrations: &Migrations, exact: Exact<'_>) -> Replay {
    let mut replay = Replay::default();
    let mut unreleased = BTreeSet::new();
    for (id, migration) in migrations.in_order() {
        let mut own = BTreeSet::new();
        let created = match migrations.ages.is_unreleased(id) {
            true => &mut unreleased,
            false => &mut own,
        };
        let mut run = Run {
            app: &migration.app,
            exact,
            meets_no_rows: migration.is_initial || !migration.replaces.is_empty(),
            created,
            transitions: Vec::new(),
        };
        run.steps(&migrations.steps(id).steps, &mut replay.state, Reach::Both);
        let applied = run.transitions.into_iter().map(|transition| Applied {
            migration: id,
            transition,
        });
        let start = replay.applied.len();
        replay.applied.extend(applied);
        replay.of_migration.insert(id, start..replay.applied.len());
    }
    replay
}

/// Runs operations of an app that belong together, on models that they change.
pub(super) fn run(
    app: &Arc<str>,
    steps: &[Arc<Step>],
    state: &mut ProjectState,
    exact: Exact<'_>,
) -> Vec<Transition> {
    let mut run = Run {
        app,
        exact,
        meets_no_rows: false,
        created: &mut BTreeSet::new(),
        transitions: Vec::new(),
    };
    run.steps(steps, state, Reach::Both);
    run.transitions
}

/// Operations while they are replayed.
struct Run<'a> {
    app: &'a Arc<str>,
    exact: Exact<'a>,
    /// Whether it is only run where its app has no tables yet.
    meets_no_rows: bool,
    /// The models whose tables were made so far, here or since the last release.
    created: &'a mut BTreeSet<ModelKey>,
    transitions: Vec<Transition>,
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
            state.apply(self.app, step, self.exact);
        }
        let after = match &step.operation {
            Operation::RenameModel { new_name, .. } => find(state, new_name),
            _ => name.as_deref().and_then(|name| find(state, name)),
        };
        let alters_key = match (&step.operation, &before, &after) {
            (Operation::AlterField { name, .. }, Some(before), Some(after)) => {
                let both = before.field(name).zip(after.field(name));
                both.is_some_and(|(old, new)| {
                    let are_keys = old.kind().is_foreign_key() && new.kind().is_foreign_key();
                    are_keys && is_altered(self.exact, old, new)
                })
            }
            _ => false,
        };
        let models = matches!(step.operation, Operation::RunPython { code: Some(_), .. })
            .then(|| Arc::new(state.models.clone()));
        let is_on_new_table = before
            .as_ref()
            .is_some_and(|model| self.meets_no_rows || self.created.contains(&model.key()));
        if let (Operation::CreateModel { .. } | Operation::RenameModel { .. }, Some(model)) =
            (&step.operation, &after)
            && (is_on_new_table || matches!(step.operation, Operation::CreateModel { .. }))
            && reach != Reach::State
        {
            self.created.insert(model.key());
        }
        self.transitions.push(Transition {
            step: Arc::clone(step),
            before,
            after,
            reach,
            is_on_new_table,
            referenced_by,
            alters_key,
            models,
        });
    }
}

impl Migrations {
    /// The operations of one migration, in their order.
    pub fn applied_by(&self, id: MigrationId) -> &[Applied] {
        let replayed = self.replayed();
        let range = replayed.of_migration.get(&id).cloned();
        &replayed.applied[range.unwrap_or_default()]
    }

    /// The model that an operation is about as its migration found it: what the release before knows.
    pub fn begun(&self, applied: &Applied) -> Option<&Arc<ModelState>> {
        let key = applied.model()?.key();
        let mut own = self.applied_by(applied.migration).iter();
        own.find(|other| other.is_about(&key))?.before.as_ref()
    }

    /// The same as its migration leaves it; `None` where it is gone.
    pub fn ended(&self, applied: &Applied) -> Option<&Arc<ModelState>> {
        let key = applied.model()?.key();
        let mut own = self.applied_by(applied.migration).iter().rev();
        own.find(|other| other.is_about(&key))?.after.as_ref()
    }
}

/// What becomes of a column that a migration drops, when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Successor {
    /// One of that name is added anew.
    Added,
    /// Another column has got its name.
    Renamed,
}

impl Migrations {
    /// The name that a column had when its migration began, and its field then; `None` where it is new.
    pub fn column_at_begin(
        &self,
        applied: &Applied,
        column: &str,
    ) -> Option<(Arc<str>, &Arc<str>)> {
        let key = applied.model()?.key();
        let mut name: Arc<str> = column.into();
        let own = self.applied_by(applied.migration);
        let at = own.iter().position(|other| std::ptr::eq(other, applied))?;
        let earlier = own[..at].iter().rev();
        for other in earlier.filter(|other| other.is_about(&key) && other.reaches_database()) {
            if let Some((before, after)) = other.columns()
                && after.eq_ignore_ascii_case(&name)
            {
                name = before?;
            }
        }
        let (field, _) = self.begun(applied)?.field_of_column(&name)?;
        Some((name, field))
    }

    /// What has the name of a column, which an operation drops, when the migration ends.
    pub fn successor(&self, applied: &Applied, column: &str) -> Option<Successor> {
        self.ended(applied)?.field_of_column(column)?;
        let key = applied.model()?.key();
        let own = self.applied_by(applied.migration);
        let at = own.iter().position(|other| std::ptr::eq(other, applied))?;
        let later = own[at + 1..].iter();
        let mut made = later.filter_map(|other| {
            let (before, after) = other.columns().filter(|_| other.is_about(&key))?;
            let is_named_so = before.as_deref() != Some(&*after);
            (is_named_so && after.eq_ignore_ascii_case(column)).then_some(before)
        });
        Some(match made.next()? {
            Some(_) => Successor::Renamed,
            None => Successor::Added,
        })
    }
}

impl Transition {
    /// The column that an operation on a field finds, and the one that it leaves.
    fn columns(&self) -> Option<(Option<Arc<str>>, Arc<str>)> {
        let column =
            |model: &Option<Arc<ModelState>>, name: &str| model.as_ref()?.field(name)?.column(name);
        match self.operation() {
            Operation::AddField { name, .. } => Some((None, column(&self.after, name)?)),
            Operation::AlterField { name, .. } => Some((
                Some(column(&self.before, name)?),
                column(&self.after, name)?,
            )),
            Operation::RenameField {
                old_name, new_name, ..
            } => Some((
                Some(column(&self.before, old_name)?),
                column(&self.after, new_name)?,
            )),
            _ => None,
        }
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
