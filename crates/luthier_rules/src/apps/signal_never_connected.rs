use std::collections::BTreeSet;

use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ExprRef;
use luthier_project::facts::ir::Import;
use luthier_project::modules::ModuleId;
use luthier_source::Span;
use rustc_hash::FxHashSet;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Signal receivers stand in a module that nothing imports.
    ///
    /// ## Why it matters
    ///
    /// A receiver is connected when its module is loaded, and Django loads no module by the name of
    /// `signals`. Nothing fails: the code is there, it reads well, its tests may even import it, and in
    /// production it never runs. Stock is not given back, caches are not emptied, mails are not sent.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["orders"]
    /// ```
    /// ```python file=orders/__init__.py
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=orders/signals.py
    /// from django.db.models.signals import post_save
    /// from django.dispatch import receiver
    ///
    /// @receiver(post_save, sender="orders.Order")
    /// def give_points(sender, instance, **kwargs):  # fires
    ///     instance.customer.add_points()
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=orders/apps.py
    /// from django.apps import AppConfig
    ///
    /// class OrdersConfig(AppConfig):
    ///     name = "orders"
    ///
    ///     def ready(self):
    ///         from . import signals
    /// ```
    /// ```python file=orders/signals.py
    /// from django.db.models.signals import post_save
    /// from django.dispatch import receiver
    ///
    /// @receiver(post_save, sender="orders.Order")
    /// def give_points(sender, instance, **kwargs):
    ///     instance.customer.add_points()
    /// ```
    ///
    /// ### Loaded by its name
    ///
    /// ```python file=orders/apps.py
    /// from importlib import import_module
    /// from django.apps import AppConfig
    ///
    /// class OrdersConfig(AppConfig):
    ///     name = "orders"
    ///
    ///     def ready(self):
    ///         import_module(f"{self.name}.signals")
    /// ```
    /// ```python file=orders/signals.py
    /// from django.db.models.signals import post_save
    /// from django.dispatch import receiver
    ///
    /// @receiver(post_save, sender="orders.Order")
    /// def give_points(sender, instance, **kwargs):
    ///     instance.customer.add_points()
    /// ```
    ///
    /// ### In a module that Django loads by itself
    ///
    /// ```python file=orders/models.py
    /// from django.db import models
    /// from django.db.models.signals import post_save
    /// from django.dispatch import receiver
    ///
    /// class Order(models.Model):
    ///     pass
    ///
    /// @receiver(post_save, sender=Order)
    /// def give_points(sender, instance, **kwargs):
    ///     instance.customer.add_points()
    /// ```
    ///
    /// ### Connected later, by a function that is called elsewhere
    ///
    /// ```python file=orders/handlers.py
    /// from django.db.models.signals import post_save
    ///
    /// def connect():
    ///     post_save.connect(print)
    /// ```
    SIGNAL_NEVER_CONNECTED = {
        code: "ARC010",
        name: "signal-never-connected",
        severity: Severity::Warning,
        category: Category::Architecture,
        dimension: Some(Dimension::Architecture),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Modules of an app that Django or a common package loads by their names.
const LOADED_BY_NAME: &[&str] = &[
    "__main__",
    "admin",
    "apps",
    "checks",
    "cms_apps",
    "cms_plugins",
    "cms_toolbars",
    "conftest",
    "dashboard_modules",
    "documents",
    "hooks",
    "jobs",
    "models",
    "permissions",
    "plugin",
    "plugins",
    "routing",
    "rules",
    "search_indexes",
    "settings",
    "tasks",
    "translation",
    "urls",
    "wagtail_hooks",
    "wsgi",
    "asgi",
    "celery",
];

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let candidates: Vec<(ModuleId, Vec<Location>)> = project
        .own_modules()
        .filter(|&module| is_part_of_an_app(project, module))
        .map(|module| (module, receivers(project, module)))
        .filter(|(_, receivers)| !receivers.is_empty())
        .collect();
    if candidates.is_empty() {
        return;
    }
    let names = candidates
        .iter()
        .map(|(module, _)| last_name(project, *module));
    let imported = imported(project, &names.collect());
    let imported = parts_of(&imported);
    for (module, receivers) in candidates {
        let name = &project.modules.get(module).name;
        if imported.contains(end(name)) || is_named_in_text(project, name) {
            continue;
        }
        let (first, others) = receivers.split_first().expect("it is not empty");
        let app = project.apps.containing(name);
        let mut reported = context.report(
            *first,
            format!("nothing imports `{name}`: its receivers are never connected"),
        );
        reported
            .help("import it in `ready()` of the app's configuration")
            .symbol(name);
        if let Some(app) = app {
            reported.app(&*app.label);
        }
        // Those who install a package may import what it offers them.
        if project.is_distributed {
            reported.confidence(Confidence::Possible);
        }
        for other in others {
            reported.related(*other, "this one is not connected either");
        }
    }
}

