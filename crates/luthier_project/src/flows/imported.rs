//! Queries that run where a module is imported.

use luthier_source::Location;

use super::{Calls, Held, Target, tables};
use crate::Project;
use crate::facts::ir::{CompareOp, ComprehensionKind, UnaryOp};
use crate::facts::{BodyRef, CallRef, ClassId, Expr, ExprId, ExprRef, FunctionId, Run, Stmt};
use crate::modules::{FunctionRef, ModuleId, ValueRef};

/// How many functions away a query is looked for.
const MAX_DEPTH: u32 = 4;

/// Functions that go through what they are given at once.
const CONSUMERS: &[&str] = &[
    "all",
    "any",
    "bool",
    "dict",
    "frozenset",
    "len",
    "list",
    "max",
    "min",
    "set",
    "sorted",
    "sum",
    "tuple",
];

/// Decorators behind which a call still runs the function.
const TRANSPARENT: &[&str] = &["cache", "lru_cache", "staticmethod", "classmethod"];

/// A query that runs whenever a module is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportQuery {
    /// What the module does.
    pub place: Location,
    /// The function that it calls for it and where the query is, where it is not the module itself.
    pub through: Option<(FunctionRef, Location)>,
}

impl Project {
    /// The queries that surely run where a module of the repository is imported: branches are not
    /// looked into.
    pub fn import_queries(&self, module: ModuleId) -> Vec<ImportQuery> {
        let mut walk = Walk {
            project: self,
            module,
            calls: self.calls(module),
            depth: 0,
            found: Vec::new(),
        };
        walk.block(self.modules.facts(module).module(), None);
        walk.found
    }
}

/// A walk through what surely runs, in order.
struct Walk<'a> {
    project: &'a Project,
    module: ModuleId,
    calls: &'a Calls,
    /// Functions deep.
    depth: u32,
    found: Vec<ImportQuery>,
}

/// Whether the walk goes on behind a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    GoesOn,
    Unsure,
}

impl<'a> Walk<'a> {
    /// A block, or else the whole scope.
    fn block(&mut self, body: BodyRef<'a>, block: Option<Run>) -> After {
        let run = block.unwrap_or(body.body().top);
        for statement in body.block(run) {
            if self.statement(body, statement.kind()) == After::Unsure {
                return After::Unsure;
            }
        }
        After::GoesOn
    }

    fn statement(&mut self, body: BodyRef<'a>, statement: Stmt) -> After {
        match statement {
            Stmt::Expr(value)
            | Stmt::Assign { value, .. }
            | Stmt::Augmented { value, .. }
            | Stmt::Annotated {
                value: Some(value), ..
            } => self.expr(body.expr(value)),
            Stmt::Return(value) => {
                if let Some(value) = value {
                    self.expr(body.expr(value));
                }
                return After::Unsure;
            }
            Stmt::Raise { .. } | Stmt::Break | Stmt::Continue => return After::Unsure,
            Stmt::Assert { test, .. } => self.truth(body.expr(test)),
            Stmt::If {
                test,
                body: first,
                orelse,
            } => {
                self.truth(body.expr(test));
                if may_leave(body, first) || may_leave(body, orelse) {
                    return After::Unsure;
                }
            }
            Stmt::While { test, .. } => {
                self.truth(body.expr(test));
                return After::Unsure;
            }
            Stmt::For {
                iter,
                body: block,
                is_async: false,
                ..
            } => {
                self.consumed(body.expr(iter));
                if may_leave(body, block) {
                    return After::Unsure;
                }
            }
            Stmt::With {
                items,
                body: block,
                is_async: false,
            } => {
                for item in &body.body().with_items[items.range()] {
                    self.expr(body.expr(item.context));
                }
                return self.block(body, Some(block));
            }
            Stmt::Try(index) => {
                let attempt = body.body().tries[index as usize];
                let after = self.block(body, Some(attempt.body));
                let handlers = &body.body().handlers[attempt.handlers.range()];
                if after == After::Unsure
                    || handlers.iter().any(|handler| may_leave(body, handler.body))
                {
                    return After::Unsure;
                }
            }
            Stmt::Match { subject, .. } => {
                self.expr(body.expr(subject));
                return After::Unsure;
            }
            Stmt::Class(class) => self.class(body, class),
            Stmt::Function(function) => self.definition(body, function),
            _ => {}
        }
        After::GoesOn
    }

    fn class(&mut self, body: BodyRef<'a>, class: ClassId) {
        let declared = body.facts.class(class);
        for &decorator in &declared.decorators {
            self.expr(body.expr(decorator));
        }
        for base in &declared.bases {
            self.expr(body.expr(base.value));
        }
        self.block(body.facts.body(declared.body), None);
    }

