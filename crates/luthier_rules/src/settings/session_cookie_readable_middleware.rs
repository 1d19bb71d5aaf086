use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// The session middleware is on and scripts can read its cookie.
    ///
    /// ## Why it matters
    ///
    /// A session cookie that scripts can read is stolen by the first cross-site scripting hole.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
    /// SESSION_COOKIE_HTTPONLY = False  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
    /// ```
    ///
    /// With the session app too it is SEC015.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["django.contrib.sessions"]
    /// MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
    /// SESSION_COOKIE_HTTPONLY = False
    /// ```
    RULE = {
        code: "SEC014",
        name: "session-cookie-readable-middleware",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W014"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W014",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        not(view.is_true("SESSION_COOKIE_HTTPONLY")),
        not(view.contains("INSTALLED_APPS", "django.contrib.sessions")),
        view.middleware("django.contrib.sessions.middleware.SessionMiddleware"),
    ]);
    report_if(reported, || {
        Problem::new(
            "SESSION_COOKIE_HTTPONLY",
            "`SESSION_COOKIE_HTTPONLY` is not `True` while the session middleware is on",
            "remove `SESSION_COOKIE_HTTPONLY`, it is `True` by default",
        )
    })
}
