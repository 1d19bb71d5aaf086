//! Evaluated settings, written out.

use luthier_diagnostics::Location;
use luthier_diagnostics::settings::{SettingPart, SettingStatus, SettingView, SettingsView};
use luthier_project::Project;
use luthier_project::settings::{Contribution, Kind, Setting, SettingsModule, Value, What};
use luthier_source::Sources;

/// The production settings of a project; `None` where it has none.
pub(super) fn view(project: &Project, sources: &Sources) -> Option<SettingsView> {
    let production = project.settings.production()?;
    let name = match &production.class {
        Some(class) => format!("{}.{class}", production.name),
        None => production.name.clone(),
    };
    let settings = production.settings().iter();
    Some(SettingsView {
        module: name,
        reason: project.settings.reason.clone(),
        notes: notes(production),
        settings: settings.map(|setting| one(setting, sources)).collect(),
    })
}

/// What stands between this list and what production runs with.
fn notes(production: &SettingsModule) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(fails) = production.fails() {
        notes.push(format!("loading it fails: {fails}"));
    }
    if let Some(why) = production.open() {
        notes.push(format!("there may be more settings: {why}"));
    }
    for (name, _) in production.optional() {
        notes.push(format!(
            "{name} is taken in where it exists; it is not here"
        ));
    }
    notes
}

fn one(setting: &Setting, sources: &Sources) -> SettingView {
    SettingView {
        name: setting.name.to_string(),
        status: status(&setting.value),
        value: setting.value.to_string(),
        parts: setting
            .places
            .iter()
            .filter_map(|contribution| part(contribution, sources))
            .collect(),
    }
}

fn part(contribution: &Contribution, sources: &Sources) -> Option<SettingPart> {
    let place = contribution.place?;
    let text = match &contribution.what {
        What::Imported(module) => format!("from {module}"),
        What::Removed => "removed".to_owned(),
        What::Assigned | What::Extended | What::Called(_) | What::ItemSet => {
            let file = sources.file(place.file);
            let line = file.line_index().line(place.span.start);
            file.line_index()
                .line_text(&file.text, line)
                .trim()
                .to_owned()
        }
    };
    let condition = &contribution.when;
    Some(SettingPart {
        location: Location::new(place.file, place.span),
        text,
        condition: (!condition.is_always()).then(|| format!("if {condition}")),
    })
}

fn status(value: &Value) -> SettingStatus {
    match &value.kind {
        Kind::Unknown(_) | Kind::Unset => SettingStatus::Unknown,
        Kind::OneOf(_) => SettingStatus::OneOf,
        Kind::Environment(_) => SettingStatus::Environment,
        Kind::Text(_) | Kind::Object(_) => SettingStatus::Partial,
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => {
            let whole = items.iter().all(|item| {
                !item.many && item.when.is_always() && status(&item.value) == SettingStatus::Known
            });
            part_or_whole(whole)
        }
        Kind::Dict(dict) => {
            let whole = dict.entries.iter().all(|entry| {
                entry.when.is_always() && status(&entry.value) == SettingStatus::Known
            });
            part_or_whole(whole && !dict.open)
        }
        Kind::None
        | Kind::Bool(_)
        | Kind::Int(_)
        | Kind::Float(_)
        | Kind::Str(_)
        | Kind::Bytes
        | Kind::Path(_)
        | Kind::Duration { .. }
        | Kind::Reference(_) => SettingStatus::Known,
    }
}

fn part_or_whole(whole: bool) -> SettingStatus {
    if whole {
        SettingStatus::Known
    } else {
        SettingStatus::Partial
    }
}
