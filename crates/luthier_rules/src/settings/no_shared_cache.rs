use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::caching::CacheUseKind;
use luthier_project::settings::SettingsModule;
use luthier_project::{Place, Project};

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
    /// Reported where something uses the cache: sessions, throttles, Django's cache middleware, code
    /// that stores values or caches pages, `{% cache %}`. Cached pages with the schema of an API alone
    /// may lie in each process. In a package that others install, where the cache is for each site to
    /// say, it is only possible, and hidden by default.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # fires
    /// SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
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
    ///
    /// ### Nothing but the schema of an API is cached
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    /// ```
    ///
    /// ```python file=urls.py
    /// from django.urls import path
    /// from django.views.decorators.cache import cache_page
    /// from drf_spectacular.views import SpectacularAPIView
    ///
    /// urlpatterns = [path("schema/", cache_page(86400)(SpectacularAPIView.as_view()))]
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
    let Some(user) = user(ctx.project, production) else {
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
    let sure = if project.is_distributed {
        Confidence::Possible
    } else if is_default {
        Confidence::Likely
    } else {
        confidence(production)
    };
    let mut reported = ctx.report(place, message);
    reported
        .help("use a cache that all processes share, such as `django.core.cache.backends.redis.RedisCache`")
        .symbol("CACHES")
        .confidence(sure);
    if let Some(place) = user.0 {
        reported.related(place, user.1);
    }
}

/// What has its data in the cache, and where that is said.
fn user(project: &Project, production: &SettingsModule) -> Option<(Option<Place>, &'static str)> {
    let sessions = production.get("SESSION_ENGINE").filter(|engine| {
        let text = engine.value.as_str();
        text.is_some_and(|text| text.contains(".cache"))
    });
    if let Some(engine) = sessions {
        return Some((engine.place(), "sessions are kept in the cache"));
    }
    let middleware = production.get("MIDDLEWARE").filter(|middleware| {
        let caches = "django.middleware.cache.FetchFromCacheMiddleware";
        middleware.value.surely_contains(caches)
    });
    if let Some(middleware) = middleware {
        return Some((middleware.place(), "every page is cached"));
    }
    let throttles = production.at(&["REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES"]);
    if throttles.items().is_some_and(|classes| !classes.is_empty()) {
        return Some((throttles.place, "throttles count in the cache"));
    }
    let found = project.cache_use()?;
    let what = match found.kind {
        CacheUseKind::Values => "values are kept in the cache here",
        CacheUseKind::Pages => "pages are kept in the cache here",
    };
    Some((Some(found.place), what))
}
