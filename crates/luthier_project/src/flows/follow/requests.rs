//! Requests that change something, as Django's generic views and those of the REST framework answer
//! them: what is sent is checked, then saved. Followed where queries are recorded only.

use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::record::Unseen;
use super::run::{Arguments, Run};
use super::sql::{Operation, Statement};
use super::steps::Step;
use super::value::{Anchor, Growth, Object, Value};
use super::views::with_field;
use crate::models::ModelId;
use crate::modules::ClassRef;
use crate::serializers::{Shape, ShapeKind};

/// Fields of the REST framework that look up the row that they are given.
const LOOKING_UP: &[&str] = &[
    "HyperlinkedRelatedField",
    "PrimaryKeyRelatedField",
    "SlugRelatedField",
];

impl<'a> Run<'_, 'a> {
    fn shape_of(&self, own: &Value, kind: Option<ShapeKind>) -> Option<&'a Shape> {
        let class = self.class_behind(own)?;
        let mut shapes = self.engine.project.serializers.of_class(class);
        shapes.find(|shape| kind.is_none_or(|kind| shape.kind == kind))
    }

    /// What a method of Django's or the framework's does that a view, form or serializer inherits;
    /// `None` for one that is not known.
    pub(super) fn answered(
        &mut self,
        own: &Value,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Option<Value> {
        if let Some(shape) = self.shape_of(own, None) {
            return self.of_shape(own, shape, name, at);
        }
        let class = self.class_behind(own)?;
        let modules = &self.project().modules;
        let inherits = |names: &[&str]| modules.inherits_by_name(class, names);
        let plain = Arguments::default();
        let has_form = inherits(&[
            "FormMixin",
            "FormView",
            "CreateView",
            "UpdateView",
            "DeleteView",
        ]);
        Some(match name {
            "get_form_class" if has_form => self.member(own, "form_class", at),
            "get_form" if has_form => {
                let class = self.call_method(own, "get_form_class", &plain, at);
                self.call(&class, &plain, at)
            }
            "post" | "put" if has_form => self.post_form(own, at),
            "form_valid" if inherits(&["CreateView", "UpdateView"]) => {
                let form = given.positional.first()?.clone();
                match self.save_fields(own, at) {
                    Some(row) => row,
                    None => self.call_method(&form, "save", &plain, at),
                }
            }
            "form_valid" if inherits(&["DeleteView"]) => {
                let row = self.member(own, "object", at);
                self.call_method(&row, "delete", &plain, at)
            }
            "create" | "post"
                if inherits(&[
                    "CreateModelMixin",
                    "CreateAPIView",
                    "ListCreateAPIView",
                    "ModelViewSet",
                ]) =>
            {
                let data = Arguments {
                    keywords: vec![("data".into(), Value::Input)],
                    ..Arguments::default()
                };
                let serializer = self.call_method(own, "get_serializer", &data, at);
                self.call_method(&serializer, "is_valid", &plain, at);
                let serializer_given = Arguments::of([serializer.clone()]);
                self.call_method(own, "perform_create", &serializer_given, at);
                self.member(&serializer, "data", at)
            }
            "put" | "update" | "partial_update" | "patch"
                if inherits(&[
                    "UpdateModelMixin",
                    "UpdateAPIView",
                    "RetrieveUpdateAPIView",
                    "RetrieveUpdateDestroyAPIView",
                    "ModelViewSet",
                ]) =>
            {
                let row = self.call_method(own, "get_object", &plain, at);
                let data = Arguments {
                    keywords: vec![("data".into(), Value::Input)],
                    ..Arguments::of([row])
                };
                let serializer = self.call_method(own, "get_serializer", &data, at);
                self.call_method(&serializer, "is_valid", &plain, at);
                let serializer_given = Arguments::of([serializer.clone()]);
                self.call_method(own, "perform_update", &serializer_given, at);
                self.member(&serializer, "data", at)
            }
            "perform_update" => {
                let serializer = given.positional.first()?.clone();
                self.call_method(&serializer, "save", &plain, at)
            }
            "delete" | "destroy"
                if inherits(&[
                    "DestroyModelMixin",
                    "DestroyAPIView",
                    "RetrieveDestroyAPIView",
                    "RetrieveUpdateDestroyAPIView",
                    "ModelViewSet",
                ]) =>
            {
                let row = self.call_method(own, "get_object", &plain, at);
                self.call_method(own, "perform_destroy", &Arguments::of([row]), at)
            }
            "perform_destroy" => {
                let row = given.positional.first()?.clone();
                self.call_method(&row, "delete", &plain, at)
            }
            "get_serializer" => {
                let class = self.call_method(own, "get_serializer_class", &plain, at);
                let mut given = given.clone();
                if given.keyword("context").is_none()
                    && self.class_behind(own).is_some_and(|class| {
                        self.class_attribute(class, "get_serializer_context", None)
                            .is_some()
                    })
                {
                    let context = self.call_method(own, "get_serializer_context", &plain, at);
                    given.keywords.push(("context".into(), context));
                }
                self.call(&class, &given, at)
            }
            _ => return None,
        })
    }

    /// `ProcessFormView.post`
    fn post_form(&mut self, own: &Value, at: Location) -> Value {
        let plain = Arguments::default();
        let class = self.class_behind(own);
        let is_of_row = class.is_some_and(|class| {
            let modules = &self.project().modules;
            modules.inherits_by_name(class, &["UpdateView", "DeleteView"])
        });
        let own = if is_of_row {
            let row = self.call_method(own, "get_object", &plain, at);
            with_field(own, "object", row)
        } else {
            own.clone()
        };
        let form = self.call_method(&own, "get_form", &plain, at);
        let row = self.member(&own, "object", at);
        let made = self
            .fields_of_view(&own, at)
            .filter(|_| !self.is_form(&form));
        let Some((model, names)) = made else {
            let form = match row {
                row @ Value::Row(_) => with_field(&form, "instance", row),
                _ => form,
            };
            self.call_method(&form, "is_valid", &plain, at);
            return self.call_method(&own, "form_valid", &Arguments::of([form]), at);
        };
        self.check_fields(&names, model, at);
        let row = match row {
            row @ Value::Row(_) => row,
            _ => self.new_row(model),
        };
        // What saves is the view's own `form_valid`, which calls the one that it inherits.
        let form = with_field(&own, "form", row);
        self.call_method(&form, "form_valid", &Arguments::of([Value::Plain]), at)
    }

    /// A form that a view makes of its own `fields` is saved.
    fn save_fields(&mut self, own: &Value, at: Location) -> Option<Value> {
        let row @ Value::Row(_) = self.member(own, "form", at) else {
            return None;
        };
        self.call_method(&row, "save", &Arguments::default(), at);
        let (model, names) = self.fields_of_view(own, at)?;
        for (name, to, is_many) in self.relations(model, &names) {
            if is_many {
                self.set_relation(&name, to, at);
            }
        }
        Some(row)
    }

    fn of_shape(
        &mut self,
        own: &Value,
        shape: &'a Shape,
        name: &str,
        at: Location,
    ) -> Option<Value> {
        let model = shape.subject.model();
        Some(match (shape.kind, name) {
            (ShapeKind::Form, "is_valid" | "full_clean") => {
                self.check_form(own, shape, at);
                Value::Plain
            }
            (ShapeKind::Form, "save") => {
                let model = model?;
                let row = match self.member(own, "instance", at) {
                    row @ Value::Row(_) => {
                        self.call_method(&row, "save", &Arguments::default(), at);
                        row
                    }
                    _ => self.save_new(model, at),
                };
                for (name, to, is_many) in self.relations_of(shape, model) {
                    if is_many {
                        self.set_relation(&name, to, at);
                    }
                }
                row
            }
            (ShapeKind::Serializer, "is_valid" | "run_validation") => {
                self.check_serializer(own, shape, 0, at);
                Value::Plain
            }
            (ShapeKind::Serializer, "save") => self.save_serializer(own, at),
            (ShapeKind::Serializer, "create" | "update") => {
                let model = model?;
                let row = self.new_row(model);
                if name == "create" {
                    self.save_new(model, at);
                } else {
                    self.note_save(model, false, at);
                }
                for (name, to, is_many) in self.relations_of(shape, model) {
                    if is_many {
                        self.set_relation(&name, to, at);
                    }
                }
                row
            }
            _ => return None,
        })
    }

    /// A relation to many rows is set behind the row itself.
    fn set_relation(&mut self, name: &Arc<str>, to: ModelId, at: Location) {
        let here = (Anchor::Here, self.depth());
        for operation in [Operation::Select, Operation::Delete, Operation::Insert] {
            let mut statement = Statement::new(operation, to);
            statement.relation = Some(Arc::clone(name));
            self.note(statement, at, here, None);
        }
    }

    /// The fields that a view itself names, of which Django makes a form: the model, the names.
    fn fields_of_view(&mut self, own: &Value, at: Location) -> Option<(ModelId, Vec<Arc<str>>)> {
        let class = self.class_behind(own)?;
        let modules = &self.project().modules;
        if !modules.inherits_by_name(class, &["CreateView", "UpdateView", "ModelFormMixin"]) {
            return None;
        }
        let Value::Tuple(names) = self.member(own, "fields", at) else {
            return None;
        };
        let model = match self.member(own, "model", at) {
            Value::Class(class) => self.project().models.by_class(class)?,
            _ => match self.member(own, "queryset", at) {
                Value::Rows(rows) => rows.model,
                _ => return None,
            },
        };
        let names = names.iter().filter_map(|name| match name {
            Value::Text(name) => Some(Arc::clone(name)),
            _ => None,
        });
        Some((model, names.collect()))
    }

    /// The relations among some fields: name, model, whether to many.
    fn relations(&mut self, model: ModelId, names: &[Arc<str>]) -> Vec<(Arc<str>, ModelId, bool)> {
        let steps = self.steps(model);
        let mut found = Vec::new();
        for name in names {
            match steps.get(name) {
                Some(Step::One {
                    to,
                    is_forward: true,
                    ..
                }) => found.push((Arc::clone(name), *to, false)),
                Some(Step::Many { to, back: None }) => found.push((Arc::clone(name), *to, true)),
                _ => {}
            }
        }
        found
    }

    /// The form that a view shows offers the rows of its relations.
    pub(super) fn offer_fields(&mut self, own: &Value, at: Location) {
        if let Some((model, names)) = self.fields_of_view(own, at) {
            for (_, to, _) in self.relations(model, &names) {
                self.note_all(to, at);
            }
        }
    }

    /// The relations that a form or serializer makes fields of: name, model, whether to many.
    fn relations_of(&mut self, shape: &'a Shape, model: ModelId) -> Vec<(Arc<str>, ModelId, bool)> {
        let names = self.written_fields(shape, model);
        self.relations(model, &names)
    }

    /// The model's fields that are taken from what is sent.
    fn written_fields(&self, shape: &'a Shape, model: ModelId) -> Vec<Arc<str>> {
        let names = |option: &str| {
            let option = shape.option(option);
            let names = option.into_iter().flat_map(|option| &option.names);
            names
                .map(|name| Arc::clone(&name.name.text))
                .collect::<Vec<_>>()
        };
        let fixed = names("read_only_fields");
        let declared = |name: &str| shape.declared.iter().any(|field| *field.name == *name);
        let is_written = |name: &Arc<str>| !fixed.contains(name) && !declared(name);
        let listed = shape.option("fields").filter(|option| !option.is_all);
        if listed.is_some() {
            return names("fields").into_iter().filter(is_written).collect();
        }
        let excluded = names("exclude");
        let fields = self.models_of(model).fields(model).into_iter();
        let fields = fields.filter(|(_, field)| field.editable() != Some(false));
        fields
            .map(|(_, field)| Arc::clone(&field.name))
            .filter(|name| is_written(name) && !excluded.contains(name))
            .collect()
    }

    /// What checking a model's fields asks: whether rows are there, and values unique.
    fn check_fields(&mut self, written: &[Arc<str>], model: ModelId, at: Location) {
        let here = (Anchor::Here, self.depth());
        for (name, to, _) in self.relations(model, written) {
            let mut statement = Statement::new(Operation::Select, to);
            statement.filters.push("pk".into());
            statement.relation = Some(name);
            self.note(statement, at, here, None);
        }
        let fields = self.models_of(model).fields(model);
        let unique = fields.into_iter().filter(|(_, field)| {
            let is_given = written.contains(&field.name) && !field.kind.is_auto();
            is_given && field.unique() == Some(true)
        });
        let unique: Vec<Arc<str>> = unique.map(|(_, field)| Arc::clone(&field.name)).collect();
        for name in unique {
            let mut statement = Statement::new(Operation::Exists, model);
            statement.filters.push(name);
            self.note(statement, at, here, None);
        }
    }

    fn check_form(&mut self, own: &Value, shape: &'a Shape, at: Location) {
        let plain = Arguments::default();
        for field in &shape.declared {
            let class = field.class.as_deref().unwrap_or_default();
            let chooses = ["ModelChoiceField", "ModelMultipleChoiceField"]
                .iter()
                .any(|name| class.ends_with(name));
            if chooses && let Some(Value::Rows(rows)) = self.offered(field) {
                self.note_method(&rows, "get", at);
            }
        }
        if let Some(model) = shape.subject.model() {
            let written = self.written_fields(shape, model);
            self.check_fields(&written, model, at);
        }
        let Some(class) = self.class_behind(own) else {
            return;
        };
        self.call_checks(own, class, (shape, "clean"), &plain, at);
    }

    /// The methods that a form or serializer has for what is sent as one of its fields
    /// (`clean_name`, `validate_name`), and the one for all of it.
    fn call_checks(
        &mut self,
        own: &Value,
        class: ClassRef,
        (shape, prefix): (&Shape, &str),
        given: &Arguments,
        at: Location,
    ) {
        let fields = shape.declared.iter().map(|field| &*field.name);
        let listed = shape
            .option("fields")
            .into_iter()
            .flat_map(|option| &option.names);
        let fields = fields.chain(listed.map(|name| &*name.name.text));
        let methods = fields.map(|name| format!("{prefix}_{name}"));
        for method in methods.chain([prefix.to_owned()]) {
            if self.class_attribute(class, &method, None).is_some() {
                self.call_method(own, &method, given, at);
            }
        }
    }

    fn check_serializer(&mut self, own: &Value, shape: &'a Shape, depth: u32, at: Location) {
        if depth > 4 {
            return;
        }
        let Value::Object(object) = own else {
            return;
        };
        let loops = self.loops.len();
        if object.fields.get("many") == Some(&Value::Bool(true)) {
            self.enter_elements(&Value::Input, Growth::Rows, at);
        }
        for field in &shape.declared {
            let class = field.class.as_deref().unwrap_or_default();
            let last = class.rsplit('.').next().unwrap_or_default();
            if self.is_read_only(field) {
                continue;
            }
            if let Some(nested) = field.nested {
                let value = Value::object(nested);
                if let Some(shape) = self.shape_of(&value, None) {
                    let value = match field.many {
                        Some(true) => with_field(&value, "many", Value::Bool(true)),
                        _ => value,
                    };
                    self.check_serializer(&value, shape, depth + 1, at);
                }
            } else if LOOKING_UP.contains(&last)
                && let Some(Value::Rows(rows)) = self.offered(field)
            {
                let inner = self.loops.len();
                if field.many == Some(true) {
                    self.enter_elements(&Value::Input, Growth::Rows, at);
                }
                self.note_method(&rows, "get", at);
                self.leave(inner);
            }
        }
        if let Some(model) = shape.subject.model() {
            let written = self.written_fields(shape, model);
            self.check_fields(&written, model, at);
        }
        let given = Arguments::of([Value::Input]);
        self.call_checks(own, object.class, (shape, "validate"), &given, at);
        self.leave(loops);
    }

    /// `serializer.save()`, by the list's class where it has one of its own.
    fn save_serializer(&mut self, own: &Value, at: Location) -> Value {
        let Value::Object(object) = own else {
            return Value::Unknown;
        };
        if object.fields.get("many") == Some(&Value::Bool(true)) {
            let meta = self.member(&Value::Class(object.class), "Meta", at);
            let list = self.member(&meta, "list_serializer_class", at);
            if let Value::Class(list) = list {
                return self.create_list(list, object, at);
            }
        }
        match object.fields.get("instance") {
            Some(row @ Value::Row(_)) => {
                let given = Arguments::of([row.clone(), Value::Input]);
                self.call_method(own, "update", &given, at)
            }
            _ => self.saved(own, at),
        }
    }

    fn create_list(&mut self, list: ClassRef, object: &Rc<Object>, at: Location) -> Value {
        if self.class_attribute(list, "create", None).is_none() {
            self.unseen(Unseen::Outside(at));
            return Value::Unknown;
        }
        let child = Value::object(object.class);
        let own = with_field(&Value::object(list), "child", child);
        let given = Arguments::of([Value::many(Value::Input, Growth::Rows)]);
        self.call_method(&own, "create", &given, at)
    }
}
