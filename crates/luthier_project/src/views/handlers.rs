//! Which function answers a route's requests, and what stands between them.

use crate::facts::ExprRef;
use crate::facts::ir::BindingKind;
use crate::modules::{Ancestor, ClassRef, FunctionRef, Modules};
use crate::routes::{Route, ViewTarget, imported_name};

/// Methods of class-based views that Django calls with what the route passes.
pub(super) const METHODS: &[&str] = &[
    "delete", "get", "head", "options", "patch", "post", "put", "trace",
];

/// Methods at which work of a class-based view may begin.
pub(super) const CLASS_ENTRIES: &[&str] = &[
    "delete",
    "dispatch",
    "form_invalid",
    "form_valid",
    "get",
    "get_context_data",
    "get_object",
    "get_queryset",
    "patch",
    "perform_create",
    "perform_destroy",
    "perform_update",
    "post",
    "put",
];

/// What changes how a class-based view calls its methods.
const DISPATCHING: &[&str] = &["__call__", "as_view", "dispatch", "setup"];

/// A function that gets a route's arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    pub function: FunctionRef,
    /// Number of parameters before the route's own: `request`, and `self` before it.
    pub skip: usize,
    /// Whether a decorator may change what it gets.
    pub is_wrapped: bool,
}

/// The functions of the repository that a route's arguments are passed to. Empty where something
/// around the view may change them: decorators of others, an own `dispatch`.
pub fn handlers(modules: &Modules, route: &Route) -> Vec<Handler> {
    let view = &route.view;
    let is_plain = view
        .wrappers
        .iter()
        .all(|wrapper| wrapper.as_deref().is_some_and(is_transparent));
    if !is_plain || view.filled > 0 {
        return Vec::new();
    }
    let mut found: Vec<(FunctionRef, usize)> = Vec::new();
    match &view.target {
        // Keywords of a function come from `partial()`.
        ViewTarget::Function(function) if view.initkwargs.is_empty() => {
            found.push((*function, 1));
        }
        ViewTarget::Method(class, name) => {
            found.extend(method(modules, *class, name).map(|function| (function, 2)));
        }
        ViewTarget::Class(class) if dispatches_plainly(modules, *class) => {
            let names: Vec<&str> = if view.actions.is_empty() {
                METHODS.to_vec()
            } else {
                view.actions
                    .iter()
                    .map(|(_, action)| action.as_str())
                    .collect()
            };
            let methods = names
                .iter()
                .filter_map(|name| method(modules, *class, name));
            found.extend(methods.map(|function| (function, 2)));
        }
        _ => {}
    }
    found.retain(|(function, _)| modules.is_repository(function.module));
    found.dedup();
    let handler = |(function, skip)| Handler {
        function,
        skip,
        is_wrapped: !is_undecorated(modules, function),
    };
    found.into_iter().map(handler).collect()
}

/// A method of a class, where the class that defines it is surely known.
pub(super) fn method(modules: &Modules, class: ClassRef, name: &str) -> Option<FunctionRef> {
    for ancestor in &modules.mro(class).ancestors {
        match ancestor {
            Ancestor::Class(class) => {
                let Some(binding) = modules.class_body(*class).binding(name) else {
                    continue;
                };
                let BindingKind::Function(function) = binding.kind else {
                    return None;
                };
                return Some(FunctionRef {
                    module: class.module,
                    function,
                });
            }
            Ancestor::External(dotted) if is_framework(dotted) => {}
            Ancestor::External(_) | Ancestor::Unknown => return None,
        }
    }
    None
}

/// Whether a class calls its methods as Django's and the framework's own classes do.
fn dispatches_plainly(modules: &Modules, class: ClassRef) -> bool {
    let mut is_view = false;
    for ancestor in &modules.mro(class).ancestors {
        match ancestor {
            Ancestor::Class(class) => {
                let name = &modules.get(class.module).name;
                if is_framework(name) {
                    is_view = true;
                    continue;
                }
                let body = modules.class_body(*class);
                let facts = modules.facts(class.module);
                let declared = modules.class(*class);
                let decorated = declared.decorators.iter().any(|&decorator| {
                    !is_known_decorator(
                        modules,
                        class.module,
                        facts.body(declared.scope).expr(decorator),
                    )
                });
                if decorated || DISPATCHING.iter().any(|name| body.binding(name).is_some()) {
                    return false;
                }
            }
            Ancestor::External(dotted) if is_framework(dotted) => is_view = true,
            Ancestor::External(dotted) if dotted.starts_with("builtins.") => {}
            Ancestor::External(_) | Ancestor::Unknown => return false,
        }
    }
    is_view
}

/// Whether nothing but what is known to pass arguments on stands around a function.
fn is_undecorated(modules: &Modules, function: FunctionRef) -> bool {
    let declared = modules.function(function);
    let scope = modules.facts(function.module).body(declared.scope);
    let mut decorators = declared
        .decorators
        .iter()
        .map(|&decorator| scope.expr(decorator));
    decorators.all(|decorator| is_known_decorator(modules, function.module, decorator))
}

fn is_known_decorator(
    modules: &Modules,
    module: crate::modules::ModuleId,
    decorator: ExprRef<'_>,
) -> bool {
    let callee = decorator.without_call();
    let Some(name) = imported_name(modules, module, callee) else {
        return false;
    };
    if name == "django.utils.decorators.method_decorator" {
        let wrapped = decorator
            .as_call()
            .and_then(|call| call.argument(0, "decorator"));
        return wrapped.is_some_and(|wrapped| is_known_decorator(modules, module, wrapped));
    }
    is_transparent(&name)
}

/// Whether a decorator by this dotted name calls the view with the arguments it got.
pub fn is_transparent(dotted: &str) -> bool {
    is_framework(dotted)
        && !dotted.starts_with("django.utils.")
        && !dotted.starts_with("django.dispatch")
}

fn is_framework(dotted: &str) -> bool {
    dotted.starts_with("django.") || dotted.starts_with("rest_framework.")
}
