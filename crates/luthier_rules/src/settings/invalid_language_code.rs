use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{
    self, DeployCheck, Problem, Verdict, View, each, languages::is_well_formed, report_if,
};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `LANGUAGE_CODE` is not a language code.
    ///
    /// ## Why it matters
    ///
    /// Django finds no translation for it: pages come in English, or not at all.
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
    /// LANGUAGE_CODE = "de_AT"  # fires
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
    /// LANGUAGE_CODE = "de-at"
    /// ```
    RULE = {
        code: "SEC034",
        name: "invalid-language-code",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("translation.E001"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "translation.E001",
    samples: &[("de", "a language"), ("e_n", "no language code")],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = each(&view.value("LANGUAGE_CODE"), &|code| {
        Some(!code.as_str().is_some_and(is_well_formed))
    });
    report_if(reported, || {
        Problem::new(
            "LANGUAGE_CODE",
            "`LANGUAGE_CODE` is not a language code",
            "write tags with hyphens, such as `de-at`",
        )
    })
}
