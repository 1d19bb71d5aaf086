//! Types of Graphene: what their classes declare, and what their `Meta` lists.

use std::sync::Arc;

use super::{Field, Hints, Library, ObjectType, OfModel, Reader, Resolver, Shows, library_of};
use crate::facts::ir::BindingKind;
use crate::facts::{CallRef, Expr, ExprRef, Stmt};
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId, ValueRef};
use crate::serializers::names::{Holds, NameOption};

/// Types are followed through this many calls: `NonNull(List(NonNull(Book)))`.
const MAX_DEPTH: u32 = 6;

/// Fields that ask the manager of their type's model, and the type's `get_queryset`.
///
/// Source: `graphene_django.fields` (3.2).
const DJANGOS: &[&str] = &[
    "DjangoConnectionField",
    "DjangoFilterConnectionField",
    "DjangoListField",
];

/// What a type expression leads to, and whether to many of it.
type Shown = (Shows, bool);

impl<'a> Reader<'a> {
    /// The type that a class is; `None` where it is none of Graphene's.
    pub(super) fn graphene(&self, class: ClassRef) -> Option<ObjectType> {
        let is_django = self.is_graphene(class, "DjangoObjectType");
        if !is_django && !self.is_graphene_type(class) {
            return None;
        }
        let meta = self.own_meta(class);
        let model = meta.and_then(|meta| match self.modules.class_member(meta, "model") {
            Definition::Value(value) => self.model(value.module, self.modules.value(value)),
            Definition::Class(model) => self.project.models.by_class(model),
            _ => None,
        });
        let of_model = match (model, meta) {
            (Some(_), Some(meta)) if is_django => self.of_model(meta),
            _ => OfModel::None,
        };
        Some(ObjectType {
            library: Library::Graphene,
            model,
            fields: self.graphene_fields(class),
            of_model,
            is_node: meta.is_some_and(|meta| self.is_node(meta)),
        })
    }

    /// A class of Graphene, or one that hands down fields to such a class: its attributes are made
    /// by the library's calls.
    fn is_graphene_type(&self, class: ClassRef) -> bool {
        if self.is_graphene(class, "ObjectType") || self.is_graphene(class, "Interface") {
            return true;
        }
        // A mixin of a query.
        let body = self.modules.class_body(class);
        let mut bindings = body.body().bindings.iter();
        bindings.any(|binding| match binding.kind {
            BindingKind::Value(value) => {
                let call = body.expr(value).as_call();
                call.is_some_and(|call| self.graphene_call(class.module, call).is_some())
            }
            _ => false,
        })
    }

    fn is_graphene(&self, class: ClassRef, name: &str) -> bool {
        let mro = self.modules.mro(class);
        mro.ancestors.iter().any(|ancestor| {
            let dotted = self.dotted(ancestor);
            dotted.is_some_and(|dotted| library_of(&dotted, &[name]) == Some(Library::Graphene))
        })
    }

    /// Whether relations to the type's model are shown with it.
    pub(super) fn is_registered(&self, class: ClassRef) -> bool {
        let Some(meta) = self.own_meta(class) else {
            return false;
        };
        let is_set = |name| {
            let found = self.modules.class_member(meta, name);
            let Definition::Value(value) = found else {
                return found != Definition::Unknown;
            };
            self.modules.value(value).as_bool() != Some(false)
        };
        !is_set("skip_registry") && !is_set("registry")
    }

    /// Graphene takes `Meta` off the class: it is not inherited.
    fn own_meta(&self, class: ClassRef) -> Option<ClassRef> {
        let binding = self.modules.class_body(class).binding("Meta")?;
        match binding.kind {
            BindingKind::Class(meta) => Some(ClassRef {
                module: class.module,
                class: meta,
            }),
            _ => None,
        }
    }

    /// Whether a type is a node of Relay's: `interfaces = (relay.Node,)`.
    ///
    /// Source: `DjangoObjectType.__init_subclass_with_meta__` (graphene-django 3.2).
    fn is_node(&self, meta: ClassRef) -> bool {
        let Definition::Value(value) = self.modules.class_member(meta, "interfaces") else {
            return false;
        };
        let mut elements = self.modules.value(value).elements().into_iter().flatten();
        elements.any(|element| element.last_name() == Some("Node"))
    }

