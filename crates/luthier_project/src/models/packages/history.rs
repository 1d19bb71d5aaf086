//! `simple_history`: a model beside each tracked one that keeps every former state of its rows.

use std::sync::Arc;

use super::{Builder, arguments, has_ancestor, made_field, made_model, own_contributions};
use crate::constant::Constant;
use crate::facts::{CallRef, Expr};
use crate::models::declare::Contribution;
use crate::models::evaluate::{Evaluator, Scope};
use crate::models::{Field, FieldKind, Meta, Model, ModelId};
use crate::modules::{Definition, ModuleId, ValueRef};

const CHAR: &str = "django.db.models.fields.CharField";

/// Adds the historical model of a tracked model.
pub(super) fn add_history(builder: &mut Builder<'_>, id: ModelId) {
    let Some(records) = records(builder, id) else {
        return;
    };
    let tracked = builder.graph.get(id);
    if tracked.is_proxy {
        return;
    }
    let Some(call) = builder.modules.value(records.value).as_call() else {
        return;
    };
    let evaluator = builder.evaluator;
    let module = records.value.module;
    let option = |name: &str| {
        let value = call.keyword(name)?;
        Some(evaluator.value(module, value))
    };
    let Some(name) = history_name(evaluator, module, call, &tracked.name) else {
        return;
    };
    let excluded: Vec<Arc<str>> = match option("excluded_fields") {
        Some(Constant::List(names)) => names
            .iter()
            .filter_map(|name| name.as_str().map(Arc::from))
            .collect(),
        _ => Vec::new(),
    };
    let concrete = builder.graph.fields(id).into_iter().map(|(_, field)| field);
    let kept = concrete
        .filter(|field| field.kind.has_column() == Some(true) && !excluded.contains(&field.name));
    let mut fields: Vec<Field> = kept.map(|field| copied(builder, tracked, field)).collect();
    fields.extend(extra_fields(builder, tracked, call, records.value));
    let app_label = match option("app") {
        Some(Constant::Str(app)) => app,
        _ => Arc::clone(&tracked.app_label),
    };
    let mut meta = Meta::default();
    let text = |text: &str| Constant::Str(text.into());
    meta.set(
        "ordering",
        Constant::List(vec![text("-history_date"), text("-history_id")]),
    );
    let inherited = builder.graph.get(id).class.map(|class| class.module) != Some(module);
    if let (false, Some(Constant::Str(table))) = (inherited, option("table_name")) {
        meta.set("db_table", Constant::Str(table));
    }
    let historical = Model {
        is_registered: tracked.is_registered,
        is_open: tracked.is_open
            || call.keyword("bases").is_some()
            || makes_otherwise(builder, &records),
        fields,
        pk: Some("history_id".into()),
        meta,
        ..made_model(builder, app_label, name.into(), tracked.module)
    };
    builder.graph.add(historical);
}

/// The `HistoricalRecords` of a model: its own, or an inherited one that is handed down.
fn records(builder: &Builder<'_>, id: ModelId) -> Option<Contribution> {
    let is_records =
        |contribution: &Contribution| match builder.modules.lookup(&contribution.callee) {
            Definition::Class(class) => has_ancestor(
                builder.modules,
                class,
                "simple_history.",
                "HistoricalRecords",
            ),
            _ => {
                contribution.callee.starts_with("simple_history.")
                    && contribution.callee.ends_with(".HistoricalRecords")
            }
        };
    let own = own_contributions(builder, id).into_iter().find(is_records);
    if own.is_some() {
        return own;
    }
    let class = builder.graph.get(id).class?;
    let mro = builder.modules.mro(class);
    let mut bases = mro
        .classes()
        .skip(1)
        .filter_map(|class| builder.graph.by_class(*class));
    bases.find_map(|base| {
        let records = own_contributions(builder, base)
            .into_iter()
            .find(is_records)?;
        let call = builder.modules.value(records.value).as_call()?;
        let inherit = builder
            .evaluator
            .value(records.value.module, call.keyword("inherit")?);
        (inherit.truth() == Some(true)).then_some(records)
    })
}

