//! mptt: four numbers that say where in its tree a row stands.

use std::sync::Arc;

use super::{Builder, arguments, has_ancestor, made_field};
use crate::constant::Constant;
use crate::models::Model;
use crate::modules::{ClassRef, Definition};

/// Each number's option in `MPTTMeta`, and the name it has otherwise.
const NUMBERS: [(&str, &str); 4] = [
    ("left_attr", "lft"),
    ("right_attr", "rght"),
    ("tree_id_attr", "tree_id"),
    ("level_attr", "level"),
];

/// The model at the root of its tables gets the numbers; its children have them from it.
pub(super) fn add_tree_fields(builder: &Builder<'_>, model: &mut Model, class: ClassRef) {
    let modules = builder.modules;
    if !has_ancestor(modules, class, "mptt.models", "MPTTModel") {
        return;
    }
    let inherits_tree = model.parents.iter().any(|parent| {
        let parent = builder.graph.get(parent.model);
        parent
            .class
            .is_some_and(|class| has_ancestor(modules, class, "mptt.models", "MPTTModel"))
    });
    if inherits_tree {
        return;
    }
    for (option, usual) in NUMBERS {
        let name = chosen_name(builder, class, option).unwrap_or_else(|| usual.into());
        if model.fields.iter().any(|field| field.name == name) {
            continue;
        }
        let is_indexed = option == "tree_id_attr";
        let field = made_field(
            builder,
            &name,
            "django.db.models.fields.PositiveIntegerField",
            arguments(&[
                ("db_index", Constant::Bool(is_indexed)),
                ("editable", Constant::Bool(false)),
            ]),
        );
        model.fields.push(field);
    }
}

/// What `MPTTMeta` of the class, or of the nearest base that says it, calls a number.
fn chosen_name(builder: &Builder<'_>, class: ClassRef, option: &str) -> Option<Arc<str>> {
    let modules = builder.modules;
    for &ancestor in modules.mro(class).classes() {
        if modules.class_body(ancestor).binding("MPTTMeta").is_none() {
            continue;
        }
        let Definition::Class(meta) = modules.class_member(ancestor, "MPTTMeta") else {
            continue;
        };
        if let Definition::Value(value) = modules.class_member(meta, option) {
            let value = builder.evaluator.value(value.module, modules.value(value));
            if let Constant::Str(name) = value {
                return Some(name);
            }
        }
    }
    None
}
