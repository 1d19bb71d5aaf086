//! What the methods of Django's own classes do that views and serializers inherit.

use luthier_source::Location;

use super::members::ClassAttribute;
use super::run::{Arguments, Run};
use super::value::{Source, Value};

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
        if self.records()
            && let Some(answer) = self.answered(own, name, given, at)
        {
            return answer;
        }
        match name {
            "get_queryset" => {
                let rows = self.member(own, "queryset", at);
                if let Value::Rows(rows) = &rows {
                    // The class's own attribute is where more can be asked for.
                    self.site = rows.source;
                    return self.rows_method(rows, "all", &plain, at);
                }
                match self.member(own, "model", at) {
                    Value::Class(class) => match self.project().models.by_class(class) {
                        Some(model) => {
                            if let Some(named) = self.model_of_view(own) {
                                self.site = named;
                            }
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
                self.each(&rows, |run, rows| match rows {
                    Value::Rows(rows) => {
                        run.site = rows.source;
                        run.rows_method(rows, "get", &plain, at)
                    }
                    _ => Value::Unknown,
                })
            }
            "get" => self.get_generic(own, at),
            "get_context_data" => self.generic_context(own, given, at),
            "render_to_response" => self.render_view(own, given, at),
            "paginate_queryset" if self.records() => match given.positional.first() {
                Some(rows) => self.rest_page(own, rows, at),
                None => Value::Unknown,
            },
            "filter_queryset" | "paginate_queryset" => {
                given.positional.first().cloned().unwrap_or(Value::Unknown)
            }
            "to_representation" => match given.positional.first() {
                Some(row) => self.represented(own, row),
                None => Value::Unknown,
            },
            "list" => {
                let rows = self.call_method(own, "get_queryset", &plain, at);
                let given = Arguments::of([rows]);
                let rows = self.call_method(own, "filter_queryset", &given, at);
                let rows = if self.records() {
                    let given = Arguments::of([rows.clone()]);
                    match self.call_method(own, "paginate_queryset", &given, at) {
                        Value::None => rows,
                        page => page,
                    }
                } else {
                    rows
                };
                let given = Arguments {
                    keywords: vec![("many".into(), Value::Bool(true))],
                    ..Arguments::of([rows])
                };
                let serializer = self.call_method(own, "get_serializer", &given, at);
                self.member(&serializer, "data", at)
            }
            "retrieve" => {
                let row = self.call_method(own, "get_object", &plain, at);
                let given = Arguments::of([row]);
                let serializer = self.call_method(own, "get_serializer", &given, at);
                self.member(&serializer, "data", at)
            }
            "post" | "create" if self.makes_rows(own, name) => {
                let serializer = self.call_method(own, "get_serializer", &plain, at);
                let given = Arguments::of([serializer]);
                self.call_method(own, "perform_create", &given, at)
            }
            "perform_create" => match given.positional.first() {
                Some(serializer) => self.call_method(&serializer.clone(), "save", &plain, at),
                None => Value::Unknown,
            },
            "save"
                if self
                    .class_behind(own)
                    .is_some_and(|class| self.is_serializer(class)) =>
            {
                self.saved(own, at)
            }
            "get_serializer_class" => self.member(own, "serializer_class", at),
            "get_serializer" => {
                let class = self.call_method(own, "get_serializer_class", &plain, at);
                self.call(&class, given, at)
            }
            _ => Value::Unknown,
        }
    }

    /// Where a generic view of Django says which model's rows it shows: a queryset beside it is asked
    /// instead.
    fn model_of_view(&self, own: &Value) -> Option<Source> {
        let Value::Object(view) = own else {
            return None;
        };
        match self.class_attribute(view.class, "model", None)? {
            ClassAttribute::Value(named) if self.shows_rows(view.class) => {
                Some(Source::Code(named))
            }
            _ => None,
        }
    }
}
