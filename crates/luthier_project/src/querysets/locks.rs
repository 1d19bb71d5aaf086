//! Rows that are locked where no transaction is open.

use luthier_source::{Location, Span};

use super::transactions::is_of_django;
use crate::Project;
use crate::facts::ir::Owner;
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, Stmt};
use crate::flows::{Target, only_value};
use crate::models::ModelId;
use crate::modules::{Ancestor, ClassRef, FunctionRef, ModuleId};
use crate::routes::{Route, ViewTarget};
use crate::tasks::TaskCode;
use crate::views::View;

/// Chains longer than this are not followed.
const MAX_DEPTH: u32 = 32;

/// Callers further away than this are not looked for.
const MAX_CALLERS: u32 = 6;

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
    /// The calls of its function: none opens a transaction either.
    pub calls: Vec<Location>,
}

/// How a function is reached by something outside the project's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// Not at all, as far as is known.
    None,
    /// Where no transaction is open.
    Bare,
    /// By hand, where none is open either.
    Command,
    /// Where one may be.
    Other,
}

/// Whether ways that begin at a command count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Commands {
    Counted,
    Left,
}

impl Project {
    /// The locks in a function's own code that are asked for outside every transaction, by all ways
    /// that lead to it.
    pub fn bare_locks(&self, function: FunctionRef) -> Vec<Lock> {
        let facts = self.modules.facts(function.module);
        let body = self.modules.function_body(function);
        if !facts.names.has("select_for_update") || facts.names.has("set_autocommit") {
            return Vec::new();
        }
        let mut found = self.locks(function.module, body);
        found.retain(|lock| !is_in_context(body, lock.span));
        let is_bare = !found.is_empty()
            && self.knows_locks()
            && self.runs_bare(function, MAX_CALLERS, Commands::Counted, &mut Vec::new());
        if !is_bare {
            return Vec::new();
        }
        let calls = self.calls_of(function).into_iter();
        let places: Vec<Location> = calls
            .filter_map(|(module, call)| self.place(module, call.expr))
            .collect();
        for lock in &mut found {
            lock.calls.clone_from(&places);
        }
        found
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
                calls: Vec::new(),
            }));
        }
        for statement in body.all_statements() {
            if let Stmt::For { iter, .. } = statement.kind() {
                let rows = body.expr(iter);
                found.extend(self.locked(module, rows, MAX_DEPTH).map(|model| Lock {
                    model,
                    span: rows.span(),
                    calls: Vec::new(),
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

    /// Whether a function surely runs where no transaction is open: no way that leads to it has one,
    /// and none is a command, which is run by hand and can be run again.
    pub fn runs_outside_transactions(&self, function: FunctionRef) -> bool {
        self.settings.has_atomic_requests() != Some(true)
            && self.runs_bare(function, MAX_CALLERS, Commands::Left, &mut Vec::new())
    }

    /// Whether no transaction is open where a function begins, by all ways that lead to it.
    fn runs_bare(
        &self,
        function: FunctionRef,
        depth: u32,
        commands: Commands,
        seen: &mut Vec<FunctionRef>,
    ) -> bool {
        // One that is not bare has ended the search.
        if seen.contains(&function) {
            return true;
        }
        seen.push(function);
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let calls = match self.entry(function) {
            Entry::Other => return false,
            Entry::Command if commands == Commands::Left => return false,
            Entry::Bare | Entry::Command => self.calls_of(function),
            Entry::None => {
                let Some(calls) = self.only_calls(function) else {
                    return false;
                };
                // Others may call what a package offers, and frameworks call methods.
                let is_whole = !calls.is_empty() || self.is_within_reach(function);
                if !is_whole {
                    return false;
                }
                calls
            }
        };
        calls.iter().all(|&(module, CallRef { expr: call, .. })| {
            let Owner::Function(caller) = call.body.owner() else {
                return false;
            };
            let caller = FunctionRef {
                module,
                function: caller,
            };
            !is_in_context(call.body, call.span()) && self.runs_bare(caller, depth, commands, seen)
        })
    }

    fn entry(&self, function: FunctionRef) -> Entry {
        let bare = |is_bare: bool| if is_bare { Entry::Bare } else { Entry::Other };
        let mut views = self.views.entered_by(function, &self.modules, &self.routes);
        if views.next().is_some() {
            return bare(self.answers_bare(function));
        }
        let mut tasks = self.tasks.tasks.iter();
        if let Some(task) = tasks.find(|task| task.code == TaskCode::Function(function)) {
            let is_alone = self.modules.function(function).decorators.len() == 1;
            return bare(is_alone && task.option("base").is_none() && !task.is_open);
        }
        match self.is_command(function) {
            true => Entry::Command,
            false => Entry::None,
        }
    }

    /// Whether a function is what `manage.py` runs.
    fn is_command(&self, function: FunctionRef) -> bool {
        let modules = &self.modules;
        let declared = modules.function(function);
        let scope = modules.facts(function.module).body(declared.scope);
        let Owner::Class(class) = scope.owner() else {
            return false;
        };
        let module = function.module;
        let class = ClassRef { module, class };
        modules.function_name(function) == "handle"
            && declared.decorators.is_empty()
            && modules.inherits(class, "django.core.management.base.BaseCommand") == Some(true)
    }

    /// Whether nothing that is not seen calls a function: one of a module that nobody else installs.
    fn is_within_reach(&self, function: FunctionRef) -> bool {
        let declared = self.modules.function(function);
        let scope = self.modules.facts(function.module).body(declared.scope);
        matches!(scope.owner(), Owner::Module) && !self.is_distributed
    }

    /// The calls of a function without decorators; `None` where code may get hold of it otherwise.
    fn only_calls(&self, function: FunctionRef) -> Option<Vec<(ModuleId, CallRef<'_>)>> {
        let modules = &self.modules;
        let declared = modules.function(function);
        let scope = modules.facts(function.module).body(declared.scope);
        if !declared.decorators.is_empty() || matches!(scope.owner(), Owner::Function(_)) {
            return None;
        }
        let name = modules.function_name(function);
        let mut found = Vec::new();
        for module in self.mentioning(name) {
            let facts = modules.facts(module);
            let calls = self.calls(module);
            for body in facts.body_ids().map(|id| facts.body(id)) {
                let mut uses = 0;
                for expr in body.exprs() {
                    uses += match expr.kind() {
                        Expr::Name(used) | Expr::Attribute(_, used) => {
                            usize::from(facts.text(used) == name)
                        }
                        Expr::Str(text) => {
                            let last = facts.text(text).rsplit(['.', ':']).next();
                            usize::from(last == Some(name))
                        }
                        _ => 0,
                    };
                }
                for call in body.exprs().filter_map(ExprRef::as_call) {
                    let target = calls.target(body.id, call.expr.id);
                    if target == Some(Target::Function(function)) {
                        found.push((module, call));
                    }
                    if call.callee.last_name() == Some(name) {
                        if matches!(target, None | Some(Target::Unknown(_))) {
                            return None;
                        }
                        uses = uses.checked_sub(1)?;
                    }
                }
                if uses > 0 {
                    return None;
                }
            }
        }
        Some(found)
    }

    fn place(&self, module: ModuleId, expr: ExprRef<'_>) -> Option<Location> {
        let file = self.modules.get(module).file?;
        Some(Location::new(file, expr.span()))
    }

    /// Whether a function answers requests and nothing opens a transaction around it.
    fn answers_bare(&self, function: FunctionRef) -> bool {
        if self.settings.has_atomic_requests() != Some(false) {
            return false;
        }
        let name = self.modules.function_name(function);
        let mut views = self.views.entered_by(function, &self.modules, &self.routes);
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

/// Whether code stands in a `with` statement: what other contexts do is not known.
fn is_in_context(body: BodyRef<'_>, span: Span) -> bool {
    body.all_statements().any(|statement| {
        matches!(statement.kind(), Stmt::With { .. }) && statement.span().encloses(span)
    })
}
