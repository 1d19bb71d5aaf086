//! How much of what was met could be worked out, so that silence can be told from blindness.

use luthier_diagnostics::review::{Resolution, ResolutionKind, Unresolved};
use luthier_project::settings::Kind;

use super::sheet::Sheet;

pub(super) fn resolution(sheet: Sheet<'_>) -> Resolution {
    let mut resolution = Resolution::default();
    settings(sheet, &mut resolution);
    resolution
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