    fn of_model(&self, meta: ClassRef) -> OfModel {
        let fields = self.option(meta, "fields");
        let fields = fields.or_else(|| self.option(meta, "only_fields"));
        if let Some(fields) = fields.as_ref().filter(|option| !option.is_all) {
            let names = fields.names.iter();
            return OfModel::Named(names.map(|named| named.name.clone()).collect());
        }
        let excluded = self.option(meta, "exclude");
        let excluded = excluded.or_else(|| self.option(meta, "exclude_fields"));
        if excluded.as_ref().is_some_and(|option| !option.is_complete) {
            return OfModel::None;
        }
        let place = match fields.as_ref().or(excluded.as_ref()) {
            Some(option) => {
                let value = self.modules.value(option.place);
                self.at(option.place.module, value)
            }
            None => self.class_place(meta),
        };
        let excluded = excluded.into_iter().flat_map(|option| option.names);
        place.map_or(OfModel::None, |place| {
            OfModel::All(place, excluded.map(|named| named.name.text).collect())
        })
    }

    fn option(&self, meta: ClassRef, name: &'static str) -> Option<NameOption> {
        let Definition::Value(value) = self.modules.class_member(meta, name) else {
            return None;
        };
        let reader = crate::serializers::Reader {
            modules: self.modules,
        };
        let given = self.modules.value(value);
        reader.option(name, Holds::Sequence, value.module, given, true)
    }

