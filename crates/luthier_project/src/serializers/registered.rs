//! Which models admin classes are registered for.

use super::kind::{Nature, Natures, ShapeKind};
use crate::facts::{CallRef, ExprRef};
use crate::modules::{ClassRef, Definition, ModuleId, Modules, ValueRef};

/// One model of a registration: `@admin.register(Order)`, `site.register([Order], OrderAdmin)`.
pub(super) struct Registration {
    pub(super) admin: ClassRef,
    /// Where the model is named.
    pub(super) model: ValueRef,
}

/// The registrations of one module.
pub(super) fn registrations(
    modules: &Modules,
    natures: &Natures<'_>,
    module: ModuleId,
    found: &mut Vec<Registration>,
) {
    let facts = modules.facts(module);
    for class in facts.class_ids() {
        let declared = facts.class(class);
        let scope = facts.body(declared.scope);
        for &decorator in &declared.decorators {
            let Some(call) = scope.expr(decorator).as_call() else {
                continue;
            };
            let callee = modules.qualified_expr(module, call.callee);
            let is_register = callee.is_some_and(|callee| {
                callee.starts_with("django.contrib.") && callee.ends_with(".register")
            });
            if is_register {
                let admin = ClassRef { module, class };
                for model in call.positional() {
                    add(module, admin, model, found);
                }
            }
        }
    }
    for expr in facts.module().exprs() {
        if let Some(call) = expr.as_call() {
            called(modules, natures, module, call, found);
        }
    }
}

fn called(
    modules: &Modules,
    natures: &Natures<'_>,
    module: ModuleId,
    call: CallRef<'_>,
    found: &mut Vec<Registration>,
) {
    let is_register = call
        .callee
        .as_attribute()
        .is_some_and(|(_, name)| name == "register");
    if !is_register {
        return;
    }
    let (Some(models), Some(admin)) = (
        call.argument(0, "model_or_iterable"),
        call.argument(1, "admin_class"),
    ) else {
        return;
    };
    let Definition::Class(admin) = modules.resolve_expr(module, admin) else {
        return;
    };
    if natures.nature(admin) == Nature::Shape(ShapeKind::Admin) {
        add(module, admin, models, found);
    }
}

fn add(module: ModuleId, admin: ClassRef, model: ExprRef<'_>, found: &mut Vec<Registration>) {
    let mut file = |model: ExprRef<'_>| {
        found.push(Registration {
            admin,
            model: ValueRef::of(module, model),
        });
    };
    match model.elements() {
        Some(models) => models.for_each(file),
        None => file(model),
    }
}
