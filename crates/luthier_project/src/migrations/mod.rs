//! The migrations of the project's apps and how they depend on each other.
//!
//! The graph is the one that Django loads for an empty database: a squashed migration stands for
//! what it replaces.

mod absent;
mod algebra;
mod applied;
mod commute;
mod current;
mod custom;
mod deconstruct;
mod detect;
mod drift;
mod edited;
mod effects;
mod exact;
mod file;
mod given;
mod graph;
mod loadable;
mod operation;
mod operations;
mod phase;
mod read;
mod released;
mod scripts;
mod sql;
mod state;
mod unique;
mod value;
mod vendors;
mod written;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use absent::Absent;
use applied::Replay;
use exact::Exact;
use luthier_source::Sources;
use operations::{Reader, Steps};
use rayon::prelude::*;
use released::Ages;
use scripts::AllDo;
use sql::Handwritten;

use crate::apps::{Apps, Configured};
use crate::constant::Constant;
use crate::facts::Names;
use crate::models::{FieldReader, ModelGraph};
use crate::modules::{ModuleId, Modules};
use crate::place::Place;

pub use applied::{Applied, Reach, Successor, Transition};
pub use commute::{Clash, ClashSide, Item};
pub use detect::Unjudged;
pub use drift::{AppDrift, Drift};
pub use edited::{Edited, edited};
pub use file::{Definitions, MigrationFile, number};
pub use loadable::{LoadProblem, Unloadable};
pub use operation::{Base, Managers, ModelOptions, Named, OldIndex, Operation, Step, Together};
pub use phase::Phase;
pub use released::Since;
pub use scripts::{Left, Outdated, Script, Write, WriteKind};
pub use sql::{Sql, SqlEffect, SqlText};
pub use state::{ModelKey, ModelState, ProjectState, StateField};
pub use value::{Condition, Connector, Made, Value};
pub use written::{Code, Import};

/// One migration, by its place in [`Migrations::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MigrationId(u32);

/// One migration file.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The label of its app.
    pub app: Arc<str>,
    pub name: Arc<str>,
    pub module: ModuleId,
    /// The name of the class `Migration`.
    pub place: Place,
    pub dependencies: Vec<Reference>,
    pub run_before: Vec<Reference>,
    pub replaces: Vec<Reference>,
    /// Whether one of these lists was not understood: there may be more in it.
    pub is_open: bool,
    /// What it does, once it is asked for.
    does: OnceLock<Steps>,
    /// Whether it runs in one transaction, where the database can: `atomic` of its class. `None`
    /// where that is not spelled out.
    pub atomic: Option<bool>,
    /// Whether it is one of those that make the tables of its app: `initial` of its class.
    pub is_initial: bool,
}

impl Migration {
    fn read(&self, reader: &Reader<'_>) {
        self.does.get_or_init(|| reader.of_migration(self.module));
    }
}

/// A migration as another one names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub app: Arc<str>,
    /// May be `__first__` or `__latest__`.
    pub name: Arc<str>,
    pub place: Place,
}

impl Reference {
    /// Whether it means the first or the last migration of an app, whatever its name. About the app
    /// that says so it means nothing.
    fn is_relative(&self) -> bool {
        matches!(&*self.name, "__first__" | "__latest__")
    }
}

/// Several migrations of one app that nothing in the app comes after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub app: Arc<str>,
    /// By name.
    pub leaves: Vec<MigrationId>,
}

/// A migration that depends on one which is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub from: MigrationId,
    pub reference: Reference,
}

/// Where the project's own apps keep their migrations: dotted packages, each with its app's label.
pub(crate) fn packages(
    modules: &Modules,
    apps: &Apps,
    configured: &Configured,
) -> Vec<(Arc<str>, Arc<str>)> {
    let elsewhere = configured.value("MIGRATION_MODULES");
    let mut packages = Vec::new();
    for app in apps.iter().filter(|app| app.is_own) {
        let set = match &elsewhere {
            Constant::Dict(entries) => entries.iter().find(|(label, _)| *label == app.label),
            _ => None,
        };
        let package = match set {
            Some((_, Constant::Str(package))) => Arc::clone(package),
            // Switched off, or not understood.
            Some(_) => continue,
            None => {
                let name = app
                    .package
                    .map_or(&*app.name, |package| &modules.get(package).name);
                format!("{name}.migrations").into()
            }
        };
        packages.push((package, Arc::clone(&app.label)));
    }
    packages
}

