use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// The session app is installed and its cookie travels over plain HTTP.
    ///
    /// ## Why it matters
    ///
    /// A session cookie that also travels over plain HTTP can be read by anybody between browser and site;
    /// whoever has it is signed in.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["django.contrib.sessions"]
    /// MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    /// SESSION_COOKIE_SECURE = False  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["django.contrib.sessions"]
    /// MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    /// SESSION_COOKIE_SECURE = True
    /// ```
    ///
    /// With the session middleware too it is SEC012.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["django.contrib.sessions"]
    /// MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
    /// SESSION_COOKIE_SECURE = False
    /// ```
    RULE = {
        code: "SEC010",
        name: "session-cookie-insecure-app",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W010"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W010",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        not(view.is_true("SESSION_COOKIE_SECURE")),
        view.contains("INSTALLED_APPS", "django.contrib.sessions"),
        not(view.middleware("django.contrib.sessions.middleware.SessionMiddleware")),
    ]);
    report_if(reported, || {
        Problem::new(
            "SESSION_COOKIE_SECURE",
            "`SESSION_COOKIE_SECURE` is not `True` while `django.contrib.sessions` is installed",
            "set `SESSION_COOKIE_SECURE = True`",
        )
    })
}
