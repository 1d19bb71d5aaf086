//! Paths of field names in strings, followed through the model graph.

use luthier_project::Project;
use luthier_project::models::{Found, ModelId};

/// Lookups that Django has for relations too: at the end of a path they are no field.
const RELATION_LOOKUPS: &[&str] = &[
    "contains",
    "endswith",
    "exact",
    "gt",
    "gte",
    "icontains",
    "iendswith",
    "iexact",
    "in",
    "iregex",
    "isnull",
    "istartswith",
    "lt",
    "lte",
    "range",
    "regex",
    "search",
    "startswith",
];

/// The first step of a path that its model does not have, with that model; what follows a field
/// that is no relation may be a transform or a key.
pub(super) fn missing_step<'p>(
    project: &Project,
    start: ModelId,
    path: &'p str,
) -> Option<(&'p str, ModelId)> {
    let mut holder = start;
    for (at, step) in path.split("__").enumerate() {
        let next = match project.models.lookup(holder, step) {
            Found::Field(_, field) => field.relation()?.to.model()?,
            Found::Reverse(reverse) => reverse.from,
            Found::Key(..) | Found::Unknown => return None,
            Found::Nothing if at > 0 && RELATION_LOOKUPS.contains(&step) => return None,
            // What the class makes in a way that is not followed may be a field.
            Found::Nothing if is_bound(project, holder, step) => return None,
            Found::Nothing => return Some((step, holder)),
        };
        holder = next;
    }
    None
}

fn is_bound(project: &Project, id: ModelId, name: &str) -> bool {
    let class = project.models.get(id).class;
    class.is_some_and(|class| {
        let mro = project.modules.mro(class);
        mro.classes()
            .any(|&class| project.modules.class_body(class).binding(name).is_some())
    })
}
