//! Types of Strawberry: what their classes annotate, and the methods that resolve fields.

use std::sync::Arc;

use super::{Field, Hints, Library, ObjectType, OfModel, Reader, Resolver, Shows, library_of};
use crate::facts::ir::BinaryOp;
use crate::facts::{BodyId, CallRef, Expr, ExprRef, Stmt, extract_python};
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId};

/// Annotations are followed through this many brackets.
const MAX_DEPTH: u32 = 6;

/// What makes a class a type.
const TYPES: &[&str] = &["interface", "node", "type"];

/// What makes a method, or a name that is given its call, a field.
const FIELDS: &[&str] = &[
    "connection",
    "field",
    "mutation",
    "node",
    "offset_paginated",
];

/// Generic types that stand for many of what is in their brackets.
const MANY: &[&str] = &[
    "AsyncIterable",
    "Connection",
    "DjangoCursorConnection",
    "DjangoListConnection",
    "Iterable",
    "List",
    "ListConnection",
    "ListConnectionWithTotalCount",
    "OffsetPaginated",
    "Sequence",
    "Tuple",
    "list",
    "tuple",
];

/// Those that stand for what is in them.
const ONE: &[&str] = &["Annotated", "Awaitable", "Optional", "Union"];

type Shown = (Shows, bool);

/// Where an annotation is read: a string has a body of its own, and the names of the scope that it
/// stands in.
#[derive(Clone, Copy)]
struct Scope {
    module: ModuleId,
    body: BodyId,
}

impl<'a> Reader<'a> {
    /// The type that a class is; `None` where it is none of Strawberry's.
    pub(super) fn strawberry(&self, class: ClassRef) -> Option<ObjectType> {
        let declared = self.modules.class(class);
        let scope = self.modules.facts(class.module).body(declared.scope);
        let mut decorators = declared.decorators.iter().map(|&id| scope.expr(id));
        let (decorator, is_django) = decorators
            .find_map(|decorator| Some((decorator, self.making(class.module, decorator)?)))?;
        let call = decorator.as_call().filter(|_| is_django);
        let model = call
            .and_then(|call| call.argument(0, "model"))
            .and_then(|model| self.model(class.module, model));
        Some(ObjectType {
            library: Library::Strawberry,
            model,
            fields: self.strawberry_fields(class, is_django),
            of_model: OfModel::None,
            is_node: false,
        })
    }

    /// Whether a decorator makes a type, and whether that is one of a model.
    fn making(&self, module: ModuleId, decorator: ExprRef<'a>) -> Option<bool> {
        let dotted = self.named_by(module, decorator.without_call(), TYPES)?;
        Some(is_djangos(&dotted))
    }

    /// The dotted name of a function of Strawberry, where it is one of these.
    fn named_by(&self, module: ModuleId, callee: ExprRef<'a>, names: &[&str]) -> Option<String> {
        let dotted = self.modules.qualified_expr(module, callee)?;
        let found = library_of(&dotted, names) == Some(Library::Strawberry);
        found.then_some(dotted)
    }

