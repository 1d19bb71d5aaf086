//! Views: the code that routes lead to, and what stands before it: [`guards`] says which decorators,
//! mixins and middleware, [`rest_policies`] which classes of the REST framework.

mod guards;
mod handlers;
mod lists;
mod renders;
mod rest;
mod signature;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::modules::{ClassRef, FunctionRef, Modules};
use crate::routes::{Routes, ViewTarget};

pub use guards::{Guard, GuardKind, Guards, guards};
pub use handlers::{Handler, handlers, is_transparent};
pub use lists::{ListView, Pages, RestView, ServedRows};
pub use renders::Render;
pub(crate) use renders::template_of;
pub use rest::{Choice, ClassUse, Combined, Listing, Policy, SaidBy, rest_policies};
pub use signature::{Misfit, Signature};

/// All views that routes lead to.
#[derive(Debug, Default)]
pub struct Views {
    /// In order of the first route that leads to each.
    pub views: Vec<View>,
    by_target: FxHashMap<ViewTarget, u32>,
    /// The views that a function answers requests for, once asked for.
    by_entry: OnceLock<FxHashMap<FunctionRef, Vec<u32>>>,
    /// Once asked for.
    lists: OnceLock<Vec<ListView>>,
}

/// One view with the routes that lead to it.
#[derive(Debug)]
pub struct View {
    pub target: ViewTarget,
    /// Indices into [`Routes::routes`].
    pub routes: Vec<u32>,
}

impl Views {
    /// Gathers the views of all routes; those whose code is not known are left out.
    pub fn link(routes: &Routes) -> Self {
        let mut views = Self::default();
        for (index, route) in routes.routes.iter().enumerate() {
            if route.view.target == ViewTarget::Unknown {
                continue;
            }
            let next = views.views.len() as u32;
            let known = *views
                .by_target
                .entry(route.view.target.clone())
                .or_insert(next);
            if known == next {
                views.views.push(View {
                    target: route.view.target.clone(),
                    routes: Vec::new(),
                });
            }
            views.views[known as usize].routes.push(index as u32);
        }
        views
    }

    pub fn of_function(&self, function: FunctionRef) -> Option<&View> {
        self.of(&ViewTarget::Function(function))
    }

    pub fn of_class(&self, class: ClassRef) -> Option<&View> {
        self.of(&ViewTarget::Class(class))
    }

    /// The views for which a function answers requests.
    pub(crate) fn entered_by(
        &self,
        function: FunctionRef,
        modules: &Modules,
        routes: &Routes,
    ) -> impl Iterator<Item = &View> + Clone {
        let known = self.by_entry.get_or_init(|| {
            let mut known: FxHashMap<FunctionRef, Vec<u32>> = FxHashMap::default();
            for (index, view) in self.views.iter().enumerate() {
                let mut entries = view.entries(modules, routes);
                entries.sort_unstable();
                entries.dedup();
                for entry in entries {
                    known.entry(entry).or_default().push(index as u32);
                }
            }
            known
        });
        let views = known.get(&function).map_or(&[][..], Vec::as_slice);
        views.iter().map(|&index| &self.views[index as usize])
    }

    fn of(&self, target: &ViewTarget) -> Option<&View> {
        let index = self.by_target.get(target)?;
        Some(&self.views[*index as usize])
    }
}

impl View {
    /// The functions of the repository that answer requests: the view itself, or the methods that
    /// a class-based view dispatches to.
    pub fn entries(&self, modules: &Modules, routes: &Routes) -> Vec<FunctionRef> {
        let mut entries = Vec::new();
        match &self.target {
            ViewTarget::Function(function) => entries.push(*function),
            ViewTarget::Method(class, name) => {
                entries.extend(handlers::method(modules, *class, name));
            }
            ViewTarget::Class(class) => {
                let actions = self
                    .routes
                    .iter()
                    .flat_map(|&route| &routes.routes[route as usize].view.actions);
                let mut names: Vec<&str> = actions.map(|(_, action)| action.as_str()).collect();
                names.extend(handlers::CLASS_ENTRIES);
                names.sort_unstable();
                names.dedup();
                entries.extend(
                    names
                        .iter()
                        .filter_map(|name| handlers::method(modules, *class, name)),
                );
            }
            ViewTarget::External(_) | ViewTarget::Unknown => {}
        }
        entries.retain(|function| modules.is_repository(function.module));
        entries
    }
}
