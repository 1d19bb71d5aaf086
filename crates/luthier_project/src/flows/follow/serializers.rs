//! Serializers of the REST framework: what showing a row with one asks for.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::event::Consumer;
use super::run::{Arguments, Run};
use super::steps::Step;
use super::value::{Dict, Growth, Manager, Object, Value};
use crate::facts::{CallRef, ExprRef};
use crate::models::FieldKind;
use crate::modules::{ClassRef, Definition, Modules};
use crate::serializers::{DeclaredField, Shape};

/// Serializers nested deeper than this are not followed.
const MAX_NESTED: u32 = 8;

/// One field of a serializer, as far as showing it goes.
#[derive(Clone, Debug)]
pub(super) struct ShownField {
    /// The code that asks for it.
    place: Location,
    /// The way from the row, by attributes; empty for the row itself.
    path: Rc<[Arc<str>]>,
    shows: Shows,
    is_many: bool,
}

/// What a field makes of the value at the end of its path.
///
/// Source: `rest_framework.relations` and `rest_framework.fields` (3.16).
#[derive(Clone, Debug)]
enum Shows {
    /// The value itself.
    Value,
    /// The key of a related row, which its own row has.
    Key,
    /// `str()` of a related row.
    Text,
    /// An attribute of a related row.
    Attribute(Arc<str>),
    /// A related row with another serializer.
    Nested(ClassRef),
    /// A related row with all its columns: `depth`.
    Whole,
    /// What a method of the serializer gives for the row.
    Method(Arc<str>),
    /// What a field of the project's own makes of it.
    Own(ClassRef),
}

