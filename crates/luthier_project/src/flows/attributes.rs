//! What attributes lead to.

use super::class_attributes::Assigned;
use super::tables::{self, RowsMethod};
use super::trace::Tracer;
use super::value::{Value, Why};
use crate::facts::ir::BindingKind;
use crate::models::{FieldKind, ModelId};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, Mro, Origin, ValueRef};

/// Decorators that make a method an attribute.
const PROPERTIES: &[&str] = &[
    "property",
    "cached_property",
    "classproperty",
    "setter",
    "getter",
    "deleter",
];

impl Tracer<'_> {
    pub(super) fn member_by_text(&mut self, object: Value, name: &str) -> Value {
        let modules = self.ground.modules;
        match object {
            Value::Module(module) => {
                let found = modules.member(module, name);
                self.defined(found)
            }
            Value::Class(class) => self.of_class(class, name, false),
            Value::Instance(class) => self.of_class(class, name, true),
            Value::Super(class) => {
                let mro = modules.mro(class);
                self.inherited(&mro, 1, name)
                    .unwrap_or_else(|| self.missing(&mro, 1, name))
            }
            Value::Rows(model) => self.of_rows(model, name),
            Value::Outside(outside) => {
                let dotted = self.names.get(outside);
                if tables::holds_values(dotted) {
                    return Value::Unknown(Why::Attribute);
                }
                let is_class = tables::is_class(dotted);
                let dotted = format!("{dotted}.{name}");
                if is_class {
                    self.outside_member(&dotted)
                } else {
                    self.outside(&dotted)
                }
            }
            Value::OutsideInstance(class) => {
                let dotted = format!("{}.{name}", self.names.get(class));
                self.outside_member(&dotted)
            }
            Value::Function(function) => self.of_function(function, name),
            Value::None | Value::OutsideMember(_) => Value::Unknown(Why::Attribute),
            Value::Circle | Value::Unknown(_) => object,
        }
    }

    // ---- classes and their instances ----

    fn of_class(&mut self, class: ClassRef, name: &str, is_instance: bool) -> Value {
        let modules = self.ground.modules;
        let mro = modules.mro(class);
        let model = self.ground.models.by_class(class);
        if let Some(model) = model
            && let Some(found) = self.of_model(model, name, is_instance)
        {
            return found;
        }
        if let Some(found) = self.inherited(&mro, 0, name) {
            return match found {
                Value::Function(function) if is_instance && self.is_property(function) => {
                    self.returned(function)
                }
                found => found,
            };
        }
        if is_instance && let Some(found) = self.assigned(&mro, name) {
            return found;
        }
        if let Some(model) = model
            && is_instance
            && let Some(found) = self.way_back(model, name)
        {
            return found;
        }
        if name == "__init__" || name == "__call__" {
            return Value::Unknown(Why::Attribute);
        }
        self.missing(&mro, 0, name)
    }

    /// A name in the bodies of a class and its bases, from the `skip`th on.
    fn inherited(&mut self, mro: &Mro, skip: usize, name: &str) -> Option<Value> {
        let modules = self.ground.modules;
        for ancestor in mro.ancestors.iter().skip(skip) {
            let class = match ancestor {
                Ancestor::Class(class) => *class,
                // What an unknown base has comes before what its own bases have.
                Ancestor::External(_) | Ancestor::Unknown => continue,
            };
            let body = modules.class_body(class);
            let Some(binding) = body.binding(name) else {
                continue;
            };
            let module = class.module;
            return Some(match binding.kind {
                BindingKind::Function(function) => {
                    Value::Function(FunctionRef { module, function })
                }
                BindingKind::Class(class) => Value::Class(ClassRef { module, class }),
                BindingKind::Value(expr) => {
                    let found = modules.class_member(class, name);
                    match found {
                        Definition::Unknown | Definition::Value(_) => self.elsewhere(ValueRef {
                            module,
                            body: body.id,
                            expr,
                        }),
                        found => self.defined(found),
                    }
                }
                BindingKind::Import(_) | BindingKind::Other(_) => Value::Unknown(Why::Attribute),
            });
        }
        None
    }

    /// What methods assign to an attribute of `self`.
    fn assigned(&mut self, mro: &Mro, name: &str) -> Option<Value> {
        let Tracer { ground, .. } = *self;
        for &class in mro.classes() {
            let Some(attributes) = ground.flows.class_attributes(ground.modules, class.module)
            else {
                continue;
            };
            let facts = ground.modules.facts(class.module);
            let Some(values) = attributes.get(facts, class.class, name) else {
                continue;
            };
            let mut joined = Value::None;
            for Assigned {
                body,
                value,
                is_annotation,
            } in values
            {
                let module = class.module;
                let found = match (is_annotation, module == self.module) {
                    (true, true) => self.annotated(body, value),
                    (true, false) => self.annotated_elsewhere(module, body, value),
                    (false, _) => self.elsewhere(ValueRef {
                        module,
                        body,
                        expr: value,
                    }),
                };
                joined = joined.join(found);
            }
            return Some(joined);
        }
        None
    }

    /// What a class has that no code seen gives it: by the one base that is outside.
    fn missing(&mut self, mro: &Mro, skip: usize, name: &str) -> Value {
        let modules = self.ground.modules;
        let mut outside: Option<String> = None;
        let mut described: Option<String> = None;
        for ancestor in mro.ancestors.iter().skip(skip) {
            match ancestor {
                Ancestor::Unknown => return Value::Unknown(Why::Base),
                Ancestor::External(base) if base == "builtins.object" => {}
                Ancestor::External(base) if outside.is_some() && !base.starts_with("builtins.") => {
                    return Value::Unknown(Why::Base);
                }
                Ancestor::External(base) => {
                    outside.get_or_insert_with(|| base.clone());
                }
                // Descriptions leave things out.
                Ancestor::Class(class)
                    if modules.get(class.module).origin == Origin::Builtin
                        && described.is_none() =>
                {
                    described = Some(modules.qualified_class(*class));
                }
                Ancestor::Class(_) => {}
            }
        }
        match (outside, described) {
            (Some(base), None) | (None, Some(base)) => {
                let dotted = format!("{base}.{name}");
                self.outside_member(&dotted)
            }
            (Some(_), Some(_)) => Value::Unknown(Why::Base),
            (None, None) => Value::Unknown(Why::Attribute),
        }
    }

    fn is_property(&self, function: FunctionRef) -> bool {
        let modules = self.ground.modules;
        let declared = modules.function(function);
        let scope = modules.facts(function.module).body(declared.scope);
        declared.decorators.iter().any(|&decorator| {
            let decorator = scope.expr(decorator);
            let callee = decorator.without_call();
            let last = callee.last_name();
            last.is_some_and(|name| PROPERTIES.contains(&name))
        })
    }

    /// Attributes of what a decorator makes of a function: Celery's tasks, say.
    fn of_function(&mut self, function: FunctionRef, name: &str) -> Value {
        let modules = self.ground.modules;
        let declared = modules.function(function);
        let scope = modules.facts(function.module).body(declared.scope);
        let is_task = declared.decorators.iter().any(|&decorator| {
            let decorator = scope.expr(decorator);
            let callee = decorator.without_call();
            let last = callee.last_name();
            matches!(last, Some("shared_task" | "task"))
        });
        if is_task
            && matches!(
                name,
                "delay" | "apply_async" | "apply" | "s" | "si" | "retry"
            )
        {
            let dotted = format!("celery.app.task.Task.{name}");
            return self.outside_member(&dotted);
        }
        Value::Unknown(Why::Attribute)
    }

    // ---- models ----

    fn of_model(&mut self, id: ModelId, name: &str, is_instance: bool) -> Option<Value> {
        let models = self.ground.models;
        let model = models.get(id);
        if model.managers.iter().any(|manager| &*manager.name == name) {
            return Some(Value::Rows(id));
        }
        if !is_instance {
            return matches!(name, "DoesNotExist" | "MultipleObjectsReturned").then(|| {
                let dotted = format!("django.core.exceptions.{name}");
                Value::Outside(self.names.add(&dotted))
            });
        }
        let (_, field) = models.field(id, name)?;
        if let Some(to) = field.relation().and_then(|relation| relation.to.model()) {
            return Some(match field.kind {
                FieldKind::ForeignKey | FieldKind::OneToOne => self.row(to),
                FieldKind::ManyToMany => Value::Rows(to),
                _ => Value::Unknown(Why::Attribute),
            });
        }
        let class = match field.kind {
            FieldKind::Char
            | FieldKind::Email
            | FieldKind::Slug
            | FieldKind::Text
            | FieldKind::Url => "builtins.str",
            FieldKind::DateTime => "datetime.datetime",
            FieldKind::Date => "datetime.date",
            FieldKind::Time => "datetime.time",
            FieldKind::Duration => "datetime.timedelta",
            FieldKind::Decimal => "decimal.Decimal",
            FieldKind::Uuid => "uuid.UUID",
            FieldKind::File | FieldKind::Image => "django.db.models.fields.files.FieldFile",
            _ => return Some(Value::Unknown(Why::Attribute)),
        };
        // Fields of other classes may give objects of their own.
        if field.class.dotted.starts_with("django.") {
            Some(self.outside_instance(class))
        } else {
            Some(Value::Unknown(Why::Attribute))
        }
    }

    fn way_back(&mut self, id: ModelId, name: &str) -> Option<Value> {
        let models = self.ground.models;
        let reverse = models.reverse(id).into_iter().find(|reverse| {
            let accessor = models.accessor(reverse);
            accessor.is_some_and(|accessor| &*accessor == name)
        })?;
        Some(match models.field_of(reverse).kind {
            FieldKind::OneToOne => self.row(reverse.from),
            _ => Value::Rows(reverse.from),
        })
    }

    /// One row of a model.
    pub(super) fn row(&self, model: ModelId) -> Value {
        let class = self.ground.models.get(model).class;
        class.map_or(Value::Unknown(Why::Element), Value::Instance)
    }

    fn of_rows(&mut self, id: ModelId, name: &str) -> Value {
        let (modules, models) = (self.ground.modules, self.ground.models);
        if let Some(function) = models.manager_method(modules, id, name) {
            return Value::Function(function);
        }
        if let Some(method) = tables::rows_method(name) {
            return self.outside_member(&method.dotted(name));
        }
        // A package's manager has methods of its own.
        let mut managers = models.get(id).managers.iter();
        let outside = managers.find(|manager| {
            let is_own = |class: ClassRef| modules.is_repository(class.module);
            manager.manager_class.is_some_and(|class| !is_own(class))
        });
        match outside.and_then(|manager| manager.class.as_ref()) {
            Some(class) => {
                let dotted = format!("{class}.{name}");
                self.outside_member(&dotted)
            }
            None => Value::Unknown(Why::Attribute),
        }
    }

    /// What a method of rows gives, where every queryset has it.
    pub(super) fn of_rows_called(&self, id: ModelId, name: &str) -> Option<Value> {
        Some(match tables::rows_method(name)? {
            RowsMethod::Rows => Value::Rows(id),
            RowsMethod::Row => self.row(id),
            RowsMethod::Other | RowsMethod::Related => Value::Unknown(Why::Result),
        })
    }
}
