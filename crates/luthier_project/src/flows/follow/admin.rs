//! The lists of the admin and the rows of its inlines.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::event::{Ask, Consumer};
use super::loads::{How, Loads};
use super::members::ClassAttribute;
use super::path::Path;
use super::record::Unseen;
use super::run::{Arguments, Run};
use super::steps::Step;
use super::value::{Manager, Object, Rows, Source, Value};
use crate::django::DjangoVersion;
use crate::models::ModelId;
use crate::modules::{ClassRef, ValueRef};
use crate::serializers::{NameOption, Origin, Reader, Shape, ShapeKind};

/// The first Django whose box for the actions is labelled with the name of the row.
///
/// Source: `ModelAdmin.action_checkbox` (Django 4.2 and 5.0).
const LABELLED_ACTIONS: DjangoVersion = DjangoVersion::new(5, 0);

/// Methods of an inline that make the fields of its forms.
const FIELD_HOOKS: &[&str] = &[
    "formfield_for_dbfield",
    "formfield_for_foreignkey",
    "formfield_for_manytomany",
];

/// One column of a list.
pub(super) enum Column {
    Named(Arc<str>),
    Called(Value),
}

impl<'a> Run<'_, 'a> {
    /// Shows the list of an admin class, and the page of one row with its inlines.
    pub(super) fn show_admin(&mut self, shape: &'a Shape) {
        let (Origin::Class(class), Some(model)) = (shape.origin, shape.subject.model()) else {
            return;
        };
        let Some(at) = self.class_place(class) else {
            return;
        };
        let outer = std::mem::replace(&mut self.consumer, Consumer::Admin);
        let own = self.admin_of(class, model);
        self.show_list(shape, &own, model, at);
        let inlines = self.member(&own, "inlines", at);
        if let Value::Tuple(inlines) = inlines {
            for inline in inlines.iter() {
                if let Value::Class(inline) = inline {
                    self.show_inline(*inline, model);
                }
            }
        }
        self.consumer = outer;
    }

    /// Shows the list of an admin class: how many rows there are, all and those that filters leave,
    /// what there is to filter by, and the rows.
    ///
    /// Source: `ChangeList.get_results` (Django 5.2).
    pub(super) fn ask_admin_list(
        &mut self,
        shape: &'a Shape,
        (class, model): (ClassRef, ModelId),
        at: Location,
    ) {
        let deciding = [
            "get_list_display",
            "get_list_filter",
            "get_changelist",
            "changelist_view",
        ];
        if deciding.into_iter().any(|name| self.has_own(class, name)) {
            self.unseen(Unseen::Outside(at));
        }
        let own = self.admin_of(class, model);
        if let Some(option) = shape.option("list_filter") {
            for name in &option.names {
                if let Some(place) = self.location(name.name.place) {
                    self.choose(model, &name.name.text, place);
                }
            }
        }
        let is_full = self.member(&own, "show_full_result_count", at) != Value::Bool(false);
        for _ in 0..=u32::from(is_full) {
            if let Some(rows) = self.admin_rows(&own, at) {
                self.note_method(&rows, "count", at);
            }
        }
        self.show_list(shape, &own, model, at);
    }

    pub(super) fn admin_of(&self, class: ClassRef, model: ModelId) -> Value {
        let mut fields: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        fields.insert("model".into(), self.class_of(model));
        Value::Object(Rc::new(Object { class, fields }))
    }

    pub(super) fn class_place(&self, class: ClassRef) -> Option<Location> {
        let modules = &self.project().modules;
        let file = modules.get(class.module).file?;
        Some(Location::new(file, modules.class(class).name_span))
    }

    pub(super) fn admin_rows(&mut self, own: &Value, at: Location) -> Option<Rc<Rows>> {
        self.site = Source::Unknown;
        let request = Arguments::of([Value::Unknown]);
        let rows = self.call_method(own, "get_queryset", &request, at);
        match rows {
            Value::Rows(rows) if rows.manager == Manager::No => Some(rows),
            _ => None,
        }
    }

    pub(super) fn has_own(&self, class: ClassRef, name: &str) -> bool {
        self.class_attribute(class, name, None).is_some()
    }

    // ---- the list ----

    fn show_list(&mut self, shape: &'a Shape, own: &Value, model: ModelId, at: Location) {
        let Origin::Class(class) = shape.origin else {
            return;
        };
        if self.has_own(class, "get_list_display") || self.has_own(class, "get_changelist") {
            return;
        }
        let Some(rows) = self.admin_rows(own, at) else {
            return;
        };
        let columns = match shape.option("list_display") {
            Some(option) => self.columns(option),
            None => vec![(Column::Named("__str__".into()), at)],
        };
        let rows = self.with_joins(class, own, rows, &columns, at);
        let loops = self.loops.len();
        let mut row = self.enter(&Value::Rows(rows), at);
        if self.is_labelled(own, at) {
            self.show(&row, at);
        }
        for (column, place) in &columns {
            row = self.show_column(class, own, row, column, *place);
        }
        if let Some(option) = shape.option("list_editable") {
            for name in &option.names {
                if let Some(place) = self.location(name.name.place) {
                    self.choose(model, &name.name.text, place);
                }
            }
        }
        self.leave(loops);
    }

    fn columns(&mut self, option: &'a NameOption) -> Vec<(Column, Location)> {
        let modules = &self.project().modules;
        let reader = Reader { modules };
        let value = modules.value(option.place);
        let (elements, _) = reader.sequence(option.place.module, value);
        let mut columns = Vec::with_capacity(elements.len());
        for (module, element) in elements {
            let value = ValueRef::of(module, element);
            let Some(place) = self.location(value) else {
                continue;
            };
            let column = match element.as_str() {
                Some(name) => Column::Named(name.into()),
                None => Column::Called(self.value_of(value)),
            };
            columns.push((column, place));
        }
        columns
    }

    /// What `ChangeList.apply_select_related` joins.
    ///
    /// Source: `django.contrib.admin.views.main` (Django 5.2).
    fn with_joins(
        &mut self,
        class: ClassRef,
        own: &Value,
        rows: Rc<Rows>,
        columns: &[(Column, Location)],
        at: Location,
    ) -> Rc<Rows> {
        let is_joined = match &rows.loads {
            Loads::Known(known) => known.values().any(|load| load.how == How::Joined),
            Loads::Open => true,
        };
        if is_joined {
            return rows;
        }
        let wanted = if self.has_own(class, "get_list_select_related") {
            let request = Arguments::of([Value::Unknown]);
            self.call_method(own, "get_list_select_related", &request, at)
        } else {
            self.member(own, "list_select_related", at)
        };
        let given = match wanted {
            Value::Tuple(names) if names.is_empty() => return rows,
            Value::Tuple(names) => Arguments::of(names.iter().cloned()),
            Value::Bool(true) => Arguments::default(),
            Value::Bool(false) | Value::Unknown => {
                let steps = self.steps(rows.model);
                let is_key = |(column, _): &(Column, Location)| match column {
                    Column::Named(name) => matches!(
                        steps.get(name),
                        Some(Step::One {
                            is_forward: true,
                            ..
                        })
                    ),
                    Column::Called(_) => false,
                };
                if !columns.iter().any(is_key) {
                    return rows;
                }
                Arguments::default()
            }
            _ => Arguments {
                is_open: true,
                ..Arguments::default()
            },
        };
        match self.queryset_method(&rows, "select_related", &given, at) {
            Value::Rows(joined) => joined,
            _ => rows,
        }
    }

    /// Whether each row has a box that is labelled with its name.
    fn is_labelled(&mut self, own: &Value, at: Location) -> bool {
        self.project().django.version >= LABELLED_ACTIONS
            && self.member(own, "actions", at) != Value::None
    }

    /// Shows one column of a row; gives the row with what was followed in memory.
    pub(super) fn show_column(
        &mut self,
        class: ClassRef,
        own: &Value,
        row: Value,
        column: &Column,
        at: Location,
    ) -> Value {
        let name = match column {
            Column::Called(function) => {
                let shown = self.call(function, &Arguments::of([row.clone()]), at);
                self.show(&shown, at);
                return row;
            }
            Column::Named(name) => name,
        };
        let model = match &row {
            Value::Row(row) => row.model,
            _ => return row,
        };
        let is_column = matches!(
            self.steps(model).get(name),
            Some(
                Step::Column(_)
                    | Step::One {
                        is_forward: true,
                        ..
                    }
            )
        );
        if !is_column && &**name != "__str__" && self.has_own(class, name) {
            let shown = self.call_method(own, name, &Arguments::of([row.clone()]), at);
            self.show(&shown, at);
            return row;
        }
        if &**name == "__str__" {
            self.show(&row, at);
            return row;
        }
        let is_path = !is_column && name.contains("__") && !name.starts_with("__");
        let path: Vec<&str> = match is_path {
            true => name.split("__").collect(),
            false => vec![name],
        };
        let (shown, row) = self.walked(row, &path, at);
        self.show(&shown, at);
        row
    }

    // ---- forms for rows ----

    /// A field of a form for a row: one for a relation asks for the rows to choose from.
    pub(super) fn choose(&mut self, model: ModelId, name: &str, at: Location) {
        let to = match self.steps(model).get(name) {
            Some(Step::One {
                to,
                is_forward: true,
                ..
            }) => *to,
            Some(Step::Many { to, .. }) => *to,
            _ => return,
        };
        let ask = Ask::Method {
            model: to,
            name: "".into(),
            relation: None,
            discards: false,
            is_by_row: false,
        };
        self.note_all(to, at);
        self.ask(ask, Source::Unknown, &Path::start(), at);
    }

    /// Whether an owner has one row of a model at most.
    fn belongs_alone(&self, model: ModelId, owner: ModelId) -> bool {
        let fields = self.models_of(model).fields(model);
        let mut keys = fields.iter().filter(|(_, field)| {
            let to = field.relation().and_then(|relation| relation.to.model());
            field.kind.is_foreign_key() && to.is_some_and(|to| self.is_part_of(owner, to))
        });
        keys.clone().next().is_some() && keys.all(|(_, field)| field.unique() == Some(true))
    }

    /// Whether rows of a model are rows of another one as well, whose table they share or link to.
    ///
    /// Source: `django.forms.models._get_foreign_key` (Django 5.2).
    pub(super) fn is_part_of(&self, model: ModelId, other: ModelId) -> bool {
        let parents = &self.project().models.get(model).parents;
        let mut parents = parents.iter().map(|parent| parent.model);
        model == other || parents.any(|parent| parent != model && self.is_part_of(parent, other))
    }

    /// Whether code of an inline keeps what there is to choose from, or shows it with a widget of its
    /// own. Which rows those are is another matter.
    fn makes_choices(&self, class: ClassRef) -> bool {
        let modules = &self.project().modules;
        FIELD_HOOKS.iter().any(|hook| {
            let Some(ClassAttribute::Function(hook)) = self.class_attribute(class, hook, None)
            else {
                return false;
            };
            modules.function_body(hook).exprs().any(|expr| {
                let attribute = expr.as_attribute().map(|(_, name)| name);
                let call = expr.as_call();
                matches!(attribute, Some("choices" | "widget"))
                    || expr.as_str() == Some("widget")
                    || call.is_some_and(|call| call.keyword("widget").is_some())
            })
        })
    }

    /// The rows of an inline on a page of `owner`: each has its form, and is called by its name.
    pub(super) fn show_inline(&mut self, class: ClassRef, owner: ModelId) {
        let project = self.project();
        let mut shapes = project.serializers.of_class(class);
        let Some(shape) = shapes.find(|shape| shape.kind == ShapeKind::Inline) else {
            return;
        };
        let (Some(model), Some(at)) = (shape.subject.model(), self.class_place(class)) else {
            return;
        };
        let deciding = ["get_fields", "get_formset", "get_readonly_fields"];
        if deciding.into_iter().any(|name| self.has_own(class, name)) {
            return;
        }
        let own = self.admin_of(class, model);
        let Some(mut rows) = self.admin_rows(&own, at) else {
            return;
        };
        if self.belongs_alone(model, owner) {
            rows = Rc::new(Rows {
                is_bounded: true,
                ..Rows::clone(&rows)
            });
        }
        let loops = self.loops.len();
        let mut row = self.enter(&Value::Rows(rows), at);
        self.show(&row, at);
        let names = |option: &str| -> Vec<(Arc<str>, ValueRef)> {
            let option = shape.option(option);
            let names = option.into_iter().flat_map(|option| &option.names);
            names
                .map(|name| (Arc::clone(&name.name.text), name.name.place))
                .collect()
        };
        let fixed = names("readonly_fields");
        let shown = shape.option("fields").or_else(|| shape.option("fieldsets"));
        let is_made = self.makes_choices(class);
        let form = match self.member(&own, "form", at) {
            Value::Class(form) => Some(form),
            _ => None,
        };
        for field in self.form_fields(shape, model, Some(owner), at) {
            let before = self.events.len();
            let is_decided = match form {
                Some(form) => self.offer_field(form, model, &field),
                None => {
                    self.choose(model, &field.name, field.place);
                    false
                }
            };
            // Only the one row that is chosen is asked for, which nothing saves but leaving the field
            // out of those that are named; or code may keep what there is to choose from.
            if field.is_search && shown.is_none() || is_made || is_decided {
                self.doubt_all_since(before);
            }
        }
        for (name, place) in fixed {
            let place = match shown {
                Some(shown) => {
                    let mut shown = shown.names.iter();
                    let shown = shown.find(|shown| shown.name.text == name);
                    shown.map(|shown| shown.name.place)
                }
                None => Some(place),
            };
            if let Some(place) = place.and_then(|place| self.location(place)) {
                row = self.show_column(class, &own, row, &Column::Named(name), place);
            }
        }
        self.leave(loops);
    }
}