impl<'a> Run<'_, 'a> {
    pub(super) fn is_serializer(&self, class: ClassRef) -> bool {
        self.project().serializers.of_class(class).next().is_some()
    }

    /// `serializer.data`
    pub(super) fn serialized(&mut self, own: &Value, at: Location) -> Value {
        let Value::Object(object) = own else {
            return Value::Unknown;
        };
        let Some(instance) = object.fields.get("instance").cloned() else {
            return Value::Unknown;
        };
        let is_many = object.fields.get("many") == Some(&Value::Bool(true));
        self.show_with(own, &instance, is_many, at)
    }

    /// Shows a row, or many, with a serializer.
    fn show_with(&mut self, own: &Value, rows: &Value, is_many: bool, at: Location) -> Value {
        if self.engine.nested >= MAX_NESTED {
            return Value::Unknown;
        }
        self.engine.nested += 1;
        let consumer = std::mem::replace(&mut self.consumer, Consumer::Serializer);
        let shown = if is_many {
            let rows = self.all_of(rows, at);
            let loops = self.loops.len();
            let (element, growth) = self.elements(&rows, at);
            let element = self.enter_elements(&element, growth, at);
            let shown = self.show_one(own, &element, at);
            self.leave(loops);
            Value::many(shown, growth)
        } else {
            self.show_one(own, rows, at)
        };
        self.consumer = consumer;
        self.engine.nested -= 1;
        shown
    }

    /// `ListSerializer` and `ManyRelatedField` ask a manager for its rows.
    pub(super) fn all_of(&mut self, rows: &Value, at: Location) -> Value {
        self.each(rows, |run, value| match value {
            Value::Rows(rows) if rows.manager != Manager::No => {
                run.rows_method(rows, "all", &Arguments::default(), at)
            }
            value => value.clone(),
        })
    }

    fn show_one(&mut self, own: &Value, row: &Value, at: Location) -> Value {
        let given = Arguments::of([row.clone()]);
        self.call_method(own, "to_representation", &given, at)
    }

    /// `to_representation()` of the framework's own serializers: each field in turn.
    pub(super) fn represented(&mut self, own: &Value, row: &Value) -> Value {
        let Value::Object(object) = own else {
            return Value::Unknown;
        };
        let class = object.class;
        if !self.engine.shows_fields {
            return Value::Unknown;
        }
        let mut row = row.clone();
        for field in self.shown_fields(class).iter() {
            row = self.show_field(own, row, field);
        }
        Value::Dict(Rc::new(Dict {
            known: BTreeMap::new(),
            other: Some(Value::Plain),
            is_growing: false,
        }))
    }

    /// Shows one field; gives the row with what was followed in memory.
    fn show_field(&mut self, own: &Value, row: Value, field: &ShownField) -> Value {
        if !self.engine.burn() {
            return row;
        }
        let at = field.place;
        if let Shows::Method(name) = &field.shows {
            let given = Arguments::of([row.clone()]);
            self.call_method(own, name, &given, at);
            return row;
        }
        let mut path: Vec<&str> = field.path.iter().map(|part| &**part).collect();
        let key = match field.shows {
            Shows::Key if !field.is_many => path.pop().map(|name| format!("{name}_id")),
            _ => None,
        };
        path.extend(key.as_deref());
        let (value, row) = self.walked(row, &path, at);
        if field.is_many {
            let rows = self.all_of(&value, at);
            if let Shows::Nested(class) = field.shows {
                self.show_nested(own, class, &rows, true, at);
                return row;
            }
            let loops = self.loops.len();
            let element = self.enter(&rows, at);
            self.show_related(own, &element, field);
            self.leave(loops);
        } else {
            self.show_related(own, &value, field);
        }
        row
    }

    fn show_related(&mut self, own: &Value, value: &Value, field: &ShownField) {
        let at = field.place;
        match &field.shows {
            Shows::Value | Shows::Key | Shows::Whole | Shows::Method(_) => {}
            Shows::Text => self.show(value, at),
            Shows::Attribute(name) => {
                self.looked_up(value, name, at);
            }
            Shows::Nested(class) => self.show_nested(own, *class, value, false, at),
            Shows::Own(class) => {
                let given = Arguments::of([value.clone()]);
                self.call_method(&Value::object(*class), "to_representation", &given, at);
            }
        }
    }

    fn show_nested(
        &mut self,
        own: &Value,
        class: ClassRef,
        value: &Value,
        is_many: bool,
        at: Location,
    ) {
        let mut fields: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        if let Value::Object(outer) = own
            && let Some(context) = outer.fields.get("context")
        {
            fields.insert("context".into(), context.clone());
        }
        let nested = Value::Object(Rc::new(Object { class, fields }));
        self.show_with(&nested, value, is_many, at);
    }

    /// `serializer.save()`
    pub(super) fn saved(&mut self, own: &Value, at: Location) -> Value {
        let Value::Object(object) = own else {
            return Value::Unknown;
        };
        let is_many = object.fields.get("many") == Some(&Value::Bool(true));
        let loops = self.loops.len();
        if is_many {
            let meta = self.member(&Value::Class(object.class), "Meta", at);
            let list = self.member(&meta, "list_serializer_class", at);
            if list != Value::Unknown {
                return Value::Unknown;
            }
            self.enter_elements(&Value::Input, Growth::Rows, at);
        }
        let given = Arguments::of([Value::Input]);
        let made = self.call_method(own, "create", &given, at);
        self.leave(loops);
        made
    }

    // ---- which fields there are ----

    fn shown_fields(&mut self, class: ClassRef) -> Rc<[ShownField]> {
        if let Some(known) = self.engine.shown_fields.get(&class) {
            return Rc::clone(known);
        }
        let shape = self.project().serializers.of_class(class).next();
        let fields: Rc<[ShownField]> = match shape {
            Some(shape) => self.fields_of(shape).into(),
            None => Rc::new([]),
        };
        self.engine.shown_fields.insert(class, Rc::clone(&fields));
        fields
    }

    fn fields_of(&mut self, shape: &'a Shape) -> Vec<ShownField> {
        let Some(model) = shape.subject.model() else {
            let declared = shape.declared.iter();
            return declared.filter_map(|field| self.declared(field)).collect();
        };
        let steps = self.steps(model);
        let depth = self.depth_of(shape);
        let mut fields = Vec::new();
        let names = shape.option("fields").filter(|option| !option.is_all);
        if let Some(names) = names {
            for name in &names.names {
                let text = &name.name.text;
                match shape.declared.iter().find(|field| *field.name == **text) {
                    Some(field) => fields.extend(self.declared(field)),
                    None if shape.is_open
                        || is_write_only(&self.project().modules, shape, text) => {}
                    None => {
                        let place = self.location(name.name.place);
                        let shown =
                            place.map(|place| implicit(text, steps.get(text), depth, place));
                        fields.extend(shown);
                    }
                }
            }
            return fields;
        }
        fields.extend(
            shape
                .declared
                .iter()
                .filter_map(|field| self.declared(field)),
        );
        if shape.is_open {
            return fields;
        }
        let option = shape.option("fields").or_else(|| shape.option("exclude"));
        let place = option.and_then(|option| self.location(option.place));
        let excluded = shape.option("exclude");
        let is_excluded = |name: &str| {
            excluded
                .is_some_and(|option| option.names.iter().any(|known| *known.name.text == *name))
        };
        for (_, field) in self.models_of(model).fields(model) {
            // The framework looks at `opts.fields` and `opts.many_to_many`.
            if field.kind == FieldKind::GenericRelation {
                continue;
            }
            let name = &field.name;
            let is_declared = shape.declared.iter().any(|declared| declared.name == *name);
            let is_left_out = is_declared
                || is_excluded(name)
                || is_write_only(&self.project().modules, shape, name);
            if let Some(place) = place.filter(|_| !is_left_out) {
                fields.push(implicit(name, steps.get(name), depth, place));
            }
        }
        fields
    }

    /// `Meta.depth`
    fn depth_of(&self, shape: &Shape) -> i64 {
        let crate::serializers::Origin::Class(class) = shape.origin else {
            return 0;
        };
        let modules = &self.project().modules;
        let Definition::Class(meta) = modules.class_member(class, "Meta") else {
            return 0;
        };
        match modules.class_member(meta, "depth") {
            Definition::Value(value) => modules.value(value).as_int().unwrap_or(0),
            _ => 0,
        }
    }

    fn declared(&self, field: &'a DeclaredField) -> Option<ShownField> {
        let modules = &self.project().modules;
        let call = modules.value(field.value).as_call()?;
        if field.source_is_open
            || call.keyword("write_only").and_then(ExprRef::as_bool) == Some(true)
        {
            return None;
        }
        let place = self.location(field.value)?;
        let source = field
            .source
            .as_ref()
            .map_or(&*field.name, |source| &*source.text);
        let class = field.class.as_deref().unwrap_or_default();
        let last = class.rsplit('.').next().unwrap_or_default();
        let own = match modules.resolve_expr(field.declared_in.module, call.callee) {
            Definition::Class(class) if modules.is_repository(class.module) => Some(class),
            _ => None,
        };
        let mut path = path_of(source);
        let shows = match (field.nested, own) {
            (Some(nested), _) => Shows::Nested(nested),
            (None, Some(own)) => {
                if own_source_is_row(modules, own) {
                    path = Rc::new([]);
                }
                Shows::Own(own)
            }
            (None, None) => match last {
                "HiddenField" => return None,
                "PrimaryKeyRelatedField" => Shows::Key,
                "StringRelatedField" => Shows::Text,
                "SlugRelatedField" => Shows::Attribute(keyword(call, "slug_field")?),
                "HyperlinkedRelatedField" => match keyword(call, "lookup_field") {
                    Some(name) if &*name != "pk" => Shows::Attribute(name),
                    _ => Shows::Key,
                },
                "HyperlinkedIdentityField" => {
                    path = Rc::new([]);
                    Shows::Value
                }
                "SerializerMethodField" => {
                    let named = call.argument(0, "method_name").and_then(ExprRef::as_str);
                    let usual = || format!("get_{}", field.name).into();
                    Shows::Method(named.map_or_else(usual, Arc::from))
                }
                _ => Shows::Value,
            },
        };
        Some(ShownField {
            place,
            path,
            shows,
            is_many: field.many.unwrap_or(false),
        })
    }
}

