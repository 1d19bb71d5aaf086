use luthier_diagnostics::{Category, Dimension, Severity};

use super::celery_settings::find;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// In production Celery runs tasks inside the request.
    ///
    /// ## Why it matters
    ///
    /// `task_always_eager` is made for tests: `delay()` runs the task at once, in the process of
    /// whoever called it. Every slow task makes a request slow, errors reach the user, retries and
    /// time limits do nothing, and the workers have no work.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
    /// ```
    ///
    /// ```python file=config/__init__.py
    /// ```
    ///
    /// ```python file=config/celery.py
    /// from celery import Celery
    ///
    /// app = Celery("shop")
    /// app.config_from_object("django.conf:settings", namespace="CELERY")
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings/production.py
    /// CELERY_TASK_ALWAYS_EAGER = True  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// In test settings, and where the environment decides.
    ///
    /// ```python file=config/settings/test.py
    /// CELERY_TASK_ALWAYS_EAGER = True
    /// ```
    ///
    /// ```python file=config/settings/production.py
    /// import os
    /// CELERY_TASK_ALWAYS_EAGER = os.environ.get("EAGER") == "1"
    /// ```
    RULE = {
        code: "TSK011",
        name: "always-eager-in-production",
        severity: Severity::Error,
        category: Category::Tasks,
        dimension: Some(Dimension::Performance),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    for app in &project.tasks.apps {
        let found = find(project, app, "task_always_eager");
        if let Some(place) = found.place().filter(|_| found.is_true()) {
            ctx.report(
                place,
                "tasks run inside the request: `task_always_eager` is on",
            )
            .help("turn it on in test settings only");
            return;
        }
    }
}