/// Whether a class of the project's own decides what the historical model has (`HistoricalRecords` of
/// `simple_history` 3.x).
fn makes_otherwise(builder: &Builder<'_>, records: &Contribution) -> bool {
    const DECIDES: &[&str] = &[
        "__init__",
        "copy_fields",
        "create_history_model",
        "fields_included",
        "get_change_reason_field",
        "get_extra_fields",
        "get_meta_options",
        "transform_field",
    ];
    let modules = builder.modules;
    let Definition::Class(class) = modules.lookup(&records.callee) else {
        return false;
    };
    let mro = modules.mro(class);
    let mut own = mro
        .classes()
        .filter(|class| modules.is_repository(class.module));
    own.any(|class| {
        let body = modules.class_body(*class);
        DECIDES.iter().any(|name| body.binding(name).is_some())
    })
}

/// The one name that a `custom_model_name` function takes.
struct Given<'n> {
    parameter: &'n str,
    name: &'n str,
}

impl Scope for Given<'_> {
    fn name(&self, name: &str) -> Option<Constant> {
        (name == self.parameter).then(|| Constant::Str(self.name.into()))
    }
}

fn history_name(
    evaluator: Evaluator<'_>,
    module: ModuleId,
    call: CallRef<'_>,
    tracked: &str,
) -> Option<String> {
    let Some(custom) = call.keyword("custom_model_name") else {
        return Some(format!("Historical{tracked}"));
    };
    if let Expr::Lambda(function) = custom.kind() {
        let facts = evaluator.modules.facts(module);
        let lambda = facts.function(function);
        let parameter = facts.text(lambda.params.first()?.name);
        let body = facts.body(lambda.body);
        let returned = body
            .statements()
            .find_map(|statement| match statement.kind() {
                crate::facts::Stmt::Return(Some(value)) => Some(body.expr(value)),
                _ => None,
            })?;
        let given = Given {
            parameter,
            name: tracked,
        };
        let name = evaluator.value_in(module, returned, &given);
        return name.as_str().map(str::to_owned);
    }
    let custom = evaluator
        .modules
        .facts(module)
        .body(custom.body.id)
        .expr(custom.id);
    evaluator.value(module, custom).as_str().map(str::to_owned)
}

/// A field as history keeps it: no constraints, no files, no numbering of its own.
fn copied(builder: &Builder<'_>, tracked: &Model, field: &Field) -> Field {
    let mut kept = (*field.arguments).clone();
    if field.kind.is_foreign_key() {
        if field.argument("to").and_then(Constant::as_str) == Some("self")
            && let Some(class) = tracked.class
        {
            kept.set("to", Constant::Class(class));
        }
        kept.keywords
            .retain(|(name, _)| !matches!(&**name, "related_query_name" | "parent_link"));
        kept.set("related_name", Constant::Str("+".into()));
        for (name, value) in [
            ("null", true),
            ("blank", true),
            ("primary_key", false),
            ("db_index", true),
            ("unique", false),
        ] {
            kept.set(name, Constant::Bool(value));
        }
        let is_one_to_one = field.kind == FieldKind::OneToOne;
        let dotted: &str = if is_one_to_one {
            "django.db.models.fields.related.ForeignKey"
        } else {
            &field.class.dotted
        };
        let mut copy = field.clone();
        copy.is_automatic = false;
        // What its call says of `on_delete` and constraints is not what the copy has.
        copy.value = None;
        if is_one_to_one {
            let plain = made_field(builder, &field.name, dotted, arguments(&[]));
            copy.kind = plain.kind;
            copy.class = plain.class;
        }
        copy.arguments = Arc::new(kept);
        return copy;
    }
    let is_key = field.primary_key() == Some(true) || field.unique() == Some(true);
    let other = match field.kind {
        FieldKind::Auto | FieldKind::SmallAuto | FieldKind::OrderWrt => {
            Some("django.db.models.fields.IntegerField")
        }
        FieldKind::BigAuto => Some("django.db.models.fields.BigIntegerField"),
        FieldKind::File | FieldKind::Image => Some("django.db.models.fields.TextField"),
        _ => None,
    };
    let was_set_by_itself = field.is_set_by_itself() == Some(true);
    if is_key {
        for (name, value) in [
            ("primary_key", false),
            ("unique", false),
            ("db_index", true),
        ] {
            kept.set(name, Constant::Bool(value));
        }
    }
    if field.kind.is_auto() {
        kept.set("blank", Constant::Bool(true));
    }
    if was_set_by_itself {
        kept.set("blank", Constant::Bool(true));
        kept.set("editable", Constant::Bool(false));
    }
    kept.keywords
        .retain(|(name, _)| !matches!(&**name, "auto_now" | "auto_now_add"));
    if let Some(length) = field.class.max_length
        && kept.get("max_length").is_none()
    {
        kept.set("max_length", Constant::Int(length));
    }
    let mut copy = match other {
        Some(dotted) => Field {
            // Files are kept as texts, or as settings have it.
            value: field.value.filter(|_| field.kind.is_auto()),
            ..made_field(builder, &field.name, dotted, arguments(&[]))
        },
        None => field.clone(),
    };
    copy.is_automatic = false;
    copy.arguments = Arc::new(kept);
    copy
}

