//! parler and modeltranslation: the same text in several languages.

use std::sync::Arc;

use super::{Builder, Contribution, arguments, fields_of_call, made_field, made_model};
use crate::constant::Constant;
use crate::facts::{CallRef, ExprRef};
use crate::models::{Field, FieldClass, FieldKind, Meta, Model, ModelId};
use crate::modules::{Definition, ModuleId};

/// parler's `TranslatedFields`: a model of its own for the translated fields.
pub(super) fn add_translated_fields(
    builder: &mut Builder<'_>,
    id: ModelId,
    contribution: &Contribution,
) {
    let is_translated = contribution.callee.starts_with("parler.")
        && contribution.callee.ends_with(".TranslatedFields");
    let modules = builder.modules;
    let (true, Some(call)) = (is_translated, modules.value(contribution.value).as_call()) else {
        return;
    };
    let Some(class) = builder.graph.get(id).class else {
        return;
    };
    let mut fields = fields_of_call(builder, class, contribution.value.module, call);
    fields.retain(|field| &*field.name != "meta");
    if let Definition::Class(base) = modules.lookup("parler.models.TranslatedFieldsModel")
        && let Some(base) = builder.class(base, true)
    {
        fields.extend(builder.graph.get(base).fields.iter().cloned());
    }
    let shared = builder.graph.get(id);
    let master = arguments(&[
        ("to", Constant::Class(class)),
        (
            "related_name",
            Constant::Str(Arc::clone(&contribution.name)),
        ),
        ("editable", Constant::Bool(false)),
        ("null", Constant::Bool(true)),
    ]);
    fields.push(made_field(
        builder,
        "master",
        "parler.fields.TranslationsForeignKey",
        master,
    ));
    fields.insert(0, builder.automatic_key(&shared.app_label));
    let mut meta = Meta::default();
    let given = call
        .keyword("meta")
        .map(|given| builder.evaluator.value(contribution.value.module, given));
    if let Some(Constant::Dict(entries)) = given {
        for (name, value) in entries {
            meta.set(&name, value);
        }
    }
    let shared_table = shared.meta.get("db_table").cloned().unwrap_or_else(|| {
        let table = format!("{}_{}", shared.app_label, shared.name.to_lowercase());
        Constant::Str(table.into())
    });
    if let (None, Constant::Str(table)) = (meta.get("db_table"), shared_table) {
        meta.set(
            "db_table",
            Constant::Str(format!("{table}_translation").into()),
        );
    }
    let name: Arc<str> = format!("{}Translation", shared.name).into();
    let translation = Model {
        is_registered: shared.is_registered,
        fields,
        meta,
        ..made_model(builder, Arc::clone(&shared.app_label), name, shared.module)
    };
    builder.graph.add(translation);
}

/// modeltranslation: a field for each language beside each registered one.
pub(super) fn add_language_fields(builder: &mut Builder<'_>) {
    if builder.apps.by_name("modeltranslation").is_none() {
        return;
    }
    let languages = languages(builder);
    let mut additions: Vec<(ModelId, Vec<Field>)> = Vec::new();
    for app in builder.apps.iter() {
        let Some(module) = builder.modules.find(&format!("{}.translation", app.name)) else {
            continue;
        };
        for (model, names) in registered(builder, module) {
            let fields = names.iter().filter_map(|name| {
                let (owner, field) = builder.graph.field(model, name)?;
                (owner == model).then_some(field)
            });
            let copies = fields.flat_map(|field| {
                languages
                    .iter()
                    .map(|language| in_language(builder.graph.get(model), field, language))
            });
            let copies: Vec<Field> = copies.collect();
            additions.push((model, copies));
        }
    }
    for (model, fields) in additions {
        builder.graph.get_mut(model).fields.extend(fields);
    }
}