    fn strawberry_fields(&self, class: ClassRef, is_django: bool) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        let mro = self.modules.mro(class);
        for &ancestor in mro.classes() {
            if !self.modules.is_repository(ancestor.module) {
                continue;
            }
            let body = self.modules.class_body(ancestor);
            let mut found: Vec<Field> = Vec::new();
            for statement in body.statements() {
                let field = match statement.kind() {
                    Stmt::Annotated {
                        target,
                        annotation,
                        value,
                    } => {
                        let (target, annotation) = (body.expr(target), body.expr(annotation));
                        let value = value.map(|value| body.expr(value));
                        self.annotated(ancestor, target, annotation, value, is_django)
                    }
                    Stmt::Assign { .. } => statement
                        .assignment()
                        .and_then(|(target, value)| self.assigned(ancestor, target, value)),
                    Stmt::Function(function) => {
                        let module = ancestor.module;
                        self.decorated(FunctionRef { module, function })
                    }
                    _ => None,
                };
                found.extend(field);
            }
            for field in found {
                if !fields.iter().any(|known| known.name == field.name) {
                    fields.push(field);
                }
            }
        }
        fields
    }

    /// `name: Type`, `name: Type = strawberry_django.field(...)`
    fn annotated(
        &self,
        class: ClassRef,
        target: ExprRef<'a>,
        annotation: ExprRef<'a>,
        value: Option<ExprRef<'a>>,
        is_django: bool,
    ) -> Option<Field> {
        let name: Arc<str> = target.as_name()?.into();
        let place = self.at(class.module, target)?;
        let scope = Scope {
            module: class.module,
            body: annotation.body.id,
        };
        let (shows, is_many) = self.meant(scope, annotation, MAX_DEPTH)?;
        let call = value.and_then(ExprRef::as_call);
        let made = call.and_then(|call| self.named_by(class.module, call.callee, FIELDS));
        // A default, or what something else makes.
        if call.is_some() && made.is_none() {
            return None;
        }
        let field = Field {
            attribute: Arc::clone(&name),
            name,
            place,
            shows,
            is_many,
            resolver: Resolver::None,
            is_connection: false,
            is_djangos: match &made {
                Some(made) => is_djangos(made),
                None => is_django,
            },
            hints: Hints::default(),
        };
        match call {
            Some(call) => self.called(class.module, field, call),
            None => Some(field),
        }
    }

    /// `name = strawberry.field(resolver=...)`
    fn assigned(&self, class: ClassRef, target: ExprRef<'a>, value: ExprRef<'a>) -> Option<Field> {
        let name: Arc<str> = target.as_name()?.into();
        let call = value.as_call()?;
        let made = self.named_by(class.module, call.callee, FIELDS)?;
        let field = Field {
            attribute: Arc::clone(&name),
            name,
            place: self.at(class.module, target)?,
            shows: Shows::Unknown,
            is_many: false,
            resolver: Resolver::None,
            is_djangos: is_djangos(&made),
            is_connection: false,
            hints: Hints::default(),
        };
        self.called(class.module, field, call)
    }

    /// What the call behind a field adds to it.
    fn called(&self, module: ModuleId, mut field: Field, call: CallRef<'a>) -> Option<Field> {
        if let Some(attribute) = call.keyword("field_name") {
            field.attribute = attribute.as_str()?.into();
        }
        field.hints = self.hints(module, call);
        let Some(resolver) = call.argument(0, "resolver") else {
            return Some(field);
        };
        field.resolver = match resolver.kind() {
            Expr::Lambda(function) => Resolver::Function(FunctionRef { module, function }),
            _ => match self.modules.resolve_expr(module, resolver) {
                Definition::Function(function) if self.modules.is_repository(function.module) => {
                    Resolver::Function(function)
                }
                _ => Resolver::Unknown,
            },
        };
        if let Resolver::Function(function) = field.resolver {
            field.place = self.named(function)?;
            if field.shows == Shows::Unknown
                && let Some((shows, is_many)) = self.returned(function)
            {
                (field.shows, field.is_many) = (shows, is_many);
            }
        }
        Some(field)
    }

    /// A method that a decorator makes a field.
    fn decorated(&self, function: FunctionRef) -> Option<Field> {
        let module = function.module;
        let declared = self.modules.function(function);
        let scope = self.modules.facts(module).body(declared.scope);
        let mut decorators = declared.decorators.iter().map(|&id| scope.expr(id));
        let (decorator, made) = decorators.find_map(|decorator| {
            let made = self.named_by(module, decorator.without_call(), FIELDS)?;
            Some((decorator, made))
        })?;
        let name: Arc<str> = self.modules.function_name(function).into();
        let call = decorator.as_call();
        let given = call.and_then(|call| call.keyword("graphql_type"));
        let given = given.or_else(|| call?.positional().next());
        let shown = match given {
            Some(given) => {
                let body = given.body.id;
                self.meant(Scope { module, body }, given, MAX_DEPTH)
            }
            None => self.returned(function),
        };
        let (shows, is_many) = shown.unwrap_or((Shows::Unknown, false));
        Some(Field {
            attribute: Arc::clone(&name),
            name,
            place: self.named(function)?,
            shows,
            is_many,
            resolver: Resolver::Function(function),
            is_djangos: is_djangos(&made),
            is_connection: false,
            hints: call.map_or_else(Hints::default, |call| self.hints(module, call)),
        })
    }

    fn returned(&self, function: FunctionRef) -> Option<Shown> {
        let declared = self.modules.function(function);
        let scope = self.modules.facts(function.module).body(declared.scope);
        let annotation = scope.expr(declared.returns?);
        let scope = Scope {
            module: function.module,
            body: declared.scope,
        };
        self.meant(scope, annotation, MAX_DEPTH)
    }

    // ---- annotations ----

    /// What an annotation stands for; `None` for what is no field.
    fn meant(&self, scope: Scope, annotation: ExprRef<'_>, depth: u32) -> Option<Shown> {
        let Some(depth) = depth.checked_sub(1) else {
            return Some((Shows::Unknown, false));
        };
        match annotation.kind() {
            Expr::Str(_) => {
                let facts = extract_python("annotation.py", annotation.as_str()?);
                let body = facts.module();
                let inner = body
                    .statements()
                    .find_map(|statement| match statement.kind() {
                        Stmt::Expr(inner) => Some(body.expr(inner)),
                        _ => None,
                    });
                self.meant(scope, inner?, depth)
            }
            Expr::None => Some((Shows::Scalar, false)),
            Expr::Binary(BinaryOp::BitOr, left, right) => {
                let left = self.meant(scope, annotation.at(left), depth)?;
                let right = self.meant(scope, annotation.at(right), depth)?;
                Some(either(left, right))
            }
            Expr::Subscript(generic, inner) => {
                let name = annotation.at(generic).last_name()?;
                let inner = annotation.at(inner);
                if name == "Annotated" {
                    return self.lazy(scope, inner, depth);
                }
                let first = inner.elements().and_then(|mut parts| parts.next());
                let shown = match name {
                    "Union" => {
                        let mut parts = inner.elements().into_iter().flatten();
                        parts.try_fold((Shows::Scalar, false), |shown, part| {
                            Some(either(shown, self.meant(scope, part, depth)?))
                        })?
                    }
                    _ => self.meant(scope, first.unwrap_or(inner), depth)?,
                };
                match name {
                    "Private" => None,
                    name if MANY.contains(&name) => Some((shown.0, true)),
                    name if ONE.contains(&name) => Some(shown),
                    _ => Some((Shows::Unknown, false)),
                }
            }
            _ => {
                let dotted = annotation.dotted()?;
                Some((self.plain(scope, &dotted), false))
            }
        }
    }

    /// A name.
    fn plain(&self, scope: Scope, dotted: &str) -> Shows {
        match self.modules.resolve_in(scope.module, scope.body, dotted) {
            Definition::Class(class) if self.modules.is_repository(class.module) => {
                Shows::Type(class)
            }
            Definition::Unknown => Shows::Unknown,
            found => match self.modules.qualified(&found) {
                Some(name) if name.starts_with("strawberry") && name.ends_with(".auto") => {
                    Shows::Auto
                }
                Some(name) if name.starts_with("builtins.") => Shows::Scalar,
                Some(name) if name.starts_with("datetime.") => Shows::Scalar,
                _ => Shows::Unknown,
            },
        }
    }

    /// `Annotated["Book", strawberry.lazy("shop.types")]`
    fn lazy(&self, scope: Scope, inner: ExprRef<'_>, depth: u32) -> Option<Shown> {
        let mut parts = inner.elements()?;
        let named = parts.next()?;
        let found = self.meant(scope, named, depth);
        if found.is_some_and(|(shows, _)| shows != Shows::Unknown) {
            return found;
        }
        let lazy = parts.find_map(|part| {
            let call = part.as_call()?;
            (call.callee.last_name() == Some("lazy")).then_some(call)
        });
        let path = lazy.and_then(|call| call.positional().next()?.as_str());
        let module = path.and_then(|path| self.beside(scope.module, path));
        match module {
            Some(module) => self.meant(
                Scope {
                    module,
                    body: BodyId::MODULE,
                },
                named,
                depth,
            ),
            None => found,
        }
    }

    /// A module by its dotted name, which may begin where the code stands: `.types`.
    fn beside(&self, from: ModuleId, path: &str) -> Option<ModuleId> {
        let name = path.trim_start_matches('.');
        let level = path.len() - name.len();
        if level == 0 {
            return self.modules.find(path);
        }
        let mut package: &str = &self.modules.get(from).name;
        for _ in 0..level {
            package = package.rsplit_once('.').map_or("", |(package, _)| package);
        }
        self.modules.find(&format!("{package}.{name}"))
    }
}

/// What is shown where it is one or the other: a type that may be missing is that type.
fn either(one: Shown, other: Shown) -> Shown {
    match (one, other) {
        ((Shows::Scalar, false), shown) | (shown, (Shows::Scalar, false)) => shown,
        (one, other) if one == other => one,
        _ => (Shows::Unknown, false),
    }
}

fn is_djangos(dotted: &str) -> bool {
    dotted.starts_with("strawberry_django") || dotted.starts_with("strawberry.django.")
}
