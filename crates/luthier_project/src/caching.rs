//! Where a project's own code uses Django's cache for what its processes have to share.

use rayon::prelude::*;

use crate::Project;
use crate::facts::{ExprRef, FileFacts, PythonFacts, is_test_path};
use crate::modules::ModuleId;
use crate::place::Place;
use crate::projects::is_vendored;
use luthier_source::template::NodeKind;

/// One use of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheUse {
    pub place: Place,
    pub kind: CacheUseKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheUseKind {
    /// Values that code stores and gets back.
    Values,
    /// Whole pages, or parts of templates.
    Pages,
}

/// What the objects of `django.core.cache` are called.
const OBJECTS: [&str; 2] = ["cache", "caches"];

/// Words in the names of views whose answer is the same as long as a process lives.
const STATIC_VIEWS: [&str; 6] = [
    "schema",
    "swagger",
    "redoc",
    "openapi",
    "spectacular",
    "catalog",
];

impl Project {
    /// The first use of the cache in the code, else in a template. Pages with an API's schema and
    /// catalogues of translations do not count: each process may well have its own.
    pub fn cache_use(&self) -> Option<CacheUse> {
        let modules: Vec<ModuleId> = self.own_modules().collect();
        let found: Vec<Option<CacheUse>> = modules
            .par_iter()
            .map(|&module| self.cache_use_in(module))
            .collect();
        found.into_iter().flatten().next().or_else(|| {
            self.own_files().iter().find_map(|&file| {
                let FileFacts::Template(template) = self.facts(file) else {
                    return None;
                };
                let is_cache = |kind: &NodeKind| {
                    matches!(kind, NodeKind::Other { name, .. } if name == "cache")
                };
                let node = template.nodes.iter().find(|node| is_cache(&node.kind))?;
                Some(CacheUse {
                    place: Place::new(file, node.span),
                    kind: CacheUseKind::Pages,
                })
            })
        })
    }

    fn cache_use_in(&self, module: ModuleId) -> Option<CacheUse> {
        let facts = self.modules.facts(module);
        let path = format!("{}.py", self.modules.get(module).name.replace('.', "/"));
        let is_foreign = is_vendored(&path) || is_test_path(&path);
        let file = self.modules.get(module).file.filter(|_| !is_foreign)?;
        let mut imports = facts.imports.iter();
        let values = imports.find(|import| {
            let name = import.name.map(|name| facts.text(name));
            facts.text(import.module) == "django.core.cache"
                && name.is_some_and(|name| OBJECTS.contains(&name))
        });
        let found = |span, kind| CacheUse {
            place: Place::new(file, span),
            kind,
        };
        values
            .map(|import| found(import.span, CacheUseKind::Values))
            .or_else(|| pages(facts).map(|span| found(span, CacheUseKind::Pages)))
    }
}

/// The first call of `cache_page` that wraps something else than a static view.
fn pages(facts: &PythonFacts) -> Option<luthier_source::Span> {
    if !facts.names.mention("cache_page") {
        return None;
    }
    let mut static_calls = Vec::new();
    let mut calls = Vec::new();
    for expr in facts.body_ids().flat_map(|id| facts.body(id).exprs()) {
        let Some(call) = expr.as_call() else { continue };
        if is_cache_page(call.callee) {
            calls.push(expr.span());
        }
        // `cache_page(60)(View.as_view())`
        let wraps = call
            .callee
            .as_call()
            .is_some_and(|inner| is_cache_page(inner.callee));
        if wraps && call.positional().next().is_some_and(is_static) {
            static_calls.push(call.callee.span());
        }
    }
    calls.into_iter().find(|span| !static_calls.contains(span))
}

fn is_cache_page(callee: ExprRef<'_>) -> bool {
    let name = callee.as_name().or_else(|| Some(callee.as_attribute()?.1));
    name == Some("cache_page")
}

fn is_static(view: ExprRef<'_>) -> bool {
    let named = view.without_call();
    let name = named.dotted().unwrap_or_default().to_lowercase();
    STATIC_VIEWS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use luthier_source::Sources;

    use super::*;

    fn kind(code: &str) -> Option<CacheUseKind> {
        let sources = Sources::in_memory(&[("shop/urls.py", code)]);
        Some(Project::from_sources(&sources).cache_use()?.kind)
    }

    #[test]
    fn values_and_pages_are_uses() {
        let values = "from django.core.cache import cache\ncache.set('a', 1)\n";
        assert_eq!(kind(values), Some(CacheUseKind::Values));
        let pages = "from django.views.decorators.cache import cache_page\nview = cache_page(60)(OrderView.as_view())\n";
        assert_eq!(kind(pages), Some(CacheUseKind::Pages));
    }

    #[test]
    fn pages_of_a_schema_are_none() {
        let schema = "from django.views.decorators.cache import cache_page\nview = cache_page(60)(SpectacularRedocView.as_view())\n";
        assert_eq!(kind(schema), None);
        assert_eq!(kind("from shop.cache import Cache\n"), None);
    }
}
