//! Ini files: `setup.cfg`, `tox.ini`, `pytest.ini`, `.coveragerc`.

use serde::{Deserialize, Serialize};

use crate::{Problem, Span};

/// The keys of an ini file in order, each with the section that it stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IniFile {
    /// Every section header, also of sections without keys.
    pub sections: Vec<IniSection>,
    pub entries: Vec<IniEntry>,
    pub problems: Vec<Problem>,
}

/// A `[section]` header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IniSection {
    pub name: String,
    pub span: Span,
}

/// `key = value`; lines of a value that goes on below its key are joined by `\n`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IniEntry {
    pub section: String,
    /// The key in lower case, as `configparser` gives it.
    pub key: String,
    pub value: String,
    /// Key and value, in all lines.
    pub span: Span,
    /// The value alone; empty after the separator when there is none.
    pub value_span: Span,
}

impl IniFile {
    pub fn has_section(&self, name: &str) -> bool {
        self.sections.iter().any(|section| section.name == name)
    }

    /// The last entry for `key` in `section`: it wins.
    pub fn get(&self, section: &str, key: &str) -> Option<&IniEntry> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.section == section && entry.key == key)
    }
}

impl IniEntry {
    /// The value's lines without blanks, empty ones and comments.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.value
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
    }
}

/// Reads an ini file as `configparser` does, with ` #` and ` ;` comments at a value's end dropped
/// as pytest and coverage drop them.
pub fn parse_ini(text: &str) -> IniFile {
    let mut file = IniFile::default();
    let mut section = String::new();
    let mut open_entry: Option<IniEntry> = None;
    let mut offset = 0;

    for raw in text.split_inclusive('\n') {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end().trim_start_matches('\u{feff}');
        let body = line.trim_start();
        let body_start = start + (raw.trim_end().len() - body.len());
        if body.is_empty() || body.starts_with(['#', ';']) {
            continue;
        }
        let indented = line.len() > body.len();
        if indented && let Some(entry) = open_entry.as_mut() {
            continue_value(entry, body, body_start);
            continue;
        }
        file.entries.extend(open_entry.take());
        let span = Span::new(body_start as u32, (body_start + body.len()) as u32);
        if let Some(name) = body.strip_prefix('[') {
            name.split(']')
                .next()
                .unwrap_or(name)
                .trim()
                .clone_into(&mut section);
            file.sections.push(IniSection {
                name: section.clone(),
                span,
            });
        } else if section.is_empty() {
            file.problems.push(Problem {
                span,
                message: "a line before the first section".to_owned(),
            });
        } else {
            open_entry = Some(start_entry(&section, body, span));
        }
    }
    file.entries.extend(open_entry);
    file
}

fn start_entry(section: &str, body: &str, span: Span) -> IniEntry {
    let separator = body.find(['=', ':']).unwrap_or(body.len());
    let key = body[..separator].trim().to_lowercase();
    let after = body.get(separator + 1..).unwrap_or("");
    let value = without_comment(after).trim();
    let value_start = span.end - after.trim_start().len() as u32;
    IniEntry {
        section: section.to_owned(),
        key,
        value: value.to_owned(),
        span,
        value_span: Span::new(value_start, value_start + value.len() as u32),
    }
}

fn continue_value(entry: &mut IniEntry, body: &str, body_start: usize) {
    let value = without_comment(body).trim_end();
    let end = (body_start + value.len()) as u32;
    if entry.value.is_empty() {
        entry.value_span.start = body_start as u32;
    } else {
        entry.value.push('\n');
    }
    entry.value.push_str(value);
    entry.value_span.end = end;
    entry.span.end = end;
}

fn without_comment(value: &str) -> &str {
    let comment = value
        .match_indices(['#', ';'])
        .find(|(at, _)| value[..*at].ends_with(char::is_whitespace));
    comment.map_or(value, |(at, _)| &value[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sections_keys_and_values_over_lines() {
        let text = "\u{feff}[tool:pytest]\nDJANGO_SETTINGS_MODULE = config.settings.test ; x\n# c\naddopts =\n    \
            --reuse-db\n    # not this\n    --cov=shop\n\n[coverage:report]\nfail_under: 90\n[empty]\n";
        let file = parse_ini(text);
        let settings = file.get("tool:pytest", "django_settings_module").unwrap();
        assert_eq!(settings.value, "config.settings.test");
        assert_eq!(settings.value_span.text(text), "config.settings.test");
        let options = file.get("tool:pytest", "addopts").unwrap();
        assert_eq!(
            options.lines().collect::<Vec<_>>(),
            ["--reuse-db", "--cov=shop"]
        );
        assert_eq!(options.value_span.text(text).lines().count(), 3);
        assert_eq!(
            file.get("coverage:report", "fail_under").unwrap().value,
            "90"
        );
        assert!(file.has_section("empty"));
        assert!(file.problems.is_empty());
    }

    #[test]
    fn a_line_outside_sections_is_a_problem() {
        let text = "stray\n[a]\nflag\nkey=";
        let file = parse_ini(text);
        assert_eq!(file.problems[0].span.text(text), "stray");
        assert_eq!(file.get("a", "flag").unwrap().value, "");
        assert_eq!(
            file.get("a", "key").unwrap().value_span,
            Span::at(text.len() as u32)
        );
    }
}
