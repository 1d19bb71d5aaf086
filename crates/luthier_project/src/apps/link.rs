//! From `INSTALLED_APPS` to apps, the way Django's `AppConfig.create` goes.

use std::sync::Arc;

use super::{App, Apps, Configured};
use crate::constant::Constant;
use crate::facts::BodyId;
use crate::modules::{ClassRef, Definition, ModuleId, Modules};

const APP_CONFIG: &str = "django.apps.AppConfig";

impl Apps {
    /// The apps that the settings list; without settings, or where their list is not fully known,
    /// also every app package of the repository.
    pub fn link(modules: &Modules, configured: &Configured) -> Self {
        if let Constant::Str(vendor) = configured.vendor() {
            modules.decide_vendor(vendor);
        }
        let mut apps = Self::default();
        let listed = configured.installed_apps();
        apps.is_complete = listed.as_ref().is_some_and(|(_, is_all)| *is_all);
        for entry in listed.map(|(entries, _)| entries).unwrap_or_default() {
            apps.add(modules, create(modules, &entry));
        }
        let mut found = packages(modules);
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found.retain(|app| !apps.is_installed(&app.name));
        if apps.is_complete {
            found.retain(|app| !apps.has_part(modules, app, |_| true));
            apps.not_installed = found;
        } else {
            // Where nothing tells the apps, the migrations of one around it may make its tables.
            let is_migrated =
                |app: &App| modules.find(&format!("{}.migrations", app.name)).is_some();
            for app in found {
                if !apps.has_part(modules, &app, is_migrated) {
                    apps.add(modules, app);
                }
            }
        }
        apps
    }

