use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// HSTS leaves the subdomains out.
    ///
    /// ## Why it matters
    ///
    /// A subdomain that answers over plain HTTP can set cookies for the whole domain, and whoever sits
    /// between can pretend to be that subdomain.
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
    /// SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Without HSTS there is nothing to extend; that is SEC004.
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
    /// SECURE_HSTS_INCLUDE_SUBDOMAINS = False
    /// ```
    RULE = {
        code: "SEC005",
        name: "hsts-without-subdomains",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W005"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W005",
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
        not(view.is_true("SECURE_HSTS_INCLUDE_SUBDOMAINS")),
    ]);
    report_if(reported, || {
        Problem::new(
            "SECURE_HSTS_INCLUDE_SUBDOMAINS",
            "`SECURE_HSTS_INCLUDE_SUBDOMAINS` is not `True`: subdomains may still be reached over plain HTTP",
            "set it to `True` once every subdomain answers over HTTPS",
        )
    })
}
