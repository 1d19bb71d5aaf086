use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// Plain HTTP is answered instead of redirected.
    ///
    /// ## Why it matters
    ///
    /// Whoever follows an old link or types the address stays on plain HTTP, where anybody between can read
    /// the session cookie and change the page.
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
    /// SECURE_SSL_REDIRECT = False  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// A proxy that redirects makes the setting unneeded: silence the check where that is so.
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
    /// SILENCED_SYSTEM_CHECKS = ["security.W008"]
    /// ```
    RULE = {
        code: "SEC008",
        name: "ssl-redirect-off",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W008"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W008",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        view.security_middleware(),
        not(view.is_true("SECURE_SSL_REDIRECT")),
    ]);
    report_if(reported, || {
        Problem::new(
            "SECURE_SSL_REDIRECT",
            "`SECURE_SSL_REDIRECT` is not `True`: plain HTTP is answered",
            "set it to `True`; behind a proxy that ends TLS also set `SECURE_PROXY_SSL_HEADER`, or every request is redirected for ever",
        )
    })
}
