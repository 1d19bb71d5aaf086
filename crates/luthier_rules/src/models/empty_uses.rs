//! Where the empty string gets into text fields that may be `NULL`, or where code has to cope with
//! both.

use std::cell::OnceCell;

use luthier_diagnostics::Location;
use luthier_project::facts::ir::Owner;
use luthier_project::facts::{BodyRef, CallRef, Expr, ExprRef, Stmt};
use luthier_project::models::Model;
use luthier_project::modules::{ClassRef, Definition, ModuleId, ValueRef};
use luthier_project::serializers::{Origin, Shape, ShapeKind};
use luthier_project::{Project, Serializers};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::own_fields::OwnField;

/// What shows that a field has two empty values.
pub(super) struct EmptyUses<'a> {
    project: &'a Project,
    /// Forms and serializers that store `""`, by the expression that makes the field.
    shapes: FxHashMap<ValueRef, (Location, String)>,
    /// Code, by the name of the attribute or keyword argument.
    code: FxHashMap<&'a str, Vec<Use<'a>>>,
}

/// One place of code that handles the empty string.
struct Use<'a> {
    name: &'a str,
    of: Whose<'a>,
    place: Location,
    what: &'static str,
}

/// Whose attribute it is.
enum Whose<'a> {
    Class(ClassRef),
    /// Of what a variable or attribute of this name holds.
    Called(&'a str),
}

const STORED: &str = "`\"\"` is stored here";
const TYPED: &str = "what the form gives is stored here: `\"\"` where nothing was typed";
const ASKED: &str = "`\"\"` is looked for here";
const READ: &str = "the code copes with `NULL` here: it reads `\"\"` in its place";

impl<'a> EmptyUses<'a> {
    /// Of the fields with the names that are `wanted`.
    pub(super) fn of(project: &'a Project, wanted: &FxHashSet<&str>) -> Self {
        if wanted.is_empty() {
            return Self {
                project,
                shapes: FxHashMap::default(),
                code: FxHashMap::default(),
            };
        }
        let modules: Vec<ModuleId> = project.own_modules().collect();
        let written = OnceCell::new();
        let takes_data = |shape: &Shape| match shape.origin {
            Origin::Class(class) if shape.kind == ShapeKind::Serializer => written
                .get_or_init(|| Serializers::written(&project.modules, &modules))
                .contains(&class),
            _ => true,
        };
        let mut shapes = FxHashMap::default();
        for shape in project.serializers.all() {
            let Some((model, place)) = shape.subject.model().zip(shape.place(&project.modules))
            else {
                continue;
            };
            for (_, field) in project.models.fields(model) {
                if !wanted.contains(&*field.name) {
                    continue;
                }
                let is_new = field.value.filter(|value| !shapes.contains_key(value));
                if let Some(value) = is_new
                    && shape.stores_empty(&project.modules, field)
                    && takes_data(shape)
                {
                    let name = shape.name(&project.modules);
                    shapes.insert(value, (place, format!("`{name}` stores `\"\"`")));
                }
            }
        }
        let typed = Typed::of(project);
        let found: Vec<Vec<Use<'a>>> = modules
            .par_iter()
            .filter(|&&module| {
                let names = &project.modules.facts(module).names;
                wanted.iter().any(|name| names.find(name).is_some())
            })
            .map(|&module| uses(project, module, &typed))
            .collect();
        let mut code: FxHashMap<&'a str, Vec<Use<'a>>> = FxHashMap::default();
        for found in found.into_iter().flatten() {
            code.entry(found.name).or_default().push(found);
        }
        Self {
            project,
            shapes,
            code,
        }
    }

    /// The first place that shows it, and what it shows.
    pub(super) fn find(&self, own: OwnField<'a>) -> Option<(Location, String)> {
        let written = own.field.value.and_then(|value| self.shapes.get(&value));
        if let Some((place, what)) = written {
            return Some((*place, what.clone()));
        }
        let mut uses = self.code.get(&*own.field.name)?.iter();
        let found = uses.find(|found| match found.of {
            Whose::Class(class) => self.is_a(class, own.model),
            Whose::Called(name) => is_called_like(name, &own.model.name),
        })?;
        Some((found.place, found.what.to_owned()))
    }

    fn is_a(&self, class: ClassRef, model: &Model) -> bool {
        let mro = self.project.modules.mro(class);
        model
            .class
            .is_some_and(|own| mro.classes().any(|&class| class == own))
    }
}

/// Whether a variable's name says that it holds rows of a model: `order` or `position` for
/// `OrderPosition`.
fn is_called_like(name: &str, model: &str) -> bool {
    let plain = name.replace('_', "").to_ascii_lowercase();
    let model = model.to_ascii_lowercase();
    plain.len() > 2 && model.ends_with(&plain)
}