    fn graphene_fields(&self, class: ClassRef) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        let mut seen: Vec<Arc<str>> = Vec::new();
        let mro = self.modules.mro(class);
        for &ancestor in mro.classes() {
            if !self.modules.is_repository(ancestor.module) {
                continue;
            }
            let body = self.modules.class_body(ancestor);
            for binding in &body.body().bindings {
                let name: Arc<str> = body.facts.text(binding.name).into();
                if seen.contains(&name) {
                    continue;
                }
                let BindingKind::Value(value) = binding.kind else {
                    continue;
                };
                let value = ValueRef {
                    module: ancestor.module,
                    body: body.id,
                    expr: value,
                };
                fields.extend(self.graphene_field(class, &name, value));
                seen.push(name);
            }
        }
        fields
    }

    fn graphene_field(&self, class: ClassRef, name: &Arc<str>, value: ValueRef) -> Option<Field> {
        let made = self.modules.value(value);
        let call = made.as_call();
        let kind = call.and_then(|call| self.graphene_call(value.module, call));
        let resolver = self.resolver(class, name, value.module, call);
        if kind.is_none() && resolver == Resolver::None {
            return None;
        }
        let is_djangos = kind.as_deref().is_some_and(|kind| DJANGOS.contains(&kind));
        let is_connection = is_djangos && kind.as_deref() != Some("DjangoListField");
        let (shows, is_many) = match (kind, call) {
            (Some(kind), Some(call)) => self.shown_by(value.module, &kind, call, MAX_DEPTH),
            _ => (Shows::Unknown, false),
        };
        let source = call.and_then(|call| call.keyword("source"));
        let attribute = match source {
            Some(source) => source.as_str()?.into(),
            None => Arc::clone(name),
        };
        let resolved = match resolver {
            Resolver::Function(function) => self.named(function),
            _ => None,
        };
        let hints = match resolver {
            Resolver::Function(function) => self.resolver_hints(function),
            _ => Hints::default(),
        };
        Some(Field {
            name: Arc::clone(name),
            place: resolved.or_else(|| self.at(value.module, made))?,
            attribute,
            shows,
            is_many,
            resolver,
            is_djangos,
            is_connection,
            hints,
        })
    }

    /// `resolve_name()` of the class, or what `resolver=` names.
    fn resolver(
        &self,
        class: ClassRef,
        name: &str,
        module: ModuleId,
        call: Option<CallRef<'a>>,
    ) -> Resolver {
        let given = call.and_then(|call| call.keyword("resolver"));
        let found = match given {
            Some(given) => match given.kind() {
                Expr::Lambda(function) => Definition::Function(FunctionRef { module, function }),
                _ => self.modules.resolve_expr(module, given),
            },
            None => {
                let method = format!("resolve_{name}");
                let body = self.modules.mro(class);
                let mut classes = body.classes();
                let is_there =
                    |class: &ClassRef| self.modules.class_body(*class).binding(&method).is_some();
                if !classes.any(is_there) {
                    return Resolver::None;
                }
                self.modules.class_member(class, &method)
            }
        };
        match found {
            Definition::Function(function) if self.modules.is_repository(function.module) => {
                Resolver::Function(function)
            }
            _ => Resolver::Unknown,
        }
    }

    /// What `resolver_hints()` of `graphene_django_optimizer` says.
    fn resolver_hints(&self, function: FunctionRef) -> Hints {
        let declared = self.modules.function(function);
        let scope = self.modules.facts(function.module).body(declared.scope);
        let mut calls = declared
            .decorators
            .iter()
            .filter_map(|&decorator| scope.expr(decorator).as_call());
        let hinting = calls.find(|call| call.callee.last_name() == Some("resolver_hints"));
        hinting.map_or_else(Hints::default, |call| self.hints(function.module, call))
    }

    /// The name of the class of Graphene that a call makes an instance of.
    fn graphene_call(&self, module: ModuleId, call: CallRef<'a>) -> Option<String> {
        let found = self.modules.resolve_expr(module, call.callee);
        if let Definition::Class(class) = found
            && self.modules.is_repository(class.module)
        {
            // A field of the project's own, by the one that it is made from.
            let mut known = DJANGOS.iter().chain(&["ConnectionField", "Field", "List"]);
            let base = known.find(|name| self.is_graphene(class, name))?;
            return Some((*base).to_owned());
        }
        let dotted = self.modules.qualified(&found)?;
        let last = dotted.rsplit('.').next()?;
        library_of(&dotted, &[last]).filter(|library| *library == Library::Graphene)?;
        Some(last.to_owned())
    }

    fn shown_by(&self, module: ModuleId, kind: &str, call: CallRef<'a>, depth: u32) -> Shown {
        let first = call.positional().next();
        let named = ["type_", "type", "of_type"];
        let first = first.or_else(|| named.iter().find_map(|name| call.keyword(name)));
        let Some((first, depth)) = first.zip(depth.checked_sub(1)) else {
            return match kind {
                "Field" | "List" | "NonNull" | "Dynamic" => (Shows::Unknown, kind == "List"),
                _ => (Shows::Scalar, false),
            };
        };
        match kind {
            "List" | "ConnectionField" => (self.shown(module, first, depth).0, true),
            "Field" | "NonNull" => self.shown(module, first, depth),
            kind if DJANGOS.contains(&kind) => (self.shown(module, first, depth).0, true),
            "Dynamic" => (Shows::Unknown, false),
            _ => (Shows::Scalar, false),
        }
    }

    fn shown(&self, module: ModuleId, value: ExprRef<'a>, depth: u32) -> Shown {
        if let Expr::Lambda(function) = value.kind() {
            let body = self.modules.function_body(FunctionRef { module, function });
            let returned = body
                .statements()
                .find_map(|statement| match statement.kind() {
                    Stmt::Return(value) => value,
                    _ => None,
                });
            let returned = returned.map(|returned| body.expr(returned));
            return match (returned, depth.checked_sub(1)) {
                (Some(returned), Some(depth)) => self.shown(module, returned, depth),
                _ => (Shows::Unknown, false),
            };
        }
        if let Some(call) = value.as_call() {
            return match self.graphene_call(module, call) {
                Some(kind) => self.shown_by(module, &kind, call, depth),
                None => (Shows::Unknown, false),
            };
        }
        let found = match value.as_str() {
            Some(dotted) => self.modules.lookup(dotted),
            None => self.modules.resolve_expr(module, value),
        };
        match found {
            Definition::Class(class) if self.modules.is_repository(class.module) => {
                self.shown_class(class)
            }
            Definition::Value(inner) if depth > 0 => {
                self.shown(inner.module, self.modules.value(inner), depth - 1)
            }
            Definition::Unknown => (Shows::Unknown, false),
            _ => (Shows::Scalar, false),
        }
    }

    /// A class; a connection of Relay is many of its nodes.
    fn shown_class(&self, class: ClassRef) -> Shown {
        if !self.is_graphene(class, "Connection") {
            return (Shows::Type(class), false);
        }
        let node = self
            .own_meta(class)
            .map(|meta| self.modules.class_member(meta, "node"));
        match node {
            Some(Definition::Class(node)) => (Shows::Type(node), true),
            Some(Definition::Value(value)) => {
                let node = self.class(value.module, self.modules.value(value));
                (node.map_or(Shows::Unknown, Shows::Type), true)
            }
            _ => (Shows::Unknown, true),
        }
    }
}
