//! The pages of the admin for one row: its form with the inlines, its history, the question whether it is to
//! go. Followed where queries are recorded.

use std::sync::Arc;

use luthier_source::Location;

use super::admin::Column;
use super::event::Consumer;
use super::plans::AdminPage;
use super::record::Unseen;
use super::run::{Arguments, Run};
use super::steps::Step;
use super::value::Value;
use crate::models::{Field, FieldKind, ModelId};
use crate::modules::{ClassRef, ValueRef};
use crate::serializers::{Shape, ShapeKind};

/// How many empty forms an inline has where it says nothing.
///
/// Source: `InlineModelAdmin.extra` (Django 5.2).
const EXTRA: u8 = 3;

/// Methods and attributes that decide what a form asks for.
const DECIDING: &[&str] = &[
    "add_view",
    "change_view",
    "changeform_view",
    "form",
    "formfield_for_dbfield",
    "formfield_for_foreignkey",
    "formfield_for_manytomany",
    "get_fields",
    "get_fieldsets",
    "get_form",
    "get_formsets_with_inlines",
    "get_inline_instances",
    "get_inlines",
    "get_readonly_fields",
    "render_change_form",
];

/// A field of a form for a row.
pub(super) struct AdminField {
    pub(super) name: Arc<str>,
    pub(super) place: Location,
    /// Whether it shows what was chosen only, as far as is known: `raw_id_fields`,
    /// `autocomplete_fields`.
    pub(super) is_search: bool,
}

