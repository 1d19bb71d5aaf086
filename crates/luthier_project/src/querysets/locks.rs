//! Rows that are locked where no transaction is open.

use luthier_source::Span;

use super::transactions::is_of_django;
use crate::Project;
use crate::facts::{BodyRef, ExprRef, Stmt};
use crate::flows::{Target, only_value};
use crate::models::ModelId;
use crate::modules::{Ancestor, ClassRef, FunctionRef, ModuleId};
use crate::routes::{Route, ViewTarget};
use crate::views::View;

/// Chains longer than this are not followed.
const MAX_DEPTH: u32 = 32;

/// Methods that send the query with its lock, by themselves or at the first step.
const SENDING: &[&str] = &[
    "aget",
    "earliest",
    "first",
    "get",
    "get_or_create",
    "in_bulk",
    "last",
    "latest",
];

/// Methods of views that requests call.
const VERBS: &[&str] = &["delete", "get", "patch", "post", "put"];

/// A query with `select_for_update()` that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    pub model: ModelId,
    /// Where it is sent.
    pub span: Span,
}

impl Project {
    /// The locks in a view's own code that are asked for outside every transaction. Code that
    /// anything but a request may call is left out.
    pub fn bare_locks(&self, function: FunctionRef) -> Vec<Lock> {
        let facts = self.modules.facts(function.module);
        let body = self.modules.function_body(function);
        if !facts.names.mention("select_for_update") || facts.names.mention("set_autocommit") {
            return Vec::new();
        }
        let mut found = self.locks(function.module, body);
        // What other contexts do is not known.
        let is_within = |span: Span| {
            let mut statements = body.all_statements();
            statements.any(|statement| {
                matches!(statement.kind(), Stmt::With { .. }) && statement.span().encloses(span)
            })
        };
        found.retain(|lock| !is_within(lock.span));
        let is_bare = !found.is_empty() && self.runs_bare(function) && !self.is_called(function);
        if is_bare { found } else { Vec::new() }
    }

    /// The queries of a function that lock rows.
    fn locks(&self, module: ModuleId, body: BodyRef<'_>) -> Vec<Lock> {
        let mut found = Vec::new();
        for call in body.exprs().filter_map(ExprRef::as_call) {
            let rows = match call.callee.as_attribute() {
                Some((rows, method)) if SENDING.contains(&method) => rows,
                Some(_) => continue,
                None => {
                    let fetches = matches!(
                        call.callee.as_name(),
                        Some("get_object_or_404" | "list" | "len")
                    );
                    match call.positional().next().filter(|_| fetches) {
                        Some(rows) => rows,
                        None => continue,
                    }
                }
            };
            found.extend(self.locked(module, rows, MAX_DEPTH).map(|model| Lock {
                model,
                span: call.expr.span(),
            }));
        }
        for statement in body.all_statements() {
            if let Stmt::For { iter, .. } = statement.kind() {
                let rows = body.expr(iter);
                found.extend(self.locked(module, rows, MAX_DEPTH).map(|model| Lock {
                    model,
                    span: rows.span(),
                }));
            }
        }
        found
    }

    /// The model whose rows a queryset locks.
    fn locked(&self, module: ModuleId, rows: ExprRef<'_>, depth: u32) -> Option<ModelId> {
        let depth = depth.checked_sub(1)?;
        if let Some(name) = rows.as_name() {
            return self.locked(module, only_value(rows.body, name)?, depth);
        }
        let call = rows.as_call()?;
        let (object, method) = call.callee.as_attribute()?;
        if method == "using" {
            return None;
        }
        if method != "select_for_update" {
            return self.locked(module, object, depth);
        }
        self.call_on_rows(module, call)?.model.ok()
    }

    /// Whether other code of the project calls a function.
    fn is_called(&self, function: FunctionRef) -> bool {
        self.own_modules().any(|module| {
            let mut calls = self.calls(module).all().iter();
            calls.any(|call| call.target == Target::Function(function))
        })
    }

    /// Whether a function answers requests and nothing opens a transaction around it.
    fn runs_bare(&self, function: FunctionRef) -> bool {
        if self.has_atomic_requests() != Some(false) || !self.knows_locks() {
            return false;
        }
        let name = self.modules.function_name(function);
        let mut views = self.views.views.iter().filter(|view| {
            let entries = view.entries(&self.modules, &self.routes);
            entries.contains(&function)
        });
        let is_plain = |view: &View| {
            let routes = || {
                let routes = view.routes.iter();
                routes.map(|&route| &self.routes.routes[route as usize])
            };
            let is_wrapped = routes().any(|route| !route.view.wrappers.is_empty());
            let is_entry = match view.target {
                ViewTarget::Function(_) => true,
                ViewTarget::Class(class) => {
                    let is_action = |route: &Route| {
                        let mut actions = route.view.actions.iter();
                        actions.any(|(_, action)| action == name)
                    };
                    self.dispatches_bare(class)
                        && (VERBS.contains(&name) || routes().any(is_action))
                }
                _ => false,
            };
            is_entry && !is_wrapped
        };
        let is_known = |decorator: ExprRef<'_>| {
            let callee = decorator.without_call();
            let name = self.modules.qualified_expr(function.module, callee);
            name.is_some_and(|name| is_of_django(&name) && !name.ends_with(".method_decorator"))
        };
        let declared = self.modules.function(function);
        let scope = self.modules.facts(function.module).body(declared.scope);
        let mut decorators = declared.decorators.iter();
        views.clone().next().is_some()
            && views.all(is_plain)
            && decorators.all(|&decorator| is_known(scope.expr(decorator)))
    }

    /// Whether the database of production is one that can lock rows, as far as that is known: SQLite
    /// passes `select_for_update()` over.
    fn knows_locks(&self) -> bool {
        let engine = self.settings.production().map(|production| {
            let value = production.at(&["DATABASES", "default", "ENGINE"]);
            value.as_str().unwrap_or_default().to_owned()
        });
        engine.is_some_and(|engine| !engine.contains("sqlite") && !engine.contains("spatialite"))
    }

    /// Whether nothing of the project's stands between a request and the methods of a class.
    fn dispatches_bare(&self, class: ClassRef) -> bool {
        let modules = &self.modules;
        modules
            .mro(class)
            .ancestors
            .iter()
            .all(|ancestor| match ancestor {
                Ancestor::Class(class) if modules.is_repository(class.module) => {
                    let body = modules.class_body(*class);
                    let replaced = ["as_view", "dispatch", "initial", "initialize_request"];
                    modules.class(*class).decorators.is_empty()
                        && replaced.iter().all(|name| body.binding(name).is_none())
                }
                Ancestor::Class(class) => is_of_django(&modules.qualified_class(*class)),
                Ancestor::External(name) => is_of_django(name) || name.starts_with("builtins."),
                Ancestor::Unknown => false,
            })
    }
}
