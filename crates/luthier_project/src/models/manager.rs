//! Managers of models.

use std::sync::Arc;

use super::{ModelGraph, ModelId};
use crate::modules::{ClassRef, Definition, FunctionRef, Modules, ValueRef};

/// One manager of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    pub name: Arc<str>,
    /// Full dotted name of its class; that of the class which Django makes for `as_manager()` and
    /// `from_queryset()`. `None` where that is made in a way that is not followed.
    pub class: Option<Arc<str>>,
    /// The manager class in the code, where it has one.
    pub manager_class: Option<ClassRef>,
    /// The queryset class that `as_manager()` or `from_queryset()` was given.
    pub queryset: Option<ClassRef>,
    /// The expression that makes it; `None` for the `objects` that Django adds.
    pub value: Option<ValueRef>,
}

impl Manager {
    /// The `objects` that every model without managers gets.
    pub(super) fn automatic() -> Self {
        Self {
            name: "objects".into(),
            class: Some("django.db.models.manager.Manager".into()),
            manager_class: None,
            queryset: None,
            value: None,
        }
    }
}

impl ModelGraph {
    /// A method that the managers or querysets of a model have by code of the repository.
    pub(crate) fn manager_method(
        &self,
        modules: &Modules,
        id: ModelId,
        name: &str,
    ) -> Option<FunctionRef> {
        let managers = self.get(id).managers.iter();
        let mut classes =
            managers.flat_map(|manager| manager.manager_class.into_iter().chain(manager.queryset));
        classes.find_map(|class| {
            let mro = modules.mro(class);
            let mut own = mro
                .classes()
                .filter(|class| modules.is_repository(class.module));
            own.find_map(|class| match modules.class_member(*class, name) {
                Definition::Function(function) => Some(function),
                _ => None,
            })
        })
    }
}
