//! Who brings a value: requests, forms, rows, callers.

use super::follow::{At, Follower, Found, crossing};
use super::{FormField, Origin};
use crate::facts::ExprRef;
use crate::facts::ir::ParamKind;
use crate::flows::Held;
use crate::models::{FieldKind, ModelId};
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId};
use crate::routes::{Param, ParamKind as Takes, ViewTarget};

/// What a request has that whoever sends it decides.
const SENT: &[&str] = &[
    "COOKIES",
    "FILES",
    "GET",
    "POST",
    "body",
    "data",
    "headers",
    "query_params",
];

/// Classes of form and serializer fields that let any text pass.
const FREE_TEXT: &[&str] = &[
    "CharField",
    "JSONField",
    "DictField",
    "ListField",
    "RegexField",
];

/// Types whose text has no quotes.
const HARMLESS: &[&str] = &[
    "bool",
    "int",
    "float",
    "Decimal",
    "UUID",
    "date",
    "datetime",
    "time",
    "timedelta",
    "Literal",
];

impl<'a> Follower<'a> {
    pub(super) fn attribute(&self, at: At<'a, '_>, expr: ExprRef<'a>) -> Found {
        let Some((object, name)) = expr.as_attribute() else {
            return Found::new();
        };
        if self.reaching(at.module, expr).is_checked
            || self.project.modules.is_settings(at.module, object)
        {
            return Found::new();
        }
        if self.is_request(object) && SENT.contains(&name) {
            return vec![self.ingredient(at.module, expr, Origin::Request)];
        }
        if let Held::Row(model) = self.project.held_at(at.module, object) {
            return self.column(at.module, expr, model, name);
        }
        match self.meant(at.module, expr) {
            Some((module, value)) => self.of(At { module, ..at }, value),
            None if matches!(object.as_name(), Some("self")) => self.own(at, expr, name),
            None => Found::new(),
        }
    }

    /// Whether an expression is a request, by the name that Django and its users have for it.
    fn is_request(&self, expr: ExprRef<'a>) -> bool {
        match expr.as_attribute() {
            Some((_, name)) => matches!(name, "request" | "_request"),
            None => expr.as_name() == Some("request"),
        }
    }

    /// A column that is read from a row.
    fn column(&self, module: ModuleId, read: ExprRef<'a>, model: ModelId, name: &str) -> Found {
        let Some((owner, field)) = self.project.models.field(model, name) else {
            return Found::new();
        };
        let is_text = matches!(
            field.kind,
            FieldKind::Char | FieldKind::Text | FieldKind::Email | FieldKind::Url | FieldKind::Json
        );
        if !is_text || field.has_choices() != Some(false) {
            return Found::new();
        }
        let origin = Origin::Row(owner, name.into());
        vec![self.ingredient(module, read, origin)]
    }

    /// What methods put on `self`.
    fn own(&self, at: At<'a, '_>, expr: ExprRef<'a>, name: &str) -> Found {
        let Some(class) = expr.body.enclosing_class() else {
            return Found::new();
        };
        let project = self.project;
        let mro = project.modules.mro(ClassRef {
            module: at.module,
            class,
        });
        for own in mro.classes() {
            let Some(attributes) = project.flows.class_attributes(&project.modules, own.module)
            else {
                continue;
            };
            let facts = project.modules.facts(own.module);
            let Some(assigned) = attributes.get(facts, own.class, name) else {
                continue;
            };
            let inner = At {
                module: own.module,
                frame: None,
                depth: at.depth + 1,
            };
            if inner.depth > super::follow::MAX_FRAMES {
                return Found::new();
            }
            let values = assigned.iter().filter(|it| !it.is_annotation);
            let exprs = values.map(|it| facts.body(it.body).expr(it.value));
            return crossing(self.all(inner, exprs));
        }
        Found::new()
    }

    /// What a key of something that a framework fills brings in; `None` where it is nothing of that kind.
    pub(super) fn named_element(
        &self,
        at: At<'a, '_>,
        whole: ExprRef<'a>,
        (object, key): (ExprRef<'a>, ExprRef<'a>),
    ) -> Option<Found> {
        let one = |origin| Some(vec![self.ingredient(at.module, whole, origin)]);
        if let Some((holder, name)) = object.as_attribute() {
            match name {
                "kwargs" if holder.as_name() == Some("self") => {
                    let class = object.body.enclosing_class()?;
                    let class = ClassRef {
                        module: at.module,
                        class,
                    };
                    return match self.is_loose_in_address(class, key.as_str()?) {
                        true => one(Origin::Address),
                        false => Some(Found::new()),
                    };
                }
                "cleaned_data" | "validated_data" => {
                    return match self.form_field(at.module, holder, key.as_str()?) {
                        Some(field) => one(Origin::Form(field)),
                        None => Some(Found::new()),
                    };
                }
                "META" if self.is_request(holder) => {
                    let is_sent = key.as_str().is_some_and(|key| {
                        key.starts_with("HTTP_") || matches!(key, "QUERY_STRING" | "PATH_INFO")
                    });
                    return match is_sent {
                        true => one(Origin::Request),
                        false => Some(Found::new()),
                    };
                }
                // What was taken by a key is told by it.
                _ if self.is_request(holder) && SENT.contains(&name) => {
                    return one(Origin::Request);
                }
                _ => {}
            }
        }
        let name = object.as_name()?;
        if matches!(name, "cleaned_data" | "validated_data") {
            let (module, value) = self.only_value(at.module, object)?;
            let (holder, _) = value.as_attribute()?;
            let field = self.form_field(module, holder, key.as_str()?);
            return Some(field.map_or_else(Found::new, |field| {
                vec![self.ingredient(at.module, whole, Origin::Form(field))]
            }));
        }
        None
    }

