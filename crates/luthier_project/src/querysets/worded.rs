//! Of which models the rows of a queryset may be, by the words of the code alone: where no value was
//! followed there.

use super::Registered;
use crate::facts::ir::{BindingKind, Owner};
use crate::facts::{BodyRef, Expr, ExprRef, Name, Stmt};
use crate::flows::keeps_rows;
use crate::models::{FieldKind, ModelId};
use crate::modules::{ClassRef, Definition, ModuleId, Modules};
use crate::serializers::{ShapeKind, Subject};
use crate::{ModelGraph, Project};

/// Methods that give other things than rows, whose names are still those of the rows.
const VALUES: &[&str] = &["values", "values_list"];

/// Parameters of the methods of filter sets and admin classes that hold rows of the class's model.
const GIVEN_ROWS: &[&str] = &["qs", "queryset"];

impl Registered {
    /// Notes the attributes of rows that lead to many rows.
    pub(super) fn add_accessors(&mut self, models: &ModelGraph) {
        let mut add = |name: &str, model: ModelId| {
            let known = self.accessors.entry(name.to_owned()).or_default();
            if !known.contains(&model) {
                known.push(model);
            }
        };
        for (id, model) in models.all() {
            if model.is_abstract {
                continue;
            }
            for field in &model.fields {
                let to = field.relation().and_then(|relation| relation.to.model());
                if let Some(to) = to.filter(|_| field.kind == FieldKind::ManyToMany) {
                    add(&field.name, to);
                }
            }
            for way in models.reverse(id) {
                let is_one = models.field_of(way).kind == FieldKind::OneToOne;
                if let Some(name) = models.accessor(way).filter(|_| !is_one) {
                    add(&name, way.from);
                }
            }
        }
    }
}

impl Project {
    /// The models whose rows a queryset may be of: all of them; none where the words do not say.
    pub(super) fn worded_rows(&self, module: ModuleId, queryset: ExprRef<'_>) -> Vec<ModelId> {
        let mut words = Words {
            project: self,
            module,
            seen: Vec::new(),
        };
        let mut models = words.rows(queryset).unwrap_or_default();
        models.sort_unstable();
        models.dedup();
        models
    }
}

struct Words<'a> {
    project: &'a Project,
    module: ModuleId,
    /// Names that are being looked at.
    seen: Vec<Name>,
}