/// Whether a module belongs to an app that runs, and is not loaded by its mere name.
fn is_part_of_an_app(project: &Project, module: ModuleId) -> bool {
    let name = project.modules.get(module).name.as_str();
    let app = project.apps.containing(name).filter(|app| app.is_own);
    let Some(app) = app.filter(|app| app.is_listed || !project.apps.is_complete) else {
        return false;
    };
    let rest = name.strip_prefix(&*app.name).unwrap_or("");
    let mut parts = rest.split('.').filter(|part| !part.is_empty());
    let is_loaded = rest.is_empty()
        || rest.starts_with(".management.commands.")
        || rest.starts_with(".templatetags.")
        || rest.starts_with(".migrations.")
        || parts
            .next_back()
            .is_some_and(|last| LOADED_BY_NAME.contains(&last));
    let is_settings = project
        .settings
        .modules
        .iter()
        .any(|settings| settings.module == module);
    !is_loaded && !is_settings && !project.modules.is_test(module)
}

/// Where loading a module connects receivers.
fn receivers(project: &Project, module: ModuleId) -> Vec<Location> {
    let facts = project.modules.facts(module);
    let Some(file) = project.modules.get(module).file else {
        return Vec::new();
    };
    if !facts.names.mention("receiver") && !facts.names.mention("connect") {
        return Vec::new();
    }
    let decorated = facts.functions.iter().filter(|function| {
        let scope = facts.body(function.scope);
        let is_receiver = |decorator: ExprRef<'_>| {
            let call = decorator.as_call();
            call.is_some_and(|call| is_djangos(project, module, call.callee, "receiver"))
        };
        function.scope == luthier_project::facts::BodyId::MODULE
            && function
                .decorators
                .iter()
                .any(|id| is_receiver(scope.expr(*id)))
    });
    let mut spans: Vec<Span> = decorated.map(|function| function.name_span).collect();
    spans.extend(facts.module().exprs().filter_map(|expr| {
        let (signal, method) = expr.as_call()?.callee.as_attribute()?;
        let is_signal = method == "connect" && is_djangos(project, module, signal, "signals");
        is_signal.then(|| expr.span())
    }));
    spans.sort();
    spans
        .into_iter()
        .map(|span| Location { file, span })
        .collect()
}

/// Whether an expression is imported from a module of Django's whose path holds `part`:
/// `django.dispatch.receiver`, `django.db.models.signals.post_save`.
fn is_djangos(project: &Project, module: ModuleId, expr: ExprRef<'_>, part: &str) -> bool {
    let facts = project.modules.facts(module);
    let Some(dotted) = expr.dotted() else {
        return false;
    };
    let (head, rest) = dotted.split_once('.').unwrap_or((&dotted, ""));
    let of_head = |import: &&Import| facts.text(import.binds) == head;
    facts.imports.iter().filter(of_head).any(|import| {
        let Some(target) = project.modules.absolute(module, import) else {
            return false;
        };
        let name = import.name.map_or("", |name| facts.text(name));
        let whole = format!("{target}.{name}.{rest}");
        whole.starts_with("django.") && whole.split('.').any(|step| step == part)
    })
}

