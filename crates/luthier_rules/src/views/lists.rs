//! What the rules on views with lists say of them.

use luthier_diagnostics::Location;
use luthier_project::Project;
use luthier_project::models::{Model, ModelId};
use luthier_project::views::{ListView, Pages};

/// The name of the view's class.
pub(super) fn place(project: &Project, view: &ListView) -> Option<Location> {
    let file = project.modules.get(view.class.module).file?;
    let span = project.modules.class(view.class).name_span;
    Some(Location::new(file, span))
}

/// The model of the rows.
pub(super) fn model_of<'a>(project: &'a Project, view: &ListView) -> &'a Model {
    project.models.get(view.rows.model)
}

/// The lists of the REST framework that give all rows of a model in such pages, each with the place
/// of its view.
pub(super) fn whole_lists(
    project: &Project,
    pages: Pages,
) -> impl Iterator<Item = (&Model, ModelId, Location)> {
    project.list_views().iter().filter_map(move |view| {
        let is_whole = view.is_rest && view.pages == pages && !view.rows.is_narrowed;
        let place = place(project, view).filter(|_| is_whole)?;
        Some((model_of(project, view), view.rows.model, place))
    })
}
