use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, each, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `CACHES` has no `default`.
    ///
    /// ## Why it matters
    ///
    /// `django.core.cache.cache`, sessions, `cache_page` and most packages use the default cache: each fails at
    /// its first use.
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
    /// CACHES = {  # fires
    ///     "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    /// }
    /// ```
    ///
    /// ## Good
    ///
    /// It may be added later.
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
    /// CACHES = {}
    /// CACHES["default"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    /// ```
    RULE = {
        code: "SEC030",
        name: "no-default-cache",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("caches.E001"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "caches.E001",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let caches = view.value("CACHES");
    let missing = each(&caches, &|caches| {
        let caches = caches.as_dict()?;
        match caches.entry("default") {
            Some(entry) if entry.when.is_always() => Some(false),
            Some(_) => None,
            None => caches.lacks("default").then_some(true),
        }
    });
    report_if(missing, || {
        Problem::new(
            "CACHES",
            "`CACHES` has no `default` cache",
            "add a `default` cache; `django.core.cache.backends.redis.RedisCache` is shared by all processes",
        )
    })
}
