//! modelsearch, also as part of Wagtail: each indexed model can be asked for its index entries.

use super::{Builder, arguments, has_ancestor, made_field};
use crate::constant::Constant;
use crate::models::{FieldKind, ModelId};
use crate::modules::Definition;

/// The index entries, by the app that makes a model of them.
const ENTRIES: &[&str] = &["wagtailsearch.IndexEntry", "modelsearch.IndexEntry"];

/// Adds a generic relation to the entries to every indexed model, as the app's start does.
pub(super) fn add_index_entries(builder: &mut Builder<'_>) {
    let Some(&entries) = ENTRIES
        .iter()
        .find(|label| builder.graph.by_label(label).is_some())
    else {
        return;
    };
    let indexed: Vec<ModelId> = builder
        .graph
        .registered()
        .filter(|(_, model)| {
            model.class.is_some_and(|class| {
                has_ancestor(builder.modules, class, "modelsearch.index", "Indexed")
                    && has_search_fields(builder, class)
            })
        })
        .map(|(id, _)| id)
        .collect();
    let dotted = ["modelsearch.abstract_models.TextIDGenericRelation"];
    let is_there = |name: &&str| matches!(builder.modules.lookup(name), Definition::Class(_));
    let class = dotted
        .into_iter()
        .find(is_there)
        .unwrap_or("django.contrib.contenttypes.fields.GenericRelation");
    for id in indexed {
        let to = arguments(&[("to", Constant::Str(entries.into()))]);
        let field = made_field(builder, "index_entries", class, to);
        debug_assert_eq!(field.kind, FieldKind::GenericRelation);
        builder.graph.get_mut(id).private_fields.push(field);
    }
}

/// Whether a class lists something to search; the mixin's own list is empty.
fn has_search_fields(builder: &Builder<'_>, class: crate::modules::ClassRef) -> bool {
    match builder.modules.class_member(class, "search_fields") {
        Definition::Value(value) => {
            let listed = builder
                .evaluator
                .value(value.module, builder.modules.value(value));
            listed.truth() != Some(false)
        }
        _ => false,
    }
}
