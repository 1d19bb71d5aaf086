//! What calls give.

use super::own_rows::gives_own_rows;
use super::tables::{self, RowsMethod};
use super::trace::Tracer;
use super::value::{Value, Why};
use crate::facts::ir::BinaryOp;
use crate::facts::{BodyId, CallRef, Expr, ExprId, ExprRef};
use crate::models::ModelId;
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId};

impl<'a> Tracer<'a> {
    /// What a call gives.
    pub(super) fn result(&mut self, call: CallRef<'a>) -> Value {
        if let Some((object, name)) = call.callee.as_attribute() {
            match self.value(object) {
                Value::Rows(model) => {
                    let callee = self.value(call.callee);
                    return match callee {
                        Value::Function(function) => self.rows_returned(model, function),
                        _ => self
                            .of_rows_called(model, name)
                            .unwrap_or(Value::Unknown(Why::Result)),
                    };
                }
                // The same rows again: no guess.
                Value::Circle if tables::keeps_rows(name) => return Value::Circle,
                // A queryset's own method that goes on from `self`.
                own @ (Value::Instance(_) | Value::Super(_)) => {
                    if let Value::OutsideMember(outside) = self.value(call.callee)
                        && is_chaining(self.names.get(outside), name)
                    {
                        return match own {
                            Value::Super(class) => Value::Instance(class),
                            own => own,
                        };
                    }
                }
                _ => {}
            }
        }
        let callee = self.value(call.callee);
        match callee {
            Value::Class(class) => Value::Instance(class),
            Value::Function(function) => self.returned(function),
            Value::Outside(name) | Value::OutsideMember(name) => {
                let dotted = self.names.get(name).to_owned();
                self.outside_call(call, &dotted)
            }
            Value::Unknown(_) | Value::Circle => callee,
            _ => Value::Unknown(Why::Result),
        }
    }

    fn outside_call(&mut self, call: CallRef<'a>, dotted: &str) -> Value {
        match dotted {
            "builtins.super" => {
                let named = call.positional().next().map(|class| self.value(class));
                let class = match named {
                    Some(Value::Class(class)) => Some(class),
                    Some(_) => None,
                    None => self.enclosing_class(call.expr.body.id),
                };
                class.map_or(Value::Unknown(Why::Computed), Value::Super)
            }
            "builtins.type" => match call.positional().next().map(|of| self.value(of)) {
                Some(Value::Instance(class)) => Value::Class(class),
                _ => Value::Unknown(Why::Computed),
            },
            "builtins.getattr" => Value::Unknown(Why::Computed),
            "typing.cast" => match call.positional().next() {
                Some(class) => self.annotation(class),
                None => Value::Unknown(Why::Computed),
            },
            "django.shortcuts.get_object_or_404" | "django.shortcuts.aget_object_or_404" => {
                match call.positional().next().map(|of| self.value(of)) {
                    Some(Value::Class(class)) => Value::Instance(class),
                    Some(Value::Rows(model)) => self.row(model),
                    _ => Value::Unknown(Why::Result),
                }
            }
            "django.contrib.auth.get_user_model" => {
                let user = self.ground.user.and_then(|user| {
                    let model = self.ground.models.get(user);
                    model.class
                });
                user.map_or(Value::Unknown(Why::Result), Value::Class)
            }
            _ => self.outside_result(dotted),
        }
    }

    /// What calling something outside gives.
    pub(super) fn outside_result(&mut self, dotted: &str) -> Value {
        match tables::result_of(dotted) {
            Some(class) => self.outside_instance(class),
            None => Value::Unknown(Why::Result),
        }
    }

    /// What a method of a manager or queryset of the project returns.
    fn rows_returned(&mut self, model: ModelId, function: FunctionRef) -> Value {
        match self.returned(function) {
            Value::Unknown(_) if gives_own_rows(self.ground.modules, function) => {
                Value::Rows(model)
            }
            returned => returned,
        }
    }

    /// What a function says that it returns.
    pub(super) fn returned(&mut self, function: FunctionRef) -> Value {
        let declared = self.ground.modules.function(function);
        let Some(returns) = declared.returns.filter(|_| !declared.is_generator) else {
            return Value::Unknown(Why::Result);
        };
        let found = if function.module == self.module {
            self.annotated(declared.scope, returns)
        } else {
            self.annotated_elsewhere(function.module, declared.scope, returns)
        };
        match found {
            Value::Unknown(_) => Value::Unknown(Why::Result),
            found => found,
        }
    }

