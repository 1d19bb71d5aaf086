//! What the rules on views with lists say of them.

use luthier_diagnostics::Location;
use luthier_project::Project;
use luthier_project::models::Model;
use luthier_project::views::ListView;

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
