//! Labels that no installed app has, and apps that have no migrations, where that is known.

use crate::apps::{App, Apps, Configured};
use crate::constant::Constant;
use crate::modules::{Ancestor, Definition, ModuleId, Modules};

pub(super) struct Absent<'a> {
    modules: &'a Modules,
    own: &'a [ModuleId],
    apps: &'a Apps,
    configured: &'a Configured,
    /// Whether every app is known by its label.
    are_all_known: bool,
}

impl<'a> Absent<'a> {
    pub(super) fn of(
        modules: &'a Modules,
        own: &'a [ModuleId],
        apps: &'a Apps,
        configured: &'a Configured,
    ) -> Self {
        let are_all_known = apps.is_complete && apps.iter().all(|app| has_sure_label(modules, app));
        Self {
            modules,
            own,
            apps,
            configured,
            are_all_known,
        }
    }

    /// Whether no installed app has this label.
    pub(super) fn is_no_app(&self, label: &str) -> bool {
        self.are_all_known && self.apps.by_label(label).is_none()
    }

    /// Whether an app of the project has no migrations: it has no modules where they would be, or
    /// `MIGRATION_MODULES` switches them off.
    pub(super) fn has_no_migrations(&self, label: &str) -> bool {
        let app = self.apps.by_label(label);
        let Some(app) = app.filter(|app| app.is_own && app.is_listed) else {
            return false;
        };
        let set = match self.configured.get("MIGRATION_MODULES") {
            None if self.configured.is_complete() => None,
            Some(Constant::Dict(entries)) => entries.iter().find(|(label, _)| *label == app.label),
            _ => return false,
        };
        match (set, app.package) {
            (Some((_, package)), _) => package.is_none() == Some(true),
            (None, Some(package)) => {
                let below = format!("{}.migrations.", self.modules.get(package).name);
                let mut own = self.own.iter();
                !own.any(|&module| self.modules.get(module).name.starts_with(&below))
            }
            (None, None) => false,
        }
    }
}

/// Whether an app's label is the one that Django gives it: its configuration was read, and says in
/// plain text what it says.
fn has_sure_label(modules: &Modules, app: &App) -> bool {
    if app.name.starts_with("django.contrib.") {
        return true;
    }
    let Some(config) = app.config else {
        return app.package.is_some();
    };
    let is_sure = match modules.class_member(config, "label") {
        Definition::Unknown => !modules.mro(config).ancestors.contains(&Ancestor::Unknown),
        Definition::Value(value) => modules.value(value).as_str().is_some(),
        _ => false,
    };
    app.package.is_some() && is_sure
}
