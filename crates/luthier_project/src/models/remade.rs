//! Whether the class of a model is made into another than its body says: by a metaclass, or by a
//! field that brings further ones along.

use std::sync::Arc;

use super::packages;
use crate::facts::ir::{BindingKind, Expr, Owner, Stmt};
use crate::facts::{BodyRef, CallRef, ExprRef};
use crate::modules::{ClassRef, Definition, FunctionRef, Modules};

/// Whether a metaclass of a class writes into what the body says before the class is made.
pub(super) fn by_metaclass(modules: &Modules, class: ClassRef) -> bool {
    modules.mro(class).classes().any(|&class| {
        metaclass(modules, class).is_some_and(|metaclass| {
            ["__new__", "__init__"].into_iter().any(|maker| {
                let mut seen = Vec::new();
                writes(modules, metaclass, maker, &mut seen)
            })
        })
    })
}

/// Whether a method of a metaclass writes the class, itself or by what else of the metaclass it calls:
/// `model.add_owner()`.
fn writes(modules: &Modules, metaclass: ClassRef, name: &str, seen: &mut Vec<Arc<str>>) -> bool {
    if seen.iter().any(|known| **known == *name) {
        return false;
    }
    seen.push(name.into());
    let mro = modules.mro(metaclass);
    let bodies = mro
        .classes()
        .filter_map(|&class| method(modules, class, name));
    bodies.into_iter().any(|body| {
        let mut calls = body.exprs().filter_map(ExprRef::as_call);
        writes_namespace(body)
            || calls.any(|call| match call.callee.as_attribute() {
                // What `super()` leads to is looked at with the rest of the order.
                Some((_, called)) => called != name && writes(modules, metaclass, called, seen),
                None => false,
            })
    })
}

/// Whether a class of fields puts further fields on the models that it is in.
pub(super) fn by_field(modules: &Modules, class: ClassRef) -> bool {
    let body = method(modules, class, "contribute_to_class");
    body.is_some_and(|body| {
        body.exprs().filter_map(ExprRef::as_call).any(|call| {
            let receiver = call.callee.as_attribute();
            receiver.is_some_and(|(object, name)| match name {
                "add_to_class" => adds_field(call),
                "contribute_to_class" => !is_base(object),
                _ => false,
            })
        })
    })
}

/// The metaclass that a class names itself, where it is no class of Django's.
fn metaclass(modules: &Modules, class: ClassRef) -> Option<ClassRef> {
    let facts = modules.facts(class.module);
    let declared = facts.class(class.class);
    let mut bases = declared.bases.iter();
    let named = bases.find_map(|base| {
        let value = facts.body(declared.scope).expr(base.value);
        match base.keyword.map(|name| facts.text(name)) {
            Some("metaclass") => Some(value),
            Some(_) => None,
            None => with_metaclass(value),
        }
    })?;
    match modules.resolve_expr(class.module, named) {
        Definition::Class(metaclass) => Some(metaclass),
        _ => None,
    }
}

/// The metaclass that a base like `with_metaclass(Made, models.Model)` brings.
fn with_metaclass(base: ExprRef<'_>) -> Option<ExprRef<'_>> {
    let call = base.as_call()?;
    let is_it = call.callee.last_name() == Some("with_metaclass");
    is_it.then(|| call.positional().next()).flatten()
}

/// The body of a method that a class itself has, where it is neither Django's nor of a package that
/// [`packages`] speaks for.
fn method<'a>(modules: &'a Modules, class: ClassRef, name: &str) -> Option<BodyRef<'a>> {
    let module = &modules.get(class.module).name;
    if module.starts_with("django.") || packages::is_known(module) {
        return None;
    }
    match modules.class_body(class).binding(name)?.kind {
        BindingKind::Function(function) => Some(modules.function_body(FunctionRef {
            module: class.module,
            function,
        })),
        _ => None,
    }
}

/// Whether the names of a class's body, or its `Meta`, are written: `attrs["Meta"] = Meta`,
/// `del attrs["Meta"].ordering`, `setattr(attrs["Meta"], "ordering", ...)`, `attrs.pop("title")`,
/// `new._meta.ordering = ()`.
fn writes_namespace(body: BodyRef<'_>) -> bool {
    let is_written = |statement: Stmt| match statement {
        Stmt::Assign { targets, .. } | Stmt::Delete(targets) => {
            body.list(targets).any(is_of_namespace)
        }
        Stmt::Annotated { target, .. } | Stmt::Augmented { target, .. } => {
            is_of_namespace(body.expr(target))
        }
        _ => false,
    };
    let mut statements = body.all_statements();
    let mut calls = body.exprs().filter_map(ExprRef::as_call);
    statements.any(|statement| is_written(statement.kind()))
        || calls.any(|call| match call.callee.last_name() {
            Some("setattr" | "delattr") => call.positional().next().is_some_and(is_of_namespace),
            Some("add_to_class") => adds_field(call),
            Some("contribute_to_class") => true,
            Some("pop" | "update" | "setdefault") => {
                let receiver = call.callee.as_attribute();
                receiver.is_some_and(|(object, _)| is_namespace(object))
            }
            _ => false,
        })
}

/// `attrs["Meta"]` and `attrs["Meta"].ordering` of a parameter `attrs`, `new._meta.ordering`.
fn is_of_namespace(target: ExprRef<'_>) -> bool {
    match target.kind() {
        Expr::Subscript(object, _) => is_namespace(target.at(object)),
        Expr::Attribute(object, _) => {
            let object = target.at(object);
            matches!(object.kind(), Expr::Subscript(within, _) if is_namespace(object.at(within)))
                || object.last_name() == Some("_meta")
        }
        _ => false,
    }
}