    /// What runs where a function is defined: its decorators and defaults.
    fn definition(&mut self, body: BodyRef<'a>, function: FunctionId) {
        let declared = body.facts.function(function);
        for &decorator in &declared.decorators {
            self.expr(body.expr(decorator));
        }
        for default in declared.params.iter().filter_map(|param| param.default) {
            self.expr(body.expr(default));
        }
    }

    // ---- expressions ----

    fn expr(&mut self, expr: ExprRef<'a>) {
        match expr.kind() {
            Expr::Call(..) => {
                if let Some(call) = expr.as_call() {
                    self.call(call);
                }
            }
            Expr::Subscript(object, index) => {
                let (object, index) = (expr.at(object), expr.at(index));
                self.expr(object);
                self.expr(index);
                if !matches!(index.kind(), Expr::Slice(..)) && self.is_lazy(object) {
                    self.report(expr, None);
                }
            }
            Expr::Attribute(object, _) | Expr::DoubleStarred(object) | Expr::Named(_, object) => {
                self.expr(expr.at(object));
            }
            Expr::Starred(rows) => self.consumed(expr.at(rows)),
            Expr::List(run)
            | Expr::Tuple(run)
            | Expr::Set(run)
            | Expr::Dict(run)
            | Expr::FString(run) => {
                for element in expr.body.list(run) {
                    self.expr(element);
                }
            }
            Expr::Formatted { value, .. } => self.expr(expr.at(value)),
            Expr::Binary(_, left, right) => {
                self.expr(expr.at(left));
                self.expr(expr.at(right));
            }
            Expr::Unary(UnaryOp::Not, value) => self.truth(expr.at(value)),
            Expr::Unary(_, value) => self.expr(expr.at(value)),
            Expr::Compare(op, left, right) => {
                self.expr(expr.at(left));
                match op {
                    CompareOp::In | CompareOp::NotIn => self.consumed(expr.at(right)),
                    _ => self.expr(expr.at(right)),
                }
            }
            Expr::And(run) | Expr::Or(run) => {
                if let Some(first) = expr.body.list(run).next() {
                    self.truth(first);
                }
            }
            Expr::Conditional { test, .. } => self.truth(expr.at(test)),
            Expr::Comprehension(kind, _, clauses) if kind != ComprehensionKind::Generator => {
                self.first_clause(expr, clauses);
            }
            _ => {}
        }
    }

    fn first_clause(&mut self, expr: ExprRef<'a>, clauses: Run) {
        if let Some(first) = expr.body.clauses(clauses).first()
            && !first.is_async
        {
            self.consumed(expr.at(first.iter));
        }
    }

    fn truth(&mut self, value: ExprRef<'a>) {
        self.consumed(value);
    }

    /// Something that is gone through at once.
    fn consumed(&mut self, value: ExprRef<'a>) {
        match value.kind() {
            Expr::Comprehension(ComprehensionKind::Generator, _, clauses) => {
                self.first_clause(value, clauses);
            }
            _ => self.expr(value),
        }
        if self.is_lazy(value) {
            self.report(value, None);
        }
    }

    fn call(&mut self, call: CallRef<'a>) {
        let target = self.calls.target(call.expr.body.id, call.expr.id);
        let outside = match target {
            Some(Target::Outside(name)) => self.calls.name(name),
            _ => "",
        };
        let goes_through = outside
            .strip_prefix("builtins.")
            .is_some_and(|name| CONSUMERS.contains(&name));
        self.expr(call.callee);
        for (at, argument) in call.arguments().iter().enumerate() {
            let value = call.expr.at(argument.value);
            if (goes_through && at == 0) || self.is_choices(outside, argument.keyword, value) {
                self.consumed(value);
            } else {
                self.expr(value);
            }
        }
        match target {
            Some(Target::Function(function)) => self.enter(call.expr, function),
            Some(Target::Outside(_)) if runs_query(outside) && !is_empty(call.callee) => {
                self.report(call.expr, None);
            }
            _ => {}
        }
    }

    /// Whether an argument is the choices of a form's field, which makes a list of them.
    fn is_choices(
        &self,
        callee: &str,
        keyword: Option<crate::facts::Name>,
        value: ExprRef<'a>,
    ) -> bool {
        callee.starts_with("django.forms.")
            && callee.ends_with("ChoiceField")
            && !callee.contains(".Model")
            && keyword.is_some_and(|name| value.facts().text(name) == "choices")
    }

