//! `luthier config --settings`: every setting, where each part of it came from, under which
//! condition.

use std::fmt::Write;

use luthier_diagnostics::settings::{SettingPart, SettingStatus, SettingView, SettingsView};
use luthier_source::Sources;
use serde::Serialize;

use crate::json;
use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

/// Characters of a value that are shown; JSON has all.
const MOST: usize = 600;

/// For people.
pub fn settings(sources: &Sources, views: &[SettingsView], look: Look) -> String {
    let mut out = String::new();
    for view in views {
        let _ = writeln!(
            out,
            "{} {}\n",
            look.paint(Tone::Heading, &plain::line(&view.module)),
            look.paint(Tone::Faint, &format!("· {}", plain::line(&view.reason))),
        );
        for note in &view.notes {
            let _ = writeln!(out, "{}", look.paint(Tone::Worry, &plain::line(note)));
        }
        if !view.notes.is_empty() {
            out.push('\n');
        }
        for setting in &view.settings {
            setting_text(sources, setting, look, &mut out);
        }
    }
    out
}

fn setting_text(sources: &Sources, setting: &SettingView, look: Look, out: &mut String) {
    let tone = match setting.status {
        SettingStatus::Known => Tone::Heading,
        SettingStatus::Environment => Tone::Command,
        SettingStatus::OneOf | SettingStatus::Partial | SettingStatus::Unknown => Tone::Worry,
    };
    let value = plain::line(&setting.value).into_owned();
    let shown: String = value.chars().take(MOST).collect();
    let more = if shown.len() < value.len() {
        " …"
    } else {
        ""
    };
    let columns = look.width.saturating_sub(4).max(40);
    let one_line = format!("{} = {shown}{more}", setting.name);
    let name = look.paint(tone, &plain::line(&setting.name));
    if plain::width(&one_line) <= look.width {
        let _ = writeln!(out, "{name} = {shown}{more}");
    } else {
        let _ = writeln!(out, "{name} =");
        for line in plain::wrap(&format!("{shown}{more}"), columns) {
            let _ = writeln!(out, "    {line}");
        }
    }
    for part in &setting.parts {
        part_text(sources, part, look, out);
    }
}

/// `    config/settings/base.py:12  CONN_MAX_AGE = 0  if DEBUG`
fn part_text(sources: &Sources, part: &SettingPart, look: Look, out: &mut String) {
    let place = Place::new(sources, part.location);
    let place = plain::line(&format!("{}:{}", place.path, place.line())).into_owned();
    let _ = write!(out, "    {}", look.paint(Tone::Faint, &place));
    if let Some(condition) = &part.condition {
        let condition = plain::line(condition);
        let _ = write!(out, "  {}", look.paint(Tone::Worry, &condition));
    }
    let room = look.width.saturating_sub(plain::width(&place) + 6);
    let text = plain::line(&part.text);
    if !text.is_empty() && room > 20 {
        let text = plain::cut(&text, room);
        let _ = write!(out, "  {}", look.paint(Tone::Faint, &text));
    }
    out.push('\n');
}

/// For scripts.
pub fn settings_json(sources: &Sources, views: &[SettingsView]) -> String {
    let modules: Vec<JsonModule> = views
        .iter()
        .map(|view| JsonModule {
            module: &view.module,
            reason: &view.reason,
            notes: &view.notes,
            settings: view
                .settings
                .iter()
                .map(|setting| JsonSetting {
                    name: &setting.name,
                    status: setting.status,
                    value: &setting.value,
                    parts: setting
                        .parts
                        .iter()
                        .map(|part| JsonPart::new(sources, part))
                        .collect(),
                })
                .collect(),
        })
        .collect();
    json::pretty(&modules)
}

#[derive(Serialize)]
struct JsonModule<'a> {
    module: &'a str,
    reason: &'a str,
    notes: &'a [String],
    settings: Vec<JsonSetting<'a>>,
}

#[derive(Serialize)]
struct JsonSetting<'a> {
    name: &'a str,
    status: SettingStatus,
    value: &'a str,
    parts: Vec<JsonPart<'a>>,
}

#[derive(Serialize)]
struct JsonPart<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    text: &'a str,
    condition: Option<&'a str>,
}

impl<'a> JsonPart<'a> {
    fn new(sources: &'a Sources, part: &'a SettingPart) -> Self {
        let place = Place::new(sources, part.location);
        Self {
            path: place.path,
            line: place.line(),
            column: place.column(),
            text: &part.text,
            condition: part.condition.as_deref(),
        }
    }
}
