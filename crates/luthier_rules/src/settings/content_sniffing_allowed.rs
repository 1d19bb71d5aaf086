use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// Browsers may guess the type of what they are sent.
    ///
    /// ## Why it matters
    ///
    /// Without `nosniff` a browser may take an uploaded text or image for a script and run it.
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
    /// SECURE_CONTENT_TYPE_NOSNIFF = False  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// It is on unless switched off.
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
        code: "SEC006",
        name: "content-sniffing-allowed",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W006"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W006",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        view.security_middleware(),
        not(view.is_true("SECURE_CONTENT_TYPE_NOSNIFF")),
    ]);
    report_if(reported, || {
        Problem::new(
            "SECURE_CONTENT_TYPE_NOSNIFF",
            "`SECURE_CONTENT_TYPE_NOSNIFF` is not `True`: browsers may guess the type of responses",
            "remove the setting, it is `True` by default",
        )
    })
}
