//! Class-based views: what Django and the REST framework do with the rows that a view is about.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::record::Unseen;
use super::run::{Arguments, Run};
use super::value::{Dict, Object, Value};
use crate::modules::{Ancestor, ClassRef};
use crate::views::Pages;

/// What a view does when it is asked for, by the classes that it inherits from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Shows a template of many rows, of one row, of neither.
    Rows,
    Row,
    Page,
    /// Serializes many rows, or one.
    List,
    Retrieve,
}

/// Classes of Django and the REST framework that answer a method, the first that is a base counts.
///
/// Source: `django.views.generic` (Django 5.2) and `rest_framework.generics` (3.16).
const ANSWERING: &[(&str, Asked)] = &[
    ("ListView", Asked::Rows),
    ("BaseListView", Asked::Rows),
    ("DetailView", Asked::Row),
    ("BaseDetailView", Asked::Row),
    ("UpdateView", Asked::Row),
    ("DeleteView", Asked::Row),
    ("CreateView", Asked::Page),
    ("FormView", Asked::Page),
    ("TemplateView", Asked::Page),
    ("ListAPIView", Asked::List),
    ("ListCreateAPIView", Asked::List),
    ("RetrieveAPIView", Asked::Retrieve),
    ("RetrieveDestroyAPIView", Asked::Retrieve),
    ("RetrieveUpdateAPIView", Asked::Retrieve),
    ("RetrieveUpdateDestroyAPIView", Asked::Retrieve),
];

impl Run<'_, '_> {
    /// Asks a view as its routes do. `action` is the method of a view set, else that of a request.
    pub(super) fn ask_view(&mut self, class: ClassRef, action: &str, at: Location) {
        let mut fields: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        fields.insert("action".into(), Value::text(action));
        let view = Value::Object(Rc::new(Object { class, fields }));
        let request = Arguments {
            is_open: true,
            ..Arguments::of([Value::Unknown])
        };
        self.call_method(&view, action, &request, at);
    }

    /// `get()` of Django's own generic views.
    pub(super) fn get_generic(&mut self, own: &Value, at: Location) -> Value {
        let none = Arguments::default();
        let asked = match own {
            Value::Object(object) => self.answers(object.class),
            _ => None,
        };
        let own = match asked {
            Some(Asked::List) => return self.call_method(own, "list", &none, at),
            Some(Asked::Retrieve) => return self.call_method(own, "retrieve", &none, at),
            Some(Asked::Rows) => {
                let rows = self.call_method(own, "get_queryset", &none, at);
                with_field(own, "object_list", rows.as_one())
            }
            Some(Asked::Row) => {
                let row = self.call_method(own, "get_object", &none, at);
                with_field(own, "object", row)
            }
            Some(Asked::Page) => own.clone(),
            None => return Value::Unknown,
        };
        let context = self.call_method(&own, "get_context_data", &none, at);
        let given = Arguments::of([context]);
        self.call_method(&own, "render_to_response", &given, at)
    }

    /// Whether it is a view of Django's that shows a template of many rows, or of one.
    pub(super) fn shows_rows(&self, class: ClassRef) -> bool {
        matches!(self.answers(class), Some(Asked::Rows | Asked::Row))
    }

    fn answers(&self, class: ClassRef) -> Option<Asked> {
        let modules = &self.project().modules;
        modules.mro(class).ancestors.iter().find_map(|ancestor| {
            let is_own = |class: ClassRef| modules.is_repository(class.module);
            let name = match ancestor {
                Ancestor::Class(class) if is_own(*class) => return None,
                ancestor => modules.ancestor_name(ancestor)?,
            };
            let mut known = ANSWERING.iter();
            known
                .find(|(known, _)| *known == name)
                .map(|(_, asked)| *asked)
        })
    }

    /// Whether a view of the REST framework makes a row when this method of it is called.
    pub(super) fn makes_rows(&self, own: &Value, method: &str) -> bool {
        let Some(class) = self.class_behind(own) else {
            return false;
        };
        if self.is_serializer(class) {
            return false;
        }
        let modules = &self.project().modules;
        let making = match method {
            "post" => ["CreateAPIView", "ListCreateAPIView"],
            _ => ["CreateModelMixin", "ModelViewSet"],
        };
        modules.inherits_by_name(class, &making)
    }

