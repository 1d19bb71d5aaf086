//! How much of what was met could be worked out, so that silence can be told from blindness.

use luthier_diagnostics::review::{Resolution, ResolutionKind, Unresolved};
use luthier_project::routes::{CodePlace, OpenReason, ViewTarget};
use luthier_project::settings::Kind;
use luthier_source::Location;

use super::sheet::Sheet;

pub(super) fn resolution(sheet: Sheet<'_>) -> Resolution {
    let mut resolution = Resolution::default();
    settings(sheet, &mut resolution);
    models(sheet, &mut resolution);
    routes(sheet, &mut resolution);
    resolution
}

/// The project's own models, and those of which a base class was not found.
fn models(sheet: Sheet<'_>, resolution: &mut Resolution) {
    let modules = &sheet.project.modules;
    let own = sheet.project.models.registered();
    let own = own.filter(|(_, model)| modules.is_repository(model.module));
    let (mut resolved, mut met) = (0, 0);
    for (_, model) in own {
        let Some(class) = model.class else { continue };
        met += 1;
        if !model.is_open {
            resolved += 1;
            continue;
        }
        let file = modules.get(model.module).file;
        resolution.unresolved.push(Unresolved {
            kind: "models",
            location: file.map(|file| Location::new(file, modules.class(class).name_span)),
            what: model.label.to_string(),
            why: "a base class was not found".to_owned(),
        });
    }
    if met > 0 {
        resolution.kinds.push(ResolutionKind {
            id: "models",
            resolved,
            met,
        });
    }
}

/// Routes whose view is known, and places where there may be routes that were not seen.
fn routes(sheet: Sheet<'_>, resolution: &mut Resolution) {
    let (modules, routes) = (&sheet.project.modules, &sheet.project.routes);
    let location = |place: CodePlace| {
        let file = modules.get(place.module).file?;
        let is_there = place.span.end as usize <= sheet.sources.file(file).text.len();
        is_there.then(|| Location::new(file, place.span))
    };
    let mut unresolved = Vec::new();
    for route in &routes.routes {
        if route.view.target == ViewTarget::Unknown {
            unresolved.push(Unresolved {
                kind: "routes",
                location: location(route.place),
                what: format!("the view of `{}`", route.pattern()),
                why: "it is made at run time".to_owned(),
            });
        }
    }
    let known = routes.routes.len() - unresolved.len();
    for open in &routes.open {
        unresolved.push(Unresolved {
            kind: "routes",
            location: location(open.place),
            what: "URL patterns".to_owned(),
            why: match &open.reason {
                OpenReason::Missing(module) => format!("`{module}` was not found"),
                OpenReason::Dynamic => "they are made at run time".to_owned(),
                OpenReason::TooDeep => "they include each other".to_owned(),
            },
        });
    }
    if known + unresolved.len() == 0 {
        return;
    }
    resolution.kinds.push(ResolutionKind {
        id: "routes",
        resolved: known,
        met: known + unresolved.len(),
    });
    resolution.unresolved.extend(unresolved);
}

/// The settings of the production module.
fn settings(sheet: Sheet<'_>, resolution: &mut Resolution) {
    let Some(production) = sheet.settings() else {
        return;
    };
    let mut resolved = 0;
    for setting in production.settings() {
        match &setting.value.kind {
            Kind::Unknown(why) => resolution.unresolved.push(Unresolved {
                kind: "settings",
                location: setting.place(),
                what: setting.name.to_string(),
                why: why.to_string(),
            }),
            _ => resolved += 1,
        }
    }
    resolution.kinds.push(ResolutionKind {
        id: "settings",
        resolved,
        met: production.settings().len(),
    });
}
