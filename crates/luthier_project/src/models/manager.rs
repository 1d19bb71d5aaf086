//! Managers of models.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{ModelGraph, ModelId};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, Modules, ValueRef};

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

    /// Whether it is sure to give all rows, in the order that the model says: nothing but Django
    /// says what its querysets begin with.
    pub(crate) fn is_plain(&self, modules: &Modules) -> bool {
        const BEGINNING: &[&str] = &["__init__", "all", "get_queryset"];
        let mut classes = [self.manager_class, self.queryset].into_iter().flatten();
        let is_known = self.value.is_none()
            || self.manager_class.is_some()
            || self.queryset.is_some()
            || self
                .class
                .as_ref()
                .is_some_and(|class| class.starts_with("django."));
        is_known
            && classes.all(|class| {
                let mro = modules.mro(class);
                mro.ancestors.iter().all(|ancestor| match ancestor {
                    Ancestor::Class(class) => {
                        let is_djangos = modules.get(class.module).name.starts_with("django.");
                        let body = modules.class_body(*class);
                        is_djangos || BEGINNING.iter().all(|name| body.binding(name).is_none())
                    }
                    Ancestor::External(name) => {
                        name.starts_with("django.") || name.starts_with("builtins.")
                    }
                    Ancestor::Unknown => false,
                })
            })
    }
}

/// By a class of managers or of querysets, the registered model whose rows it is for; none where
/// there are several.
pub(super) type Serving = FxHashMap<ClassRef, Option<ModelId>>;

impl ModelGraph {
    pub(super) fn managed(&self) -> Serving {
        let mut found = Serving::default();
        for (id, model) in self.registered() {
            for class in model.managers.iter().filter_map(|it| it.manager_class) {
                let only = found.entry(class).or_insert(Some(id));
                *only = only.filter(|&only| only == id);
            }
        }
        found
    }

    pub(super) fn queried(&self, modules: &Modules) -> Serving {
        let querysets = || {
            self.registered().flat_map(|(id, model)| {
                let managers = model.managers.iter();
                managers.filter_map(move |manager| Some((id, manager.queryset?)))
            })
        };
        let mut found: Serving = querysets().map(|(id, class)| (class, Some(id))).collect();
        // Methods run for the rows of those who inherit them, too.
        for (id, class) in querysets() {
            for ancestor in modules.mro(class).classes() {
                if let Some(only) = found.get_mut(ancestor) {
                    *only = only.filter(|&only| only == id);
                }
            }
        }
        found
    }

    /// The model whose rows a manager class is for: where there is one only.
    pub(crate) fn managed_by(&self, class: ClassRef) -> Option<ModelId> {
        self.managed.get(&class).copied()?
    }

    /// The model whose rows a class of managers or querysets is for: where there is one only.
    pub(crate) fn served_by(&self, class: ClassRef) -> Option<ModelId> {
        let queried = || self.queried.get(&class).copied()?;
        self.managed_by(class).or_else(queried)
    }

    /// A method that the managers or querysets of a model have by code of the repository.
    pub fn manager_method(
        &self,
        modules: &Modules,
        id: ModelId,
        name: &str,
    ) -> Option<FunctionRef> {
        self.manager_methods(modules, id, name).next()
    }

    /// The same of every manager and queryset of the model that has one.
    pub fn manager_methods<'a>(
        &'a self,
        modules: &'a Modules,
        id: ModelId,
        name: &'a str,
    ) -> impl Iterator<Item = FunctionRef> + 'a {
        let managers = self.get(id).managers.iter();
        let classes =
            managers.flat_map(|manager| manager.manager_class.into_iter().chain(manager.queryset));
        classes.filter_map(move |class| {
            let mro = modules.mro(class);
            let mut own = mro
                .classes()
                .filter(|class| modules.is_repository(class.module));
            own.find_map(|class| match modules.class_member(*class, name) {
                Definition::Function(function) if modules.is_repository(function.module) => {
                    Some(function)
                }
                _ => None,
            })
        })
    }
}
