//! Background tasks: which system runs them, Celery's apps, tasks, schedules and call sites.

mod celery;
mod link;

#[cfg(test)]
mod tests;

use crate::modules::{ClassRef, FunctionRef, ModuleId, ValueRef};
use crate::place::Place;

/// What is known about a project's background tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// The systems whose packages the project imports or depends on, each once.
    pub systems: Vec<(TaskSystem, Option<Place>)>,
    pub apps: Vec<CeleryApp>,
    /// Celery's tasks, in path order.
    pub tasks: Vec<Task>,
    pub schedules: Vec<ScheduleEntry>,
    /// By place.
    pub calls: Vec<TaskCall>,
}

/// What runs tasks outside of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskSystem {
    Celery,
    DjangoQ,
    Dramatiq,
    Huey,
    Procrastinate,
    Rq,
    /// `django.tasks` of Django 6, or its backport.
    DjangoTasks,
}

/// `app = Celery("shop")`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CeleryApp {
    pub value: ValueRef,
    pub place: Place,
    /// How the app reads its configuration.
    pub config: CeleryConfig,
    /// Options set on the app itself, by their new lower-case names: `Celery(task_time_limit=…)`,
    /// `app.conf.task_time_limit = …`, `app.conf.update(…)`, or a configuration module.
    pub options: Vec<TaskOption>,
}

/// Where an app's configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CeleryConfig {
    /// Only from the app itself.
    #[default]
    Own,
    /// Django's settings whose names start with the namespace (`CELERY`), or that have Celery's
    /// old names where there is none.
    Settings { namespace: Option<String> },
    /// A configuration module of the project.
    Module(ModuleId),
    /// Something that is not understood.
    Unknown,
}

/// A keyword given to an app or task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskOption {
    pub name: String,
    pub value: ValueRef,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub code: TaskCode,
    /// The name it is registered under.
    pub name: String,
    pub options: Vec<TaskOption>,
    /// Whether `**options` may say more.
    pub is_open: bool,
    /// Its name in the code.
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskCode {
    Function(FunctionRef),
    Class(ClassRef),
}

impl Task {
    pub fn option(&self, name: &str) -> Option<&TaskOption> {
        self.options.iter().find(|option| option.name == name)
    }
}

/// One entry of a beat schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleEntry {
    pub name: String,
    /// The task's registered name, where it is a literal.
    pub task: Option<String>,
    /// The seconds between two runs, where it runs at even distances.
    pub every: Option<u64>,
    pub place: Place,
}

/// A place that queues a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskCall {
    pub target: CallTarget,
    /// `delay`, `apply_async`, `s`, `si`, `send_task`.
    pub method: String,
    pub call: ValueRef,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallTarget {
    /// The index of the task in [`Tasks::tasks`].
    Task(usize),
    /// A registered name: `send_task("shop.tasks.ship")`.
    Name(String),
}

impl Tasks {
    /// The call of a task that stands at a place.
    pub fn call_at(&self, place: ValueRef) -> Option<&TaskCall> {
        let found = self
            .calls
            .binary_search_by_key(&place, |queued| queued.call);
        Some(&self.calls[found.ok()?])
    }

    /// Whether a function is a task that the schedule runs every hour or more often.
    pub fn runs_often(&self, function: FunctionRef) -> bool {
        let mut tasks = self.tasks.iter();
        let task = tasks.find(|task| task.code == TaskCode::Function(function));
        task.is_some_and(|task| {
            let mut entries = self.schedules.iter();
            entries.any(|entry| {
                entry.task.as_ref() == Some(&task.name)
                    && entry.every.is_some_and(|seconds| seconds <= 3600)
            })
        })
    }

    /// Whether work can be done outside of requests.
    pub fn has_system(&self) -> bool {
        !self.systems.is_empty()
    }

    pub fn uses(&self, system: TaskSystem) -> bool {
        self.systems.iter().any(|(used, _)| *used == system)
    }
}
