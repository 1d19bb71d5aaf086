//! Operations whose classes are the project's own: which of Django's they are, what else they do, and which
//! models they may be about.

use std::sync::Arc;

use super::operations::Reader;
use super::value::Value;
use crate::facts::ir::BindingKind;
use crate::facts::{BodyRef, CallRef, ExprRef, Stmt};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId};

/// What the class of an operation is.
pub(super) enum OperationClass {
    Djangos(Djangos),
    /// Changes the models in a way of its own, or not at all.
    Own {
        class: ClassRef,
        keeps_state: bool,
    },
    Unknown,
}

/// One of Django's classes, or one that derives from it and changes the models as it does.
pub(super) struct Djangos {
    /// The name of Django's own class.
    pub(super) name: String,
    /// The project's own classes before it that have a constructor, nearest first.
    pub(super) constructors: Vec<ClassRef>,
    /// Whether one of these classes may ask the database for something else.
    pub(super) is_overridden: bool,
    /// Whether one of them changes the models further.
    pub(super) changes_more: bool,
}

/// What a `state_forwards` of the project's own does to the models.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Forwards {
    Nothing,
    /// What the class that it derives from does, and more.
    Further,
    Otherwise,
}

impl<'a> Reader<'a> {
    pub(super) fn class(&self, module: ModuleId, callee: ExprRef<'a>) -> OperationClass {
        let modules = self.exact.modules;
        let class = match modules.resolve_expr(module, callee) {
            Definition::Class(class) => class,
            Definition::External(name) => {
                return djangos(&name).map_or(OperationClass::Unknown, |name| {
                    OperationClass::Djangos(Djangos {
                        name: name.to_owned(),
                        constructors: Vec::new(),
                        is_overridden: false,
                        changes_more: false,
                    })
                });
            }
            _ => return OperationClass::Unknown,
        };
        let mut forwards = None;
        let mut constructors = Vec::new();
        let mut is_overridden = false;
        for ancestor in &modules.mro(class).ancestors {
            let name = match ancestor {
                Ancestor::Class(class) => modules.qualified_class(*class),
                Ancestor::External(name) => name.clone(),
                Ancestor::Unknown => return OperationClass::Unknown,
            };
            if let Some(name) = djangos(&name) {
                let keeps_state = forwards == Some(Forwards::Nothing);
                return match forwards {
                    None | Some(Forwards::Further) if name != "Operation" => {
                        OperationClass::Djangos(Djangos {
                            name: name.to_owned(),
                            constructors,
                            is_overridden,
                            changes_more: forwards.is_some(),
                        })
                    }
                    _ => OperationClass::Own { class, keeps_state },
                };
            }
            match ancestor {
                Ancestor::Class(ancestor) => {
                    let body = modules.class_body(*ancestor);
                    if let None | Some(Forwards::Further) = forwards
                        && let Some(binding) = body.binding("state_forwards")
                    {
                        let nearer = self.forwards(*ancestor, binding.kind);
                        // What calls one that does otherwise does otherwise.
                        forwards = match (forwards, nearer) {
                            (Some(Forwards::Further), Forwards::Nothing) => {
                                Some(Forwards::Otherwise)
                            }
                            (_, own) => Some(own),
                        };
                    }
                    if body.binding("__init__").is_some() {
                        constructors.push(*ancestor);
                    }
                    is_overridden |= overrides(body);
                }
                _ => is_overridden = true,
            }
        }
        OperationClass::Unknown
    }

    fn forwards(&self, class: ClassRef, kind: BindingKind) -> Forwards {
        let BindingKind::Function(function) = kind else {
            return Forwards::Otherwise;
        };
        let function = FunctionRef {
            module: class.module,
            function,
        };
        let body = self.exact.modules.function_body(function);
        let mut statements = body.all_statements();
        if statements.all(|statement| does_nothing(statement.kind(), body)) {
            return Forwards::Nothing;
        }
        let mut statements = body.statements();
        match statements.any(|statement| hands_on(statement.kind(), body)) {
            true => Forwards::Further,
            false => Forwards::Otherwise,
        }
    }

    /// The texts that the call of an operation and the code of its class have: whichever model it changes,
    /// it is called by one of them, unless its name is put together.
    pub(super) fn texts(
        &self,
        module: ModuleId,
        call: CallRef<'a>,
        class: ClassRef,
    ) -> Arc<[Arc<str>]> {
        let mut found = Vec::new();
        let given = call.positional().chain(call.keywords().map(|(_, it)| it));
        for argument in given {
            collect(&self.exact.value(module, argument), &mut found);
        }
        let body = self.exact.modules.class_body(class);
        let methods = body.body().bindings.iter().filter_map(|it| match it.kind {
            BindingKind::Function(function) => Some(FunctionRef {
                module: class.module,
                function,
            }),
            _ => None,
        });
        let methods = methods.map(|method| self.exact.modules.function_body(method));
        for body in methods.chain([body]) {
            found.extend(body.exprs().filter_map(ExprRef::as_str).map(Arc::from));
        }
        found.into()
    }
}

/// `pass`, a docstring, a bare `return`.
fn does_nothing(statement: Stmt, body: BodyRef<'_>) -> bool {
    match statement {
        Stmt::Return(value) => value.is_none_or(|value| body.expr(value).is_none()),
        Stmt::Expr(value) => body.expr(value).as_str().is_some(),
        Stmt::Pass => true,
        _ => false,
    }
}

/// `super().state_forwards(app_label, state)`, for the app that the operation is of.
fn hands_on(statement: Stmt, body: BodyRef<'_>) -> bool {
    let Stmt::Expr(value) = statement else {
        return false;
    };
    let Some(call) = body.expr(value).as_call() else {
        return false;
    };
    let Some((object, "state_forwards")) = call.callee.as_attribute() else {
        return false;
    };
    let is_super = object.as_call().map(|it| it.callee.as_name()) == Some(Some("super"));
    let app = call.argument(0, "app_label");
    let is_own_app = app.is_some_and(|app| {
        let name = app.head().filter(|_| app.as_name().is_some());
        name.is_some_and(|name| body.is_param(name))
    });
    is_super && is_own_app
}

/// The texts in a value.
fn collect(value: &Value, into: &mut Vec<Arc<str>>) {
    if let Value::Str(text) = value {
        into.push(Arc::clone(text));
    }
    for element in value.elements().unwrap_or_default() {
        collect(element, into);
    }
}

/// Whether the class of an operation has anything that decides what the database is asked for: all but
/// how it is made, worded, written down and squashed.
fn overrides(class: BodyRef<'_>) -> bool {
    const HARMLESS: &[&str] = &[
        "__init__",
        "__repr__",
        "category",
        "deconstruct",
        "describe",
        "elidable",
        "formatted_description",
        "migration_name_fragment",
        "serialization_expand_args",
    ];
    let facts = class.facts;
    let mut bindings = class.body().bindings.iter();
    bindings.any(|binding| !HARMLESS.contains(&facts.text(binding.name)))
}

/// The last part of the name of one of Django's operations.
fn djangos(dotted: &str) -> Option<&str> {
    let rest = dotted
        .strip_prefix("django.db.migrations.")
        .or_else(|| dotted.strip_prefix("django.contrib.postgres.operations."))?;
    rest.rsplit('.').next()
}