impl Words<'_> {
    fn rows(&mut self, queryset: ExprRef<'_>) -> Option<Vec<ModelId>> {
        match queryset.kind() {
            Expr::Call(..) => {
                let (object, method) = queryset.as_call()?.callee.as_attribute()?;
                if method == "get_queryset" {
                    return self.managed(object);
                }
                (keeps_rows(method) || VALUES.contains(&method)).then(|| self.rows(object))?
            }
            Expr::Attribute(_, name) => {
                let name = queryset.facts().text(name);
                let flows = &self.project.flows;
                let registered = flows.registered(&self.project.modules, &self.project.models);
                registered.accessors.get(name).cloned()
            }
            Expr::Subscript(object, index) => {
                let is_slice = matches!(queryset.at(index).kind(), Expr::Slice(..));
                is_slice.then(|| self.rows(queryset.at(object)))?
            }
            Expr::Name(name) => match self.managed(queryset) {
                Some(models) => Some(models),
                None => self.variable(queryset.body, name),
            },
            _ => None,
        }
    }

    /// A variable all of whose values lead to rows, or a parameter that Django gives rows.
    fn variable(&mut self, scope: BodyRef<'_>, name: Name) -> Option<Vec<ModelId>> {
        // `rows = rows.filter(..)` says nothing new.
        if self.seen.contains(&name) {
            return Some(Vec::new());
        }
        self.seen.push(name);
        let mut models = Vec::new();
        if scope.is_param(name) {
            models.extend(self.given(scope, name)?);
        }
        let mut bindings = scope.body().bindings.iter().filter(|it| it.name == name);
        let found = bindings.try_for_each(|binding| {
            let BindingKind::Value(value) = binding.kind else {
                return None;
            };
            models.extend(self.rows(scope.expr(value))?);
            Some(())
        });
        found.map(|()| models)
    }

    /// What django-filter and the admin give to methods of their classes.
    fn given(&self, scope: BodyRef<'_>, name: Name) -> Option<Vec<ModelId>> {
        let facts = scope.facts;
        let class = ClassRef {
            module: self.module,
            class: class_of_method(scope)?,
        };
        if !GIVEN_ROWS.contains(&facts.text(name)) {
            return None;
        }
        let shapes = self.project.serializers.of_class(class);
        let models: Vec<ModelId> = shapes
            .filter(|shape| matches!(shape.kind, ShapeKind::FilterSet | ShapeKind::Admin))
            .filter_map(|shape| match shape.subject {
                Subject::Model(model) => Some(model),
                _ => None,
            })
            .collect();
        (!models.is_empty()).then_some(models)
    }

    /// `self` and `super()` in a class of managers or querysets: rows of all models that it serves.
    fn managed(&self, own: ExprRef<'_>) -> Option<Vec<ModelId>> {
        let is_super = own
            .as_call()
            .is_some_and(|call| call.callee.as_name() == Some("super"));
        let facts = own.facts();
        let class = class_of_method(own.body)?;
        if !is_super {
            let Owner::Function(function) = own.body.owner() else {
                return None;
            };
            let first = facts.function(function).params.first()?;
            if own.kind() != Expr::Name(first.name) {
                return None;
            }
        }
        let class = ClassRef {
            module: self.module,
            class,
        };
        let models = served(&self.project.modules, &self.project.models, class);
        (!models.is_empty()).then_some(models)
    }
}

/// The class whose method a scope is.
fn class_of_method(scope: BodyRef<'_>) -> Option<crate::facts::ClassId> {
    let Owner::Function(function) = scope.owner() else {
        return None;
    };
    let declared = scope.facts.function(function);
    match scope.facts.body(declared.scope).owner() {
        Owner::Class(class) => Some(class),
        Owner::Module | Owner::Function(_) => None,
    }
}

/// The registered models whose managers or querysets are of a class, or of one derived from it.
fn served(modules: &Modules, models: &ModelGraph, class: ClassRef) -> Vec<ModelId> {
    let is_it = |own: ClassRef| modules.mro(own).classes().any(|base| *base == class);
    let serving = models.registered().filter(|(_, model)| {
        model.managers.iter().any(|manager| {
            let own = manager.manager_class;
            let made = own.and_then(|own| made_by_hand(modules, own));
            let mut classes = own.into_iter().chain(manager.queryset).chain(made);
            classes.any(is_it)
        })
    });
    serving.map(|(id, _)| id).collect()
}

/// The class of the queryset that the `get_queryset()` of a manager makes by itself:
/// `return OrderQuerySet(self.model, using=self._db)`.
fn made_by_hand(modules: &Modules, manager: ClassRef) -> Option<ClassRef> {
    let mro = modules.mro(manager);
    let made = mro.classes().find_map(|class| {
        let member = modules.class_member(*class, "get_queryset");
        match member {
            Definition::Function(function) if modules.is_repository(function.module) => {
                Some(function)
            }
            _ => None,
        }
    })?;
    let body = modules.function_body(made);
    let mut returned = body
        .all_statements()
        .filter_map(|statement| match statement.kind() {
            Stmt::Return(value) => value,
            _ => None,
        });
    let mut queryset = body.expr(returned.next()?);
    if returned.next().is_some() {
        return None;
    }
    loop {
        let call = queryset.as_call()?;
        match modules.resolve_expr(made.module, call.callee) {
            Definition::Class(class) => return Some(class),
            _ => queryset = call.callee.as_attribute()?.0,
        }
    }
}
