//! Fields that a class declares by itself.

use std::sync::Arc;

use super::kind::{Nature, Natures, ShapeKind};
use super::names::Name;
use super::qualified;
use crate::facts::ir::{Binding, BindingKind};
use crate::facts::{CallRef, ExprRef};
use crate::modules::{ClassRef, Definition, ModuleId, Modules, ValueRef};

/// A field of a serializer or form, or a filter of a filter set, that its code spells out.
#[derive(Clone, Debug)]
pub struct DeclaredField {
    pub name: Arc<str>,
    /// The call that makes it.
    pub value: ValueRef,
    pub declared_in: ClassRef,
    /// The dotted name of its class, where known.
    pub class: Option<Arc<str>>,
    /// Whether it is surely a field. Where not, what is called could not be followed.
    pub is_certain: bool,
    /// `source` of a serializer's field, `field_name` of a filter, where it is a string.
    pub source: Option<Name>,
    /// Whether the source is given in a way that is not a plain string.
    pub source_is_open: bool,
    /// The serializer that it nests.
    pub nested: Option<ClassRef>,
    /// Whether it stands for several rows: `many=True`, or a list of something; `None` where that
    /// is worked out at run time.
    pub many: Option<bool>,
}

/// The fields that a class and its bases declare, bases first. A base that is no shape hands down
/// no fields, and a name that is bound to something else takes an inherited field away.
pub(super) fn declared(
    modules: &Modules,
    natures: &Natures<'_>,
    kind: ShapeKind,
    class: ClassRef,
) -> Vec<DeclaredField> {
    let mut fields: Vec<DeclaredField> = Vec::new();
    let mro = modules.mro(class);
    let classes: Vec<ClassRef> = mro.classes().copied().collect();
    for &ancestor in classes.iter().rev() {
        let body = modules.class_body(ancestor);
        let is_shape = natures.nature(ancestor) == Nature::Shape(kind);
        let bindings = &body.body().bindings;
        let value = |binding: &Binding| match binding.kind {
            BindingKind::Value(value) => Some(body.expr(value)),
            _ => None,
        };
        let of_binding = |binding: &Binding| {
            let name = body.facts.text(binding.name);
            field(modules, natures, kind, ancestor, name, value(binding)?)
        };
        let own = is_shape.then(|| {
            natures.declared((ancestor, kind), || {
                bindings.iter().map(of_binding).collect()
            })
        });
        for (index, binding) in bindings.iter().enumerate() {
            let name = body.facts.text(binding.name);
            // A form's field is taken back by `None` alone, also from a class that is no form.
            let hides = match kind {
                ShapeKind::Form => value(binding).is_some_and(ExprRef::is_none),
                _ => is_shape,
            };
            if hides {
                fields.retain(|field| *field.name != *name);
            }
            if let Some(field) = own.as_ref().and_then(|own| own[index].as_ref()) {
                fields.retain(|other| *other.name != *name);
                fields.push(field.clone());
            }
        }
    }
    fields
}

fn field(
    modules: &Modules,
    natures: &Natures<'_>,
    kind: ShapeKind,
    class: ClassRef,
    name: &str,
    value: ExprRef<'_>,
) -> Option<DeclaredField> {
    let call = value.as_call()?;
    let callee = callee(modules, class.module, call);
    let nature = natures.of_definition(&callee);
    let is_certain = match nature {
        Nature::Field | Nature::Shape(ShapeKind::Serializer) => true,
        Nature::Unknown => false,
        Nature::Shape(_) | Nature::Other => return None,
    };
    let source = match kind {
        ShapeKind::FilterSet => call.argument(0, "field_name"),
        _ => call.keyword("source"),
    };
    let child = call.keyword("child").and_then(ExprRef::as_call);
    let nests = |call: CallRef<'_>| match callee_of_serializer(modules, natures, class.module, call)
    {
        Some(Definition::Class(class)) => Some(class),
        _ => None,
    };
    let many = call
        .keyword("many")
        .map_or(Some(child.is_some()), ExprRef::as_bool);
    Some(DeclaredField {
        name: name.into(),
        value: ValueRef::of(class.module, value),
        declared_in: class,
        class: qualified(modules, &callee),
        is_certain,
        source: source.and_then(|source| {
            Some(Name {
                text: source.as_str()?.into(),
                place: ValueRef::of(class.module, source),
            })
        }),
        source_is_open: call.is_open() || source.is_some_and(|source| source.as_str().is_none()),
        nested: match child {
            Some(child) => nests(child),
            None => nests(call),
        },
        many: if call.is_open() { None } else { many },
    })
}

fn callee(modules: &Modules, module: ModuleId, call: CallRef<'_>) -> Definition {
    modules.resolve_expr(module, call.callee)
}

fn callee_of_serializer(
    modules: &Modules,
    natures: &Natures<'_>,
    module: ModuleId,
    call: CallRef<'_>,
) -> Option<Definition> {
    let callee = callee(modules, module, call);
    let is_serializer = natures.of_definition(&callee) == Nature::Shape(ShapeKind::Serializer);
    is_serializer.then_some(callee)
}
