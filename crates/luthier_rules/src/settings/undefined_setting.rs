use std::collections::{BTreeMap, BTreeSet};

use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::django::settings as django;
use luthier_project::facts::ir::{BindingKind, Expr, ImportKind};
use luthier_project::facts::{ExprRef, PythonFacts, is_test_path};
use luthier_project::modules::ModuleId;
use luthier_project::{Place, Project};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Code reads a setting that nothing defines.
    ///
    /// ## Why it matters
    ///
    /// `settings.X` raises `AttributeError` when the line runs, which may be the first time a customer
    /// gets there.
    ///
    /// ## Project
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "urls"
    /// STOCK_LIMIT = 5
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from django.conf import settings
    ///
    /// def stock(request):
    ///     return settings.STOCK_LIMITS  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Settings that are there, Django's own, and reads that expect that there may be none.
    ///
    /// ```python file=shop/views.py
    /// from django.conf import settings
    ///
    /// def stock(request):
    ///     if hasattr(settings, "SHOP_URL"):
    ///         return settings.SHOP_URL
    ///     try:
    ///         return settings.SHOP_NAME
    ///     except AttributeError:
    ///         pass
    ///     made_of = settings.SETTINGS_MODULE
    ///     return settings.STOCK_LIMIT, settings.DEBUG, getattr(settings, "NOPE", None), made_of
    /// ```
    RULE = {
        code: "INT011",
        name: "undefined-setting",
        severity: Severity::Warning,
        category: Category::Integrity,
        dimension: Some(Dimension::Deployment),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let modules = &project.settings.modules;
    // What cannot be seen in full may define anything.
    let is_known = project.settings.production().is_some()
        && modules.iter().all(|module| {
            module.open().is_none() && module.fails().is_none() && module.optional().is_empty()
        });
    if !is_known {
        return;
    }
    let mut reads: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    let mut mentioned: BTreeSet<String> = BTreeSet::new();
    for id in project.own_modules() {
        let facts = project.modules.facts(id);
        let Some(file) = project.modules.get(id).file else {
            continue;
        };
        let is_test = is_test_path(&ctx.sources.file(file).path);
        if is_test {
            continue;
        }
        for (name, expr) in settings_reads(facts) {
            reads
                .entry(name)
                .or_default()
                .push(Place::new(file, expr.span()));
        }
    }
    reads.retain(|name, _| !is_defined(project, name));
    if reads.is_empty() {
        return;
    }
    let apps = project.apps.iter().filter(|app| !app.is_own);
    let of_packages = apps.flat_map(|app| settings_modules(project, &app.name));
    for id in project.own_modules().chain(of_packages) {
        collect_mentions(project.modules.facts(id), &reads, &mut mentioned);
    }
    // Who installs a package brings settings of their own.
    let confidence = if project.is_distributed {
        Confidence::Possible
    } else {
        Confidence::Likely
    };
    for (name, places) in reads {
        if mentioned.contains(&name) {
            continue;
        }
        for place in places {
            ctx.report(
                place,
                format!("no settings module defines `{name}`, and Django does not either"),
            )
            .help(format!(
                "define it, or read it with `getattr(settings, \"{name}\", ...)`"
            ))
            .confidence(confidence)
            .symbol(name.clone());
        }
    }
}

/// The modules of an installed app in which packages define settings, or say what stands in for
/// them.
fn settings_modules(project: &Project, app: &str) -> Vec<ModuleId> {
    let usual = ["apps", "app_settings", "conf", "defaults", "settings"];
    let modules = usual.map(|name| project.modules.find(&format!("{app}.{name}")));
    modules.into_iter().flatten().collect()
}

fn is_defined(project: &Project, name: &str) -> bool {
    let mut apps = project.apps.iter().filter(|app| app.is_listed);
    name == django::SETTINGS_MODULE
        || django::is_known(name)
        || apps.any(|app| django::is_of_package(name, &app.name))
        || project
            .settings
            .modules
            .iter()
            .any(|module| module.get(name).is_some())
}