/// Codes of the languages, as field names have them.
fn languages(builder: &Builder<'_>) -> Vec<String> {
    let code = |item: &Constant| match item {
        Constant::Str(code) => Some(code.replace('-', "_").to_lowercase()),
        Constant::List(pair) => pair
            .first()?
            .as_str()
            .map(|code| code.replace('-', "_").to_lowercase()),
        _ => None,
    };
    let named = ["MODELTRANSLATION_LANGUAGES", "LANGUAGES"];
    let lists = named
        .iter()
        .filter_map(|name| match builder.configured.get(name) {
            Some(Constant::List(items)) if !items.is_empty() => Some(items),
            _ => None,
        });
    let items = lists.into_iter().next();
    items
        .map(|items| items.iter().filter_map(code).collect())
        .unwrap_or_default()
}

/// The models that a `translation` module registers, with the names of their translated fields.
fn registered(builder: &Builder<'_>, module: ModuleId) -> Vec<(ModelId, Vec<Arc<str>>)> {
    let facts = builder.modules.facts(module);
    let mut found = Vec::new();
    let mut add = |model: ExprRef<'_>, options: Definition| {
        let model = match builder.modules.resolve_expr(module, model) {
            Definition::Class(class) => builder.graph.by_class(class),
            _ => None,
        };
        if let (Some(model), Definition::Class(options)) = (model, options)
            && let Definition::Value(value) = builder.modules.class_member(options, "fields")
        {
            let names = builder
                .evaluator
                .value(value.module, builder.modules.value(value));
            if let Constant::List(names) = names {
                let names = names.iter().filter_map(|name| name.as_str().map(Arc::from));
                found.push((model, names.collect()));
            }
        }
    };
    let is_register = |call: CallRef<'_>| {
        let callee = call.callee.dotted().unwrap_or_default();
        callee == "register" || callee.ends_with(".register")
    };
    for id in facts.class_ids() {
        let class = facts.class(id);
        let scope = facts.body(class.scope);
        for &decorator in &class.decorators {
            let call = scope
                .expr(decorator)
                .as_call()
                .filter(|call| is_register(*call));
            for model in call.into_iter().flat_map(CallRef::positional) {
                let options = crate::modules::ClassRef { module, class: id };
                add(model, Definition::Class(options));
            }
        }
    }
    for statement in facts.module().statements() {
        let crate::facts::Stmt::Expr(expr) = statement.kind() else {
            continue;
        };
        let call = facts
            .module()
            .expr(expr)
            .as_call()
            .filter(|call| is_register(*call));
        if let Some(call) = call
            && let (Some(model), Some(options)) =
                (call.argument(0, "model"), call.argument(1, "opts"))
        {
            add(model, builder.modules.resolve_expr(module, options));
        }
    }
    found
}

/// A field's copy for one language: it may be empty, and its way back is told apart.
fn in_language(model: &Model, field: &Field, language: &str) -> Field {
    let mut copy = field.clone();
    copy.name = format!("{}_{language}", field.name).into();
    let mut kept = (*field.arguments).clone();
    for name in ["null", "blank"] {
        kept.set(name, Constant::Bool(true));
    }
    kept.keywords.retain(|(name, _)| &**name != "name");
    let mut internal_type = field.class.internal_type.clone();
    if field.kind.is_relation() {
        let class = model.name.to_lowercase();
        let own = |name: &str| kept.get(name).and_then(Constant::as_str).map(str::to_owned);
        let related_name = own("related_name").unwrap_or_else(|| match field.kind {
            FieldKind::OneToOne => class.clone(),
            _ => format!("{class}_set"),
        });
        let query_name = own("related_query_name").or_else(|| own("related_name"));
        let query_name = query_name.unwrap_or(class);
        let text = |name: String| Constant::Str(format!("{name}_{language}").into());
        if !related_name.ends_with('+') {
            kept.set("related_name", text(related_name));
            kept.set("related_query_name", text(query_name));
        }
        internal_type = Some(match field.kind {
            FieldKind::OneToOne => "TranslationOneToOneField".into(),
            FieldKind::ManyToMany => "TranslationManyToManyField".into(),
            _ => "TranslationForeignKey".into(),
        });
    }
    copy.class = Arc::new(FieldClass {
        dotted: "modeltranslation.fields.field_factory.<locals>.TranslationFieldSpecific".into(),
        class: None,
        internal_type,
        names_relations: false,
        adds_fields: false,
        reads_itself: false,
        max_length: field.class.max_length,
    });
    copy.arguments = Arc::new(kept);
    copy
}
