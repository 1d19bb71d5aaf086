use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::tasks::{CeleryApp, Task};

use super::celery_settings::find;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Celery's tasks may run for ever.
    ///
    /// ## Why it matters
    ///
    /// Celery has no limit of its own. One call that never answers keeps a worker process for good;
    /// a few of them and the queue stands still while every process looks busy.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ```python file=config/__init__.py
    /// ```
    ///
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/celery.py
    /// from celery import Celery
    ///
    /// app = Celery("shop")  # fires
    /// app.config_from_object("django.conf:settings", namespace="CELERY")
    /// ```
    ///
    /// ```python file=config/settings.py
    /// CELERY_BROKER_URL = "redis://redis"
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    ///
    /// @shared_task
    /// def ship():
    ///     pass
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/celery.py
    /// from celery import Celery
    ///
    /// app = Celery("shop")
    /// app.config_from_object("django.conf:settings", namespace="CELERY")
    /// ```
    ///
    /// ```python file=config/settings.py
    /// CELERY_TASK_TIME_LIMIT = 300
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    ///
    /// @shared_task
    /// def ship():
    ///     pass
    /// ```
    ///
    /// ### On the worker's command line
    ///
    /// ```python file=config/celery.py
    /// from celery import Celery
    ///
    /// app = Celery("shop")
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from config.celery import app
    ///
    /// @app.task
    /// def ship():
    ///     pass
    /// ```
    ///
    /// ```text file=Procfile
    /// worker: celery -A config worker --soft-time-limit=60
    /// ```
    ///
    /// ### On every task
    ///
    /// ```python file=config/celery.py
    /// from celery import Celery
    ///
    /// app = Celery("shop")
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    ///
    /// @shared_task(soft_time_limit=60)
    /// def ship():
    ///     pass
    /// ```
    ///
    /// ### Tasks of a reusable app, without an app of Celery
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    ///
    /// @shared_task
    /// def ship():
    ///     pass
    /// ```
    RULE = {
        code: "TSK002",
        name: "no-time-limit",
        severity: Severity::Warning,
        category: Category::Tasks,
        dimension: Some(Dimension::ErrorHandling),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// How many tasks are shown.
const SHOWN: usize = 10;

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let unlimited: Vec<&Task> = project
        .tasks
        .tasks
        .iter()
        .filter(|task| !has_limit(task))
        .collect();
    if unlimited.is_empty() || is_limited_by_worker(project) {
        return;
    }
    let Some(first) = project.tasks.apps.first() else {
        return;
    };
    if !project
        .tasks
        .apps
        .iter()
        .all(|app| is_unlimited(project, app))
    {
        return;
    }
    let count = unlimited.len();
    let message = match count {
        1 => "no time limit: a task may run for ever".to_owned(),
        _ => format!("no time limit: {count} tasks may run for ever"),
    };
    let is_whole = starts_worker(project);
    let mut reported = ctx.report(first.place, message);
    if !is_whole {
        // The worker's own command line, which is elsewhere, may set the limits.
        reported.confidence(Confidence::Possible);
    }
    reported.help("set `task_soft_time_limit` and, a little above it, `task_time_limit`");
    for task in unlimited.iter().take(SHOWN) {
        reported.related(
            task.place,
            format!("`{}` has no limit of its own", task.name),
        );
    }
}

/// Whether a task has a limit, or may have one that is not seen here.
fn has_limit(task: &Task) -> bool {
    task.is_open
        || ["time_limit", "soft_time_limit", "base"]
            .iter()
            .any(|name| task.option(name).is_some())
}

fn is_unlimited(project: &Project, app: &CeleryApp) -> bool {
    [
        "task_time_limit",
        "task_soft_time_limit",
        "task_annotations",
    ]
    .iter()
    .all(|name| find(project, app, name).is_absent())
}

/// Whether it can be seen how the workers are started.
fn starts_worker(project: &Project) -> bool {
    let mut commands = project.deployment.commands.iter();
    commands.any(|command| {
        command.program == "celery" && command.arguments.iter().any(|word| word.text == "worker")
    })
}

fn is_limited_by_worker(project: &Project) -> bool {
    let mut commands = project.deployment.commands.iter();
    commands.any(|command| {
        command
            .option(&["--time-limit", "--soft-time-limit"])
            .is_some()
    })
}