/// What the project has besides its migrations, of which replaying and comparing them takes something.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) modules: Arc<Modules>,
    pub(crate) own: Vec<ModuleId>,
    pub(crate) apps: Arc<Apps>,
    /// As [`packages`] gives them.
    pub(crate) packages: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) models: Arc<ModelGraph>,
    pub(crate) configured: Arc<Configured>,
}

impl Surroundings {
    fn exact(&self) -> Exact<'_> {
        Exact {
            modules: &self.modules,
            settings: &self.configured,
        }
    }

    fn reader(&self) -> Reader<'_> {
        Reader {
            exact: self.exact(),
            fields: FieldReader::new(&self.modules, &self.configured),
        }
    }
}

/// What the migrations come to.
#[derive(Debug)]
struct Replayed {
    /// Every operation, in the order in which they run on an empty database.
    applied: Vec<Applied>,
    /// Where the operations of each migration are among them.
    of_migration: BTreeMap<MigrationId, Range<usize>>,
    drift: Drift,
}

/// All migrations of the project's own apps.
#[derive(Debug)]
pub struct Migrations {
    all: Vec<Migration>,
    pub conflicts: Vec<Conflict>,
    pub missing: Vec<Missing>,
    /// Migrations that depend on each other in a circle, from the first by name.
    pub circles: Vec<Vec<MigrationId>>,
    /// Files that keep Django from loading any migration, once they are asked for.
    unloadable: OnceLock<Vec<Unloadable>>,
    /// The migrations that run on an empty database, each after what it depends on.
    order: Vec<MigrationId>,
    /// The migrations that each one comes directly after.
    before: Vec<Vec<MigrationId>>,
    ages: Ages,
    surroundings: Arc<Surroundings>,
    /// The apps with a migration that spares locks, once it is asked for.
    sparing: OnceLock<BTreeSet<Arc<str>>>,
    /// What they come to, once it is asked for: most rules know nothing of it.
    replayed: OnceLock<Replayed>,
    /// What operations hand to the database as text, once it is asked for.
    handwritten: OnceLock<Handwritten>,
    /// What the code that they run does with rows, once it is asked for.
    scripts: OnceLock<AllDo>,
}

impl Migrations {
    /// Reads the migrations in the packages and links them. What the last release had may be told, with
    /// the texts of the project.
    pub(crate) fn link(around: Surroundings, told: (Option<&Since>, &Sources)) -> Self {
        let around = Arc::new(around);
        let Surroundings {
            modules,
            own,
            apps,
            packages,
            configured,
            ..
        } = &*around;
        let listed = apps.iter().filter(|app| app.is_listed);
        let listed = listed.map(|app| Arc::clone(&app.label)).collect();
        let mut migrations = read::read(modules, own, packages, configured, &listed);
        migrations.sort_by(|a, b| (&a.app, &a.name).cmp(&(&b.app, &b.name)));
        let absent = Absent::of(modules, own, apps, configured);
        let mut linked = graph::link(migrations, &absent, Arc::clone(&around));
        linked.ages = Ages::of(&linked, modules, told);
        linked
    }

    fn replayed(&self) -> &Replayed {
        self.replayed.get_or_init(|| {
            let around = &self.surroundings;
            // One file after the other: a thread that waited for others here might be given work by them that
            // asks for the same, and wait for itself.
            let reader = around.reader();
            for migration in &self.all {
                migration.read(&reader);
            }
            let Replay {
                state,
                applied,
                of_migration,
            } = applied::replay(self, around.exact());
            let drift = drift::compare(self, state, around);
            Replayed {
                applied,
                of_migration,
                drift,
            }
        })
    }

    /// Works out now what the migrations come to, the files one beside the other: who knows that it will
    /// be asked for need not have others wait for it then.
    pub(crate) fn replay(&self) {
        let reader = || self.surroundings.reader();
        let read = |reader: &mut Reader<'_>, migration: &Migration| migration.read(reader);
        self.all.par_iter().for_each_init(reader, read);
        self.replayed();
    }

