use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `MIDDLEWARE` lacks the middleware against framing.
    ///
    /// ## Why it matters
    ///
    /// Without `XFrameOptionsMiddleware` pages carry no `X-Frame-Options` header: another site can show them
    /// in a frame and let its visitors click on them unawares.
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
        code: "SEC002",
        name: "frame-middleware-missing",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W002"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W002",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = not(view.middleware("django.middleware.clickjacking.XFrameOptionsMiddleware"));
    report_if(reported, || {
        Problem::new(
            "MIDDLEWARE",
            "`MIDDLEWARE` lacks `django.middleware.clickjacking.XFrameOptionsMiddleware`",
            "add `django.middleware.clickjacking.XFrameOptionsMiddleware` to `MIDDLEWARE`",
        )
    })
}