/// A field that the framework makes of the model's.
fn implicit(name: &str, step: Option<&Step>, depth: i64, place: Location) -> ShownField {
    let (shows, is_many) = match step {
        Some(Step::One {
            is_forward: true, ..
        }) if depth <= 0 => (Shows::Key, false),
        Some(Step::One { .. }) => (Shows::Whole, false),
        Some(Step::Many { .. }) => (Shows::Key, true),
        _ => (Shows::Value, false),
    };
    ShownField {
        place,
        path: Rc::new([name.into()]),
        shows,
        is_many,
    }
}

fn path_of(source: &str) -> Rc<[Arc<str>]> {
    match source {
        "*" => Rc::new([]),
        source => source.split('.').map(Arc::from).collect(),
    }
}

fn keyword(call: CallRef<'_>, name: &str) -> Option<Arc<str>> {
    Some(call.keyword(name)?.as_str()?.into())
}

/// Whether a field's own `__init__` says that it is given the row: `source="*"`.
fn own_source_is_row(modules: &Modules, class: ClassRef) -> bool {
    let Definition::Function(init) = modules.class_member(class, "__init__") else {
        return false;
    };
    if !modules.is_repository(init.module) {
        return false;
    }
    let body = modules.function_body(init);
    let mut calls = body.exprs().filter_map(ExprRef::as_call);
    calls.any(|call| call.keyword("source").and_then(ExprRef::as_str) == Some("*"))
}

/// Whether `Meta.extra_kwargs` says of a field that it is never shown.
fn is_write_only(modules: &Modules, shape: &Shape, name: &str) -> bool {
    let Some(option) = shape.option("extra_kwargs") else {
        return false;
    };
    let given = modules.value(option.place);
    let mut given = given.items().into_iter().flatten();
    given.any(|(key, value)| {
        let is_it = key.and_then(ExprRef::as_str) == Some(name);
        let mut options = value.items().into_iter().flatten();
        is_it
            && options.any(|(key, value)| {
                key.and_then(ExprRef::as_str) == Some("write_only") && value.as_bool() == Some(true)
            })
    })
}
