//! What the names of one scope are bound to.

use crate::facts::ir::{BindingKind, Body, Expr, Owner, Stmt};
use crate::facts::{BodyRef, ClassId, ExprId, ExprRef, FunctionId, ImportId, Name};

/// One way in which a name gets its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binder {
    Class(ClassId),
    Function(FunctionId),
    Import(ImportId),
    Value(ExprId),
    /// Each element of what the expression gives: `for name in it`.
    Element(ExprId),
    /// `except Error as name`
    Exception(ExprId),
    /// `with it as name`
    Context(ExprId),
    /// `name: Type`
    Annotation(ExprId),
    /// `global name`
    Global,
    /// `nonlocal name`
    Nonlocal,
    /// Unpacking, `+=`, patterns.
    Other,
}

impl Binder {
    /// Whether a statement defines the name, rather than giving it a value.
    pub(super) fn is_definition(self) -> bool {
        matches!(self, Self::Class(_) | Self::Function(_) | Self::Import(_))
    }
}

/// The names that a scope binds; parameters are not among them.
#[derive(Debug, Default)]
pub(super) struct Locals {
    /// By name; those of one name in the order of the scope.
    bound: Vec<(Name, Binder)>,
}

impl Locals {
    pub(super) fn of(scope: BodyRef<'_>) -> Self {
        let body = scope.body();
        let mut locals = Self::default();
        for binding in &body.bindings {
            let binder = match binding.kind {
                BindingKind::Class(class) => Binder::Class(class),
                BindingKind::Function(function) => Binder::Function(function),
                BindingKind::Import(import) => Binder::Import(import),
                BindingKind::Value(value) => Binder::Value(value),
                BindingKind::Other(statement) => {
                    by_statement(body, body.stmts[statement.index()], binding.name)
                }
            };
            locals.bound.push((binding.name, binder));
        }
        for &statement in &body.stmts {
            locals.declared(body, statement);
        }
        for clause in &body.clauses {
            locals.target(body, clause.target, Binder::Element(clause.iter));
        }
        for &expr in &body.exprs {
            if let Expr::Named(target, value) = expr {
                locals.target(body, target, Binder::Value(value));
            }
        }
        for case in &body.cases {
            locals.captured(body, case.pattern);
        }
        locals.bound.sort_by_key(|&(name, _)| name);
        locals
    }

    pub(super) fn get(&self, name: Name) -> &[(Name, Binder)] {
        let start = self.bound.partition_point(|&(bound, _)| bound < name);
        let len = self.bound[start..].partition_point(|&(bound, _)| bound == name);
        &self.bound[start..start + len]
    }

    /// `global` and `nonlocal`.
    fn declared(&mut self, body: &Body, statement: Stmt) {
        let (names, binder) = match statement {
            Stmt::Global(names) => (names, Binder::Global),
            Stmt::Nonlocal(names) => (names, Binder::Nonlocal),
            _ => return,
        };
        for &name in &body.lists[names.range()] {
            self.target(body, name, binder);
        }
    }

    fn target(&mut self, body: &Body, target: ExprId, binder: Binder) {
        match body.exprs[target.index()] {
            Expr::Name(name) => self.bound.push((name, binder)),
            Expr::Starred(inner) => self.target(body, inner, Binder::Other),
            Expr::Tuple(run) | Expr::List(run) => {
                for &element in &body.lists[run.range()] {
                    self.target(body, element, Binder::Other);
                }
            }
            _ => {}
        }
    }

    /// The names that a pattern binds.
    fn captured(&mut self, body: &Body, pattern: ExprId) {
        match body.exprs[pattern.index()] {
            Expr::Name(name) => self.bound.push((name, Binder::Other)),
            Expr::Starred(inner) | Expr::DoubleStarred(inner) => self.captured(body, inner),
            Expr::Tuple(run) | Expr::List(run) | Expr::Dict(run) => {
                for &element in &body.lists[run.range()] {
                    self.captured(body, element);
                }
            }
            Expr::Call(_, arguments) => {
                for argument in &body.arguments[arguments.range()] {
                    self.captured(body, argument.value);
                }
            }
            Expr::Binary(_, left, right) | Expr::Named(left, right) => {
                self.captured(body, left);
                self.captured(body, right);
            }
            _ => {}
        }
    }
}

/// How a statement other than a plain assignment binds one of its names.
fn by_statement(body: &Body, statement: Stmt, name: Name) -> Binder {
    let is_name = |target: ExprId| body.exprs[target.index()] == Expr::Name(name);
    match statement {
        Stmt::For { target, iter, .. } if is_name(target) => Binder::Element(iter),
        Stmt::Annotated {
            target, annotation, ..
        } if is_name(target) => Binder::Annotation(annotation),
        Stmt::With { items, .. } => {
            let mut items = body.with_items[items.range()].iter();
            let item = items.find(|item| item.target.is_some_and(is_name));
            item.map_or(Binder::Other, |item| Binder::Context(item.context))
        }
        Stmt::Try(index) => {
            let attempt = body.tries[index as usize];
            let mut handlers = body.handlers[attempt.handlers.range()]
                .iter()
                .filter(|handler| handler.name == Some(name));
            match (handlers.next(), handlers.next()) {
                (Some(only), None) => only.exception.map_or(Binder::Other, Binder::Exception),
                _ => Binder::Other,
            }
        }
        _ => Binder::Other,
    }
}

/// The one value that a function gives a name; parameters and module names may be something else.
pub(crate) fn only_value<'a>(body: BodyRef<'a>, name: &str) -> Option<ExprRef<'a>> {
    let Owner::Function(function) = body.owner() else {
        return None;
    };
    let facts = body.facts;
    let mut params = facts.function(function).params.iter();
    if params.any(|param| facts.text(param.name) == name) {
        return None;
    }
    let bindings = body.body().bindings.iter();
    let mut own = bindings.filter(|binding| facts.text(binding.name) == name);
    match (own.next()?.kind, own.next()) {
        (BindingKind::Value(value), None) => Some(body.expr(value)),
        _ => None,
    }
}
