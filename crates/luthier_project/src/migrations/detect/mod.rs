//! What `makemigrations` would write: Django's `MigrationAutodetector` (5.2), which never asks.
//!
//! The steps and their order are Django's, since the order of operations comes out of them.

mod arrange;
mod fields;
mod models;
mod optimize;
mod options;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::deconstruct::{Deconstruction, of_state};
use super::exact::Exact;
use super::operation::{Operation, Together};
use super::state::{ModelKey, ModelState, ProjectState, StateField};

/// Finds what leads from one state of the models to another.
pub(super) struct Detector<'a> {
    exact: Exact<'a>,
    /// The Django that compares: major and minor.
    version: (u32, u32),
    old: &'a ProjectState,
    new: &'a ProjectState,
    old_keys: Keys,
    new_keys: Keys,
    /// By app, in the order in which they were found.
    generated: BTreeMap<Arc<str>, Vec<Generated>>,
    /// Names of attributes of a model class that may be a field which is not understood.
    is_hidden: &'a dyn Fn(&ModelKey, &str) -> bool,
    /// Whether the models module of an app has something by the name of a model.
    is_made: &'a dyn Fn(&Arc<str>, &str) -> bool,
    /// What was not compared, as told to a person.
    unknown: Vec<Unjudged>,
}

/// Something that was not compared because a part of it is not understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unjudged {
    pub app: Arc<str>,
    /// The model, and what of it.
    pub what: String,
}

/// The models of a state, by what they are.
#[derive(Default)]
struct Keys {
    models: BTreeSet<ModelKey>,
    proxies: BTreeSet<ModelKey>,
    unmanaged: BTreeSet<ModelKey>,
}

impl Keys {
    fn of(state: &ProjectState) -> Self {
        let mut keys = Self::default();
        for (key, model) in &state.models {
            let set = if !model.is_managed() {
                &mut keys.unmanaged
            } else if model.is_proxy() {
                &mut keys.proxies
            } else {
                &mut keys.models
            };
            set.insert(key.clone());
        }
        keys
    }
}

/// An operation that was found, with what has to come before it.
#[derive(Clone, Debug)]
struct Generated {
    operation: Operation,
    dependencies: Vec<Dependency>,
}

/// Something that has to be there, or gone, before an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dependency {
    model: ModelKey,
    field: Option<Arc<str>>,
    kind: DependencyKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DependencyKind {
    Create,
    Remove,
    Alter,
    RemoveOrderWrt,
    AlterTogether,
    /// Since Django 6.0.
    RemoveIndexOrConstraint,
}

impl Dependency {
    fn on_model(model: ModelKey, kind: DependencyKind) -> Self {
        Self {
            model,
            field: None,
            kind,
        }
    }

    fn on_field(model: ModelKey, field: &str, kind: DependencyKind) -> Self {
        Self {
            model,
            field: Some(field.into()),
            kind,
        }
    }
}

/// The operations of each app, migration after migration, and what was not judged.
pub(super) struct Detected {
    pub(super) migrations: BTreeMap<Arc<str>, Vec<Vec<Operation>>>,
    pub(super) unjudged: Vec<Unjudged>,
}

impl<'a> Detector<'a> {
    pub(super) fn new(
        exact: Exact<'a>,
        version: (u32, u32),
        old: &'a ProjectState,
        new: &'a ProjectState,
        is_hidden: &'a dyn Fn(&ModelKey, &str) -> bool,
        is_made: &'a dyn Fn(&Arc<str>, &str) -> bool,
    ) -> Self {
        Self {
            exact,
            version,
            old,
            new,
            old_keys: Keys::of(old),
            new_keys: Keys::of(new),
            generated: BTreeMap::new(),
            is_hidden,
            is_made,
            unknown: Vec::new(),
        }
    }

    /// `_detect_changes`; `generate_renamed_models` and `create_renamed_fields` ask a person first,
    /// so nothing comes of them here.
    pub(super) fn detect(mut self) -> Detected {
        self.generate_deleted_models();
        self.generate_created_models();
        self.generate_deleted_proxies();
        self.generate_created_proxies();
        self.generate_altered_options();
        self.generate_altered_managers();
        self.generate_altered_db_table_comment();
        let indexes = self.altered_indexes();
        let constraints = self.altered_constraints();
        self.generate_removed_constraints(&constraints);
        self.generate_removed_indexes(&indexes);
        self.generate_renamed_indexes(&indexes);
        self.generate_removed_altered_together(Together::Unique, &indexes);
        if self.has_index_together() {
            self.generate_removed_altered_together(Together::Index, &indexes);
        }
        self.generate_removed_fields();
        self.generate_added_fields();
        self.generate_altered_fields();
        self.generate_altered_order_with_respect_to();
        self.generate_altered_together(Together::Unique);
        if self.has_index_together() {
            self.generate_altered_together(Together::Index);
        }
        self.generate_added_indexes(&indexes);
        self.generate_added_constraints(&constraints);
        self.generate_altered_constraints(&constraints);
        self.generate_altered_db_table();
        let migrations = arrange::arrange(self.generated, self.version);
        Detected {
            migrations,
            unjudged: self.unknown,
        }
    }

    /// `Meta.index_together` went with Django 5.1.
    fn has_index_together(&self) -> bool {
        self.version < (5, 1)
    }

    fn add(&mut self, app: &Arc<str>, operation: Operation, dependencies: Vec<Dependency>) {
        let generated = self.generated.entry(Arc::clone(app)).or_default();
        generated.push(Generated {
            operation,
            dependencies,
        });
    }

    fn add_first(&mut self, app: &Arc<str>, operation: Operation, dependencies: Vec<Dependency>) {
        let generated = self.generated.entry(Arc::clone(app)).or_default();
        generated.insert(
            0,
            Generated {
                operation,
                dependencies,
            },
        );
    }

    fn leave(&mut self, model: &ModelState, what: &str) {
        self.unknown.push(Unjudged {
            app: Arc::clone(&model.app),
            what: format!("{}: {what}", model.name),
        });
    }

    /// The models with a table of their own that both states have, in order: pairs of old and new.
    fn kept_models(&self) -> Vec<(ModelKey, &'a ModelState, &'a ModelState)> {
        self.kept(|keys| &keys.models, |keys| &keys.models)
    }

    fn kept(
        &self,
        of_old: impl Fn(&Keys) -> &BTreeSet<ModelKey>,
        of_new: impl Fn(&Keys) -> &BTreeSet<ModelKey>,
    ) -> Vec<(ModelKey, &'a ModelState, &'a ModelState)> {
        let kept = of_old(&self.old_keys).intersection(of_new(&self.new_keys));
        let kept = kept.filter_map(|key| {
            let (old, new) = (self.old.get(key)?, self.new.get(key)?);
            Some((key.clone(), &**old, &**new))
        });
        kept.collect()
    }

    /// The same of all that are the same kind of model in both.
    fn kept_of_any_kind(&self) -> Vec<(ModelKey, &'a ModelState, &'a ModelState)> {
        let mut kept = self.kept_models();
        kept.extend(self.kept(|keys| &keys.proxies, |keys| &keys.proxies));
        kept.extend(self.kept(|keys| &keys.unmanaged, |keys| &keys.unmanaged));
        kept.sort_by(|one, two| one.0.cmp(&two.0));
        kept
    }

    /// What a field is compared by.
    fn deconstruct(&self, field: &StateField) -> Option<Deconstruction> {
        of_state(self.exact, self.version, field)
    }
}
