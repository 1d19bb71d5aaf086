use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::facts::ir::ImportKind;
use luthier_project::modules::{Definition, ModuleId, Modules};
use luthier_project::settings::{SettingsModule, Value};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A dotted path in settings leads nowhere.
    ///
    /// ## Why it matters
    ///
    /// Django imports it when it starts, or worse, when it is first needed: the release fails, or the
    /// first mail, login or cached page does.
    ///
    /// ## Project
    ///
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ```python file=shop/middleware.py
    /// class Timing:
    ///     pass
    /// ```
    ///
    /// ```python file=shop/apps.py
    /// from django.apps import AppConfig
    /// class ShopConfig(AppConfig):
    ///     name = "shop"
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = [
    ///     "shop.apps.StoreConfig",  # fires
    ///     "django.contrib.auth",
    /// ]
    /// ROOT_URLCONF = "shop.urls"  # fires
    /// MIDDLEWARE = ["shop.middleware.Timings"]  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// What is there, what comes from elsewhere, and names made when the module runs.
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["shop.apps.ShopConfig", "shop", "debug_toolbar"]
    /// ROOT_URLCONF = "shop.urls"
    /// MIDDLEWARE = ["shop.middleware.Timing", "shop.made.Anything"]
    /// AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
    /// ```
    ///
    /// ```python file=shop/urls.py
    /// urlpatterns = []
    /// ```
    ///
    /// ```python file=shop/made.py
    /// from elsewhere import *
    /// ```
    ///
    /// ### A package that is shipped without its tests
    ///
    /// ```python file=setup.py
    /// from setuptools import setup
    ///
    /// setup(name="shop", packages=["shop"])
    /// ```
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["shop"]
    /// TEST_RUNNER = "shop.testing.Runner"
    /// ```
    RULE = {
        code: "INT007",
        name: "unknown-setting-target",
        severity: Severity::Error,
        category: Category::Integrity,
        dimension: Some(Dimension::Deployment),
        check: Check::Project(check),
    }
}

/// Settings that hold dotted paths: one, a list of them, or in dicts under the keys named.
const PATHS: &[(&str, &[&str])] = &[
    ("INSTALLED_APPS", &[]),
    ("MIDDLEWARE", &[]),
    ("AUTHENTICATION_BACKENDS", &[]),
    ("ROOT_URLCONF", &[]),
    ("WSGI_APPLICATION", &[]),
    ("ASGI_APPLICATION", &[]),
    ("EMAIL_BACKEND", &[]),
    ("SESSION_ENGINE", &[]),
    ("SESSION_SERIALIZER", &[]),
    ("DATABASE_ROUTERS", &[]),
    ("TEST_RUNNER", &[]),
    ("FORM_RENDERER", &[]),
    ("MESSAGE_STORAGE", &[]),
    ("CSRF_FAILURE_VIEW", &[]),
    ("DEFAULT_AUTO_FIELD", &[]),
    ("PASSWORD_HASHERS", &[]),
    ("FILE_UPLOAD_HANDLERS", &[]),
    ("STATICFILES_FINDERS", &[]),
    ("STATICFILES_STORAGE", &[]),
    ("DEFAULT_FILE_STORAGE", &[]),
    ("DEFAULT_EXCEPTION_REPORTER", &[]),
    ("AUTH_PASSWORD_VALIDATORS", &["NAME"]),
    (
        "TEMPLATES",
        &["BACKEND", "context_processors", "loaders", "builtins"],
    ),
    ("CACHES", &["BACKEND", "KEY_FUNCTION"]),
    ("DATABASES", &[]),
    ("STORAGES", &["BACKEND"]),
    (
        "REST_FRAMEWORK",
        &[
            "DEFAULT_RENDERER_CLASSES",
            "DEFAULT_PARSER_CLASSES",
            "DEFAULT_AUTHENTICATION_CLASSES",
            "DEFAULT_PERMISSION_CLASSES",
            "DEFAULT_THROTTLE_CLASSES",
            "DEFAULT_FILTER_BACKENDS",
            "DEFAULT_PAGINATION_CLASS",
            "DEFAULT_SCHEMA_CLASS",
            "DEFAULT_VERSIONING_CLASS",
            "EXCEPTION_HANDLER",
        ],
    ),
];

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    for (name, keys) in PATHS {
        // A package is shipped without what only its tests need.
        if project.is_distributed && *name == "TEST_RUNNER" {
            continue;
        }
        for (text, value) in paths(production, name, keys) {
            let Some(place) = value.place else { continue };
            if let Some(missing) = missing_part(&project.modules, text) {
                let message = match missing.as_str() {
                    missing if missing == text => format!("`{text}` in `{name}` does not exist"),
                    missing => {
                        format!("`{text}` in `{name}` leads nowhere: there is no `{missing}`")
                    }
                };
                ctx.report(place, message).symbol(*name).help(
                    "write the dotted path under which Python can import it, or take the entry out",
                );
            }
        }
    }
}

/// The strings of a setting that are dotted paths.
fn paths<'s>(
    production: &'s SettingsModule,
    name: &str,
    keys: &[&str],
) -> Vec<(&'s str, &'s Value)> {
    let mut found = Vec::new();
    let Some(setting) = production.get(name) else {
        return found;
    };
    super::walk(&setting.value, &mut Vec::new(), &mut |path, value| {
        let is_path = match path.last() {
            Some(key) => keys.contains(key),
            None => keys.is_empty(),
        };
        if let Some(text) = value.as_str().filter(|text| is_path && is_dotted(text)) {
            found.push((text, value));
        }
    });
    found
}

fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

/// The part of a dotted path up to the first name that is surely not there.
fn missing_part(modules: &Modules, text: &str) -> Option<String> {
    let head = text.split('.').next()?;
    let found = modules.find(head);
    let is_own = found.is_some_and(|id| modules.is_repository(id)) || modules.is_namespace(head);
    let is_seen = is_own || modules.has_packages() && found.is_some();
    if !is_seen {
        return None;
    }
    let mut last: Option<ModuleId> = None;
    let mut end = 0;
    for part in text.split('.') {
        let next = if end == 0 {
            part.len()
        } else {
            end + 1 + part.len()
        };
        let dotted = &text[..next];
        if let Some(id) = modules.find(dotted) {
            last = Some(id);
        } else if !modules.is_namespace(dotted) {
            let lacks = match last {
                // A module that is not Python, such as a compiled one, is not seen.
                Some(id) => {
                    surely_lacks(modules, id, part) && (is_own || !modules.get(id).is_package)
                }
                None => is_own,
            };
            return lacks.then(|| dotted.to_owned());
        }
        end = next;
    }
    None
}

/// Whether nothing in a module can give it a name.
fn surely_lacks(modules: &Modules, id: ModuleId, name: &str) -> bool {
    if modules.member(id, name) != Definition::Unknown {
        return false;
    }
    let facts = modules.facts(id);
    let is_bound = facts.module().binding(name).is_some();
    let is_dynamic = facts.module().binding("__getattr__").is_some()
        || facts.names.find("globals").is_some()
        || facts.names.find("setattr").is_some()
        || facts.names.find("sys").is_some() && facts.names.find("modules").is_some()
        || facts
            .imports
            .iter()
            .any(|import| import.kind == ImportKind::Star);
    !is_bound && !is_dynamic && facts.problems.is_empty()
}