impl<'a> Run<'_, 'a> {
    /// Shows a page of an admin class.
    pub(super) fn ask_admin(&mut self, class: ClassRef, page: AdminPage, at: Location) {
        let mut shapes = self.engine.project.serializers.of_class(class);
        let shape = shapes.find(|shape| shape.kind == ShapeKind::Admin);
        let model = shape.and_then(|shape| shape.subject.model());
        let (Some(shape), Some(model)) = (shape, model) else {
            self.unseen(Unseen::Outside(at));
            return;
        };
        let outer = std::mem::replace(&mut self.consumer, Consumer::Admin);
        match page {
            AdminPage::List => self.ask_admin_list(shape, (class, model), at),
            AdminPage::Add | AdminPage::Change => {
                self.ask_admin_form(shape, (class, model), page, at);
            }
            AdminPage::Delete => {
                self.admin_row((class, model), "delete_view", at);
                // What goes with it is gathered over all relations that lead to it.
                self.unseen(Unseen::Outside(at));
            }
            AdminPage::History => self.ask_admin_history((class, model), at),
        }
        self.consumer = outer;
    }

    /// The row that a page is about, by its key.
    ///
    /// Source: `ModelAdmin.get_object` (Django 5.2).
    fn admin_row(
        &mut self,
        (class, model): (ClassRef, ModelId),
        view: &str,
        at: Location,
    ) -> Option<Value> {
        if self.has_own(class, view) || self.has_own(class, "get_object") {
            self.unseen(Unseen::Outside(at));
        }
        let own = self.admin_of(class, model);
        let Some(rows) = self.admin_rows(&own, at) else {
            self.unseen(Unseen::Outside(at));
            return None;
        };
        let key = Arguments {
            keywords: vec![("pk".into(), Value::Plain)],
            ..Arguments::default()
        };
        Some(self.rows_method(&rows, "get", &key, at))
    }

    /// What was done to a row: how many entries there are, and a page of them. The title has the row.
    ///
    /// Source: `ModelAdmin.history_view` (Django 5.2).
    fn ask_admin_history(&mut self, of: (ClassRef, ModelId), at: Location) {
        let row = self.admin_row(of, "history_view", at);
        match self.project().models.by_label("admin.LogEntry") {
            Some(entries) => {
                if let Value::Rows(rows) = self.all_rows(entries) {
                    self.note_method(&rows, "count", at);
                    self.note_method(&rows, "all", at);
                }
            }
            None => self.unseen(Unseen::Outside(at)),
        }
        if let Some(row) = row {
            self.show(&row, at);
        }
    }

    /// The form for a row, with its inlines. The title of one that is there has its name.
    ///
    /// Source: `ModelAdmin._changeform_view` (Django 5.2).
    fn ask_admin_form(
        &mut self,
        shape: &'a Shape,
        (class, model): (ClassRef, ModelId),
        page: AdminPage,
        at: Location,
    ) {
        if DECIDING.iter().any(|name| self.has_own(class, name)) {
            self.unseen(Unseen::Outside(at));
        }
        let is_new = page == AdminPage::Add;
        let mut row = match is_new {
            true => None,
            false => self.admin_row((class, model), page.method(), at),
        };
        let own = self.admin_of(class, model);
        let fields = self.form_fields(shape, model, None, at);
        for field in &fields {
            if let Some(row) = &row {
                self.read_value(row, model, field);
            }
            self.ask_admin_field(model, field, is_new);
        }
        if let Some(option) = shape.option("readonly_fields") {
            for name in &option.names {
                if let (Some(shown), Some(place)) = (row.take(), self.location(name.name.place)) {
                    let column = Column::Named(Arc::clone(&name.name.text));
                    row = Some(self.show_column(class, &own, shown, &column, place));
                }
            }
        }
        if let Some(row) = &row {
            self.show(row, at);
        }
        if let Value::Tuple(inlines) = self.member(&own, "inlines", at) {
            for inline in inlines.iter() {
                match inline {
                    Value::Class(inline) => self.ask_inline(*inline, model, is_new),
                    _ => self.unseen(Unseen::Outside(at)),
                }
            }
        }
    }

    /// What the form shows of a row: each column, also one that `get_queryset` has left out, and the rows of
    /// a relation to many.
    fn read_value(&mut self, row: &Value, model: ModelId, field: &AdminField) {
        match self.steps(model).get(&field.name) {
            Some(Step::Column(_)) => {
                self.member(row, &field.name, field.place);
            }
            Some(Step::Many { .. }) => {
                let many = self.member(row, &field.name, field.place);
                let many = self.all_of(&many, field.place);
                self.elements(&many, field.place);
            }
            _ => {}
        }
    }

    /// What a field of the form asks for: all rows to choose from, or what was chosen.
    fn ask_admin_field(&mut self, model: ModelId, field: &AdminField, is_new: bool) {
        let found = self.project().models.field(model, &field.name);
        let is_many = found.is_some_and(|(_, field)| field.kind == FieldKind::ManyToMany);
        if !field.is_search || !is_new && !is_many {
            self.choose(model, &field.name, field.place);
        }
    }

    /// An inline: its rows, and the empty forms, of which the one that is copied is one more.
    fn ask_inline(&mut self, class: ClassRef, owner: ModelId, is_new: bool) {
        let mut shapes = self.engine.project.serializers.of_class(class);
        let shape = shapes.find(|shape| shape.kind == ShapeKind::Inline);
        let model = shape.and_then(|shape| shape.subject.model());
        let (Some(shape), Some(model), Some(at)) = (shape, model, self.class_place(class)) else {
            return;
        };
        let deciding = DECIDING
            .iter()
            .chain(&["formset", "get_extra", "get_formset"]);
        if deciding.into_iter().any(|name| self.has_own(class, name)) {
            self.unseen(Unseen::Outside(at));
        }
        if !is_new {
            self.show_inline(class, owner);
        }
        let own = self.admin_of(class, model);
        let is_told = self.has_own(class, "extra");
        let extra = match self.member(&own, "extra", at) {
            Value::Few(extra) => extra,
            _ if is_told => {
                self.unseen(Unseen::Outside(at));
                0
            }
            _ => EXTRA,
        };
        let may_add = !self.has_own(class, "has_add_permission");
        let forms = if may_add { extra.saturating_add(1) } else { 0 };
        for _ in 0..forms {
            for field in self.form_fields(shape, model, Some(owner), at) {
                self.ask_admin_field(model, &field, true);
            }
        }
    }

    /// The fields of a form in which something can be changed: those that are named, else all, without the
    /// key to the owner.
    pub(super) fn form_fields(
        &self,
        shape: &Shape,
        model: ModelId,
        owner: Option<ModelId>,
        at: Location,
    ) -> Vec<AdminField> {
        let find = |options: &[&str], name: &str| -> Option<ValueRef> {
            let options = options.iter().filter_map(|option| shape.option(option));
            let mut names = options.flat_map(|option| &option.names);
            let known = names.find(|known| *known.name.text == *name)?;
            Some(known.name.place)
        };
        let search = ["raw_id_fields", "autocomplete_fields"];
        // Those that a function lists may be any.
        let may_search = search.iter().any(|option| {
            let option = shape.option(option);
            option.is_some_and(|option| !option.is_complete)
        });
        let field = |name: &Arc<str>, place: Option<ValueRef>| {
            let searched = find(&search, name);
            let place = place.or(searched).and_then(|place| self.location(place));
            AdminField {
                name: Arc::clone(name),
                place: place.unwrap_or(at),
                is_search: searched.is_some() || may_search,
            }
        };
        let is_fixed = |name: &str| find(&["readonly_fields"], name).is_some();
        let leads_to_owner = |field: &Field| {
            let to = field.relation().and_then(|relation| relation.to.model());
            let both = owner.zip(to);
            both.is_some_and(|(owner, to)| self.is_part_of(owner, to))
        };
        if let Some(shown) = shape.option("fields").or_else(|| shape.option("fieldsets")) {
            let names = shown.names.iter().map(|name| &name.name);
            // Django shows the row itself in place of its key.
            let is_key = |name: &str| {
                let found = self.models_of(model).field(model, name);
                found.is_some_and(|(_, field)| field.kind.is_foreign_key() && leads_to_owner(field))
            };
            let free = names.filter(|name| !is_fixed(&name.text) && !is_key(&name.text));
            return free
                .map(|name| field(&name.text, Some(name.place)))
                .collect();
        }
        let all = self.models_of(model).fields(model);
        let free = all.iter().filter(|(_, field)| {
            let relation = field.relation();
            let is_link = relation.is_some_and(|relation| relation.is_parent_link);
            // A relation through a model of its own has no field.
            let through = relation.and_then(|relation| relation.through.as_ref());
            let is_through = through.is_some_and(|through| {
                let model = through.model();
                model.is_none_or(|model| self.models_of(model).get(model).made_by.is_none())
            });
            let is_left_out = find(&["exclude"], &field.name).is_some() || is_fixed(&field.name);
            let is_own = !leads_to_owner(field) && !is_link && !is_through;
            is_own && field.editable() != Some(false) && !is_left_out
        });
        free.map(|(_, it)| field(&it.name, None)).collect()
    }
}