    /// Follows a call into a function of the repository.
    fn enter(&mut self, call: ExprRef<'a>, function: FunctionRef) {
        let modules = &self.project.modules;
        let declared = modules.function(function);
        let facts = modules.facts(function.module);
        let scope = facts.body(declared.scope);
        let is_plain = declared.decorators.iter().all(|&decorator| {
            let decorator = scope.expr(decorator);
            let callee = decorator.without_call();
            let name = callee.last_name();
            name.is_some_and(|name| TRANSPARENT.contains(&name))
        });
        if self.depth == MAX_DEPTH || !is_plain || declared.is_async || declared.is_generator {
            return;
        }
        let mut inner = Walk {
            project: self.project,
            module: function.module,
            calls: self.project.calls(function.module),
            depth: self.depth + 1,
            found: Vec::new(),
        };
        inner.block(facts.body(declared.body), None);
        if let Some(query) = inner.found.first() {
            let last = query.through.map_or(query.place, |(_, place)| place);
            self.report(call, Some((function, last)));
        }
    }

    fn report(&mut self, expr: ExprRef<'a>, through: Option<(FunctionRef, Location)>) {
        if let Some(file) = self.project.modules.get(self.module).file {
            let place = Location::new(file, expr.span());
            self.found.push(ImportQuery { place, through });
        }
    }

    /// Whether a value is a queryset that is still to be fetched.
    fn is_lazy(&self, value: ExprRef<'a>) -> bool {
        if is_empty(value) {
            return false;
        }
        if let Some(call) = value.as_call() {
            if let Some(Target::Outside(name)) = self.calls.target(value.body.id, value.id)
                && let Some(method) = queryset_method(self.calls.name(name))
                && matches!(method, "values" | "values_list" | "dates" | "datetimes")
            {
                return true;
            }
            if let Some((rows, name)) = call.callee.as_attribute()
                && tables::keeps_rows(name)
                && rows.as_call().is_some()
            {
                return self.is_lazy(rows);
            }
        }
        let held = self.project.held(ValueRef::of(self.module, value));
        matches!(held, Held::Rows(_))
    }
}

/// Whether rows come from `none()`.
fn is_empty(rows: ExprRef<'_>) -> bool {
    match rows.kind() {
        Expr::Call(callee, _) => is_empty(rows.at(callee)),
        Expr::Attribute(rows_before, _) => {
            rows.as_attribute().is_some_and(|(_, name)| name == "none")
                || is_empty(rows.at(rows_before))
        }
        _ => false,
    }
}

/// Whether a block may leave the code around it.
fn may_leave(body: BodyRef<'_>, block: Run) -> bool {
    body.block(block).any(|statement| match statement.kind() {
        Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Break | Stmt::Continue => true,
        Stmt::If {
            body: first,
            orelse,
            ..
        }
        | Stmt::While {
            body: first,
            orelse,
            ..
        }
        | Stmt::For {
            body: first,
            orelse,
            ..
        } => may_leave(body, first) || may_leave(body, orelse),
        Stmt::With { body: first, .. } => may_leave(body, first),
        Stmt::Try(_) | Stmt::Match { .. } => true,
        Stmt::Expr(value) => ends_program(body, value),
        _ => false,
    })
}

/// `sys.exit()`
fn ends_program(body: BodyRef<'_>, value: ExprId) -> bool {
    let callee = body
        .expr(value)
        .as_call()
        .and_then(|call| call.callee.dotted());
    callee.is_some_and(|callee| matches!(&*callee, "sys.exit" | "exit" | "quit"))
}

fn queryset_method(dotted: &str) -> Option<&str> {
    dotted.strip_prefix("django.db.models.query.QuerySet.")
}

/// Whether calling something outside goes to the database.
fn runs_query(dotted: &str) -> bool {
    let runs = |method: &str| {
        matches!(
            method,
            "aggregate"
                | "bulk_create"
                | "bulk_update"
                | "contains"
                | "count"
                | "create"
                | "delete"
                | "earliest"
                | "exists"
                | "explain"
                | "first"
                | "get"
                | "get_or_create"
                | "in_bulk"
                | "last"
                | "latest"
                | "update"
                | "update_or_create"
        )
    };
    queryset_method(dotted).is_some_and(runs)
        || matches!(
            dotted,
            "django.contrib.contenttypes.models.ContentTypeManager.get_for_model"
                | "django.contrib.contenttypes.models.ContentTypeManager.get_for_models"
                | "django.shortcuts.get_list_or_404"
                | "django.shortcuts.get_object_or_404"
        )
}
