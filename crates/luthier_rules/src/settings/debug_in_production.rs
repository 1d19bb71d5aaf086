use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `DEBUG` is on in production.
    ///
    /// ## Why it matters
    ///
    /// Every error page then shows settings, code and local variables to whoever caused it, and Django keeps
    /// every query in memory until the process dies.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// ALLOWED_HOSTS = ["shop.example"]
    /// DEBUG = True  # fires
    /// ```
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// ALLOWED_HOSTS = ["shop.example"]
    /// DEBUG = "False"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Another settings module than production's may have it.
    ///
    /// ```python file=config/settings/local.py
    /// from config.settings.base import *
    ///
    /// DEBUG = True
    /// ```
    ///
    /// ```python file=config/settings/base.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// ALLOWED_HOSTS = ["shop.example"]
    /// DEBUG = False
    /// ```
    ///
    /// ```python file=config/settings/production.py
    /// from config.settings.base import *
    ///
    /// ALLOWED_HOSTS = ["shop.example"]
    /// ```
    RULE = {
        code: "SEC018",
        name: "debug-in-production",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W018"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W018",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = view.truth("DEBUG");
    report_if(reported, || {
        Problem::new(
            "DEBUG",
            "`DEBUG` is on in production",
            "set `DEBUG = False` in the production settings",
        )
    })
}
