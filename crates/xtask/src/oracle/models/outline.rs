//! luthier's model graph in the words of `oracle/models/dump.py`. What luthier says it does not
//! know is left out.

use luthier_project::apps::Apps;
use luthier_project::constant::Constant;
use luthier_project::models::{
    Field, FieldKind, Model, ModelGraph, ModelId, Number, Open, Reverse, Target,
};
use serde_json::{Map, Value, json};

type Entry = Map<String, Value>;

/// The graph, ready to be written down.
pub(super) struct Outline<'a> {
    pub(super) apps: &'a Apps,
    pub(super) graph: &'a ModelGraph,
}

impl Outline<'_> {
    pub(super) fn apps(&self) -> Vec<Entry> {
        let entry = |app: &luthier_project::apps::App| {
            let mut entry = Entry::new();
            entry.insert("name".into(), json!(*app.name));
            entry.insert("label".into(), json!(*app.label));
            entry
        };
        self.apps.iter().map(entry).collect()
    }

    pub(super) fn models(&self) -> Vec<Entry> {
        let registered = self.graph.registered();
        registered
            .map(|(id, model)| self.model(id, model))
            .collect()
    }

    fn model(&self, id: ModelId, model: &Model) -> Entry {
        let mut entry = Entry::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                entry.insert(name.to_owned(), value);
            }
        };
        put("label", Some(json!(*model.label)));
        put("proxy", Some(json!(model.is_proxy)));
        put("managed", Some(json!(model.is_managed())));
        put("auto_created", Some(json!(model.made_by.is_some())));
        put("swapped", Some(json!(model.swapped_for.as_deref())));
        put(
            "db_table",
            model.db_table.as_deref().map(|table| json!(table)),
        );
        put(
            "concrete",
            Some(json!(*self.graph.get(model.concrete).label)),
        );
        put("parents", Some(self.parents(model)));
        put("pk", model.pk.as_deref().map(|pk| json!(pk)));
        put("ordering", ordering(model));
        put("unique_together", unique_together(model));
        let managers = model
            .managers
            .iter()
            .map(|manager| Some(json!([*manager.name, **manager.class.as_ref()?])));
        put("managers", managers.collect());
        put(
            "default_manager",
            Some(json!(model.default_manager.as_deref())),
        );
        let mut fields: Vec<Entry> = Vec::new();
        for (owner, field) in self.graph.fields(id) {
            fields.push(self.field(owner, field));
        }
        for reverse in self.graph.reverse(id) {
            fields.push(self.reverse(reverse));
        }
        put("fields", Some(json!(fields)));
        entry
    }

    fn parents(&self, model: &Model) -> Value {
        let mut parents: Vec<Value> = model
            .parents
            .iter()
            .map(|parent| json!([*self.graph.get(parent.model).label, parent.link.as_deref()]))
            .collect();
        parents.sort_by_key(ToString::to_string);
        json!(parents)
    }

    fn target(&self, target: &Target) -> Option<Value> {
        match target {
            Target::Model(id) => Some(json!(*self.graph.get(*id).label)),
            Target::Missing(label) => Some(json!(**label)),
            Target::Unknown => None,
        }
    }

    fn field(&self, owner: ModelId, field: &Field) -> Entry {
        let mut entry = Entry::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                entry.insert(name.to_owned(), value);
            }
        };
        put("name", Some(json!(*field.name)));
        put("reverse", Some(json!(false)));
        put("class", Some(json!(*field.class.dotted)));
        put("owner", Some(json!(*self.graph.get(owner).label)));
        if field.kind == FieldKind::GenericForeignKey {
            return entry;
        }
        put(
            "internal_type",
            field.class.internal_type.as_deref().map(|name| json!(name)),
        );
        put("attname", Some(json!(*field.attname())));
        if field.kind.has_column() == Some(true) {
            put("column", field.column().map(|column| json!(*column)));
        }
        let flags: [(&str, Open<bool>); 9] = [
            ("null", field.null()),
            ("blank", field.blank()),
            ("unique", field.unique()),
            ("primary_key", field.primary_key()),
            ("db_index", field.db_index()),
            ("editable", field.editable()),
            ("has_default", field.has_default()),
            ("has_db_default", field.has_db_default()),
            ("has_choices", field.has_choices()),
        ];
        for (name, value) in flags {
            put(name, value.map(|value| json!(value)));
        }
        for name in ["max_length", "max_digits", "decimal_places"] {
            let is_expected = name == "max_length" || field.kind == FieldKind::Decimal;
            match field.number(name).filter(|_| is_expected) {
                Some(Number::Is(value)) => put(name, Some(json!(value))),
                Some(Number::Absent) => put(name, Some(Value::Null)),
                None => {}
            }
        }
        match field.relation() {
            None => put("to", Some(Value::Null)),
            Some(relation) => {
                put("to", self.target(&relation.to));
                put("remote", self.remote(owner, field));
            }
        }
        entry
    }

    fn remote(&self, owner: ModelId, field: &Field) -> Option<Value> {
        let relation = field.relation()?;
        let mut remote = Entry::new();
        if relation.is_named {
            let accessor = self
                .graph
                .accessor_name(owner, field)
                .filter(|name| !name.ends_with('+'));
            remote.insert("hidden".into(), json!(relation.is_hidden()));
            remote.insert("accessor".into(), json!(accessor.as_deref()));
            let query_name = self.graph.query_name_of(owner, field)?;
            remote.insert("query_name".into(), json!(*query_name));
        }
        remote.insert("parent_link".into(), json!(relation.is_parent_link));
        match &relation.through {
            None => {
                remote.insert("through".into(), Value::Null);
            }
            Some(through) => {
                if let Some(through) = self.target(through) {
                    remote.insert("through".into(), through);
                }
            }
        }
        Some(Value::Object(remote))
    }

    fn reverse(&self, reverse: &Reverse) -> Entry {
        let field = self.graph.field_of(reverse);
        let relation = self.graph.relation_of(reverse);
        let mut entry = Entry::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                entry.insert(name.to_owned(), value);
            }
        };
        put("reverse", Some(json!(true)));
        put("to", Some(json!(*self.graph.get(reverse.from).label)));
        put("remote_field", Some(json!(*field.name)));
        let class = match field.kind {
            FieldKind::ForeignKey => "django.db.models.fields.reverse_related.ManyToOneRel",
            FieldKind::OneToOne => "django.db.models.fields.reverse_related.OneToOneRel",
            FieldKind::ManyToMany | FieldKind::Tags => {
                "django.db.models.fields.reverse_related.ManyToManyRel"
            }
            FieldKind::ForeignObject => "django.db.models.fields.reverse_related.ForeignObjectRel",
            _ => "django.contrib.contenttypes.fields.GenericRel",
        };
        put("class", Some(json!(class)));
        put("multiple", Some(json!(field.kind != FieldKind::OneToOne)));
        put("parent_link", Some(json!(relation.is_parent_link)));
        if relation.is_named {
            let accessor = self.graph.accessor_name(reverse.from, field);
            put(
                "name",
                self.graph.query_name(reverse).map(|name| json!(*name)),
            );
            put("accessor", Some(json!(accessor.as_deref())));
            put(
                "related_name",
                Some(json!(relation.related_name.as_deref())),
            );
            put("hidden", Some(json!(relation.is_hidden())));
        }
        entry
    }
}

fn ordering(model: &Model) -> Option<Value> {
    match model.meta.get("ordering") {
        None | Some(Constant::None) => Some(json!([])),
        Some(Constant::List(items)) => {
            let names: Option<Vec<&str>> = items.iter().map(Constant::as_str).collect();
            names.map(|names| json!(names))
        }
        Some(_) => None,
    }
}

fn unique_together(model: &Model) -> Option<Value> {
    let Some(value) = model.meta.get("unique_together") else {
        return Some(json!([])).filter(|_| model.made_by.is_none());
    };
    let Constant::List(items) = value else {
        return None;
    };
    let names = |items: &[Constant]| -> Option<Vec<String>> {
        items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    if let Some(flat) = names(items) {
        return Some(if flat.is_empty() {
            json!([])
        } else {
            json!([flat])
        });
    }
    let nested: Option<Vec<_>> = items
        .iter()
        .map(|item| match item {
            Constant::List(inner) => names(inner),
            _ => None,
        })
        .collect();
    nested.map(|nested| json!(nested))
}
