//! Names of fields in the options of serializers, forms, filter sets and admin classes.

use luthier_diagnostics::Location;
use luthier_project::Project;
use luthier_project::models::ModelId;
use luthier_project::querysets::Misnamed;
use luthier_project::serializers::{Name, NameOption, Origin, Shape, ShapeKind};

use crate::Context;
use crate::nearest::nearest;

/// What a name in an option may be.
#[derive(Clone, Copy)]
enum Means {
    /// A field that the class declares, or anything that the model has by that name.
    Attribute,
    /// A column of a list or a line of a form: something of the class or of its model.
    Shown,
    /// A path of fields in a query.
    Path,
}

const SERIALIZER: &[(&str, Means)] = &[
    ("fields", Means::Attribute),
    ("exclude", Means::Attribute),
    ("read_only_fields", Means::Attribute),
    ("extra_kwargs", Means::Attribute),
];

const FORM: &[(&str, Means)] = &[("fields", Means::Attribute), ("exclude", Means::Attribute)];

const FILTER_SET: &[(&str, Means)] = &[("fields", Means::Path)];

const ADMIN: &[(&str, Means)] = &[
    ("list_display", Means::Shown),
    ("list_filter", Means::Path),
    ("list_editable", Means::Shown),
    ("search_fields", Means::Path),
    ("date_hierarchy", Means::Path),
    ("ordering", Means::Path),
    ("fields", Means::Shown),
    ("fieldsets", Means::Shown),
    ("exclude", Means::Shown),
    ("readonly_fields", Means::Shown),
    ("raw_id_fields", Means::Path),
    ("autocomplete_fields", Means::Path),
    ("filter_horizontal", Means::Path),
    ("filter_vertical", Means::Path),
    ("radio_fields", Means::Path),
    ("prepopulated_fields", Means::Path),
];

/// Reports every name that neither the class nor its model has.
pub(super) fn check(context: &mut Context<'_>) {
    let project = context.project;
    for shape in project.serializers.all() {
        // What is about an abstract model, is for the classes below, about other models.
        let model = shape.subject.model();
        let Some(model) = model.filter(|&model| !project.models.get(model).is_abstract) else {
            continue;
        };
        let known = match shape.kind {
            ShapeKind::Serializer => SERIALIZER,
            ShapeKind::Form => FORM,
            ShapeKind::FilterSet => FILTER_SET,
            ShapeKind::Admin | ShapeKind::Inline => ADMIN,
        };
        for (option, means) in known {
            for name in shape.option(option).into_iter().flat_map(names) {
                judge(context, shape, model, option, *means, name);
            }
        }
    }
}

/// The names of an option; of prepopulated fields also those that they are made from.
fn names(option: &NameOption) -> impl Iterator<Item = &Name> {
    let is_deep = option.name == "prepopulated_fields";
    option.names.iter().flat_map(move |named| {
        let inner = named.inner.iter().filter(move |_| is_deep);
        std::iter::once(&named.name).chain(inner)
    })
}

fn judge(
    context: &mut Context<'_>,
    shape: &Shape,
    model: ModelId,
    option: &str,
    means: Means,
    name: &Name,
) {
    let project = context.project;
    let Some(found) = missing(project, shape, model, means, &name.text) else {
        return;
    };
    let Some(location) = own_place(project, shape, name) else {
        return;
    };
    if is_declared_below(project, shape, &name.text) {
        return;
    }
    let candidates = project.models.names(found.model);
    let (missing, holder) = (&found.part, project.models.get(found.model));
    let nearest = nearest(missing, candidates.iter().map(|name| &**name));
    // Then only what looks misspelt is surely not there.
    if found.may_be_added && nearest.is_none() {
        return;
    }
    let message = format!(
        "`{option}` of `{}` names `{missing}`, which `{}` does not have",
        shape.name(&project.modules),
        holder.name
    );
    let mut reported = context.report(location, message);
    reported.app(&*project.models.get(model).app_label);
    if let Origin::Class(class) = shape.origin {
        reported.symbol(project.modules.qualified_class(class));
    }
    if let Some(nearest) = nearest {
        reported.help(format!("did you mean `{nearest}`?"));
    }
}

/// What is wrong with a name that surely is not there.
fn missing(
    project: &Project,
    shape: &Shape,
    model: ModelId,
    means: Means,
    name: &str,
) -> Option<Misnamed> {
    let has_attribute = || project.models.has_attribute(&project.modules, model, name);
    match means {
        Means::Path if shape.declares(name) != Some(false) => None,
        Means::Path => {
            let path = name.trim_start_matches(['-', '+', '^', '=', '@']);
            (!path.is_empty() && path != "?" && path != "pk")
                .then(|| project.missing_field(model, path))
                .flatten()
        }
        _ if shape.declares(name) != Some(false) || has_attribute() != Some(false) => None,
        // The name of the link to the row itself; a setting gives it another.
        Means::Attribute if shape.kind == ShapeKind::Serializer && name == "url" => None,
        Means::Attribute => project.missing_field(model, name),
        Means::Shown if shape.has_attribute(&project.modules, name) != Some(false) => None,
        Means::Shown => project.missing_field(model, name),
    }
}

/// Where the class itself writes a name: those that it inherits are judged where they stand.
fn own_place(project: &Project, shape: &Shape, name: &Name) -> Option<Location> {
    let module = project.modules.get(name.place.module);
    let file = module
        .file
        .filter(|_| project.modules.is_repository(name.place.module))?;
    let span = project.modules.value(name.place).span();
    let is_own = match shape.origin {
        Origin::Class(class) => {
            class.module == name.place.module && project.modules.class(class).span.encloses(span)
        }
        Origin::Call(_) => true,
    };
    is_own.then_some(Location { file, span })
}

/// Whether a class that builds on this one has the field: the names are then for it.
fn is_declared_below(project: &Project, shape: &Shape, name: &str) -> bool {
    let Origin::Class(base) = shape.origin else {
        return false;
    };
    project.serializers.all().iter().any(|other| {
        let Origin::Class(class) = other.origin else {
            return false;
        };
        class != base
            && project
                .modules
                .mro(class)
                .classes()
                .any(|&ancestor| ancestor == base)
            && (other.declares(name) != Some(false)
                || other.has_attribute(&project.modules, name) != Some(false))
    })
}