/// Whether it is the names of the body that a metaclass is given: behind itself, the name and the bases.
fn is_namespace(object: ExprRef<'_>) -> bool {
    let (Expr::Name(name), Owner::Function(function)) = (object.kind(), object.body.owner()) else {
        return false;
    };
    let params = &object.facts().function(function).params;
    params.get(3).is_some_and(|param| param.name == name)
}

/// Whether what a call of `add_to_class` puts on a class may be a field.
fn adds_field(call: CallRef<'_>) -> bool {
    let added = call.argument(1, "value");
    added.is_none_or(|added| !matches!(added.kind(), Expr::Lambda(..)))
}

/// `super()`, or a class that is named: `models.ForeignKey.contribute_to_class(self, ...)`. An instance
/// that is made there is another field.
fn is_base(object: ExprRef<'_>) -> bool {
    match object.as_call() {
        Some(call) => call.callee.last_name() == Some("super"),
        None => object
            .last_name()
            .is_some_and(|name| name.starts_with(char::is_uppercase)),
    }
}

#[cfg(test)]
mod tests {
    use luthier_source::Sources;

    use crate::Project;

    /// Whether the model `Order` of these models may have more than they say.
    fn is_open(models: &str) -> bool {
        let project = Project::from_sources(&Sources::in_memory(&[
            (
                "manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
            ),
            ("settings.py", "INSTALLED_APPS = ['shop']\n"),
            ("shop/__init__.py", ""),
            (
                "shop/models.py",
                &format!(
                    "from django.db import models\nfrom django.db.models.base import ModelBase\n{models}"
                ),
            ),
        ]));
        let id = project.models.by_label("shop.Order").unwrap();
        project.models.get(id).is_open
    }

    fn by_metaclass(method: &str) -> bool {
        is_open(&format!(
            "class Made(ModelBase):\n{method}\n\n\
             class Base(models.Model, metaclass=Made):\n    class Meta:\n        abstract = True\n\n\
             class Order(Base):\n    title = models.TextField()\n"
        ))
    }

    fn by_field(method: &str) -> bool {
        is_open(&format!(
            "class Counted(models.IntegerField):\n{method}\n\n\
             class Order(models.Model):\n    rating = Counted()\n"
        ))
    }

    #[test]
    fn metaclasses_that_write_what_the_body_says() {
        let new = |line: &str| {
            by_metaclass(&format!(
                "    def __new__(cls, name, bases, attrs):\n        {line}\n        \
                 return super().__new__(cls, name, bases, attrs)\n"
            ))
        };
        assert!(new("attrs['total'] = models.IntegerField()"));
        assert!(new("attrs['Meta'].ordering = ()"));
        assert!(new("del attrs['Meta'].order_with_respect_to"));
        assert!(new("setattr(attrs['Meta'], 'ordering', ())"));
        assert!(new("attrs.update(more())"));
        assert!(!new("REGISTRY[name] = bases"));
        assert!(!new("print(attrs['Meta'].ordering)"));
        assert!(!new("OPTIONS.update(attrs)"));
        assert!(!new("bases.update(attrs)"));
    }

    #[test]
    fn metaclasses_that_write_the_class() {
        let init = |line: &str| {
            by_metaclass(&format!(
                "    def __init__(cls, name, bases, attrs):\n        {line}\n"
            ))
        };
        assert!(init("cls.add_to_class('total', models.IntegerField())"));
        assert!(init("cls._meta.ordering = ()"));
        assert!(!init("cls.template = 'order.html'"));
        let by_method = |lines: &str| {
            init(&format!(
                "cls.extend(name)\n\n    def extend(cls, name):\n        {lines}"
            ))
        };
        assert!(by_method(
            "cls.add_to_class('total', models.IntegerField())"
        ));
        assert!(by_method(
            "cls.deepen()\n\n    def deepen(cls):\n        cls._meta.ordering = ()"
        ));
        assert!(!by_method("cls.extend(name)"));
        let with_metaclass = "class Made(ModelBase):\n    def __init__(cls, name, bases, attrs):\n        \
             cls.add_to_class('total', models.IntegerField())\n\n\
             class Order(with_metaclass(Made, models.Model)):\n    title = models.TextField()\n";
        assert!(is_open(with_metaclass));
        assert!(!init("cls.add_to_class('get_name', lambda self: name)"));
    }

    #[test]
    fn fields_that_bring_others_along() {
        let contribute = |lines: &str| {
            by_field(&format!(
                "    def contribute_to_class(self, cls, name):\n        {lines}\n"
            ))
        };
        assert!(contribute(
            "cls.add_to_class(f'{name}_count', models.IntegerField())"
        ));
        assert!(contribute("self.other.contribute_to_class(cls, 'other')"));
        assert!(contribute(
            "models.TextField().contribute_to_class(cls, f'{name}_html')"
        ));
        assert!(!contribute("super().contribute_to_class(cls, name)"));
        assert!(!contribute(
            "models.IntegerField.contribute_to_class(self, cls, name)"
        ));
        assert!(!contribute("setattr(cls, name, Descriptor(self))"));
        assert!(!contribute(
            "cls.add_to_class(f'get_{name}', lambda self: 1)"
        ));
    }
}