/// The columns that say when, by whom, how and why a row changed.
fn extra_fields(
    builder: &Builder<'_>,
    tracked: &Model,
    call: CallRef<'_>,
    place: ValueRef,
) -> Vec<Field> {
    let null = ("null", Constant::Bool(true));
    let setting = |name: &str| builder.configured.get(name).and_then(Constant::truth) == Some(true);
    let mut fields = Vec::new();
    let key = ("primary_key", Constant::Bool(true));
    let given = |name: &str| {
        let class = tracked.class?;
        let value = call.keyword(name)?;
        let mut made = super::Declarations::default();
        let declarer = super::Declarer {
            evaluator: builder.evaluator,
            classes: &builder.classes,
        };
        declarer.value(
            class,
            name,
            place.module,
            value.body.id,
            value.id,
            &mut made,
        );
        made.fields.pop()
    };
    fields.push(match given("history_id_field") {
        Some(mut field) => {
            field.name = "history_id".into();
            let mut with_key = (*field.arguments).clone();
            with_key.set("primary_key", Constant::Bool(true));
            with_key.set("editable", Constant::Bool(false));
            field.arguments = Arc::new(with_key);
            field
        }
        None if setting("SIMPLE_HISTORY_HISTORY_ID_USE_UUID") => made_field(
            builder,
            "history_id",
            "django.db.models.fields.UUIDField",
            arguments(&[
                key,
                ("editable", Constant::Bool(false)),
                ("default", Constant::External("uuid.uuid4".into())),
            ]),
        ),
        None => made_field(
            builder,
            "history_id",
            "django.db.models.fields.AutoField",
            arguments(&[key]),
        ),
    });
    let dates_are_plain = matches!(
        builder.configured.get("SIMPLE_HISTORY_DATE_INDEX"),
        Some(Constant::Bool(false) | Constant::Str(_))
    );
    fields.push(made_field(
        builder,
        "history_date",
        "django.db.models.fields.DateTimeField",
        arguments(&[("db_index", Constant::Bool(!dates_are_plain))]),
    ));
    fields.push(match given("history_change_reason_field") {
        Some(mut field) => {
            field.name = "history_change_reason".into();
            field
        }
        None if setting("SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD") => made_field(
            builder,
            "history_change_reason",
            "django.db.models.fields.TextField",
            arguments(std::slice::from_ref(&null)),
        ),
        None => made_field(
            builder,
            "history_change_reason",
            CHAR,
            arguments(&[("max_length", Constant::Int(100)), null.clone()]),
        ),
    });
    fields.push(made_field(
        builder,
        "history_type",
        CHAR,
        arguments(&[
            ("max_length", Constant::Int(1)),
            ("choices", Constant::List(vec![Constant::Unknown])),
        ]),
    ));
    let named = |name: &str| {
        call.keyword(name)
            .and_then(|value| value.as_str())
            .map(|text| Constant::Str(text.into()))
    };
    let foreign_key = "django.db.models.fields.related.ForeignKey";
    if let (Some(name), Some(class)) = (named("related_name"), tracked.class) {
        let to = ("to", Constant::Class(class));
        let relation = arguments(&[to, ("related_name", name)]);
        fields.push(made_field(
            builder,
            "history_relation",
            foreign_key,
            relation,
        ));
    }
    if call.keyword("history_user_id_field").is_none() {
        let user = match call.keyword("user_model") {
            Some(_) => Constant::Unknown,
            None => builder.configured.value("AUTH_USER_MODEL"),
        };
        let related_name = named("user_related_name").unwrap_or(Constant::Str("+".into()));
        let relation = arguments(&[("to", user), null, ("related_name", related_name)]);
        fields.push(made_field(builder, "history_user", foreign_key, relation));
    }
    fields
}
