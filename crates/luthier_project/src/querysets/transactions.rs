//! Where code runs within a transaction: `transaction.atomic` as a block or decorator, and
//! `ATOMIC_REQUESTS`.

use luthier_source::Span;

use crate::Project;
use crate::facts::ir::{Owner, WithItem};
use crate::facts::{BodyId, BodyRef, CallRef, ExprRef, Run, Stmt};
use crate::flows::{Held, SlowWork};
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId, ValueRef};
use crate::tasks::{CallTarget, TaskCode};

/// Methods of querysets that write, and break the transaction around them where they fail.
const WRITING: &[&str] = &[
    "abulk_create",
    "abulk_update",
    "acreate",
    "adelete",
    "aupdate",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "update",
];

/// Methods that write under a savepoint of their own.
const SAVING: &[&str] = &[
    "aget_or_create",
    "aupdate_or_create",
    "get_or_create",
    "update_or_create",
];

/// Methods that read at once.
const READING: &[&str] = &[
    "acount",
    "aexists",
    "afirst",
    "aget",
    "aggregate",
    "alast",
    "count",
    "earliest",
    "exists",
    "first",
    "get",
    "in_bulk",
    "iterator",
    "last",
    "latest",
];

/// Code that runs within a transaction which begins in the same function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtomicBlock {
    pub body: BodyId,
    pub opened_by: OpenedBy,
    /// Of its statements.
    pub span: Span,
}

/// What opens a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedBy {
    /// `with transaction.atomic():`, by the place of the call.
    Block(Span),
    /// `@transaction.atomic`, likewise.
    Decorator(Span),
    /// `ATOMIC_REQUESTS`.
    Request,
}

/// What a call does to the database, as far as that is sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseUse {
    Reads,
    /// Whether a failure breaks the transaction around it.
    Writes {
        breaks: bool,
    },
}

impl Project {
    /// The blocks of a function that run within a transaction, outer ones first.
    pub fn atomic_blocks(&self, module: ModuleId, body: BodyId) -> Vec<AtomicBlock> {
        let body = self.modules.facts(module).body(body);
        let mut found = Vec::new();
        let whole = span_of(body, body.body().top);
        let opened_by = self.opened_around(module, body);
        found.extend(opened_by.zip(whole).map(|(opened_by, span)| AtomicBlock {
            body: body.id,
            opened_by,
            span,
        }));
        for statement in body.all_statements() {
            let Stmt::With {
                items, body: block, ..
            } = statement.kind()
            else {
                continue;
            };
            let mut items = body.body().with_items[items.range()].iter();
            let opener = items.find_map(|item: &WithItem| {
                let context = body.expr(item.context);
                self.is_atomic(module, context).then_some(context.span())
            });
            if let Some((opener, span)) = opener.zip(span_of(body, block)) {
                found.push(AtomicBlock {
                    body: body.id,
                    opened_by: OpenedBy::Block(opener),
                    span,
                });
            }
        }
        found.sort_by_key(|block| (block.span.start, std::cmp::Reverse(block.span.end)));
        found
    }

    /// What opens a transaction around a whole function.
    fn opened_around(&self, module: ModuleId, body: BodyRef<'_>) -> Option<OpenedBy> {
        let Owner::Function(function) = body.owner() else {
            return None;
        };
        let declared = body.facts.function(function);
        let scope = body.facts.body(declared.scope);
        let decorators = || declared.decorators.iter().map(|&id| scope.expr(id));
        let found = decorators().find(|decorator| self.is_atomic(module, *decorator));
        if let Some(decorator) = found {
            return Some(OpenedBy::Decorator(decorator.span()));
        }
        let is_left_out = decorators().any(|decorator| {
            let callee = decorator.without_call();
            let name = self.modules.qualified_expr(module, callee);
            name.is_some_and(|name| name.ends_with(".non_atomic_requests"))
        });
        let function = FunctionRef { module, function };
        let is_atomic = !is_left_out
            && self.settings.has_atomic_requests() == Some(true)
            && self.views.of_function(function).is_some();
        is_atomic.then_some(OpenedBy::Request)
    }

    /// `transaction.atomic`, called or not, also within `method_decorator`.
    fn is_atomic(&self, module: ModuleId, expr: ExprRef<'_>) -> bool {
        let call = expr.as_call();
        let callee = call.map_or(expr, |call| call.callee);
        let Some(name) = self.modules.qualified_expr(module, callee) else {
            return false;
        };
        match &*name {
            "django.db.transaction.atomic" => true,
            "django.utils.decorators.method_decorator" => {
                let inner = call.and_then(|call| call.positional().next());
                inner.is_some_and(|inner| self.is_atomic(module, inner))
            }
            _ => false,
        }
    }

