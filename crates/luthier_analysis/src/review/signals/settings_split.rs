//! Are settings separate modules per environment with a shared base, and does production not branch
//! on the environment?

use luthier_project::settings::{Role, SettingsModule};

use super::super::answer::{Answer, Verdict};
use super::super::sheet::Sheet;

pub(super) fn answer(sheet: Sheet<'_>) -> Answer {
    let Some(production) = sheet.settings() else {
        return sheet.no_settings();
    };
    let answer = sheet.clean(&["ARC003", "ARC004"], "");
    if answer.verdict != Verdict::Yes {
        return answer;
    }
    // A test's settings beside production's are no split.
    let modules = sheet.project.settings.modules.iter();
    let modules = modules.filter(|module| module.role != Role::Test);
    let mut names: Vec<(Role, &str)> = modules
        .map(|module| (module.role, last_name(module)))
        .collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<&str> = names.into_iter().map(|(_, name)| name).collect();
    match names.len() {
        0 | 1 if !production.optional().is_empty() => Answer::unknown(format!(
            "one module, {}; what it loads where it runs is not here",
            production.name
        )),
        // No rule objects, as environments may be apart in ways that code does not show.
        0 | 1 => Answer::unknown(format!(
            "one module, {}; how environments differ was not seen",
            production.name
        )),
        _ => Answer::yes(names.join(", ")),
    }
}

/// The class of a class-based configuration, else the last part of the module's name.
fn last_name(module: &SettingsModule) -> &str {
    let last = || module.name.rsplit('.').next().unwrap_or(&module.name);
    module.class.as_deref().unwrap_or_else(last)
}
