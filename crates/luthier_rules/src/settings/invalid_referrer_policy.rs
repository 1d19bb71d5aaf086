use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::{Kind, Value};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, any, each, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `SECURE_REFERRER_POLICY` holds a word that browsers do not know.
    ///
    /// ## Why it matters
    ///
    /// Browsers ignore what they do not know: the site has then no policy at all.
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
    /// SECURE_REFERRER_POLICY = "same origin"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Several policies, the best known last, may be given as text or as a list.
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
    /// SECURE_REFERRER_POLICY = "no-referrer, strict-origin-when-cross-origin"
    /// ```
    RULE = {
        code: "SEC023",
        name: "invalid-referrer-policy",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.E023"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.E023",
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
    let policy = view.value("SECURE_REFERRER_POLICY");
    let invalid = all([view.security_middleware(), each(&policy, &is_invalid)]);
    report_if(invalid, || {
        Problem::new(
            "SECURE_REFERRER_POLICY",
            "`SECURE_REFERRER_POLICY` holds a policy that browsers do not know",
            "use `same-origin`, `strict-origin-when-cross-origin` or another policy of the standard",
        )
    })
}

fn is_invalid(policy: &Value) -> Option<bool> {
    match &policy.kind {
        Kind::None => Some(false),
        Kind::Str(text) => Some(
            !text
                .split(',')
                .all(|policy| POLICIES.contains(&policy.trim())),
        ),
        _ => {
            let items = policy.items()?.iter();
            any(items.map(|item| {
                let known = |value: &Value| Some(!POLICIES.contains(&value.as_str()?));
                if item.many {
                    None
                } else {
                    each(&item.value, &known)
                }
            }))
        }
    }
}

const POLICIES: &[&str] = &[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
];