    /// `render_to_response()` of Django's own views.
    pub(super) fn render_view(&mut self, own: &Value, given: &Arguments, at: Location) -> Value {
        let context = given.get(0, "context").cloned().unwrap_or(Value::Unknown);
        let name = match self.member(own, "template_name", at) {
            name @ Value::Text(_) => name,
            _ => self.usual_template(own, at),
        };
        self.render(&name, &context, true, at)
    }

    /// The name that Django makes of the model and of what the view does.
    fn usual_template(&mut self, own: &Value, at: Location) -> Value {
        let Value::Object(object) = own else {
            return Value::Unknown;
        };
        let rows = object.fields.get("object_list");
        let row = object.fields.get("object");
        let (model, usual) = match (rows, row) {
            (Some(Value::Rows(rows)), _) => (rows.model, "_list"),
            (_, Some(Value::Row(row))) => (row.model, "_detail"),
            _ => return Value::Unknown,
        };
        let suffix = match self.member(own, "template_name_suffix", at) {
            Value::Text(suffix) => suffix,
            _ => usual.into(),
        };
        let model = self.model(model);
        let name = model.name.to_lowercase();
        Value::text(&format!("{}/{name}{suffix}.html", model.app_label))
    }

    /// Whether a view gives one page of its rows.
    fn is_paginated(&mut self, own: &Value, at: Location) -> bool {
        let size = match self.class_behind(own) {
            Some(class)
                if self
                    .class_attribute(class, "get_paginate_by", None)
                    .is_some() =>
            {
                let given = Arguments::of([Value::Unknown]);
                self.call_method(own, "get_paginate_by", &given, at)
            }
            _ => self.member(own, "paginate_by", at),
        };
        matches!(size, Value::Few(_) | Value::Plain)
    }

    /// One page of rows, as the REST framework cuts it for a view; `None` where it does not.
    pub(super) fn rest_page(&mut self, own: &Value, rows: &Value, at: Location) -> Value {
        let pages = self
            .class_behind(own)
            .map(|class| self.project().rest_pages(class));
        match pages {
            Some(Pages::None) => Value::None,
            Some(Pages::Numbered) => self.page(rows, at),
            Some(Pages::Cursor(_)) => self.each(rows, |run, rows| match rows {
                Value::Rows(rows) => run.sliced(rows, false, None),
                rows => rows.clone(),
            }),
            Some(Pages::Unknown) | None => {
                self.unseen(Unseen::Outside(at));
                rows.clone()
            }
        }
    }

    /// What Django's generic views put into the context.
    pub(super) fn generic_context(
        &mut self,
        own: &Value,
        given: &Arguments,
        at: Location,
    ) -> Value {
        let mut known: BTreeMap<Arc<str>, Value> = given.keywords.iter().cloned().collect();
        known.insert("view".into(), own.clone());
        let named = match self.member(own, "context_object_name", at) {
            Value::Text(name) => Some(name),
            _ => None,
        };
        let rows = given.keyword("object_list").cloned();
        let rows = rows.unwrap_or_else(|| self.member(own, "object_list", at));
        let rows = if self.records() && self.is_paginated(own, at) {
            self.page(&rows, at)
        } else {
            rows
        };
        let rows = rows.as_one();
        if let Value::Rows(rows) = &rows {
            let value = Value::Rows(Rc::clone(rows));
            known.insert("object_list".into(), value.clone());
            known.insert("page_obj".into(), value.clone());
            let model = &self.model(rows.model).name;
            let usual: Arc<str> = format!("{}_list", model.to_lowercase()).into();
            known.insert(named.clone().unwrap_or(usual), value);
        }
        if self.records() && given.keyword("form").is_none() {
            let form = self.call_method(own, "get_form", &Arguments::default(), at);
            if self.is_form(&form) {
                known.insert("form".into(), form);
            } else {
                self.offer_fields(own, at);
            }
        }
        let row = self.member(own, "object", at);
        if let Value::Row(row) = &row {
            let value = Value::Row(Rc::clone(row));
            known.insert("object".into(), value.clone());
            let model = &self.model(row.model).name;
            known.insert(named.unwrap_or_else(|| model.to_lowercase().into()), value);
        }
        Value::Dict(Rc::new(Dict {
            known,
            other: Some(Value::Unknown),
            is_growing: false,
        }))
    }
}

/// An object with one of its attributes set.
pub(super) fn with_field(own: &Value, name: &str, value: Value) -> Value {
    let Value::Object(object) = own else {
        return own.clone();
    };
    let mut changed = Object::clone(object);
    changed.fields.insert(name.into(), value);
    Value::Object(Rc::new(changed))
}