/// What a module is called within its package.
fn last_name(project: &Project, module: ModuleId) -> &str {
    let name = project.modules.get(module).name.as_str();
    name.rsplit('.').next().unwrap_or(name)
}

/// Every dotted name that an import of the project may load, in any scope, as far as one of the
/// parts is in `wanted`.
fn imported(project: &Project, wanted: &FxHashSet<&str>) -> BTreeSet<String> {
    let has_wanted = |name: &str| name.split('.').any(|part| wanted.contains(part));
    let mut names = BTreeSet::new();
    for module in project.own_modules() {
        let facts = project.modules.facts(module);
        let is_within_wanted = has_wanted(&project.modules.get(module).name);
        for import in &facts.imports {
            let is_wanted = import.level > 0 && is_within_wanted
                || has_wanted(facts.text(import.module))
                || import.name.is_some_and(|name| has_wanted(facts.text(name)));
            if !is_wanted {
                continue;
            }
            let Some(target) = project.modules.absolute(module, import) else {
                continue;
            };
            if let Some(name) = import.name {
                names.insert(format!("{target}.{}", facts.text(name)));
            }
            names.insert(target);
        }
    }
    names
}

/// The last two parts of a dotted name: a repository can be imported from several folders, so that
/// the end of a module's name says which it is.
fn end(name: &str) -> &str {
    let before = name.rsplit_once('.').map_or("", |(before, _)| before);
    let start = before.rfind('.').map_or(0, |dot| dot + 1);
    &name[start..]
}

/// Every part of dotted names, and every two that follow each other.
fn parts_of(names: &BTreeSet<String>) -> FxHashSet<&str> {
    let mut parts = FxHashSet::default();
    for name in names {
        let ends = name.match_indices('.').map(|(at, _)| at);
        let (mut before, mut start) = (0, 0);
        for at in ends.chain([name.len()]) {
            parts.insert(&name[start..at]);
            parts.insert(&name[before..at]);
            (before, start) = (start, at + 1);
        }
    }
    parts
}

/// Whether a text of the code may be the module's name, or the end of it: what loads modules by
/// their names takes texts.
fn is_named_in_text(project: &Project, module: &str) -> bool {
    let last = module.rsplit('.').next().unwrap_or(module);
    project.own_modules().any(|other| {
        let facts = project.modules.facts(other);
        facts.names.mention(last)
            && facts.body_ids().any(|body| {
                facts
                    .body(body)
                    .exprs()
                    .filter_map(ExprRef::as_str)
                    .any(|text| {
                        text.strip_suffix(last)
                            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                            || text
                                .strip_prefix(module)
                                .is_some_and(|rest| rest.starts_with('.'))
                    })
            })
    })
}

#[cfg(test)]
mod near_misses {
    use luthier_diagnostics::Confidence;

    use super::SIGNAL_NEVER_CONNECTED;
    use crate::testing;

    /// How sure it is that a module of receivers is never imported, with these files beside it.
    fn confidence(more: &str) -> Vec<Confidence> {
        let fixture = format!(
            "{more}--- shop/__init__.py\n--- shop/models.py\nfrom django.db import models\n\
             class Order(models.Model):\n    pass\n\
             --- shop/tracking.py\nfrom django.db.models.signals import post_save\n\
             from django.dispatch import receiver\nfrom shop.models import Order\n\n\
             @receiver(post_save, sender=Order)\ndef seen(**kwargs):  # fires\n    pass\n"
        );
        let found = testing::check(&SIGNAL_NEVER_CONNECTED, &fixture);
        let findings = found.findings.iter();
        findings.map(|finding| finding.confidence).collect()
    }

    #[test]
    fn what_a_package_offers_others_may_import() {
        let setup = "--- setup.py\nfrom setuptools import setup\nsetup(packages=['shop'])\n";
        assert_eq!(confidence(setup), [Confidence::Possible]);
        assert_eq!(confidence("--- manage.py\n"), [Confidence::Likely]);
    }
}