    /// What calling a value that is a class gives.
    pub(super) fn instance_of(&mut self, class: Value) -> Value {
        match class {
            Value::Class(class) => Value::Instance(class),
            Value::Outside(name) => {
                let dotted = self.names.get(name);
                match tables::result_of(dotted) {
                    Some(class) if class == dotted => Value::OutsideInstance(name),
                    _ => Value::Unknown(Why::Result),
                }
            }
            unknown @ Value::Unknown(_) => unknown,
            _ => Value::Unknown(Why::Result),
        }
    }

    /// A value with an annotation in a scope of the module.
    pub(super) fn annotated(&mut self, scope: BodyId, annotation: ExprId) -> Value {
        self.annotation(self.facts.body(scope).expr(annotation))
    }

    fn annotation(&mut self, annotation: ExprRef<'a>) -> Value {
        if let Some(text) = annotation.as_str() {
            return self.spelled(self.module, annotation.body.id, text);
        }
        match annotation.kind() {
            Expr::Name(_) | Expr::Attribute(..) => {
                let class = self.value(annotation);
                self.of_annotated_class(class)
            }
            Expr::Subscript(base, index) => {
                let base = self.value(annotation.at(base));
                match base {
                    Value::Outside(name) if is_optional(self.names.get(name)) => {
                        self.annotation(annotation.at(index))
                    }
                    Value::Outside(name) if self.names.get(name).ends_with(".QuerySet") => {
                        match self.annotation(annotation.at(index)) {
                            Value::Instance(class) => self.rows_of(class),
                            _ => Value::Unknown(Why::Element),
                        }
                    }
                    base => self.of_annotated_class(base),
                }
            }
            Expr::Binary(BinaryOp::BitOr, left, right) => {
                let left = self.annotation(annotation.at(left));
                left.join(self.annotation(annotation.at(right)))
            }
            Expr::None => Value::None,
            _ => Value::Unknown(Why::Computed),
        }
    }

    fn rows_of(&self, class: ClassRef) -> Value {
        let model = self.ground.models.by_class(class);
        model.map_or(Value::Unknown(Why::Element), Value::Rows)
    }

    /// `typing.Any` and other words of annotations are no classes.
    fn of_annotated_class(&mut self, class: Value) -> Value {
        if let Value::Outside(name) = class {
            let dotted = self.names.get(name);
            if dotted.starts_with("typing.") || dotted.starts_with("collections.abc.") {
                return Value::Unknown(Why::Result);
            }
        }
        self.instance_of(class)
    }

    /// A value with an annotation in another module.
    pub(super) fn annotated_elsewhere(
        &mut self,
        module: ModuleId,
        scope: BodyId,
        annotation: ExprId,
    ) -> Value {
        let modules = self.ground.modules;
        let annotation = modules.facts(module).body(scope).expr(annotation);
        match (annotation.as_str(), annotation.dotted()) {
            (Some(text), _) => self.spelled(module, scope, text),
            (None, Some(text)) => self.spelled(module, scope, &text),
            (None, None) => Value::Unknown(Why::Result),
        }
    }

    /// A class by its dotted name in a scope.
    fn spelled(&mut self, module: ModuleId, scope: BodyId, text: &str) -> Value {
        let is_dotted = text
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'));
        if !is_dotted {
            return Value::Unknown(Why::Computed);
        }
        let found = match self.ground.modules.resolve_in(module, scope, text) {
            Definition::Value(_) => return Value::Unknown(Why::Computed),
            found => self.defined(found),
        };
        self.of_annotated_class(found)
    }
}

fn is_optional(dotted: &str) -> bool {
    matches!(dotted, "typing.Optional" | "typing.Annotated")
}

/// Whether a method that was found by its dotted name is one of querysets that gives rows again.
fn is_chaining(dotted: &str, name: &str) -> bool {
    dotted.starts_with("django.db.models.") && tables::rows_method(name) == Some(RowsMethod::Rows)
}