/// The forms that declare a field, by its name.
struct Typed<'a> {
    project: &'a Project,
    forms: FxHashMap<&'a str, Vec<&'a Shape>>,
}

impl<'a> Typed<'a> {
    fn of(project: &'a Project) -> Self {
        let mut forms: FxHashMap<&str, Vec<&Shape>> = FxHashMap::default();
        for shape in project.serializers.all() {
            if shape.kind == ShapeKind::Form {
                for declared in &shape.declared {
                    forms.entry(&*declared.name).or_default().push(shape);
                }
            }
        }
        Self { project, forms }
    }

    /// Whether every form that declares the field gives `""` where nothing is typed.
    fn is_empty_text(&self, name: &str) -> bool {
        let gives = |shape: &&Shape| shape.gives_empty(&self.project.modules, name) == Some(true);
        let forms = self.forms.get(name);
        forms.is_some_and(|forms| forms.iter().all(gives))
    }
}

/// What an expression that is stored says about the empty string.
fn stored(value: ExprRef<'_>, typed: &Typed<'_>) -> Option<&'static str> {
    match value.kind() {
        Expr::Str(_) => (value.as_str() == Some("")).then_some(STORED),
        Expr::Subscript(from, key) => {
            let (_, from) = value.at(from).as_attribute()?;
            let key = value.at(key).as_str()?;
            (from == "cleaned_data" && typed.is_empty_text(key)).then_some(TYPED)
        }
        _ => None,
    }
}

fn uses<'a>(project: &'a Project, module: ModuleId, typed: &Typed<'_>) -> Vec<Use<'a>> {
    let Some(file) = project.modules.get(module).file else {
        return Vec::new();
    };
    let facts = project.modules.facts(module);
    let mut uses = Vec::new();
    if project.modules.is_migration(module) {
        return uses;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        let mut add = |(of, name), expr: ExprRef<'_>, what| {
            let place = Location::new(file, expr.span());
            uses.push(Use {
                name,
                of,
                place,
                what,
            });
        };
        for statement in body.all_statements() {
            if let Stmt::Assign { targets, value } = statement.kind()
                && let Some(what) = stored(body.expr(value), typed)
            {
                for target in body.list(targets) {
                    if let Some(found) = attribute(module, target) {
                        add(found, target, what);
                    }
                }
            }
        }
        for expr in body.exprs() {
            if let Expr::Or(operands) = expr.kind() {
                let mut operands = body.list(operands);
                let (Some(first), Some(last), None) =
                    (operands.next(), operands.next(), operands.next())
                else {
                    continue;
                };
                if last.as_str() == Some("")
                    && let Some(found) = attribute(module, first)
                {
                    add(found, expr, READ);
                }
            }
            let Some(call) = expr.as_call() else { continue };
            let handled: Vec<_> = call
                .keywords()
                .filter_map(|(name, value)| Some((name, value, stored(value, typed)?)))
                .collect();
            let class = match handled.is_empty() {
                true => None,
                false => called_class(project, module, call),
            };
            let Some(class) = class else { continue };
            let method = call.callee.as_attribute().map(|(_, method)| method);
            let asks = matches!(method, Some("filter" | "exclude" | "get"));
            for (name, value, what) in handled {
                let what = if asks { ASKED } else { what };
                add((Whose::Class(class), name), value, what);
            }
        }
    }
    uses
}

/// `x.name` with what is known of `x`.
fn attribute(module: ModuleId, expr: ExprRef<'_>) -> Option<(Whose<'_>, &str)> {
    let (receiver, name) = expr.as_attribute()?;
    let called = match receiver.as_attribute() {
        Some((_, last)) => last,
        None => receiver.as_name()?,
    };
    let of = if called == "self" {
        Whose::Class(ClassRef {
            module,
            class: method_of(expr.body)?,
        })
    } else {
        Whose::Called(called)
    };
    Some((of, name))
}

/// The class whose method a body is.
fn method_of(body: BodyRef<'_>) -> Option<luthier_project::facts::ClassId> {
    let around = body.facts.body(body.body().parent);
    match (body.owner(), around.owner()) {
        (Owner::Function(_), Owner::Class(class)) => Some(class),
        _ => None,
    }
}

/// The class at the head of a call: `Order(..)`, `Order.objects.filter(..)`.
fn called_class(project: &Project, module: ModuleId, call: CallRef<'_>) -> Option<ClassRef> {
    let mut head = call.callee;
    loop {
        head = match head.kind() {
            Expr::Attribute(value, _) => head.at(value),
            Expr::Call(callee, _) => head.at(callee),
            _ => break,
        };
    }
    let name = head.as_name()?;
    match project.modules.resolve_in(module, head.body.id, name) {
        Definition::Class(class) => Some(class),
        _ => None,
    }
}
