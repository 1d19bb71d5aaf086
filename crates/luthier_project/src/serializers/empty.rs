//! What becomes of a text that is left empty.

use super::kind::{Member, member};
use super::{DeclaredField, Origin, Shape, ShapeKind};
use crate::models::{Field, FieldKind};
use crate::modules::Modules;
use crate::place::Place;

/// Methods and attributes of an admin class that decide which fields its form has and what becomes
/// of them.
const ADMIN_DECIDES: [&str; 9] = [
    "form",
    "formfield_for_dbfield",
    "formfield_overrides",
    "get_exclude",
    "get_fields",
    "get_fieldsets",
    "get_readonly_fields",
    "has_add_permission",
    "has_change_permission",
];

impl Shape {
    /// Whether it surely stores `""` in a text field of its model that may be `NULL`, where nothing
    /// is given.
    ///
    /// As Django 4.2 to 6.0 do it: a form stores `NULL` for the model's `CharField` and its kin, but
    /// `""` for a `TextField`, and `""` for whatever field it declares by itself without
    /// `empty_value`. A serializer of the REST framework takes both, unless `blank` is off.
    pub fn stores_empty(&self, modules: &Modules, field: &Field) -> bool {
        let is_text = matches!(
            field.kind,
            FieldKind::Char | FieldKind::Text | FieldKind::Slug | FieldKind::Email | FieldKind::Url
        );
        let name = &*field.name;
        if !is_text || self.is_open || !self.includes(modules, name) || self.cleans(modules, name) {
            return false;
        }
        if let Some(own) = self.declared.iter().find(|own| *own.name == *name) {
            return own.is_certain && self.declaration_takes_empty(modules, own);
        }
        if field.blank() != Some(true) || field.editable() != Some(true) {
            return false;
        }
        match self.kind {
            ShapeKind::Serializer => true,
            ShapeKind::Form | ShapeKind::Admin | ShapeKind::Inline => {
                field.kind == FieldKind::Text && field.has_choices() == Some(false)
            }
            ShapeKind::FilterSet => false,
        }
    }

    /// Whether a field that a form declares gives `""` where nothing is typed; `None` where it
    /// declares none of the name.
    pub fn gives_empty(&self, modules: &Modules, name: &str) -> Option<bool> {
        let own = self.declared.iter().find(|own| *own.name == *name)?;
        let is_form = self.kind == ShapeKind::Form && !self.cleans(modules, name);
        Some(is_form && own.is_certain && self.declaration_takes_empty(modules, own))
    }

    /// Where it stands in the repository.
    pub fn place(&self, modules: &Modules) -> Option<Place> {
        let span = match self.origin {
            Origin::Class(class) => modules.class(class).name_span,
            Origin::Call(call) => modules.value(call).span(),
        };
        let file = modules.get(self.module()).file;
        file.filter(|_| modules.is_repository(self.module()))
            .map(|file| Place::new(file, span))
    }

    /// Whether the field of the model is surely among those that are written.
    fn includes(&self, modules: &Modules, name: &str) -> bool {
        let names = |option: &str| self.option(option);
        let holds = |option: &str| {
            names(option).is_some_and(|option| {
                option.is_all || option.names.iter().any(|field| *field.name.text == *name)
            })
        };
        let surely_lacks =
            |option: &str| names(option).is_none_or(|option| option.is_complete) && !holds(option);
        match self.kind {
            ShapeKind::Form => {
                let all_but = names("exclude").is_some() && surely_lacks("exclude");
                let is_listed = holds("fields") || (names("fields").is_none() && all_but);
                is_listed && surely_lacks("exclude") && surely_lacks("field_classes")
            }
            ShapeKind::Serializer => {
                let all_but = names("exclude").is_some() && surely_lacks("exclude");
                let is_listed = holds("fields") || (names("fields").is_none() && all_but);
                is_listed && surely_lacks("read_only_fields") && surely_lacks("extra_kwargs")
            }
            ShapeKind::Admin | ShapeKind::Inline => {
                let is_listed = ["fields", "fieldsets"]
                    .iter()
                    .all(|option| names(option).is_none() || holds(option));
                is_listed
                    && surely_lacks("exclude")
                    && surely_lacks("readonly_fields")
                    && !ADMIN_DECIDES
                        .iter()
                        .any(|method| self.replaces(modules, method))
            }
            ShapeKind::FilterSet => false,
        }
    }

    /// Whether a method of its own has its say about the value.
    fn cleans(&self, modules: &Modules, name: &str) -> bool {
        ["clean_", "validate_"]
            .iter()
            .any(|method| self.replaces(modules, &format!("{method}{name}")))
    }

    /// Whether the project's code binds an attribute of its class.
    fn replaces(&self, modules: &Modules, attribute: &str) -> bool {
        let Origin::Class(class) = self.origin else {
            return false;
        };
        match member(modules, class, attribute) {
            Member::Bound(class, _) => !modules.get(class.module).name.starts_with("django."),
            Member::Absent => false,
            Member::Unknown => true,
        }
    }

    fn declaration_takes_empty(&self, modules: &Modules, own: &DeclaredField) -> bool {
        let Some(class) = own.class.as_deref() else {
            return false;
        };
        let Some(call) = modules
            .value(own.value)
            .as_call()
            .filter(|call| !call.is_open())
        else {
            return false;
        };
        let says = |keyword: &str, value: bool| {
            call.keyword(keyword).and_then(|given| given.as_bool()) == Some(value)
        };
        match self.kind {
            ShapeKind::Serializer => {
                class.starts_with("rest_framework.")
                    && class.ends_with(".CharField")
                    && says("allow_blank", true)
                    && !says("read_only", true)
                    && own.source.is_none()
                    && !own.source_is_open
            }
            _ => {
                class.starts_with("django.forms.")
                    && class.ends_with(".CharField")
                    && says("required", false)
                    && call.keyword("empty_value").is_none()
            }
        }
    }
}
