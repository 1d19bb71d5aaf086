use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `MIDDLEWARE` lacks the middleware against forged requests.
    ///
    /// ## Why it matters
    ///
    /// Without `CsrfViewMiddleware` a page of another site can send a visitor's forms to this one, with the
    /// visitor's session.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]  # fires
    /// ```
    ///
    /// ## Good
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
    /// ```
    RULE = {
        code: "SEC003",
        name: "csrf-middleware-missing",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W003"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W003",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = not(view.middleware("django.middleware.csrf.CsrfViewMiddleware"));
    report_if(reported, || {
        Problem::new(
            "MIDDLEWARE",
            "`MIDDLEWARE` lacks `django.middleware.csrf.CsrfViewMiddleware`",
            "add `django.middleware.csrf.CsrfViewMiddleware` to `MIDDLEWARE`, after the session middleware",
        )
    })
}
