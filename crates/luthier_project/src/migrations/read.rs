//! What each migration file says about the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Migration, Reference};
use crate::facts::ir::BindingKind;
use crate::facts::{BodyRef, ExprRef};
use crate::modules::{ModuleId, Modules};
use crate::place::Place;
use luthier_source::FileId;

/// Every migration in the packages. Modules without a class `Migration` are none.
///
/// Where the migrations of a package call each other by another label than the one given, theirs
/// holds: labels of apps that settings do not list are only assumed.
pub(super) fn read(
    modules: &Modules,
    own: &[ModuleId],
    packages: &[(Arc<str>, Arc<str>)],
) -> Vec<Migration> {
    let mut found = as_given(modules, own, packages);
    let mut of_package: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, migration) in found.iter().enumerate() {
        let name = &modules.get(migration.module).name;
        let package = name.rsplit_once('.').map_or("", |(package, _)| package);
        of_package.entry(package).or_default().push(index);
    }
    for indices in of_package.into_values() {
        let of_app: Vec<&Migration> = indices.iter().map(|&index| &found[index]).collect();
        if let Some(own_label) = own_label(&of_app) {
            for index in indices {
                found[index].app = Arc::clone(&own_label);
            }
        }
    }
    found
}

/// The label by which the migrations of one app call each other, where that is another one.
fn own_label(migrations: &[&Migration]) -> Option<Arc<str>> {
    let given = &migrations.first()?.app;
    let names: BTreeSet<&str> = migrations
        .iter()
        .map(|migration| &*migration.name)
        .collect();
    let mut labels: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
    for reference in migrations
        .iter()
        .flat_map(|migration| &migration.dependencies)
    {
        if names.contains(&*reference.name) {
            *labels.entry(&reference.app).or_default() += 1;
        }
    }
    if labels.contains_key(given) {
        return None;
    }
    // Other apps too have a `0001_initial`: what is named most often is the app itself.
    let most = labels.into_iter().max_by_key(|(_, count)| *count)?;
    (most.1 + 1 >= migrations.len()).then(|| Arc::clone(most.0))
}

fn as_given(
    modules: &Modules,
    own: &[ModuleId],
    packages: &[(Arc<str>, Arc<str>)],
) -> Vec<Migration> {
    let mut found = Vec::new();
    for &module in own {
        let info = modules.get(module);
        let Some((package, name)) = info.name.rsplit_once('.') else {
            continue;
        };
        let package = packages.iter().find(|(dotted, _)| **dotted == *package);
        let Some((_, app)) = package else { continue };
        // Django passes over packages and names that begin so.
        if !info.is_package && !name.starts_with(['_', '~']) {
            found.extend(migration(modules, module, app, name));
        }
    }
    found
}

fn migration(modules: &Modules, module: ModuleId, app: &Arc<str>, name: &str) -> Option<Migration> {
    let file = modules.get(module).file?;
    let facts = modules.facts(module);
    let BindingKind::Class(class) = facts.module().binding("Migration")?.kind else {
        return None;
    };
    let class = facts.class(class);
    let body = facts.body(class.body);
    let mut migration = Migration {
        app: Arc::clone(app),
        name: name.into(),
        module,
        place: Place::new(file, class.name_span),
        dependencies: Vec::new(),
        run_before: Vec::new(),
        replaces: Vec::new(),
        is_open: false,
        spares_locks: facts.names.iter().any(spares_locks),
    };
    let mut list = |name: &str| {
        let (references, understood) = references(body, name, file);
        migration.is_open |= !understood;
        references
    };
    let lists = [list("dependencies"), list("run_before"), list("replaces")];
    [
        migration.dependencies,
        migration.run_before,
        migration.replaces,
    ] = lists;
    Some(migration)
}

/// Whether a name or text of a migration belongs to what PostgreSQL does without a long lock:
/// `AddIndexConcurrently` and its kin, SQL with `CONCURRENTLY`, constraints checked afterwards.
fn spares_locks(text: &str) -> bool {
    matches!(text, "AddConstraintNotValid" | "ValidateConstraint")
        || text.contains("IndexConcurrently")
        || text.contains(" CONCURRENTLY ")
}

/// The pairs of an app and a name in a list of the class, and whether that is all there is in it.
fn references(body: BodyRef<'_>, name: &str, file: FileId) -> (Vec<Reference>, bool) {
    let Some(binding) = body.binding(name) else {
        return (Vec::new(), true);
    };
    let value = match binding.kind {
        BindingKind::Value(value) if !binding.conditional => body.expr(value),
        _ => return (Vec::new(), false),
    };
    let Some(elements) = value.elements() else {
        return (Vec::new(), false);
    };
    let mut found = Vec::new();
    let mut understood = true;
    for element in elements {
        if is_swappable(element) {
            // On the first migration of whatever app has the user model: never one of a conflict.
            continue;
        }
        let parts: Option<Vec<&str>> = element
            .elements()
            .and_then(|parts| parts.map(ExprRef::as_str).collect());
        match parts.as_deref() {
            Some([app, name]) => found.push(Reference {
                app: (*app).into(),
                name: (*name).into(),
                place: Place::new(file, element.span()),
            }),
            _ => understood = false,
        }
    }
    (found, understood)
}

/// `migrations.swappable_dependency(..)`
fn is_swappable(element: ExprRef<'_>) -> bool {
    let callee = element.as_call().and_then(|call| call.callee.dotted());
    callee.is_some_and(|callee| callee.ends_with("swappable_dependency"))
}
