//! What keeps a file of migrations from being loaded, where that can be told without running it.

use std::sync::Arc;

use luthier_source::Span;

use super::read;

use crate::facts::ExprRef;
use crate::facts::ir::ImportKind;
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
    body.exprs().find_map(|expr| {
        let (owner, name) = missing_name(modules, module, expr)?;
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

/// `shop.models.token`, where the module is the project's and has no such name.
fn missing_name<'a>(
    modules: &Modules,
    module: ModuleId,
    expr: ExprRef<'a>,
) -> Option<(ModuleId, &'a str)> {
    let (owner, name) = expr.as_attribute()?;
    let Definition::Module(owner) = modules.resolve_expr(module, owner) else {
        return None;
    };
    if !modules.is_repository(owner) || has_more_names(modules, owner) {
        return None;
    }
    let facts = modules.facts(owner);
    let is_bound = facts.module().binding(name).is_some();
    let is_module = || {
        modules
            .find(&format!("{}.{name}", modules.get(owner).name))
            .is_some()
    };
    let is_whole = facts.problems.is_empty();
    (is_whole && !is_bound && !is_module()).then_some((owner, name))
}

/// Whether a module may have names that its text does not show.
fn has_more_names(modules: &Modules, module: ModuleId) -> bool {
    let facts = modules.facts(module);
    let has_star = facts
        .imports
        .iter()
        .any(|import| import.kind == ImportKind::Star);
    let sets_names = facts
        .names
        .iter()
        .any(|name| matches!(name, "globals" | "setattr" | "locals"));
    has_star || sets_names || facts.module().binding("__getattr__").is_some()
}
