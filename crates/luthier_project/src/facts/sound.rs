//! Whether facts that were read back hold together.
//!
//! The cache file has checksums, but whoever can write it can compute them. Facts whose indices
//! point outside their tables, or at a parent, are thrown away like any other damage.

use luthier_source::Span;

use super::ids::{BodyId, ExprId, Name, Run, StmtId};
use super::ir::{Argument, Binding, BindingKind, Body, Expr, Owner, Param, Stmt};
use super::python::PythonFacts;

impl PythonFacts {
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("facts are plain data")
    }

    /// Reads facts back; `None` where they do not hold together.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let facts: Self = postcard::from_bytes(bytes).ok()?;
        facts.is_sound().then_some(facts)
    }

    /// Whether every index lies within its table and every child comes before its parent.
    pub fn is_sound(&self) -> bool {
        self.names.is_sound()
            && !self.bodies.is_empty()
            && self
                .bodies
                .iter()
                .enumerate()
                .all(|(index, body)| self.is_body_sound(index, body))
            && self.classes.iter().all(|class| {
                self.has_name(class.name)
                    && self.has_body(class.body)
                    && class.scope < class.body
                    && self.scope(class.scope).is_some_and(|scope| {
                        class
                            .bases
                            .iter()
                            .all(|base| self.is_argument_sound(scope, base))
                            && class.decorators.iter().all(|&id| has_expr(scope, id))
                    })
            })
            && self.functions.iter().all(|function| {
                self.has_name(function.name)
                    && self.has_body(function.body)
                    && function.scope < function.body
                    && self.scope(function.scope).is_some_and(|scope| {
                        let mut used = function.decorators.iter().chain(&function.returns);
                        used.all(|&id| has_expr(scope, id))
                            && function
                                .params
                                .iter()
                                .all(|param| self.is_param_sound(scope, param))
                    })
            })
            && self
                .skipped_calls
                .iter()
                .all(|call| self.has_name(call.name))
            && self.imports.iter().all(|import| {
                let names = [Some(import.module), import.name, Some(import.binds)];
                names.into_iter().flatten().all(|name| self.has_name(name))
                    && self.has_body(import.scope)
            })
    }

    fn has_name(&self, name: Name) -> bool {
        (name.0 as usize) < self.names.len()
    }

    fn has_body(&self, id: BodyId) -> bool {
        id.index() < self.bodies.len()
    }

    fn scope(&self, id: BodyId) -> Option<&Body> {
        self.bodies.get(id.index())
    }

    fn is_argument_sound(&self, scope: &Body, argument: &Argument) -> bool {
        argument.keyword.is_none_or(|name| self.has_name(name)) && has_expr(scope, argument.value)
    }

    fn is_param_sound(&self, scope: &Body, param: &Param) -> bool {
        let mut used = param.annotation.into_iter().chain(param.default);
        self.has_name(param.name) && used.all(|id| has_expr(scope, id))
    }

    fn is_body_sound(&self, index: usize, body: &Body) -> bool {
        let is_owner_sound = match body.owner {
            Owner::Module => index == 0,
            Owner::Class(id) => id.index() < self.classes.len(),
            Owner::Function(id) => id.index() < self.functions.len(),
        };
        // Scopes are numbered from the outside in, so walking outwards ends.
        let is_parent_sound = if index == 0 {
            body.parent.index() == 0
        } else {
            body.parent.index() < index
        };
        is_owner_sound
            && is_parent_sound
            && body.exprs.len() == body.expr_spans.len()
            && body.stmts.len() == body.stmt_spans.len()
            && body
                .expr_spans
                .iter()
                .chain(&body.stmt_spans)
                .all(|span| is_span_sound(body, *span))
            && body.lists.iter().all(|&id| has_expr(body, id))
            && body
                .arguments
                .iter()
                .all(|argument| self.is_argument_sound(body, argument))
            && body.clauses.iter().all(|clause| {
                has_expr(body, clause.target)
                    && has_expr(body, clause.iter)
                    && within(clause.conditions, body.lists.len())
            })
            && body.blocks.iter().all(|&id| has_stmt(body, id))
            && body.with_items.iter().all(|item| {
                has_expr(body, item.context)
                    && item.target.is_none_or(|target| has_expr(body, target))
            })
            && body.tries.iter().all(|attempt| {
                within(attempt.handlers, body.handlers.len())
                    && [attempt.body, attempt.orelse, attempt.finally]
                        .iter()
                        .all(|&run| within(run, body.blocks.len()))
            })
            && body.handlers.iter().all(|handler| {
                handler.exception.is_none_or(|id| has_expr(body, id))
                    && handler.name.is_none_or(|name| self.has_name(name))
                    && within(handler.body, body.blocks.len())
            })
            && body.cases.iter().all(|case| {
                has_expr(body, case.pattern)
                    && case.guard.is_none_or(|guard| has_expr(body, guard))
                    && within(case.body, body.blocks.len())
            })
            && within(body.top, body.blocks.len())
            && body
                .bindings
                .iter()
                .all(|binding| self.is_binding_sound(body, binding))
            && body
                .exprs
                .iter()
                .enumerate()
                .all(|(index, expr)| self.is_expr_sound(body, index, *expr))
            && body
                .stmts
                .iter()
                .enumerate()
                .all(|(index, stmt)| self.is_stmt_sound(body, index, *stmt))
    }

    fn is_binding_sound(&self, body: &Body, binding: &Binding) -> bool {
        self.has_name(binding.name)
            && match binding.kind {
                BindingKind::Class(id) => id.index() < self.classes.len(),
                BindingKind::Function(id) => id.index() < self.functions.len(),
                BindingKind::Import(id) => id.index() < self.imports.len(),
                BindingKind::Value(id) => has_expr(body, id),
                BindingKind::Other(id) => has_stmt(body, id),
            }
    }

    fn is_expr_sound(&self, body: &Body, index: usize, expr: Expr) -> bool {
        let before = |id: ExprId| id.index() < index;
        let list = |run: Run| {
            within(run, body.lists.len()) && body.lists[run.range()].iter().all(|&id| before(id))
        };
        match expr {
            Expr::None
            | Expr::Bool(_)
            | Expr::Ellipsis
            | Expr::Int(_)
            | Expr::Unpacking
            | Expr::Unknown
            | Expr::Yield(None) => true,
            Expr::Number(name) | Expr::Str(name) | Expr::Bytes(name) | Expr::Name(name) => {
                self.has_name(name)
            }
            Expr::Attribute(value, name) => before(value) && self.has_name(name),
            Expr::FString(run)
            | Expr::List(run)
            | Expr::Tuple(run)
            | Expr::Set(run)
            | Expr::Dict(run)
            | Expr::And(run)
            | Expr::Or(run) => list(run),
            Expr::Formatted { value, .. }
            | Expr::Starred(value)
            | Expr::DoubleStarred(value)
            | Expr::Unary(_, value)
            | Expr::Await(value)
            | Expr::Yield(Some(value))
            | Expr::YieldFrom(value) => before(value),
            Expr::Subscript(left, right)
            | Expr::Binary(_, left, right)
            | Expr::Compare(_, left, right)
            | Expr::Pair(left, right)
            | Expr::Named(left, right) => before(left) && before(right),
            Expr::Slice(lower, upper, step) => {
                [lower, upper, step].into_iter().flatten().all(before)
            }
            Expr::Call(callee, run) => {
                before(callee)
                    && within(run, body.arguments.len())
                    && body.arguments[run.range()]
                        .iter()
                        .all(|argument| before(argument.value))
            }
            Expr::Conditional { test, body, orelse } => {
                before(test) && before(body) && before(orelse)
            }
            Expr::Lambda(id) => id.index() < self.functions.len(),
            Expr::Comprehension(_, element, run) => {
                before(element)
                    && within(run, body.clauses.len())
                    && body.clauses[run.range()].iter().all(|clause| {
                        before(clause.target) && before(clause.iter) && list(clause.conditions)
                    })
            }
        }
    }

    fn is_stmt_sound(&self, body: &Body, index: usize, stmt: Stmt) -> bool {
        let expr = |id: ExprId| has_expr(body, id);
        let list = |run: Run| within(run, body.lists.len());
        // Nested statements come before the one that holds them.
        let block = |run: Run| {
            within(run, body.blocks.len())
                && body.blocks[run.range()].iter().all(|id| id.index() < index)
        };
        match stmt {
            Stmt::Pass | Stmt::Break | Stmt::Continue => true,
            Stmt::Expr(value) => expr(value),
            Stmt::Assign { targets, value } => list(targets) && expr(value),
            Stmt::Annotated {
                target,
                annotation,
                value,
            } => expr(target) && expr(annotation) && value.is_none_or(expr),
            Stmt::Augmented { target, value, .. } => expr(target) && expr(value),
            Stmt::Return(value) => value.is_none_or(expr),
            Stmt::Delete(run) | Stmt::Global(run) | Stmt::Nonlocal(run) => list(run),
            Stmt::Raise { exception, cause } => {
                exception.is_none_or(expr) && cause.is_none_or(expr)
            }
            Stmt::Assert { test, message } => expr(test) && message.is_none_or(expr),
            Stmt::If { test, body, orelse } | Stmt::While { test, body, orelse } => {
                expr(test) && block(body) && block(orelse)
            }
            Stmt::For {
                target,
                iter,
                body,
                orelse,
                ..
            } => expr(target) && expr(iter) && block(body) && block(orelse),
            Stmt::With {
                items, body: inner, ..
            } => within(items, body.with_items.len()) && block(inner),
            Stmt::Try(at) => body.tries.get(at as usize).is_some_and(|attempt| {
                [attempt.body, attempt.orelse, attempt.finally]
                    .into_iter()
                    .all(block)
                    && body.handlers[attempt.handlers.range()]
                        .iter()
                        .all(|handler| block(handler.body))
            }),
            Stmt::Match { subject, cases } => {
                expr(subject)
                    && within(cases, body.cases.len())
                    && body.cases[cases.range()]
                        .iter()
                        .all(|case| block(case.body))
            }
            Stmt::Class(id) => id.index() < self.classes.len(),
            Stmt::Function(id) => id.index() < self.functions.len(),
            Stmt::Import { first, count } => first
                .index()
                .checked_add(count as usize)
                .is_some_and(|end| end <= self.imports.len()),
            Stmt::TypeAlias { name, value } => expr(name) && expr(value),
        }
    }
}

fn has_expr(body: &Body, id: ExprId) -> bool {
    id.index() < body.exprs.len()
}

fn has_stmt(body: &Body, id: StmtId) -> bool {
    id.index() < body.stmts.len()
}

fn within(run: Run, len: usize) -> bool {
    (run.start as usize)
        .checked_add(run.len as usize)
        .is_some_and(|end| end <= len)
}

/// Spans are made absolute by adding the scope's start.
fn is_span_sound(body: &Body, span: Span) -> bool {
    span.start <= span.end && span.end.checked_add(body.start).is_some()
}
