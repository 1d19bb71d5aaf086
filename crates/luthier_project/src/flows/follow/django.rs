//! What the methods of Django's own classes do that views and serializers inherit.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::run::{Arguments, Run};
use super::value::{Dict, Value};

impl Run<'_, '_> {
    /// Calls a method that an object of the project has by a base outside.
    pub(super) fn django_method(
        &mut self,
        own: &Value,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Value {
        let plain = Arguments::default();
        match name {
            "get_queryset" => {
                let rows = self.member(own, "queryset", at);
                if let Value::Rows(rows) = &rows {
                    return self.rows_method(rows, "all", &plain, at);
                }
                match self.member(own, "model", at) {
                    Value::Class(class) => match self.project().models.by_class(class) {
                        Some(model) => {
                            let rows = self.all_rows(model);
                            self.call_method(&rows, "all", &plain, at)
                        }
                        None => Value::Unknown,
                    },
                    _ => Value::Unknown,
                }
            }
            "get_object" => {
                let rows = self.call_method(own, "get_queryset", &plain, at);
                rows.each(|rows| match rows {
                    Value::Rows(rows) => self.rows_method(rows, "get", &plain, at),
                    _ => Value::Unknown,
                })
            }
            "get_context_data" => self.generic_context(own, given, at),
            "filter_queryset" | "paginate_queryset" => {
                given.positional.first().cloned().unwrap_or(Value::Unknown)
            }
            "get_serializer_class" => self.member(own, "serializer_class", at),
            "get_serializer" => {
                let class = self.call_method(own, "get_serializer_class", &plain, at);
                self.call(&class, given, at)
            }
            _ => Value::Unknown,
        }
    }

    /// What Django's generic views put into the context.
    fn generic_context(&mut self, own: &Value, given: &Arguments, at: Location) -> Value {
        let mut known: BTreeMap<Arc<str>, Value> = given.keywords.iter().cloned().collect();
        known.insert("view".into(), own.clone());
        let named = match self.member(own, "context_object_name", at) {
            Value::Text(name) => Some(name),
            _ => None,
        };
        let rows = given.keyword("object_list").cloned();
        let rows = rows.unwrap_or_else(|| self.member(own, "object_list", at));
        if let Value::Rows(rows) = &rows {
            let value = Value::Rows(Rc::clone(rows));
            known.insert("object_list".into(), value.clone());
            known.insert("page_obj".into(), value.clone());
            let model = &self.project().models.get(rows.model).name;
            let usual: Arc<str> = format!("{}_list", model.to_lowercase()).into();
            known.insert(named.clone().unwrap_or(usual), value);
        }
        let row = self.member(own, "object", at);
        if let Value::Row(row) = &row {
            let value = Value::Row(Rc::clone(row));
            known.insert("object".into(), value.clone());
            let model = &self.project().models.get(row.model).name;
            known.insert(named.unwrap_or_else(|| model.to_lowercase().into()), value);
        }
        Value::Dict(Rc::new(Dict {
            known,
            other: Some(Value::Unknown),
            is_growing: false,
        }))
    }
}
