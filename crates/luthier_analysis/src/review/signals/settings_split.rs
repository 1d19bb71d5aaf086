//! Are settings separate modules per environment with a shared base, and does production not branch
//! on the environment?

use luthier_project::settings::Role;

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
    let mut names: Vec<(Role, &str)> = sheet
        .project
        .settings
        .modules
        .iter()
        .map(|module| {
            (
                module.role,
                module.name.rsplit('.').next().unwrap_or(&module.name),
            )
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<&str> = names.into_iter().map(|(_, name)| name).collect();
    match names.len() {
        0 | 1 if !production.optional().is_empty() => Answer::unknown(format!(
            "one module, {}; what it loads where it runs is not here",
            production.name
        )),
        // One module, and no rule that objects: nothing to split was seen.
        0 | 1 => Answer::yes(format!("one module, {}", production.name)),
        _ => Answer::yes(names.join(", ")),
    }
}
