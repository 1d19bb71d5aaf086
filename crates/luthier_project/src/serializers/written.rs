//! Which serializers take data in; others only show rows.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::facts::ExprRef;
use crate::facts::ir::BindingKind;
use crate::modules::{Ancestor, ClassRef, Definition, ModuleId, Modules};

/// Views of the REST framework that create or change rows by their serializer.
const WRITING: [&str; 8] = [
    "CreateAPIView",
    "CreateModelMixin",
    "ListCreateAPIView",
    "ModelViewSet",
    "RetrieveUpdateAPIView",
    "RetrieveUpdateDestroyAPIView",
    "UpdateAPIView",
    "UpdateModelMixin",
];

/// The serializers that surely take data in: those that code calls with `data`, and those of views
/// that write and do not choose among several.
pub(super) fn written(modules: &Modules, own: &[ModuleId]) -> FxHashSet<ClassRef> {
    let found: Vec<Vec<ClassRef>> = own
        .par_iter()
        .map(|&module| of_module(modules, module))
        .collect();
    found.into_iter().flatten().collect()
}

fn of_module(modules: &Modules, module: ModuleId) -> Vec<ClassRef> {
    let facts = modules.facts(module);
    let mut found = Vec::new();
    if modules.is_test(module) {
        return found;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        let calls = body.exprs().filter_map(ExprRef::as_call);
        let with_data = calls.filter(|call| call.keyword("data").is_some());
        found.extend(with_data.filter_map(|call| class(modules, module, call.callee)));
    }
    for id in facts.class_ids() {
        let view = ClassRef { module, class: id };
        let body = modules.class_body(view);
        let Some(BindingKind::Value(value)) =
            body.binding("serializer_class").map(|binding| binding.kind)
        else {
            continue;
        };
        if writes(modules, view) {
            found.extend(class(modules, module, body.expr(value)));
        }
    }
    found
}

fn class(modules: &Modules, module: ModuleId, expr: ExprRef<'_>) -> Option<ClassRef> {
    let name = expr.head().map(|head| expr.facts().text(head))?;
    let found = match expr.as_name() {
        Some(_) => modules.resolve_in(module, expr.body.id, name),
        None => modules.resolve_expr(module, expr),
    };
    match found {
        Definition::Class(class) => Some(class),
        _ => None,
    }
}

fn writes(modules: &Modules, view: ClassRef) -> bool {
    let mro = modules.mro(view);
    let mut writes = false;
    for ancestor in &mro.ancestors {
        match ancestor {
            Ancestor::Class(class)
                if modules.get(class.module).name.starts_with("rest_framework") =>
            {
                writes |= WRITING.contains(&modules.class_name(*class));
            }
            Ancestor::Class(class) => {
                let body = modules.class_body(*class);
                let decides = [
                    "get_serializer_class",
                    "get_serializer",
                    "http_method_names",
                ];
                if decides.iter().any(|name| body.binding(name).is_some()) {
                    return false;
                }
            }
            Ancestor::External(name) => {
                let class = name.rsplit('.').next().unwrap_or(name);
                writes |= name.starts_with("rest_framework.") && WRITING.contains(&class);
            }
            Ancestor::Unknown => {}
        }
    }
    writes
}
