use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::{Kind, Value};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, each};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// A Content Security Policy is set to something other than a dictionary.
    ///
    /// ## Why it matters
    ///
    /// Django's middleware cannot make a header of it: responses go out without a policy or fail.
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
    /// SECURE_CSP = "default-src 'self'"  # fires
    /// ```
    ///
    /// ```text file=requirements.txt
    /// Django==6.0.2
    /// ```
    ///
    /// ## Good
    ///
    /// Before Django 6.0 the setting is the project's own affair.
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
    /// SECURE_CSP = "default-src 'self'"
    /// ```
    ///
    /// ```text file=requirements.txt
    /// Django==5.2.7
    /// ```
    RULE = {
        code: "SEC026",
        name: "invalid-csp-setting",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.E026"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.E026",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let mut problems = Vec::new();
    for name in ["SECURE_CSP", "SECURE_CSP_REPORT_ONLY"] {
        let is_policy = |value: &Value| {
            Some(matches!(
                value.kind,
                Kind::None | Kind::Unset | Kind::Dict(_)
            ))
        };
        if !each(&view.value(name), &is_policy)? {
            problems.push(Problem::new(
                name,
                format!("`{name}` is not a dictionary"),
                "map each directive to its list of sources: `{\"default-src\": [CSP.SELF]}`",
            ));
        }
    }
    Some(problems)
}
