//! taggit: the generic relation that a tag field brings along.

use super::{Builder, arguments, has_ancestor, made_field};
use crate::constant::Constant;
use crate::models::{FieldKind, Model};
use crate::modules::{ClassRef, Definition};

/// Tags that are attached through a generic foreign key can also be reached as `tagged_items`.
pub(super) fn add_tagged_items(builder: &Builder<'_>, model: &mut Model) {
    let tags = model
        .fields
        .iter()
        .filter(|field| field.kind == FieldKind::Tags);
    let through = tags.filter_map(|field| match field.argument("through") {
        None | Some(Constant::None) => Some(Constant::Str("taggit.TaggedItem".into())),
        Some(through) => is_generic(builder, through, &model.app_label).then(|| through.clone()),
    });
    let Some(through) = through.last() else {
        return;
    };
    let name = "tagged_items";
    model.private_fields.retain(|field| &*field.name != name);
    model.private_fields.push(made_field(
        builder,
        name,
        "django.contrib.contenttypes.fields.GenericRelation",
        arguments(&[("to", through)]),
    ));
}

fn is_generic(builder: &Builder<'_>, through: &Constant, app_label: &str) -> bool {
    let class = match through {
        Constant::Class(class) => Some(*class),
        Constant::Str(label) => class_of_label(builder, label, app_label),
        _ => None,
    };
    class.is_some_and(|class| {
        has_ancestor(
            builder.modules,
            class,
            "taggit.models",
            "CommonGenericTaggedItemBase",
        )
    })
}

/// The class that a label names, told from its app's models module: it may not be a model yet.
fn class_of_label(builder: &Builder<'_>, label: &str, app_label: &str) -> Option<ClassRef> {
    let (app, name) = label.rsplit_once('.').unwrap_or((app_label, label));
    let models = builder.apps.by_label(app)?.models_module?;
    match builder.modules.member(models, name) {
        Definition::Class(class) => Some(class),
        _ => None,
    }
}
