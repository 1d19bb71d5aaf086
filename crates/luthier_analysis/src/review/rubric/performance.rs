//! Does it stay fast?

use luthier_diagnostics::review::Criterion;

use luthier_project::views::Pages;
use luthier_source::Location;

use super::super::answer::{later, share};
use super::super::sheet::{Sheet, at};
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let signals = inputs.signals;
    vec![
        signals.caching.criterion("shared-cache", "shared cache"),
        signals
            .database_connections
            .criterion("connection-reuse", "connection reuse"),
        later("queries-per-route", "routes with fewer than 10 queries"),
        pagination(inputs.sheet),
        signals
            .static_files
            .hashed
            .criterion("static-files-hashed", "hashed static files"),
        signals.background_tasks.criterion(),
    ]
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
