//! Evaluated settings, written out.

use std::borrow::Cow;

use luthier_diagnostics::Location;
use luthier_diagnostics::settings::{SettingPart, SettingStatus, SettingView, SettingsView};
use luthier_project::settings::{Contribution, Kind, Setting, SettingsModule, Value, What};
use luthier_project::{Place, Project};
use luthier_source::{FileId, Sources, Span};
use rustc_hash::FxHashMap;

use super::Secrets;
use super::secrets::{self, Literals};

/// The production settings of a project; `None` where it has none.
pub(super) fn view(project: &Project, sources: &Sources, secrets: Secrets) -> Option<SettingsView> {
    let production = project.settings.production()?;
    let name = match &production.class {
        Some(class) => format!("{}.{class}", production.name),
        None => production.name.clone(),
    };
    let settings = production.settings().iter();
    let mut writer = Writer {
        project,
        sources,
        secrets,
        literals: FxHashMap::default(),
    };
    Some(SettingsView {
        module: name,
        reason: project.settings.reason.clone(),
        notes: notes(production),
        settings: settings.map(|setting| writer.one(setting)).collect(),
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

struct Writer<'a> {
    project: &'a Project,
    sources: &'a Sources,
    secrets: Secrets,
    /// Of the files that settings were written from so far.
    literals: FxHashMap<FileId, Literals>,
}

impl Writer<'_> {
    fn one(&mut self, setting: &Setting) -> SettingView {
        let is_secret = secrets::is_secret(&setting.name);
        let value = match self.secrets {
            Secrets::Masked => secrets::masked(&setting.value, is_secret).to_string(),
            Secrets::Shown => setting.value.to_string(),
        };
        SettingView {
            name: setting.name.to_string(),
            status: status(&setting.value),
            value,
            parts: setting
                .places
                .iter()
                .filter_map(|contribution| self.part(contribution, is_secret))
                .collect(),
        }
    }

    fn part(&mut self, contribution: &Contribution, is_secret: bool) -> Option<SettingPart> {
        let place = contribution.place?;
        let text = match &contribution.what {
            What::Imported(module) => format!("from {module}"),
            What::Removed => "removed".to_owned(),
            What::Given(variable) => format!("environment: {}", self.given(variable, is_secret)),
            What::Assigned | What::Extended | What::Called(_) | What::ItemSet => {
                self.line(place, is_secret)
            }
        };
        let condition = &contribution.when;
        Some(SettingPart {
            location: Location::new(place.file, place.span),
            text,
            condition: (!condition.is_always()).then(|| format!("if {condition}")),
        })
    }

    /// What the deployment sets a variable to: `NAME=text`.
    fn given<'v>(&self, variable: &'v str, is_secret: bool) -> Cow<'v, str> {
        let name = variable.split('=').next().unwrap_or(variable);
        if self.secrets == Secrets::Masked && (is_secret || secrets::is_secret(name)) {
            return Cow::Owned(format!("{name}={}", secrets::MASK));
        }
        Cow::Borrowed(variable)
    }

    /// The first line of what is at `place`.
    fn line(&mut self, place: Place, is_secret: bool) -> String {
        let file = self.sources.file(place.file);
        let index = file.line_index();
        let line = index.line(place.span.start);
        let text = index.line_text(&file.text, line);
        if self.secrets == Secrets::Shown {
            return text.trim().to_owned();
        }
        let start = index.start(&file.text, line);
        let literals = self.literals.entry(place.file).or_insert_with(|| {
            let facts = self.project.facts(place.file).python();
            facts.map(Literals::of).unwrap_or_default()
        });
        let span = Span::new(start, start + text.len() as u32);
        literals
            .masked(&file.text, span, is_secret)
            .trim()
            .to_owned()
    }
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