/// Every `settings.NAME` of a file that takes Django's settings, and takes nothing else for them.
fn settings_reads(facts: &PythonFacts) -> Vec<(String, ExprRef<'_>)> {
    let import = facts.imports.iter().find(|import| {
        facts.text(import.module) == "django.conf"
            && import
                .name
                .is_some_and(|name| facts.text(name) == "settings")
    });
    let Some(import) = import.filter(|import| import.kind == ImportKind::From) else {
        return Vec::new();
    };
    let bound = import.binds;
    let is_other = facts
        .functions
        .iter()
        .any(|function| function.params.iter().any(|param| param.name == bound))
        || facts.module().body().bindings.iter().any(|binding| {
            binding.name == bound && !matches!(binding.kind, BindingKind::Import(_))
        })
        || facts
            .imports
            .iter()
            .any(|other| other.binds == bound && other.module != import.module);
    if is_other {
        return Vec::new();
    }
    let mut reads = Vec::new();
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for expr in body.exprs() {
            let Expr::Attribute(value, name) = expr.kind() else {
                continue;
            };
            let text = facts.text(name);
            let is_setting = text.chars().all(|letter| !letter.is_lowercase())
                && text.starts_with(|letter: char| letter.is_ascii_uppercase());
            if expr.at(value).kind() == Expr::Name(bound) && is_setting && !is_guarded(expr) {
                reads.push((text.to_owned(), expr));
            }
        }
    }
    reads
}

/// Whether a `try` around the read expects that it may fail.
fn is_guarded(expr: ExprRef<'_>) -> bool {
    let body = expr.body.body();
    body.tries.iter().any(|attempt| {
        let catches = body.handlers[attempt.handlers.range()]
            .iter()
            .any(|handler| {
                handler.exception.is_none_or(|exception| {
                    let text = expr.at(exception);
                    let names = |one: ExprRef<'_>| {
                        one.dotted().is_some_and(|name| {
                            matches!(
                                name.as_str(),
                                "AttributeError" | "Exception" | "BaseException"
                            )
                        })
                    };
                    names(text)
                        || text
                            .elements()
                            .is_some_and(|mut several| several.any(names))
                })
            });
        let block = body.blocks[attempt.body.range()].iter();
        catches
            && block
                .map(|id| expr.body.stmt(*id).span())
                .any(|span| span.encloses(expr.span()))
    })
}

/// Names that are read and that some text, keyword or assignment of the project mentions: a default
/// in a dict, `hasattr(settings, "X")`, `override_settings(X=...)`, `settings.X = ...`.
fn collect_mentions(
    facts: &PythonFacts,
    reads: &BTreeMap<String, Vec<Place>>,
    mentioned: &mut BTreeSet<String>,
) {
    if !reads.keys().any(|name| facts.names.find(name).is_some()) {
        return;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for expr in body.exprs() {
            if let Some(text) = expr.as_str().filter(|text| reads.contains_key(*text)) {
                mentioned.insert(text.to_owned());
            }
        }
        for argument in &body.body().arguments {
            if let Some(keyword) = argument.keyword.map(|name| facts.text(name))
                && reads.contains_key(keyword)
            {
                mentioned.insert(keyword.to_owned());
            }
        }
        for statement in body.all_statements() {
            let targets: Vec<ExprRef<'_>> = match statement.kind() {
                luthier_project::facts::Stmt::Assign { targets, .. } => {
                    body.list(targets).collect()
                }
                luthier_project::facts::Stmt::Augmented { target, .. } => vec![body.expr(target)],
                _ => continue,
            };
            for target in targets {
                let name = target
                    .as_attribute()
                    .map(|(_, name)| name)
                    .or_else(|| target.as_name());
                if let Some(name) = name.filter(|name| reads.contains_key(*name)) {
                    mentioned.insert(name.to_owned());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// How sure the rule is of a setting that only a settings module of others can define.
    fn confidence(further: &str) -> Confidence {
        let fixture = format!(
            "--- manage.py\nimport os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n\
             --- settings.py\nINSTALLED_APPS = ['shop']\n--- shop/__init__.py\n{further}\
             --- shop/views.py\nfrom django.conf import settings\n\n\
             def stock(request):\n    return settings.STOCK_LIMIT  # fires\n"
        );
        testing::check(&RULE, &fixture).findings[0].confidence
    }

    #[test]
    fn sites_that_install_a_package_bring_settings_of_their_own() {
        assert_eq!(confidence(""), Confidence::Likely);
        let setup = "--- setup.py\nfrom setuptools import setup\nsetup(packages=['shop'])\n";
        assert_eq!(confidence(setup), Confidence::Possible);
    }
}
