//! What the methods of Django's own classes do that views and serializers inherit.

use luthier_source::Location;

use super::run::{Arguments, Run};
use super::value::Value;

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
            "get" => self.get_generic(own, at),
            "get_context_data" => self.generic_context(own, given, at),
            "render_to_response" => self.render_view(own, given, at),
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
}
