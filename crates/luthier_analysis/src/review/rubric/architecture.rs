//! Is the code laid out so that it can grow?

use luthier_diagnostics::review::Criterion;

use super::super::answer::{Answer, Verdict, later};
use super::super::sheet::Sheet;
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let Inputs { sheet, signals, .. } = inputs;
    let has_settings = sheet.settings().is_some();
    let own_user_model = if has_settings {
        user_model(sheet)
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
        own_user_model.criterion("custom-user-model", "custom user model"),
        later("logic-in-services", "logic in services rather than views"),
        sheet
            .clean(&["ARC007"], "no circle")
            .criterion("apps-without-circles", "circle-free app imports"),
        later("writes-through-services", "writes through services"),
        later("shared-base-models", "shared base models"),
        requirements.criterion("split-requirements", "split and pinned requirements"),
    ]
}

/// Whether users are a model of the project's own; a rule that is silent does not prove it.
fn user_model(sheet: Sheet<'_>) -> Answer {
    let answer = sheet.clean(&["ARC001"], "AUTH_USER_MODEL is the project's own");
    let setting = sheet.setting("AUTH_USER_MODEL");
    let is_own =
        setting.is_some_and(|setting| !setting.is_default && setting.value.as_str().is_some());
    if answer.verdict == Verdict::Yes && !is_own {
        return Answer::unknown("AUTH_USER_MODEL was not understood");
    }
    answer
}
