use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, report_if, truth};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// Django's protection against blocking calls in async code is off.
    ///
    /// ## Why it matters
    ///
    /// With `DJANGO_ALLOW_ASYNC_UNSAFE` set, synchronous queries run inside the event loop: they stop every
    /// other request of the process, and connections shared between tasks corrupt each other.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// import os
    ///
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Notebooks need the variable; an empty one switches nothing off.
    ///
    /// ```python file=config/settings.py
    /// import os
    ///
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = ""
    /// ```
    RULE = {
        code: "SEC007",
        name: "async-safety-off",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("async.E001"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "async.E001",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let Some(value) = view.module.variable("DJANGO_ALLOW_ASYNC_UNSAFE") else {
        return Some(Vec::new());
    };
    report_if(truth(value), || {
        Problem::new(
            "DJANGO_ALLOW_ASYNC_UNSAFE",
            "the settings set `DJANGO_ALLOW_ASYNC_UNSAFE`: blocking calls in async code go unnoticed",
            "remove it and wrap synchronous code in `sync_to_async`",
        )
        .at(value.place)
    })
}
