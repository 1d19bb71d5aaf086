//! Which Django apps the project has: their packages, labels and configurations.

mod configured;
mod link;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::modules::{ClassRef, ModuleId, Modules};

pub use configured::Configured;

/// One Django app.
#[derive(Clone, Debug)]
pub struct App {
    /// The dotted name of its package.
    pub name: Arc<str>,
    pub label: Arc<str>,
    /// Its `AppConfig` subclass, where it has one that Django would pick.
    pub config: Option<ClassRef>,
    /// The package, where its code was found.
    pub package: Option<ModuleId>,
    pub models_module: Option<ModuleId>,
    /// The dotted class of automatic primary keys, where the app says it.
    pub default_auto_field: Option<Arc<str>>,
    /// Whether `INSTALLED_APPS` names it. Without settings, and where the list is not fully known,
    /// app packages of the repository count as apps too.
    pub is_listed: bool,
    /// Whether its code belongs to the repository.
    pub is_own: bool,
}

/// The apps of a project, in the order of `INSTALLED_APPS`; assumed ones last, by name.
#[derive(Clone, Debug, Default)]
pub struct Apps {
    all: Vec<App>,
    by_label: FxHashMap<Arc<str>, usize>,
    /// Also under the name that the repository imports a package by, where that is another.
    by_name: FxHashMap<Arc<str>, usize>,
    /// App packages of the repository that a fully known `INSTALLED_APPS` does not name.
    pub not_installed: Vec<App>,
    /// Whether the list of installed apps is fully known.
    pub is_complete: bool,
}

impl Apps {
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &App> {
        self.all.iter()
    }

    pub fn by_label(&self, label: &str) -> Option<&App> {
        self.by_label.get(label).map(|&index| &self.all[index])
    }

    /// The app whose package has this dotted name.
    pub fn by_name(&self, name: &str) -> Option<&App> {
        self.by_name.get(name).map(|&index| &self.all[index])
    }

    /// The app that a module belongs to: the innermost whose package holds it.
    pub fn containing(&self, module: &str) -> Option<&App> {
        let mut name = module;
        loop {
            if let Some(app) = self.by_name(name) {
                return Some(app);
            }
            name = name.rsplit_once('.')?.0;
        }
    }

    /// Whether an app package is installed.
    pub fn is_installed(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    fn add(&mut self, modules: &Modules, app: App) {
        if self.by_name.contains_key(&app.name) {
            return;
        }
        let index = self.all.len();
        if let Some(package) = app.package {
            let name = modules.get(package).name.as_str();
            self.by_name.entry(name.into()).or_insert(index);
        }
        self.by_label.entry(Arc::clone(&app.label)).or_insert(index);
        self.by_name.insert(Arc::clone(&app.name), index);
        self.all.push(app);
    }
}
