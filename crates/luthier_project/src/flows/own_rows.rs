//! Whether a method of a manager or queryset gives rows of its own model: `Order.objects.paid()`.

use crate::facts::ir::BindingKind;
use crate::facts::{BodyRef, Expr, ExprRef, Name, Stmt};
use crate::modules::{ClassRef, Definition, FunctionRef, Modules};

use super::tables;

/// Methods that call each other deeper than this are not followed.
const MAX_DEPTH: u32 = 6;

/// Whether everything that a method returns is a queryset made of `self`.
pub(crate) fn gives_own_rows(modules: &Modules, function: FunctionRef) -> bool {
    gives(modules, function, 0)
}

fn gives(modules: &Modules, function: FunctionRef, depth: u32) -> bool {
    let declared = modules.function(function);
    let Some(own) = declared.params.first().map(|param| param.name) else {
        return false;
    };
    if depth > MAX_DEPTH || declared.is_generator || !declared.decorators.is_empty() {
        return false;
    }
    let body = modules.function_body(function);
    let method = Method {
        modules,
        function,
        own,
        depth,
    };
    let mut returned = body.all_statements().filter_map(|statement| {
        let Stmt::Return(value) = statement.kind() else {
            return None;
        };
        Some(value.is_some_and(|value| method.is_own(body.expr(value), &mut Vec::new())))
    });
    returned.next() == Some(true) && returned.all(|is_own| is_own)
}

struct Method<'a> {
    modules: &'a Modules,
    function: FunctionRef,
    /// The name of `self`.
    own: Name,
    depth: u32,
}

impl<'a> Method<'a> {
    fn is_own(&self, expr: ExprRef<'a>, seen: &mut Vec<Name>) -> bool {
        match expr.kind() {
            Expr::Name(name) => name == self.own || self.is_own_name(expr.body, name, seen),
            Expr::Call(..) => {
                let call = expr.as_call().expect("it is a call");
                let Some((object, name)) = call.callee.as_attribute() else {
                    // `super()`
                    return call.callee.as_name() == Some("super");
                };
                let gives = match tables::keeps_rows(name) {
                    true => name != "raw",
                    false => self.is_method(name),
                };
                gives && self.is_own(object, seen)
            }
            Expr::Subscript(object, index) => {
                matches!(expr.at(index).kind(), Expr::Slice(..))
                    && self.is_own(expr.at(object), seen)
            }
            Expr::Conditional { body, orelse, .. } => {
                self.is_own(expr.at(body), seen) && self.is_own(expr.at(orelse), seen)
            }
            _ => false,
        }
    }

    /// Whether every assignment to a variable of the method is such a queryset.
    fn is_own_name(&self, body: BodyRef<'a>, name: Name, seen: &mut Vec<Name>) -> bool {
        if seen.contains(&name) {
            return true;
        }
        seen.push(name);
        let bindings = body.body().bindings.iter();
        let mut bindings = bindings.filter(|binding| binding.name == name).peekable();
        let is_bound = bindings.peek().is_some() && !body.is_param(name);
        is_bound
            && bindings.all(|binding| match binding.kind {
                BindingKind::Value(value) => self.is_own(body.expr(value), seen),
                _ => false,
            })
    }

    /// Whether another method of the class is one of these.
    fn is_method(&self, name: &str) -> bool {
        let facts = self.modules.facts(self.function.module);
        let scope = facts.function(self.function.function).scope;
        let Some(class) = facts.body(scope).enclosing_class() else {
            return false;
        };
        let class = ClassRef {
            module: self.function.module,
            class,
        };
        let mro = self.modules.mro(class);
        let mut found =
            mro.classes()
                .filter_map(|class| match self.modules.class_member(*class, name) {
                    Definition::Function(function) => Some(function),
                    _ => None,
                });
        found
            .next()
            .is_some_and(|function| gives(self.modules, function, self.depth + 1))
    }
}
