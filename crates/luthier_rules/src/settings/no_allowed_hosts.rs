use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `ALLOWED_HOSTS` is empty.
    ///
    /// ## Why it matters
    ///
    /// With `DEBUG` off Django then answers every request with 400.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// SECRET_KEY = "x"
    /// ALLOWED_HOSTS = []  # fires
    /// ```
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"  # fires
    /// USE_TZ = True
    /// SECRET_KEY = "x"
    /// DEBUG = False
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// SECRET_KEY = "x"
    /// ALLOWED_HOSTS = ["shop.example"]
    /// ```
    ///
    /// Splitting a variable never gives an empty list.
    ///
    /// ```python file=config/settings.py
    /// import os
    ///
    /// ROOT_URLCONF = "config.urls"
    /// SECRET_KEY = "x"
    /// ALLOWED_HOSTS = os.environ.get("HOSTS", "").split(",")
    /// ```
    RULE = {
        code: "SEC020",
        name: "no-allowed-hosts",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W020"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W020",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = not(view.truth("ALLOWED_HOSTS"));
    report_if(reported, || {
        Problem::new(
            "ALLOWED_HOSTS",
            "`ALLOWED_HOSTS` is empty: every request is answered with 400",
            "list the host names that the site is reached by",
        )
    })
}
