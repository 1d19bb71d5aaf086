//! Is the code laid out so that it can grow?

use luthier_diagnostics::review::Criterion;

use super::super::answer::{Answer, later};
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let Inputs { sheet, signals, .. } = inputs;
    let has_settings = sheet.settings().is_some();
    let user_model = if has_settings {
        sheet.clean(&["ARC001"], "AUTH_USER_MODEL is the project's own")
    } else {
        Answer::not_applicable("no settings")
    };
    let requirements = if sheet.project.dependencies.declared.is_empty() {
        Answer::unknown("no dependencies were found")
    } else {
        sheet.clean(&["ARC009"], "split, pinned or locked")
    };
    let split = if has_settings {
        signals.settings_split.clone()
    } else {
        Answer::not_applicable("no settings")
    };
    vec![
        split.criterion("settings-split", "settings split"),
        user_model.criterion("custom-user-model", "custom user model"),
        later("logic-in-services", "logic in services rather than views"),
        sheet
            .clean(&["ARC007"], "no circle")
            .criterion("apps-without-circles", "apps free of import circles"),
        later("writes-through-services", "writes through services"),
        later("shared-base-models", "shared base models"),
        requirements.criterion("split-requirements", "split and pinned requirements"),
    ]
}