    /// What a field of a form or serializer lets pass; `None` for numbers, dates, choices and the like.
    fn form_field(&self, module: ModuleId, form: ExprRef<'a>, key: &str) -> Option<FormField> {
        let class = match form.as_name() {
            Some("self") => form
                .body
                .enclosing_class()
                .map(|class| ClassRef { module, class }),
            Some(_) => self.only_value(module, form).and_then(|(module, made)| {
                let callee = made.as_call()?.callee;
                match self.project.modules.resolve_expr(module, callee) {
                    Definition::Class(class) => Some(class),
                    _ => None,
                }
            }),
            None => None,
        };
        let Some(class) = class else {
            return Some(FormField::Unknown);
        };
        let mut shapes = self.project.serializers.of_class(class);
        let Some(shape) = shapes.next() else {
            return Some(FormField::Unknown);
        };
        if let Some(declared) = shape.declared.iter().find(|field| &*field.name == key) {
            let Some(dotted) = &declared.class else {
                return Some(FormField::Unknown);
            };
            let last = dotted.rsplit('.').next().unwrap_or_default();
            return FREE_TEXT.contains(&last).then_some(FormField::Text);
        }
        let model = shape.subject.model()?;
        let (_, field) = self.project.models.field(model, key)?;
        let is_text = matches!(field.kind, FieldKind::Char | FieldKind::Text);
        (is_text && field.has_choices() == Some(false)).then_some(FormField::Text)
    }

    // ---- parameters ----

    /// Whether the annotation or the default of a parameter says that it is no free text.
    pub(super) fn is_harmless_param(&self, function: FunctionRef, name: ExprRef<'a>) -> bool {
        let facts = name.facts();
        let declared = facts.function(function.function);
        let Some(param) = declared
            .params
            .iter()
            .find(|it| Some(it.name) == name.head())
        else {
            return true;
        };
        if matches!(param.kind, ParamKind::Arguments | ParamKind::Keywords) {
            return true;
        }
        let scope = facts.body(declared.scope);
        let is_number = param.default.is_some_and(|default| {
            let default = scope.expr(default);
            default.as_int().is_some() || default.as_bool().is_some()
        });
        let is_own = facts.text(param.name) == "self" || facts.text(param.name) == "cls";
        is_own
            || is_number
            || param.annotation.is_some_and(|annotation| {
                let annotation = scope.expr(annotation);
                let mut names = annotation.within().filter_map(ExprRef::last_name);
                let is_text = annotation.within().any(|it| it.last_name() == Some("str"));
                !is_text
                    && names.any(|name| {
                        HARMLESS.contains(&name)
                            || name.starts_with(|letter: char| letter.is_ascii_uppercase())
                    })
            })
    }

    /// What a parameter of a view gets from the address; `None` where the function is no view or the
    /// parameter is none of the address.
    pub(super) fn from_request(
        &self,
        at: At<'a, '_>,
        function: FunctionRef,
        name: ExprRef<'a>,
    ) -> Option<Found> {
        let text = name.as_name()?;
        if text == "request" {
            return Some(Found::new());
        }
        let project = self.project;
        let mut views = project
            .views
            .entered_by(function, &project.modules, &project.routes)
            .peekable();
        views.peek()?;
        let params = views.flat_map(|view| &view.routes).filter_map(|&route| {
            let params = project.routes.routes[route as usize].params()?;
            params
                .into_iter()
                .find(|it| it.name.as_deref() == Some(text))
        });
        let is_loose = params.into_iter().any(|param| is_loose(&param));
        Some(match is_loose {
            true => vec![self.ingredient(at.module, name, Origin::Address)],
            false => Found::new(),
        })
    }

    /// Whether an argument that the addresses of a view class have takes any text.
    fn is_loose_in_address(&self, class: ClassRef, name: &str) -> bool {
        let project = self.project;
        let views = project.views.views.iter().filter(|view| match view.target {
            ViewTarget::Class(of) | ViewTarget::Method(of, _) => {
                of == class || project.modules.mro(of).classes().any(|it| *it == class)
            }
            _ => false,
        });
        let mut routes = views.flat_map(|view| &view.routes);
        routes.any(|&route| {
            let params = project.routes.routes[route as usize].params();
            let mut params = params.into_iter().flatten();
            params.any(|param| param.name.as_deref() == Some(name) && is_loose(&param))
        })
    }
}

/// Whether a part of an address may hold quotes.
///
/// Django's converters: <https://docs.djangoproject.com/en/stable/topics/http/urls/#path-converters>
fn is_loose(param: &Param) -> bool {
    match &param.kind {
        Takes::Converter(name) => matches!(name.as_str(), "str" | "path"),
        Takes::Regex(text) => ["[^", ".*", ".+", "\\S"]
            .iter()
            .any(|any| text.contains(any)),
    }
}
