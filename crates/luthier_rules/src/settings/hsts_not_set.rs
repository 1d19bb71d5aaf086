use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// Browsers are not told to stay with HTTPS.
    ///
    /// ## Why it matters
    ///
    /// Without `SECURE_HSTS_SECONDS` a browser tries plain HTTP first whenever somebody types the address:
    /// whoever sits between can answer that request instead of the site.
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
    /// SECURE_HSTS_SECONDS = 0  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Without the security middleware the setting has no effect; that is SEC001.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    /// SECURE_HSTS_SECONDS = 0
    /// ```
    ///
    /// Where only the environment decides it is no finding.
    ///
    /// ```python file=config/settings.py
    /// import os
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = [
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    ///     "django.middleware.clickjacking.XFrameOptionsMiddleware",
    /// ]
    /// SECURE_HSTS_SECONDS = int(os.environ.get("HSTS_SECONDS", "0"))
    /// ```
    RULE = {
        code: "SEC004",
        name: "hsts-not-set",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W004"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W004",
    samples: &[("1", "any text")],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        view.security_middleware(),
        not(view.truth("SECURE_HSTS_SECONDS")),
    ]);
    report_if(reported, || {
        Problem::new(
            "SECURE_HSTS_SECONDS",
            "`SECURE_HSTS_SECONDS` is not set: browsers may go back to plain HTTP",
            "set it to 3600 at first and to 31536000 once every subdomain answers over HTTPS; a browser that has seen the header refuses plain HTTP for that long, so begin small",
        )
    })
}
