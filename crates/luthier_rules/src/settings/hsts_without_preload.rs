use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// The site cannot be put on the browsers' HSTS list.
    ///
    /// ## Why it matters
    ///
    /// A browser's very first visit is the one that HSTS cannot protect, unless the site is on the list that
    /// browsers are shipped with; it takes only sites that ask for it in the header.
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
    /// SECURE_HSTS_SECONDS = 31536000
    /// SECURE_HSTS_PRELOAD = False  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Without HSTS there is nothing to preload; that is SEC004.
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
    /// SECURE_HSTS_SECONDS = 0
    /// ```
    RULE = {
        code: "SEC021",
        name: "hsts-without-preload",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W021"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W021",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        view.security_middleware(),
        view.truth("SECURE_HSTS_SECONDS"),
        not(view.is_true("SECURE_HSTS_PRELOAD")),
    ]);
    report_if(reported, || {
        Problem::new(
            "SECURE_HSTS_PRELOAD",
            "`SECURE_HSTS_PRELOAD` is not `True`: the first visit of each browser is unprotected",
            "set it to `True`; leaving the list again takes months, so be sure that every subdomain stays on HTTPS",
        )
    })
}
