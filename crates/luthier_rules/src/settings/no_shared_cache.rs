use luthier_diagnostics::{Category, Confidence, Dimension, Severity};

use super::{confidence, whole_place};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The default cache is not shared by production's processes.
    ///
    /// ## Why it matters
    ///
    /// Every worker process fills a cache of its own: what one deletes the others still serve,
    /// counters such as throttles count per process, and each restart begins cold.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// CACHES = {
    ///     "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"},
    ///     "per_process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    /// }
    /// ```
    ///
    /// ```python file=settings.py
    /// import environ
    /// env = environ.Env()
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// CACHES = {"default": env.cache("CACHE_URL")}
    /// ```
    RULE = {
        code: "CAC001",
        name: "no-shared-cache",
        severity: Severity::Warning,
        category: Category::Caching,
        dimension: Some(Dimension::Performance),
        check: Check::Project(check),
    }
}

/// Backends that one process, one machine or nobody sees, and what to call them.
const LONELY: [(&str, &str); 3] = [
    (
        "django.core.cache.backends.locmem.LocMemCache",
        "lives in each process",
    ),
    (
        "django.core.cache.backends.dummy.DummyCache",
        "stores nothing",
    ),
    (
        "django.core.cache.backends.filebased.FileBasedCache",
        "lies on each machine's disk",
    ),
];

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    let backend = production.at(&["CACHES", "default", "BACKEND"]);
    let Some(text) = backend.as_str() else { return };
    let Some((_, why)) = LONELY.iter().find(|(lonely, _)| *lonely == text) else {
        return;
    };
    let is_default = production.get("CACHES").is_none();
    let place = if is_default {
        whole_place(ctx, production)
    } else {
        backend.place
    };
    let Some(place) = place else { return };
    let message = if is_default {
        "production has no cache of its own: Django's default lives in each process".to_owned()
    } else {
        format!("the default cache {why}")
    };
    let sure = if is_default {
        Confidence::Likely
    } else {
        confidence(production)
    };
    ctx.report(place, message)
        .help("use a cache that all processes share, such as `django.core.cache.backends.redis.RedisCache`")
        .symbol("CACHES")
        .confidence(sure);
}
