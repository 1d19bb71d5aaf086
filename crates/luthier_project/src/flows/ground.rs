//! What tracing stands on: the nouns linked before it.

use rustc_hash::FxHashMap;

use super::Flows;
use crate::models::ModelId;
use crate::modules::ClassRef;
use crate::{ModelGraph, Modules};

#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub(super) modules: &'a Modules,
    pub(super) models: &'a ModelGraph,
    pub(super) flows: &'a Flows,
    /// The model of users.
    pub(super) user: Option<ModelId>,
    pub(super) outside: &'a OutsideModels,
}

/// Models of installed packages by the dotted names of their classes: they are known though their
/// packages are not entered.
#[derive(Debug, Default)]
pub(super) struct OutsideModels {
    by_name: FxHashMap<Box<str>, ClassRef>,
}

impl OutsideModels {
    pub(super) fn of(modules: &Modules, models: &ModelGraph) -> Self {
        let classes = models.all().filter_map(|(_, model)| model.class);
        let outside = classes.filter(|class| !modules.is_repository(class.module));
        Self {
            by_name: outside
                .map(|class| (modules.qualified_class(class).into(), class))
                .collect(),
        }
    }

    pub(super) fn get(&self, dotted: &str) -> Option<ClassRef> {
        self.by_name.get(dotted).copied()
    }
}