    /// What a migration does, in order, and whether it may do more than was understood.
    fn steps(&self, id: MigrationId) -> &Steps {
        let migration = self.get(id);
        let read = || self.surroundings.reader().of_migration(migration.module);
        migration.does.get_or_init(read)
    }

    /// Whether a migration may do more than was understood.
    pub fn does_more(&self, id: MigrationId) -> bool {
        self.steps(id).is_open
    }

    /// What `makemigrations` would write.
    pub fn drift(&self) -> &Drift {
        &self.replayed().drift
    }

    /// Every operation with the models before and after it, in the order in which they run on an empty
    /// database. Those within others stand for themselves.
    pub fn applied(&self) -> &[Applied] {
        &self.replayed().applied
    }

    /// Whether a migration may still be harmful to run: it is not released as far as is told, or one of
    /// the last of the project where nothing is. Older ones have long been run wherever the project is in use.
    pub fn is_recent(&self, id: MigrationId) -> bool {
        self.ages.is_recent[id.0 as usize]
    }

    /// Whether a migration is known not to be released.
    pub fn is_unreleased(&self, id: MigrationId) -> bool {
        self.ages.is_unreleased(id)
    }

    /// The migrations that one comes directly after: what it depends on, and what says that it runs
    /// before it. A squashed migration stands for what it replaces.
    pub fn before(&self, id: MigrationId) -> &[MigrationId] {
        &self.before[id.0 as usize]
    }

    /// A migration and all that come before it.
    pub fn with_all_before(&self, last: MigrationId) -> BTreeSet<MigrationId> {
        let mut found = BTreeSet::new();
        let mut open = vec![last];
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(self.before(id));
            }
        }
        found
    }

    /// The migrations that run on an empty database, each after what it depends on.
    pub fn in_order(&self) -> impl Iterator<Item = (MigrationId, &Migration)> {
        self.order.iter().map(|&id| (id, self.get(id)))
    }

    pub fn get(&self, id: MigrationId) -> &Migration {
        &self.all[id.0 as usize]
    }

    /// By app, then name.
    pub fn all(&self) -> impl ExactSizeIterator<Item = (MigrationId, &Migration)> {
        self.all
            .iter()
            .enumerate()
            .map(|(index, migration)| (MigrationId(index as u32), migration))
    }

    /// Whether a migration of the app goes out of its way not to lock a table for long.
    pub fn spare_locks(&self, app: &str) -> bool {
        let sparing = self.sparing.get_or_init(|| {
            let of_names = |migration: &&Migration| {
                let facts = self.surroundings.modules.facts(migration.module);
                spares_locks(&facts.names)
            };
            let sparing = self.all.iter().filter(of_names);
            sparing
                .map(|migration| Arc::clone(&migration.app))
                .collect()
        });
        sparing.contains(app)
    }

    /// Files that keep Django from loading any migration.
    pub fn unloadable(&self) -> &[Unloadable] {
        self.unloadable.get_or_init(|| {
            let around = &self.surroundings;
            let files = read::files(&around.modules, &around.own, &around.packages);
            files
                .filter_map(|(module, app, _)| loadable::problem(&around.modules, app, module))
                .collect()
        })
    }

    /// Whether the graph can be loaded and no app has more than one last migration.
    pub fn is_sound(&self) -> bool {
        self.conflicts.is_empty()
            && self.missing.is_empty()
            && self.circles.is_empty()
            && self.unloadable().is_empty()
    }
}

/// Whether a name or text of a migration belongs to what PostgreSQL does without a long lock:
/// `AddIndexConcurrently` and its kin, SQL with `CONCURRENTLY`, constraints checked afterwards.
fn spares_locks(names: &Names) -> bool {
    let parts = ["IndexConcurrently", " CONCURRENTLY "];
    ["AddConstraintNotValid", "ValidateConstraint"]
        .iter()
        .any(|name| names.has(name))
        || parts
            .iter()
            .any(|part| names.mention(part) && names.iter().any(|name| name.contains(part)))
}
