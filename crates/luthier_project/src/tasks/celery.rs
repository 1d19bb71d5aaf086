//! What Celery code looks like: apps, tasks, options, schedules.

use crate::facts::ir::{BindingKind, ImportKind};
use crate::facts::{CallRef, ExprRef};
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