    /// Whether the models of a package below such an app are those of the app: it says nowhere that it
    /// is one itself. Django files a model under the app whose name its module begins with.
    fn has_part(&self, modules: &Modules, package: &App, is_such: impl Fn(&App) -> bool) -> bool {
        let has_own = ["apps", "migrations"].iter().any(|module| {
            let name = format!("{}.{module}", package.name);
            modules.find(&name).is_some()
        });
        let is_around = |app: &App| {
            let rest = package.name.strip_prefix(&*app.name);
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        !has_own && self.iter().any(|app| is_around(app) && is_such(app))
    }
}

/// The app that an entry of `INSTALLED_APPS` stands for.
fn create(modules: &Modules, entry: &str) -> App {
    let package = modules.find(entry);
    let has_module = |name: &str| modules.find(&format!("{entry}.{name}")).is_some();
    // A description may tell of an app's modules without the package itself.
    let is_package = package.is_some() || has_module("apps") || has_module("models");
    if is_package || modules.is_namespace(entry) {
        let config = modules
            .find(&format!("{entry}.apps"))
            .and_then(|apps| picked_config(modules, apps));
        return match config {
            Some(config) => of_config(modules, config, entry),
            None => plain(modules, entry, package),
        };
    }
    if let Definition::Class(class) = modules.lookup(entry) {
        return of_config(modules, class, entry);
    }
    // `package.apps.SomeConfig` of a package whose code was not found.
    let name = entry
        .rsplit_once('.')
        .filter(|(_, last)| last.starts_with(char::is_uppercase))
        .map_or(entry, |(module, _)| module.trim_end_matches(".apps"));
    plain(modules, name, modules.find(name))
}

/// Of several configurations in an `apps` module the one marked as default; a single one as it is.
fn picked_config(modules: &Modules, apps_module: ModuleId) -> Option<ClassRef> {
    let facts = modules.facts(apps_module);
    let mut candidates: Vec<ClassRef> = Vec::new();
    for binding in &facts.module().body().bindings {
        let Definition::Class(class) = modules.member(apps_module, facts.text(binding.name)) else {
            continue;
        };
        let is_config = !is_app_config_itself(modules, class)
            && modules.inherits(class, APP_CONFIG) == Some(true);
        if is_config && !candidates.contains(&class) {
            candidates.push(class);
        }
    }
    let default = |class: &ClassRef| flag(modules, *class, "default");
    candidates.retain(|class| default(class) != Some(false));
    if let [only] = candidates[..] {
        return Some(only);
    }
    let mut marked = candidates
        .into_iter()
        .filter(|class| default(class) == Some(true));
    let first = marked.next()?;
    marked.next().is_none().then_some(first)
}

fn is_app_config_itself(modules: &Modules, class: ClassRef) -> bool {
    modules.class_name(class) == "AppConfig"
        && modules.get(class.module).name.starts_with("django.apps")
}

fn of_config(modules: &Modules, config: ClassRef, entry: &str) -> App {
    let name = text(modules, config, "name").unwrap_or_else(|| match entry.strip_suffix(".apps") {
        Some(package) => package.into(),
        None => package_of(modules, config).into(),
    });
    let package = modules.find(&name);
    let mut app = plain(modules, &name, package);
    app.config = Some(config);
    if let Some(label) = text(modules, config, "label") {
        app.label = label;
    }
    app.default_auto_field = text(modules, config, "default_auto_field");
    app
}

/// The package around a configuration that does not say its name as plain text.
fn package_of(modules: &Modules, config: ClassRef) -> String {
    let module = &modules.get(config.module).name;
    let package = module.strip_suffix(".apps").unwrap_or(module);
    package.to_owned()
}

fn plain(modules: &Modules, name: &str, package: Option<ModuleId>) -> App {
    let label = name.rsplit('.').next().unwrap_or(name);
    let models_module = modules.find(&format!("{name}.models"));
    let is_own = package
        .or(models_module)
        .is_some_and(|module| modules.is_repository(module));
    App {
        name: name.into(),
        label: label.into(),
        config: None,
        package,
        models_module,
        default_auto_field: None,
        is_listed: true,
        is_own: is_own || modules.is_namespace(name),
    }
}

/// Every package of the repository that looks like an app: it has a configuration, models or
/// migrations. Those of tests and of other projects are left out.
fn packages(modules: &Modules) -> Vec<App> {
    let mut found: Vec<App> = Vec::new();
    let near = modules.repository();
    for module in near.filter(|module| !modules.is_foreign(*module)) {
        let name = &modules.get(module).name;
        let (parent, last) = name.rsplit_once('.').unwrap_or(("", name));
        let (package, is_sign) = match (last, parent.strip_suffix(".migrations")) {
            // A package of that name may hold anything else.
            (_, Some(package)) => (package, defines_migration(modules, module)),
            ("apps", _) => (parent, picked_config(modules, module).is_some()),
            ("models", _) => (parent, defines_models(modules, module)),
            _ => (parent, false),
        };
        // `shop/models/models.py` makes no app of `shop.models`.
        if !is_sign
            || package.is_empty()
            || package.ends_with(".models")
            || modules.is_test(module)
            || found.iter().any(|app| &*app.name == package)
        {
            continue;
        }
        let config = modules
            .find(&format!("{package}.apps"))
            .and_then(|apps| picked_config(modules, apps));
        let mut app = match config {
            Some(config) => of_config(modules, config, package),
            None => plain(modules, package, modules.find(package)),
        };
        app.is_listed = false;
        if found.iter().all(|other| other.name != app.name) {
            found.push(app);
        }
    }
    found
}

fn defines_migration(modules: &Modules, module: ModuleId) -> bool {
    let facts = modules.facts(module);
    let mut classes = facts.classes.iter();
    classes.any(|class| class.scope == BodyId::MODULE && facts.text(class.name) == "Migration")
}

/// Whether a `models` module is about Django models at all: it, or a module below it, imports them.
fn defines_models(modules: &Modules, module: ModuleId) -> bool {
    let facts = modules.facts(module);
    modules.get(module).is_package
        || facts
            .imports
            .iter()
            .any(|import| facts.text(import.module).starts_with("django"))
}

/// An attribute of a class that is text.
fn text(modules: &Modules, class: ClassRef, name: &str) -> Option<Arc<str>> {
    match modules.class_member(class, name) {
        Definition::Value(value) => modules.value(value).as_str().map(Arc::from),
        _ => None,
    }
}

fn flag(modules: &Modules, class: ClassRef, name: &str) -> Option<bool> {
    // Only what the class itself and its ancestors below AppConfig say; AppConfig says nothing.
    match modules.class_member(class, name) {
        Definition::Value(value) => modules.value(value).as_bool(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::Project;
    use crate::apps::{Apps, Configured};
    use crate::constant::Constant;
    use luthier_source::Sources;

    fn outline(files: &[(&str, &str)], installed: Option<&[&str]>) -> String {
        let project = Project::from_sources(&Sources::in_memory(files));
        let entries = installed.map(|entries| {
            let items = entries.iter().map(|&entry| Constant::Str(entry.into()));
            (Box::from("INSTALLED_APPS"), Constant::List(items.collect()))
        });
        let configured = Configured::new(entries, installed.is_some(), None);
        let apps = Apps::link(&project.modules, &configured);
        let mut text = String::new();
        for app in apps.iter() {
            let own = if app.is_own { "" } else { " not own" };
            let _ = writeln!(text, "{} as {}{own}", app.name, app.label);
        }
        for app in &apps.not_installed {
            let _ = writeln!(text, "not installed: {}", app.name);
        }
        text
    }

    const CONFIGS: &str = "\
from django.apps import AppConfig
class A(AppConfig):
    name = 'shop'
    label = 'store'
class B(AppConfig):
    name = 'shop'
    default = False
";

    #[test]
    fn entries_are_read_as_django_reads_them() {
        let files = [
            ("shop/__init__.py", ""),
            ("shop/apps.py", CONFIGS),
            ("shop/models.py", "from django.db import models\n"),
            ("cart/__init__.py", ""),
            ("cart/models.py", "from django.db import models\n"),
        ];
        let installed = ["shop", "cart", "django.contrib.auth", "far.apps.FarConfig"];
        assert_eq!(
            outline(&files, Some(&installed)),
            "shop as store\ncart as cart\ndjango.contrib.auth as auth not own\nfar as far not own\n"
        );
        assert_eq!(
            outline(&files, Some(&["shop.apps.B"])),
            "shop as shop\nnot installed: cart\n"
        );
    }

    #[test]
    fn models_of_packages_within_an_app_are_those_of_the_app() {
        let models = "from django.db import models\n";
        let files = [
            ("shop/__init__.py", ""),
            ("shop/paid/__init__.py", ""),
            ("shop/paid/models.py", models),
            ("shop/sent/__init__.py", ""),
            ("shop/sent/models.py", models),
            ("shop/sent/migrations/__init__.py", ""),
            ("shopping/__init__.py", ""),
            ("shopping/models.py", models),
        ];
        assert_eq!(
            outline(&files, Some(&["shop"])),
            "shop as shop\nnot installed: shop.sent\nnot installed: shopping\n"
        );
    }

    #[test]
    fn without_settings_models_below_an_app_with_migrations_are_its_own() {
        let models = "from django.db import models\n";
        let files = [
            ("shop/__init__.py", ""),
            ("shop/paid/__init__.py", ""),
            ("shop/paid/models.py", models),
            ("shop/sent/__init__.py", ""),
            (
                "shop/sent/apps.py",
                "from django.apps import AppConfig\nclass Sent(AppConfig):\n    name = 'shop.sent'\n",
            ),
            ("shop/migrations/__init__.py", ""),
            ("shop/migrations/0001_initial.py", "class Migration: pass\n"),
            ("lib/__init__.py", ""),
            ("lib/models.py", models),
            ("lib/cart/__init__.py", ""),
            ("lib/cart/models.py", models),
        ];
        assert_eq!(
            outline(&files, None),
            "lib as lib\nlib.cart as cart\nshop as shop\nshop.sent as sent\n"
        );
    }

    #[test]
    fn without_settings_every_app_package_counts() {
        let files = [
            ("shop/__init__.py", ""),
            ("shop/apps.py", CONFIGS),
            ("lib/__init__.py", ""),
            ("lib/models.py", "class Plain: pass\n"),
            ("lib/tests/__init__.py", ""),
            ("lib/tests/models.py", "from django.db import models\n"),
        ];
        assert_eq!(outline(&files, None), "shop as store\n");
    }

    #[test]
    fn migrations_are_what_defines_them() {
        let files = [
            ("blocks/__init__.py", ""),
            ("blocks/migrations/__init__.py", ""),
            ("blocks/migrations/operations.py", "class Rename: pass\n"),
            ("stock/__init__.py", ""),
            ("stock/migrations/__init__.py", ""),
            (
                "stock/migrations/0001_initial.py",
                "class Migration: pass\n",
            ),
        ];
        assert_eq!(outline(&files, None), "stock as stock\n");
    }
}
