use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, each, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `SECURE_CROSS_ORIGIN_OPENER_POLICY` is not a value that browsers know.
    ///
    /// ## Why it matters
    ///
    /// Browsers ignore what they do not know: pages that open this site keep a handle on its window.
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
    /// SECURE_CROSS_ORIGIN_OPENER_POLICY = "cross-origin"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// `None` switches the header off.
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
    /// SECURE_CROSS_ORIGIN_OPENER_POLICY = None
    /// ```
    RULE = {
        code: "SEC024",
        name: "invalid-opener-policy",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.E024"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.E024",
    samples: &[
        ("same-origin", "a known policy"),
        ("nonsense", "anything else"),
    ],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        view.security_middleware(),
        each(&view.value("SECURE_CROSS_ORIGIN_OPENER_POLICY"), &|value| {
            Some(!value.is_none() && !POLICIES.contains(&value.as_str()?))
        }),
    ]);
    report_if(reported, || {
        Problem::new(
            "SECURE_CROSS_ORIGIN_OPENER_POLICY",
            "`SECURE_CROSS_ORIGIN_OPENER_POLICY` is not a policy that browsers know",
            "use `same-origin`, `same-origin-allow-popups` or `unsafe-none`",
        )
    })
}

const POLICIES: &[&str] = &["same-origin", "same-origin-allow-popups", "unsafe-none"];
