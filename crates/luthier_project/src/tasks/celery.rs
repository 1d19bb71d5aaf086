//! What Celery code looks like: apps, tasks, options, schedules.

use crate::facts::ir::{BindingKind, ImportKind};
use crate::facts::{CallRef, Expr, ExprRef};
use crate::modules::{Definition, ModuleId, Modules, ValueRef};

/// The dotted name behind an expression as its imports have it: `celery.shared_task` for
/// `shared_task` after `from celery import shared_task`. Celery fills its package in when it is
/// imported, so what its source holds there says nothing.
pub(super) fn imported_name(
    modules: &Modules,
    module: ModuleId,
    expr: ExprRef<'_>,
) -> Option<String> {
    let facts = modules.facts(module);
    let BindingKind::Import(import) = facts.module().bound(expr.head()?)?.kind else {
        return None;
    };
    let dotted = expr.dotted()?;
    let (head, tail) = dotted
        .split_once('.')
        .map_or((dotted.as_str(), None), |(head, tail)| (head, Some(tail)));
    let import = facts.import(import);
    let from = modules.absolute(module, import)?;
    let base = match (import.kind, import.name) {
        (ImportKind::From, Some(name)) => format!("{from}.{}", facts.text(name)),
        (ImportKind::Module, _) => head.to_owned(),
        _ => from,
    };
    Some(tail.map_or(base.clone(), |tail| format!("{base}.{tail}")))
}

/// Whether a call makes a Celery app: `Celery(…)`, or a subclass of it.
pub(super) fn makes_app(modules: &Modules, module: ModuleId, call: CallRef<'_>) -> bool {
    if let Some(name) = imported_name(modules, module, call.callee) {
        if matches!(
            name.as_str(),
            "celery.Celery" | "celery.app.Celery" | "celery.app.base.Celery"
        ) {
            return true;
        }
        // Subclasses are the project's own; no other package has to be read for them.
        let package = name.split('.').next().unwrap_or(&name);
        let is_own = |id| modules.is_repository(id);
        if !modules.find(package).is_some_and(is_own) {
            return false;
        }
    }
    let Definition::Class(class) = modules.resolve_expr(module, call.callee) else {
        return false;
    };
    let body = modules.class(class);
    let facts = modules.facts(class.module);
    body.bases.iter().any(|base| {
        let base = facts.body(body.scope).expr(base.value);
        imported_name(modules, class.module, base).is_some_and(|name| name == "celery.Celery")
    })
}

/// A decorator that makes a task.
pub(super) enum TaskDecorator<'a> {
    /// `@shared_task`
    Bare,
    /// `@shared_task(…)`
    Call(CallRef<'a>),
}

impl<'a> TaskDecorator<'a> {
    pub(super) fn call(&self) -> Option<CallRef<'a>> {
        match self {
            Self::Bare => None,
            Self::Call(call) => Some(*call),
        }
    }
}

/// The decorator as one that makes a task, if it is one.
pub(super) fn task_decorator<'a>(
    modules: &'a Modules,
    module: ModuleId,
    decorator: ExprRef<'a>,
    is_app: impl Fn(ValueRef) -> bool,
) -> Option<TaskDecorator<'a>> {
    let call = decorator.as_call();
    let callee = call.map_or(decorator, |call| call.callee);
    let found = call.map_or(TaskDecorator::Bare, TaskDecorator::Call);
    if let Some(name) = imported_name(modules, module, callee)
        && matches!(
            name.as_str(),
            "celery.shared_task"
                | "celery.task"
                | "celery.task.task"
                | "celery.task.periodic_task"
                | "celery.decorators.task"
                | "celery.app.shared_task"
                | "celery.utils.log.shared_task"
        )
    {
        return Some(found);
    }
    let (owner, method) = callee.as_attribute()?;
    if !matches!(method, "task" | "periodic_task") {
        return None;
    }
    match modules.resolve_expr(module, owner) {
        Definition::Value(value) if is_app(value) => Some(found),
        _ => None,
    }
}

/// The seconds between two runs by a schedule such as `60.0`, `timedelta(minutes=5)` and
/// `crontab(minute="*/5")`.
pub(super) fn seconds_between(schedule: ExprRef<'_>) -> Option<u64> {
    let number = |value: ExprRef<'_>| match value.kind() {
        Expr::Int(number) => u64::try_from(number).ok(),
        Expr::Number(text) => {
            let number: f64 = value.facts().text(text).parse().ok()?;
            (number >= 1.0).then_some(number as u64)
        }
        _ => None,
    };
    if let Some(seconds) = number(schedule) {
        return Some(seconds);
    }
    let call = schedule.as_call().filter(|call| !call.is_open())?;
    if call.positional().next().is_some() {
        return None;
    }
    match call.callee.last_name()? {
        "timedelta" => call
            .keywords()
            .map(|(unit, value)| {
                let length = match unit {
                    "seconds" => 1,
                    "minutes" => 60,
                    "hours" => 3600,
                    "days" => 86_400,
                    "weeks" => 604_800,
                    _ => return None,
                };
                number(value)?.checked_mul(length)
            })
            .try_fold(0_u64, |sum, part| sum.checked_add(part?)),
        "crontab" => {
            if call.keywords().any(|(unit, _)| unit != "minute") {
                return None;
            }
            match call
                .keyword("minute")
                .map(|minute| (minute.as_str(), minute))
            {
                None | Some((Some("*"), _)) => Some(60),
                Some((Some(text), _)) => match text.strip_prefix("*/") {
                    Some(step) => step.parse::<u64>().ok()?.checked_mul(60),
                    None => text.parse::<u64>().ok().map(|_| 3600),
                },
                Some((None, minute)) => minute.as_int().map(|_| 3600),
            }
        }
        _ => None,
    }
}
