use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// The CSRF cookie travels over plain HTTP.
    ///
    /// ## Why it matters
    ///
    /// Whoever reads the CSRF cookie on its way can forge the visitor's forms.
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
    /// CSRF_COOKIE_SECURE = False  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// With the token in the session there is no such cookie.
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
    /// CSRF_USE_SESSIONS = True
    /// ```
    RULE = {
        code: "SEC016",
        name: "csrf-cookie-insecure",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W016"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W016",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        not(view.truth("CSRF_USE_SESSIONS")),
        view.middleware("django.middleware.csrf.CsrfViewMiddleware"),
        not(view.is_true("CSRF_COOKIE_SECURE")),
    ]);
    report_if(reported, || {
        Problem::new(
            "CSRF_COOKIE_SECURE",
            "`CSRF_COOKIE_SECURE` is not `True`: the CSRF cookie travels over plain HTTP",
            "set `CSRF_COOKIE_SECURE = True`",
        )
    })
}
