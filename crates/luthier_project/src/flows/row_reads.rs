//! Attributes that code reads of rows, where it is sure of which model the row is.

use super::trace::Tracer;
use super::value::Value;
use crate::Project;
use crate::facts::ir::{Owner, Stmt, Try};
use crate::facts::{BodyRef, CallRef, Expr, ExprRef};
use crate::models::{Attribute, ModelId};
use crate::modules::ModuleId;

use luthier_source::Span;

/// An attribute that is read of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowRead {
    pub model: ModelId,
    pub name: String,
    /// Of the name alone.
    pub span: Span,
    pub attribute: Attribute,
}

/// Functions that tell what an object is or has before it is asked.
const ASKING: &[&str] = &[
    "callable",
    "getattr",
    "hasattr",
    "isinstance",
    "issubclass",
    "setattr",
    "type",
    "vars",
];

/// Errors that missing attributes raise.
const MISSING: &[&str] = &["AttributeError", "BaseException", "Exception"];

impl Project {
    /// The attributes that a module of the repository reads of rows, where it is known whether they
    /// are there; by place.
    pub fn row_reads(&self, module: ModuleId) -> Vec<RowRead> {
        let modules = &self.modules;
        if modules.is_migration(module) || modules.is_test(module) {
            return Vec::new();
        }
        let facts = modules.facts(module);
        let given = self.flows.given_names(modules, &self.models);
        let registered = self.flows.registered(modules, &self.models);
        let mut tracer = Tracer::new(self.flows.ground(modules, &self.models), module, facts);
        let mut found = Vec::new();
        for body in facts.body_ids().map(|id| facts.body(id)) {
            let mut unsure: Option<Unsure<'_>> = None;
            for expr in body.exprs() {
                let Some((object, name)) = expr.as_attribute() else {
                    continue;
                };
                // What aggregates without a name give is called by the path: `lines__count`.
                if name.starts_with('_') || name.contains("__") {
                    continue;
                }
                let Value::Instance(class) = tracer.known(object).sure() else {
                    continue;
                };
                let Some(model) = self.models.by_class(class) else {
                    continue;
                };
                let unsure = unsure.get_or_insert_with(|| Unsure::of(body));
                if unsure.holds(expr, object) || !is_row(body, object) {
                    continue;
                }
                let attribute = given.attribute(modules, &self.models, model, name);
                let may_be_way = attribute != Attribute::Is && registered.has_way(name);
                if attribute != Attribute::Unknown && !may_be_way {
                    let end = expr.span().end;
                    found.push(RowRead {
                        model,
                        name: name.to_owned(),
                        span: Span::new(end - name.len() as u32, end),
                        attribute,
                    });
                }
            }
        }
        found.sort_by_key(|read| read.span.start);
        found
    }
}

/// Whether the first parameter of a method, where it is one, is `self` indeed: decorators may make
/// it a class.
fn is_row(body: BodyRef<'_>, object: ExprRef<'_>) -> bool {
    let Expr::Name(name) = object.kind() else {
        return true;
    };
    let mut current = body;
    loop {
        if let Owner::Function(function) = current.owner() {
            let facts = current.facts;
            let declared = facts.function(function);
            let is_first = declared
                .params
                .first()
                .is_some_and(|param| param.name == name);
            let scope = facts.body(declared.scope);
            if is_first && matches!(scope.owner(), Owner::Class(_)) {
                let is_annotated = declared.params[0].annotation.is_some();
                return is_annotated || facts.text(name) == "self";
            }
        }
        if current.id == current.body().parent {
            return true;
        }
        current = current.facts.body(current.body().parent);
    }
}

/// Where a body finds out first whether an attribute is there, or does not read it.
struct Unsure<'a> {
    /// What is asked after, by the text of names and attributes.
    asked: Vec<String>,
    /// Blocks whose missing attributes are caught.
    caught: Vec<Span>,
    body: BodyRef<'a>,
    /// Attributes that are set or deleted.
    written: Vec<crate::facts::ExprId>,
}

impl<'a> Unsure<'a> {
    fn of(body: BodyRef<'a>) -> Self {
        let mut found = Self {
            asked: Vec::new(),
            caught: Vec::new(),
            body,
            written: Vec::new(),
        };
        for call in body.exprs().filter_map(ExprRef::as_call) {
            found.add_call(call);
        }
        for statement in body.all_statements() {
            match statement.kind() {
                Stmt::Try(index) => found.add_try(body.body().tries[index as usize]),
                Stmt::Match { subject, .. } => {
                    found.asked.extend(body.expr(subject).dotted());
                }
                Stmt::Assign { targets, .. } | Stmt::Delete(targets) => {
                    found
                        .written
                        .extend(body.list(targets).map(|target| target.id));
                }
                Stmt::Annotated { target, .. }
                | Stmt::Augmented { target, .. }
                | Stmt::For { target, .. } => found.written.push(target),
                _ => {}
            }
        }
        found
    }

    fn add_call(&mut self, call: CallRef<'a>) {
        if call
            .callee
            .last_name()
            .is_some_and(|name| ASKING.contains(&name))
        {
            self.asked
                .extend(call.positional().next().and_then(ExprRef::dotted));
        }
    }

    fn add_try(&mut self, attempt: Try) {
        let body = self.body;
        let handlers = &body.body().handlers[attempt.handlers.range()];
        let catches = handlers.iter().any(|handler| {
            let Some(exception) = handler.exception else {
                return true;
            };
            let exception = body.expr(exception);
            let is_it = |error: ExprRef<'_>| {
                let name = error.last_name();
                name.is_none_or(|name| MISSING.contains(&name))
            };
            match exception.elements() {
                Some(mut errors) => errors.any(is_it),
                None => is_it(exception),
            }
        });
        let mut statements = body.block(attempt.body);
        if catches && let Some(first) = statements.next() {
            let last = statements.next_back().unwrap_or(first);
            self.caught
                .push(Span::new(first.span().start, last.span().end));
        }
    }

    fn holds(&self, expr: ExprRef<'_>, object: ExprRef<'_>) -> bool {
        let span = expr.span();
        let is_asked = || {
            let Some(dotted) = object.dotted() else {
                return false;
            };
            self.asked.iter().any(|asked| {
                let rest = dotted.strip_prefix(asked.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        self.written.contains(&expr.id)
            || self.caught.iter().any(|caught| caught.encloses(span))
            || is_asked()
    }
}
