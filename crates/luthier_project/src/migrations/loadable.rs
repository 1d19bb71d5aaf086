//! What keeps a file of migrations from being loaded, where that can be told without running it.

use std::sync::Arc;

use luthier_source::Span;

use super::read;

use crate::facts::ExprRef;
use crate::facts::ir::{Expr, ImportKind};
use crate::modules::{Definition, ModuleId, Modules};
use crate::place::Place;

/// A file that Django fails on before it runs any migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unloadable {
    /// The label of its app.
    pub app: Arc<str>,
    pub place: Place,
    pub why: LoadProblem,
}

/// Why a file of migrations cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadProblem {
    /// A module among the migrations without a class `Migration`: `BadMigrationError`.
    NoMigration { module: Arc<str> },
    /// A name that a module of the project does not have: `AttributeError`.
    NoSuchName { module: Arc<str>, name: Arc<str> },
}

/// The problem of a module among the migrations of an app, if any.
pub(super) fn problem(modules: &Modules, app: &Arc<str>, module: ModuleId) -> Option<Unloadable> {
    let file = modules.get(module).file?;
    let facts = modules.facts(module);
    if facts.module().binding("Migration").is_none() {
        let is_all_known = facts.problems.is_empty() && !has_more_names(modules, module);
        return is_all_known.then(|| Unloadable {
            app: Arc::clone(app),
            place: Place::new(file, Span::default()),
            why: LoadProblem::NoMigration {
                module: modules.get(module).name.as_str().into(),
            },
        });
    }
    let class = read::class(modules, module).filter(|class| class.module == module)?;
    let body = modules.class_body(class);
    // Nearly every operation and field begins with one of two names.
    let mut elsewhere = Vec::new();
    body.exprs().find_map(|expr| {
        let (owner, name) = expr.as_attribute()?;
        if elsewhere.contains(&owner.kind()) {
            return None;
        }
        let Some(owner) = own_module(modules, module, owner) else {
            if let Expr::Name(_) = owner.kind() {
                elsewhere.push(owner.kind());
            }
            return None;
        };
        if !lacks(modules, owner, name) {
            return None;
        }
        Some(Unloadable {
            app: Arc::clone(app),
            place: Place::new(file, expr.span()),
            why: LoadProblem::NoSuchName {
                module: modules.get(owner).name.as_str().into(),
                name: name.into(),
            },
        })
    })
}

/// The module of the project that an expression names.
fn own_module(modules: &Modules, module: ModuleId, expr: ExprRef<'_>) -> Option<ModuleId> {
    match modules.resolve_expr(module, expr) {
        Definition::Module(owner) => modules.is_repository(owner).then_some(owner),
        _ => None,
    }
}

/// Whether a module surely has no such name.
fn lacks(modules: &Modules, module: ModuleId, name: &str) -> bool {
    let facts = modules.facts(module);
    let is_module = || {
        let dotted = format!("{}.{name}", modules.get(module).name);
        // An import of what lies in a folder without `__init__.py` leaves the folder's name, too.
        modules.find(&dotted).is_some() || modules.is_namespace(&dotted)
    };
    facts.problems.is_empty()
        && facts.module().binding(name).is_none()
        && !has_more_names(modules, module)
        && !is_module()
}

/// Whether a module may have names that its text does not show.
fn has_more_names(modules: &Modules, module: ModuleId) -> bool {
    let facts = modules.facts(module);
    let has_star = facts
        .imports
        .iter()
        .any(|import| import.kind == ImportKind::Star);
    let sets_names = ["globals", "setattr", "locals"]
        .iter()
        .any(|name| facts.names.has(name));
    has_star || sets_names || facts.module().binding("__getattr__").is_some()
}
