//! What each migration file says about the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::exact::Exact;
use super::value::Value;
use super::{Migration, Reference};
use crate::apps::Configured;
use crate::facts::ir::BindingKind;
use crate::facts::{BodyRef, ExprRef};
use crate::modules::{Ancestor, ClassRef, Definition, ModuleId, Modules};
use crate::place::Place;
use luthier_source::{FileId, Span};

/// Every migration in the packages. Modules without a class `Migration` are none.
///
/// Where the migrations of a package call each other by another label than the one given, theirs
/// holds: labels of apps that settings do not list are only assumed.
pub(super) fn read(
    modules: &Modules,
    own: &[ModuleId],
    packages: &[(Arc<str>, Arc<str>)],
    configured: &Configured,
    listed: &BTreeSet<Arc<str>>,
) -> Vec<Migration> {
    let exact = Exact {
        modules,
        settings: configured,
    };
    let given = files(modules, own, packages);
    let mut found: Vec<Migration> = given
        .filter_map(|(module, app, name)| migration(exact, module, app, name))
        .collect();
    let mut of_package: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, migration) in found.iter().enumerate() {
        let name = &modules.get(migration.module).name;
        let package = name.rsplit_once('.').map_or("", |(package, _)| package);
        of_package.entry(package).or_default().push(index);
    }
    for indices in of_package.into_values() {
        let of_app: Vec<&Migration> = indices.iter().map(|&index| &found[index]).collect();
        let is_sure = of_app.first().is_some_and(|it| listed.contains(&it.app));
        if let Some(own_label) = own_label(&of_app).filter(|_| !is_sure) {
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
    for migration in migrations {
        // None depends on itself: what has its name is another app's.
        let others = migration.dependencies.iter();
        for reference in others.filter(|it| it.name != migration.name) {
            if names.contains(&*reference.name) {
                *labels.entry(&reference.app).or_default() += 1;
            }
        }
    }
    if labels.contains_key(given) {
        return None;
    }
    // Other apps too have a `0001_initial`: what is named most often is the app itself.
    let most = labels.into_iter().max_by_key(|(_, count)| *count)?;
    (most.1 + 1 >= migrations.len()).then(|| Arc::clone(most.0))
}

/// The modules in the packages that Django takes for migrations, each with the app's label and its name.
pub(super) fn files<'a>(
    modules: &'a Modules,
    own: &'a [ModuleId],
    packages: &'a [(Arc<str>, Arc<str>)],
) -> impl Iterator<Item = (ModuleId, &'a Arc<str>, &'a str)> {
    own.iter().filter_map(|&module| {
        let info = modules.get(module);
        let (package, name) = info.name.rsplit_once('.')?;
        let (_, app) = packages.iter().find(|(dotted, _)| **dotted == *package)?;
        // Django passes over packages and names that begin so.
        let is_file = !info.is_package && !name.starts_with(['_', '~']);
        is_file.then_some((module, app, name))
    })
}

/// The class `Migration` of a module, under whatever name it was written.
pub(super) fn class(modules: &Modules, module: ModuleId) -> Option<ClassRef> {
    match modules.member(module, "Migration") {
        Definition::Class(class) if !is_souths(modules, class) => Some(class),
        _ => None,
    }
}

/// Whether a migration is one of South, which Django has had its own in place of since 1.7.
fn is_souths(modules: &Modules, class: ClassRef) -> bool {
    let bases = modules.bases(class);
    let is_it =
        |base: &Ancestor| matches!(base, Ancestor::External(name) if name.starts_with("south."));
    bases.is_empty() || bases.iter().any(is_it)
}

fn migration(exact: Exact<'_>, module: ModuleId, app: &Arc<str>, name: &str) -> Option<Migration> {
    let modules = exact.modules;
    let file = modules.get(module).file?;
    let class = class(modules, module)?;
    let body = modules.class_body(class);
    // Where it is handed on from another module, the file is the place.
    let span = match class.module == module {
        true => modules.class(class).name_span,
        false => Span::default(),
    };
    let mut migration = Migration {
        app: Arc::clone(app),
        name: name.into(),
        module,
        place: Place::new(file, span),
        dependencies: Vec::new(),
        run_before: Vec::new(),
        replaces: Vec::new(),
        is_open: false,
        does: OnceLock::new(),
        atomic: atomic(modules, class),
        is_initial: is_initial(body),
    };
    let mut list = |name: &str| {
        let (references, understood) = references(exact, class.module, body, name, file);
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

/// `initial = True`: one of the migrations that make the tables of an app.
fn is_initial(class: BodyRef<'_>) -> bool {
    let binding = class.binding("initial").filter(|it| !it.conditional);
    binding.is_some_and(|binding| match binding.kind {
        BindingKind::Value(value) => class.expr(value).as_bool() == Some(true),
        _ => false,
    })
}

/// The `atomic` of a class or of the nearest of its bases that sets it; it is on where none does.
fn atomic(modules: &Modules, class: ClassRef) -> Option<bool> {
    for ancestor in &modules.mro(class).ancestors {
        match ancestor {
            Ancestor::Class(class) => {
                let body = modules.class_body(*class);
                let Some(binding) = body.binding("atomic") else {
                    continue;
                };
                return match binding.kind {
                    BindingKind::Value(value) if !binding.conditional => body.expr(value).as_bool(),
                    _ => None,
                };
            }
            Ancestor::External(_) => {}
            Ancestor::Unknown => return None,
        }
    }
    Some(true)
}

/// The pairs of an app and a name in a list of the class, and whether that is all there is in it.
fn references(
    exact: Exact<'_>,
    module: ModuleId,
    body: BodyRef<'_>,
    name: &str,
    file: FileId,
) -> (Vec<Reference>, bool) {
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
        let place = Place::new(file, element.span());
        if let Some(setting) = swappable(element) {
            // Whatever it is, no conflict hangs on it: it is a migration of another app.
            let model = exact.value(module, setting);
            let label = model.as_str().and_then(|model| model.split_once('.'));
            found.extend(label.map(|(app, _)| Reference {
                app: app.into(),
                name: "__first__".into(),
                place,
            }));
            continue;
        }
        let pair = exact.value(module, element);
        match pair.elements() {
            Some([Value::Str(app), Value::Str(name)]) => found.push(Reference {
                app: Arc::clone(app),
                name: Arc::clone(name),
                place,
            }),
            _ => understood = false,
        }
    }
    (found, understood)
}

/// The setting of `migrations.swappable_dependency(..)`.
fn swappable(element: ExprRef<'_>) -> Option<ExprRef<'_>> {
    let call = element.as_call()?;
    let is_meant = call.callee.last_name() == Some("swappable_dependency");
    is_meant.then(|| call.argument(0, "value"))?
}
