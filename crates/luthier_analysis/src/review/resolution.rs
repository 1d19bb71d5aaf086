//! How much of what was met could be worked out, so that silence can be told from blindness.

use luthier_diagnostics::review::{Resolution, ResolutionKind, Unresolved};
use luthier_project::routes::{CodePlace, OpenReason, ViewTarget};
use luthier_project::settings::Kind;
use luthier_source::Location;

use super::sheet::Sheet;

pub(super) fn resolution(sheet: Sheet<'_>) -> Resolution {
    let mut resolution = Resolution::default();
    settings(sheet, &mut resolution);
    routes(sheet, &mut resolution);
    resolution
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
