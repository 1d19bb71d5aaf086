//! Does it stay fast?

use std::collections::BTreeSet;

use luthier_diagnostics::review::Criterion;

use luthier_project::views::Pages;
use luthier_source::Location;

use super::super::answer::share;
use super::super::sheet::{Sheet, at};
use super::Inputs;
use crate::inspect::queries::of_routes;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let signals = inputs.signals;
    vec![
        signals.caching.criterion("shared-cache", "shared cache"),
        signals
            .database_connections
            .criterion("connection-reuse", "connection reuse"),
        queries(inputs.sheet),
        pagination(inputs.sheet),
        signals
            .static_files
            .hashed
            .criterion("static-files-hashed", "hashed static files"),
        signals.background_tasks.criterion(),
    ]
}

/// The share of the routes that make few queries, and as many on many rows as on few. Those whose
/// code was not seen are left out, and so are those that may make more than was seen.
fn queries(sheet: Sheet<'_>) -> Criterion {
    let mut held: BTreeSet<u32> = BTreeSet::new();
    let mut failed: BTreeSet<u32> = BTreeSet::new();
    let mut open: BTreeSet<u32> = BTreeSet::new();
    let mut evidence = Vec::new();
    for (route, entry) in of_routes(sheet.project) {
        match &entry.now {
            Some(plan) if plan.is_many() => {
                failed.insert(route);
                let methods = entry.methods.join(", ");
                let name = format!("{methods} /{}", entry.name);
                let said = format!("`{}` makes {} queries", name.trim(), plan.formula());
                evidence.extend(entry.location.map(|place| at(place, said)));
            }
            Some(plan) if plan.unseen.is_empty() => {
                held.insert(route);
            }
            _ => {
                open.insert(route);
            }
        }
    }
    held.retain(|route| !failed.contains(route) && !open.contains(route));
    share(
        "queries-per-route",
        "routes with few queries",
        held.len(),
        held.len() + failed.len(),
        evidence,
    )
}

/// The share of the lists of views that is cut into pages; those of which it is not known are left
/// out.
fn pagination(sheet: Sheet<'_>) -> Criterion {
    let lists = sheet.project.list_views().iter();
    let lists: Vec<_> = lists.filter(|list| list.pages != Pages::Unknown).collect();
    let whole = lists.iter().filter(|list| list.pages == Pages::None);
    let evidence: Vec<_> = whole
        .filter_map(|list| {
            let modules = &sheet.project.modules;
            let file = modules.get(list.class.module).file?;
            let class = Location::new(file, modules.class(list.class).name_span);
            Some(at(class, "gives all rows at once"))
        })
        .collect();
    let paginated = lists.iter().filter(|list| list.pages != Pages::None);
    let held = paginated.count();
    share(
        "pagination",
        "lists with pagination",
        held,
        lists.len(),
        evidence,
    )
}
