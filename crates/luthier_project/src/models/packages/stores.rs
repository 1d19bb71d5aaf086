//! hierarkey: a model of keys and values beside each class that its decorators are put on.

use std::sync::Arc;

use super::{Builder, arguments, made_field, made_model};
use crate::constant::Constant;
use crate::models::{Field, Meta, Model};
use crate::modules::{ClassRef, Definition, ModuleId};

/// Adds the stores of one loaded module's classes.
pub(super) fn add_stores(builder: &mut Builder<'_>, module: ModuleId) {
    let facts = builder.modules.facts(module);
    for class in facts.class_ids() {
        let class = ClassRef { module, class };
        let declared = facts.class(class.class);
        let scope = facts.body(declared.scope);
        for &decorator in &declared.decorators {
            let Some((owner, method)) = scope
                .expr(decorator)
                .as_call()
                .and_then(|call| call.callee.as_attribute())
            else {
                continue;
            };
            let Definition::Value(store) = builder.modules.resolve_expr(module, owner) else {
                continue;
            };
            if let Some(attribute) = attribute_name(builder, store) {
                add_store(builder, class, method, &attribute);
            }
        }
    }
}

/// The attribute under which a `Hierarkey(...)` puts its stores.
fn attribute_name(builder: &Builder<'_>, store: crate::modules::ValueRef) -> Option<Arc<str>> {
    let call = builder.modules.value(store).as_call()?;
    let callee = builder.modules.qualified_expr(store.module, call.callee)?;
    if callee != "hierarkey.models.Hierarkey" {
        return None;
    }
    let name = call.argument(0, "attribute_name")?;
    Some(builder.evaluator.value(store.module, name).as_str()?.into())
}

fn add_store(builder: &mut Builder<'_>, class: ClassRef, method: &str, attribute: &str) {
    let owner = builder.graph.by_class(class);
    let text = |text: &str| Constant::Str(text.into());
    let (unique, key) = match (method, owner) {
        ("add", Some(_)) => {
            let key = made_field(
                builder,
                "object",
                "django.db.models.fields.related.ForeignKey",
                arguments(&[
                    ("to", Constant::Class(class)),
                    ("related_name", text(&format!("_{attribute}_objects"))),
                ]),
            );
            (vec![text("object"), text("key")], Some(key))
        }
        ("set_global", None) => (vec![text("key")], None),
        _ => return,
    };
    let modules = builder.modules;
    let app = builder.apps.containing(&modules.get(class.module).name);
    let (app_label, is_registered) = match owner.map(|owner| builder.graph.get(owner)) {
        Some(owner) => (Arc::clone(&owner.app_label), owner.is_registered),
        None => match app {
            Some(app) => (Arc::clone(&app.label), true),
            None => return,
        },
    };
    let char_field = "django.db.models.fields.CharField";
    let length = arguments(&[("max_length", Constant::Int(255))]);
    let mut fields: Vec<Field> = vec![
        builder.automatic_key(&app_label),
        made_field(builder, "key", char_field, length),
        made_field(
            builder,
            "value",
            "django.db.models.fields.TextField",
            arguments(&[]),
        ),
    ];
    fields.extend(key);
    let mut meta = Meta::default();
    meta.set(
        "unique_together",
        Constant::List(vec![Constant::List(unique)]),
    );
    let name: Arc<str> = format!("{}_{}Store", modules.class_name(class), title(attribute)).into();
    builder.graph.add(Model {
        is_registered,
        fields,
        meta,
        ..made_model(builder, app_label, name, class.module)
    });
}

/// Python's `str.title`: a letter after anything that is no letter is a capital.
fn title(text: &str) -> String {
    let mut is_within = false;
    let mut titled = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_within {
            titled.extend(letter.to_lowercase());
        } else {
            titled.extend(letter.to_uppercase());
        }
        is_within = letter.is_alphabetic();
    }
    titled
}
