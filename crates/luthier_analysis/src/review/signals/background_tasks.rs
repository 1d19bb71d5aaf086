//! Is there a task system, and is slow work kept out of requests?

use luthier_diagnostics::review::{Criterion, Evidence};
use luthier_project::flows::{SlowView, SlowWork};

use super::super::answer::{Answer, share};
use super::super::sheet::{Package, Sheet, at, package};

const SYSTEMS: &[Package] = &[
    package("celery", "celery"),
    package("django-celery", "djcelery"),
    package("huey", "huey"),
    package("dramatiq", "dramatiq"),
    package("django-dramatiq", "django_dramatiq"),
    package("django-rq", "django_rq"),
    package("rq", "rq"),
    package("django-q", "django_q"),
    package("django-q2", "django_q"),
    package("procrastinate", "procrastinate"),
    package("arq", "arq"),
    package("taskiq", "taskiq"),
    package("django-tasks", "django_tasks"),
    package("django-background-tasks", "background_task"),
    package("pulpcore", "pulpcore.tasking"),
];

/// What is known about slow work.
pub(in crate::review) struct BackgroundTasks {
    pub(in crate::review) answer: Answer,
    slow: Vec<SlowView>,
    views: usize,
}

impl BackgroundTasks {
    /// The share of views that do no slow work themselves.
    pub(in crate::review) fn criterion(&self) -> Criterion {
        let places = self.slow.iter().map(evidence);
        share(
            "slow-work-in-tasks",
            "views that leave slow work to tasks",
            self.views - self.slow.len(),
            self.views,
            places.collect(),
        )
    }
}

pub(super) fn judge(sheet: Sheet<'_>) -> BackgroundTasks {
    let (slow, views) = sheet.project.slow_views(sheet.calls);
    let answer = answer(sheet, &slow);
    BackgroundTasks {
        answer,
        slow,
        views,
    }
}

fn answer(sheet: Sheet<'_>, slow: &[SlowView]) -> Answer {
    let system = sheet.uses(SYSTEMS);
    let places = slow.iter().map(evidence);
    let works = match slow {
        [] => String::new(),
        [one] => format!("`{}` {} in the request", one.name, work(one.work)),
        [one, ..] => format!(
            "{} views do slow work in the request, such as `{}`",
            slow.len(),
            one.name
        ),
    };
    match (system, slow.is_empty()) {
        (Some(system), true) => Answer::yes(system.name).at([system.evidence()]),
        (Some(_), false) => Answer::no(works).at(places),
        (None, false) => Answer::no(format!("no task system; {works}")).at(places),
        (None, true) if sheet.project.dependencies.declared.is_empty() => {
            Answer::unknown("no dependencies were found, nor a task system among the imports")
        }
        (None, true) => Answer::no("no task system"),
    }
}

/// As the rest of a sentence that begins with the view.
fn work(work: SlowWork) -> &'static str {
    match work {
        SlowWork::Mail => "sends mail",
        SlowWork::Http => "calls another service",
        SlowWork::Program => "runs another program",
        SlowWork::Conversion => "converts a file",
    }
}

fn evidence(slow: &SlowView) -> Evidence {
    let message = format!("`{}` {} here", slow.name, work(slow.work));
    at(slow.place, message)
}
