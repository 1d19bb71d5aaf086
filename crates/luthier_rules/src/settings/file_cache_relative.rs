use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, paths::file_caches};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// A file cache lies at a relative path.
    ///
    /// ## Why it matters
    ///
    /// Where the cache is then depends on the folder that each process was started in: server, worker and
    /// command line each have their own.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = [
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    ///     "django.middleware.clickjacking.XFrameOptionsMiddleware",
    /// ]
    /// CACHES = {
    ///     "default": {
    ///         "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
    ///         "LOCATION": "cache",  # fires
    ///     },
    /// }
    /// ```
    ///
    /// ## Good
    ///
    /// Other backends give the location another meaning.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = [
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    ///     "django.middleware.clickjacking.XFrameOptionsMiddleware",
    /// ]
    /// CACHES = {
    ///     "default": {
    ///         "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    ///         "LOCATION": "cache",
    ///     },
    /// }
    /// ```
    RULE = {
        code: "SEC032",
        name: "file-cache-relative",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("caches.W003"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "caches.W003",
    samples: &[
        ("/var/cache/site", "an absolute path"),
        ("cache", "a relative path"),
    ],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let caches = file_caches(view);
    let relative = caches.caches.iter().filter(|cache| !cache.is_absolute);
    let problems: Vec<Problem> = relative
        .map(|cache| {
            Problem::new(
                "CACHES",
                format!(
                    "the location of the cache `{}` is a relative path",
                    cache.alias
                ),
                "give an absolute path, such as `BASE_DIR / \"cache\"`",
            )
            .at(cache.place)
        })
        .collect();
    (caches.known || !problems.is_empty()).then_some(problems)
}
