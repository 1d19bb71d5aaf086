use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, each, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// The site sends no `Referrer-Policy`.
    ///
    /// ## Why it matters
    ///
    /// Addresses of pages, with whatever is secret in them, then reach every site that is linked.
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
    /// SECURE_REFERRER_POLICY = None  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Django's default is `same-origin`.
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
        code: "SEC022",
        name: "no-referrer-policy",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W022"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W022",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        view.security_middleware(),
        each(&view.value("SECURE_REFERRER_POLICY"), &|value| {
            Some(value.is_none())
        }),
    ]);
    report_if(reported, || {
        Problem::new(
            "SECURE_REFERRER_POLICY",
            "`SECURE_REFERRER_POLICY` is `None`: addresses of pages reach every linked site",
            "remove the setting, its default is `same-origin`",
        )
    })
}
