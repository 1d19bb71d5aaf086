//! Forms that templates show: each field for a relation offers all rows to choose from.

use std::rc::Rc;

use luthier_source::Location;

use super::admin_pages::AdminField;
use super::event::{Ask, Consumer};
use super::path::Path;
use super::run::{Arguments, Run};
use super::steps::Step;
use super::value::{Rows, Source, Value};
use crate::facts::CallRef;
use crate::models::ModelId;
use crate::modules::{ClassRef, Definition, ValueRef};
use crate::serializers::{DeclaredField, Shape, ShapeKind};

/// Ways of a form to show all of its fields.
const WHOLE: &[&str] = &["as_div", "as_p", "as_table", "as_ul", "render"];

/// Fields whose choices are the rows of a queryset.
const CHOOSING: &[&str] = &["ModelChoiceField", "ModelMultipleChoiceField"];

impl<'a> Run<'_, 'a> {
    pub(super) fn is_form(&self, value: &Value) -> bool {
        let Value::Object(object) = value else {
            return false;
        };
        let mut shapes = self.project().serializers.of_class(object.class);
        shapes.any(|shape| shape.kind == ShapeKind::Form)
    }

    /// An attribute of a form, as a template asks for it: a field, or all of them.
    pub(super) fn form_member(&mut self, form: &Value, name: &str) -> bool {
        if WHOLE.contains(&name) {
            self.show_form(form, None);
            return true;
        }
        self.show_form(form, Some(name))
    }

    /// Shows a form, or one of its fields; gives whether it has such a field.
    pub(super) fn show_form(&mut self, form: &Value, only: Option<&str>) -> bool {
        let Value::Object(object) = form else {
            return false;
        };
        let class = object.class;
        let mut shapes = self.project().serializers.of_class(class);
        let Some(shape) = shapes.find(|shape| shape.kind == ShapeKind::Form) else {
            return false;
        };
        if self.sets_choices(class) {
            return false;
        }
        let is_wanted = |name: &str| only.is_none_or(|only| only == name);
        let mut is_there = false;
        for field in &shape.declared {
            if is_wanted(&field.name) {
                is_there = true;
                self.offer_declared(field);
            }
        }
        let (Some(model), Some(option)) = (shape.subject.model(), shape.option("fields")) else {
            return is_there;
        };
        for name in &option.names {
            let text = &name.name.text;
            let is_declared = shape.declared.iter().any(|field| field.name == *text);
            if is_wanted(text) && !is_declared && !has_widget(shape, text) {
                is_there = true;
                if let Some(place) = self.location(name.name.place) {
                    self.offer_implicit(model, text, place);
                }
            }
        }
        is_there
    }

    /// A field of a form that an inline names; gives whether it has a widget of its own, which may not
    /// ask for all rows to choose from.
    pub(super) fn offer_field(
        &mut self,
        form: ClassRef,
        model: ModelId,
        field: &AdminField,
    ) -> bool {
        let project = self.engine.project;
        let mut shapes = project.serializers.of_class(form);
        let shape = shapes.find(|shape| shape.kind == ShapeKind::Form);
        let mut declared = shape.iter().flat_map(|shape| &shape.declared);
        match declared.find(|declared| declared.name == field.name) {
            Some(declared) => self.offer_declared(declared),
            None => self.choose(model, &field.name, field.place),
        }
        shape.is_some_and(|shape| has_widget(shape, &field.name))
    }

    /// Whether code of a form decides at run time which rows there are to choose from.
    fn sets_choices(&self, class: ClassRef) -> bool {
        let modules = &self.project().modules;
        let mro = modules.mro(class);
        let mut own = mro
            .classes()
            .filter(|class| modules.is_repository(class.module));
        own.any(|class| {
            let Definition::Function(init) = modules.class_member(*class, "__init__") else {
                return false;
            };
            let body = modules.function_body(init);
            modules.is_repository(init.module)
                && body.exprs().any(|expr| {
                    expr.as_attribute()
                        .is_some_and(|(_, name)| name == "fields")
                })
        })
    }

    /// A field that the form declares: `ModelChoiceField(queryset=...)`.
    fn offer_declared(&mut self, field: &'a DeclaredField) {
        let modules = &self.project().modules;
        let Some(call) = modules.value(field.value).as_call() else {
            return;
        };
        let callee = modules.resolve_expr(field.declared_in.module, call.callee);
        let own = match &callee {
            Definition::Class(class) => Some(*class),
            _ => None,
        };
        let named = field
            .class
            .as_deref()
            .and_then(|name| name.rsplit('.').next());
        let chooses = named.is_some_and(|name| CHOOSING.contains(&name))
            || own.is_some_and(|class| modules.inherits_by_name(class, CHOOSING));
        if !chooses || call.keyword("widget").is_some() && own.is_none() {
            return;
        }
        let (Some(rows), Some(place)) = (self.choices(field, call), self.location(field.value))
        else {
            return;
        };
        let labels = own.filter(|class| {
            self.class_attribute(*class, "label_from_instance", None)
                .is_some()
        });
        self.offer(&rows, labels, place);
    }

    /// The rows that a declared field may be given.
    pub(super) fn offered(&mut self, field: &'a DeclaredField) -> Option<Value> {
        let call = self.project().modules.value(field.value).as_call()?;
        let rows = self.choices(field, call)?;
        let at = self.location(field.value)?;
        Some(self.each(&rows, |run, value| match value {
            Value::Rows(rows) => run.rows_method(rows, "all", &Arguments::default(), at),
            _ => Value::Unknown,
        }))
    }

    /// Whether a field of a serializer takes nothing of what is sent.
    pub(super) fn is_read_only(&self, field: &DeclaredField) -> bool {
        let call = self.project().modules.value(field.value).as_call();
        let flag = call.and_then(|call| call.keyword("read_only"));
        let class = field.class.as_deref().unwrap_or_default();
        flag.and_then(crate::facts::ExprRef::as_bool) == Some(true)
            || [
                "SerializerMethodField",
                "StringRelatedField",
                "ReadOnlyField",
            ]
            .iter()
            .any(|name| class.ends_with(name))
    }

    fn choices(&mut self, field: &DeclaredField, call: CallRef<'a>) -> Option<Value> {
        let queryset = call.argument(0, "queryset")?;
        let rows = self.value_of(ValueRef::of(field.value.module, queryset));
        matches!(rows, Value::Rows(_)).then_some(rows)
    }

    /// A field that a model form makes of a relation.
    fn offer_implicit(&mut self, model: ModelId, name: &str, place: Location) {
        let to = match self.steps(model).get(name) {
            Some(Step::One {
                to,
                is_forward: true,
                ..
            }) => *to,
            Some(Step::Many { to, .. }) => *to,
            _ => return,
        };
        self.site = Source::Unknown;
        let rows = self.all_rows(to);
        self.offer(&rows, None, place);
    }

    /// Goes through the rows to choose from, each with its label.
    fn offer(&mut self, rows: &Value, labels: Option<ClassRef>, place: Location) {
        let rows = self.each(rows, |run, value| match value {
            Value::Rows(rows) => {
                // The field's own queryset is where more can be asked for.
                run.site = rows.source;
                run.rows_method(rows, "all", &Arguments::default(), place)
            }
            _ => Value::Unknown,
        });
        let Value::Rows(choices) = &rows else {
            return;
        };
        // The field makes a queryset of its own each time that it is shown.
        let ask = Ask::Method {
            model: choices.model,
            name: "".into(),
            relation: None,
            discards: false,
            is_by_row: false,
        };
        self.note_all(choices.model, place);
        self.ask(ask, Source::Unknown, &Path::start(), place);
        let fetched = Value::Rows(Rc::new(Rows {
            is_fetched: true,
            ..Rows::clone(choices)
        }));
        let outer = std::mem::replace(&mut self.consumer, Consumer::Code);
        let loops = self.loops.len();
        let row = self.enter(&fetched, place);
        match labels {
            Some(class) => {
                let given = Arguments::of([row]);
                self.call_method(&Value::object(class), "label_from_instance", &given, place);
            }
            None => self.show(&row, place),
        }
        self.leave(loops);
        self.consumer = outer;
    }
}

/// Whether a form shows a field in a way of its own, which may not offer rows.
fn has_widget(shape: &Shape, name: &str) -> bool {
    let widgets = shape.option("widgets");
    widgets.is_some_and(|option| option.names.iter().any(|known| *known.name.text == *name))
}