    /// What a call does to the database; `None` also where that is not known.
    pub fn database_use(&self, module: ModuleId, call: CallRef<'_>) -> Option<DatabaseUse> {
        let (object, method) = call.callee.as_attribute()?;
        if let Some(on_rows) = self.call_on_rows(module, call) {
            let model = on_rows.model.ok()?;
            if READING.contains(&method) {
                return Some(DatabaseUse::Reads);
            }
            if SAVING.contains(&method) {
                return Some(DatabaseUse::Writes { breaks: false });
            }
            let class = self.models.get(model).class;
            let breaks = !class.is_some_and(|class| self.saves_apart(class, "save"));
            return WRITING
                .contains(&method)
                .then_some(DatabaseUse::Writes { breaks });
        }
        if !matches!(
            method,
            "save" | "delete" | "refresh_from_db" | "asave" | "adelete"
        ) {
            return None;
        }
        let Held::Row(model) = self.held_at(module, object) else {
            return None;
        };
        if method == "refresh_from_db" {
            return Some(DatabaseUse::Reads);
        }
        let class = self.models.get(model).class;
        let breaks = !class.is_some_and(|class| self.saves_apart(class, method));
        Some(DatabaseUse::Writes { breaks })
    }

    /// Whether a class of the repository has a method of its own that opens a savepoint.
    fn saves_apart(&self, class: ClassRef, method: &str) -> bool {
        match self.modules.class_member(class, method) {
            Definition::Function(function) if self.modules.is_repository(function.module) => {
                let body = self.modules.function(function).body;
                !self.atomic_blocks(function.module, body).is_empty()
            }
            _ => false,
        }
    }
}

/// What a call does that no rollback takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A task is queued: it may run before what it is about is stored.
    Task,
    Mail,
    Http,
}

impl Project {
    /// What a call does outside the database at once; `None` also where that is not known.
    pub fn effect(&self, module: ModuleId, call: CallRef<'_>) -> Option<Effect> {
        let place = ValueRef::of(module, call.expr);
        if let Some(queued) = self.tasks.call_at(place) {
            let is_at_once = matches!(&*queued.method, "apply_async" | "delay" | "send_task");
            let is_later = ["countdown", "eta"]
                .iter()
                .any(|name| call.keyword(name).is_some());
            let waits = is_later || self.waits_for_commit(&queued.target);
            return (is_at_once && !waits).then_some(Effect::Task);
        }
        match self.slow_work(module, call)? {
            SlowWork::Mail => self.mails_at_once().then_some(Effect::Mail),
            SlowWork::Http => Some(Effect::Http),
            SlowWork::Program | SlowWork::Conversion => None,
        }
    }

    /// Whether the class of a task may queue it when the transaction is committed.
    fn waits_for_commit(&self, target: &CallTarget) -> bool {
        let mut apps = self.tasks.apps.iter();
        if apps.any(|app| app.options.iter().any(|option| option.name == "task_cls")) {
            return true;
        }
        let CallTarget::Task(index) = target else {
            return false;
        };
        let task = &self.tasks.tasks[*index];
        let Some(base) = task.option("base") else {
            return task.is_open;
        };
        let modules = &self.modules;
        let base = modules.value(base.value);
        let module = task_module(task.code);
        let Definition::Class(class) = modules.resolve_expr(module, base) else {
            return true;
        };
        modules.mro(class).classes().any(|class| {
            let body = modules.class_body(*class);
            let queues = ["apply_async", "delay"];
            modules.is_repository(class.module)
                && queues.iter().any(|name| body.binding(name).is_some())
        })
    }

    /// Whether mails leave as they are sent: some backends store them in the database first.
    fn mails_at_once(&self) -> bool {
        let backend = self
            .settings
            .production()
            .map(|production| production.at(&["EMAIL_BACKEND"]));
        let name = backend.as_ref().and_then(|backend| backend.as_str());
        name.is_none_or(|name| name.starts_with("django.") || name.starts_with("anymail."))
    }
}

fn task_module(code: TaskCode) -> ModuleId {
    match code {
        TaskCode::Function(function) => function.module,
        TaskCode::Class(class) => class.module,
    }
}

impl AtomicBlock {
    /// Whether an expression of the same function runs within the block.
    pub fn holds(&self, expr: ExprRef<'_>) -> bool {
        expr.body.id == self.body && self.span.encloses(expr.span())
    }

    /// The place that opens it, where the code has one.
    pub fn opener(&self) -> Option<Span> {
        match self.opened_by {
            OpenedBy::Block(span) | OpenedBy::Decorator(span) => Some(span),
            OpenedBy::Request => None,
        }
    }
}

/// From the first statement of a block to the last.
fn span_of(body: BodyRef<'_>, block: Run) -> Option<Span> {
    let mut statements = body.block(block);
    let first = statements.next()?.span();
    let last = statements.last().map_or(first, |last| last.span());
    Some(Span::new(first.start, last.end))
}

/// Whether something belongs to Django or to the REST framework, and is no `atomic`.
pub(super) fn is_of_django(dotted: &str) -> bool {
    let is_theirs = dotted.starts_with("django.") || dotted.starts_with("rest_framework.");
    is_theirs && !dotted.starts_with("django.db.transaction.")
}
