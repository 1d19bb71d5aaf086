//! `requirements*.txt` and `.in` files as pip reads them.

use serde::{Deserialize, Serialize};

use crate::requirement::{Requirement, normalise_name, parse_requirement};
use crate::{Problem, Span};

/// The lines of one requirements file that mean something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementsFile {
    pub lines: Vec<RequirementLine>,
    pub problems: Vec<Problem>,
}

/// One logical line (continuations joined).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequirementLine {
    /// A dependency; `hashes` counts its `--hash` options.
    Package {
        requirement: Requirement,
        editable: bool,
        hashes: u32,
    },
    /// A folder, archive or repository given without a name.
    Location {
        text: String,
        editable: bool,
        span: Span,
    },
    /// `-r other.txt`
    Include { path: String, span: Span },
    /// `-c constraints.txt`
    Constraint { path: String, span: Span },
}

impl RequirementsFile {
    /// The named dependencies, in file order.
    pub fn packages(&self) -> impl Iterator<Item = &Requirement> {
        self.lines.iter().filter_map(|line| match line {
            RequirementLine::Package { requirement, .. } => Some(requirement),
            _ => None,
        })
    }
}

/// Reads a whole file; lines that say nothing known become problems.
pub fn parse_requirements(text: &str) -> RequirementsFile {
    let mut file = RequirementsFile::default();
    let text_start = text
        .strip_prefix('\u{feff}')
        .map_or(0, |_| '\u{feff}'.len_utf8());
    let mut start = text_start;
    while start < text.len() {
        let end = logical_line_end(text, start);
        read_line(&mut file, text, start, end);
        start = end + 1;
    }
    file
}

/// The end of the line at `start`; a backslash before the break joins the next line.
fn logical_line_end(text: &str, start: usize) -> usize {
    let mut from = start;
    loop {
        let Some(length) = text[from..].find('\n') else {
            return text.len();
        };
        let end = from + length;
        let line = text[from..end].trim_end_matches('\r');
        if !line.ends_with('\\') || line.trim_start().starts_with('#') {
            return end;
        }
        from = end + 1;
    }
}

fn read_line(file: &mut RequirementsFile, text: &str, start: usize, end: usize) {
    let line = without_comment(&text[start..end]);
    let body = line.trim_matches(is_filler);
    if body.is_empty() {
        return;
    }
    let start = (start + line.len() - line.trim_start_matches(is_filler).len()) as u32;
    let span = Span::new(start, start + body.len() as u32);

    if let Some(path) = option_value(body, &["-r", "--requirement"]) {
        file.lines.push(RequirementLine::Include {
            path: path.to_owned(),
            span,
        });
    } else if let Some(path) = option_value(body, &["-c", "--constraint"]) {
        file.lines.push(RequirementLine::Constraint {
            path: path.to_owned(),
            span,
        });
    } else if let Some(target) = option_value(body, &["-e", "--editable"]) {
        let target_start = start + (target.as_ptr() as usize - body.as_ptr() as usize) as u32;
        file.lines
            .push(package_or_location(target, target_start, true));
    } else if !body.starts_with('-') {
        let line = package_or_location(body, start, false);
        if let RequirementLine::Location { text, span, .. } = &line
            && !looks_like_location(text)
        {
            let message = format!(
                "`{}` is no requirement",
                text.chars().take(60).collect::<String>()
            );
            file.problems.push(Problem {
                span: *span,
                message,
            });
            return;
        }
        file.lines.push(line);
    }
    // Other options (`--index-url` and kin) say where to look, not what to install.
}

fn package_or_location(body: &str, start: u32, editable: bool) -> RequirementLine {
    // Options of one requirement, such as `--hash=…`, follow it after a blank.
    let cut = body
        .match_indices("--")
        .find(|(at, _)| body[..*at].ends_with(is_filler))
        .map(|(at, _)| at);
    let hashes = cut.map_or(0, |cut| body[cut..].matches("--hash").count() as u32);
    let plain = body[..cut.unwrap_or(body.len())].trim_end_matches(is_filler);
    if let Some(requirement) = parse_requirement(plain, start) {
        return RequirementLine::Package {
            requirement,
            editable,
            hashes,
        };
    }
    let span = Span::new(start, start + plain.len() as u32);
    match egg_name(plain) {
        Some(name) => {
            let requirement = Requirement {
                name: normalise_name(name),
                extras: Vec::new(),
                specifier: String::new(),
                url: Some(plain.to_owned()),
                marker: String::new(),
                span,
            };
            RequirementLine::Package {
                requirement,
                editable,
                hashes,
            }
        }
        None => RequirementLine::Location {
            text: plain.to_owned(),
            editable,
            span,
        },
    }
}

/// The name in `git+https://…#egg=name[extra]`.
fn egg_name(location: &str) -> Option<&str> {
    let (_, fragment) = location.rsplit_once('#')?;
    let name = fragment
        .split('&')
        .find_map(|part| part.strip_prefix("egg="))?;
    let name = name.split(['[', ' ']).next().unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

fn looks_like_location(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or(text);
    first.starts_with(['.', '/', '~', '$']) || first.contains('/') || first.contains("://")
}

/// The value of the option when the line is one of `names`: `-r x`, `-rx`, `--requirement=x`.
fn option_value<'a>(line: &'a str, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| {
        let rest = line.strip_prefix(name)?;
        let short = !name.starts_with("--");
        let apart = rest.starts_with(|c: char| c.is_whitespace() || c == '=');
        let value = rest
            .trim_start_matches(|c: char| c.is_whitespace() || c == '=')
            .trim_end();
        ((apart || short) && !value.is_empty()).then_some(value)
    })
}

/// A comment starts at a `#` that opens the line or follows a blank.
fn without_comment(line: &str) -> &str {
    let comment = line
        .match_indices('#')
        .find(|(at, _)| *at == 0 || line[..*at].ends_with(char::is_whitespace));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// Blanks, and the backslashes that join lines.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || c == '\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_as_pip_does() {
        let text = "\u{feff}# top\n-r base.txt\n--constraint=limits.txt\n\
            Django==5.2.7 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb  # via -r base.in\n\
            -e git+https://example.org/x.git#egg=My_Pkg\n./local\n--index-url https://example.org/simple\n\
            what is this\ncelery[redis]>=5 ; sys_platform != 'win32' # c\n";
        let file = parse_requirements(text);
        let outline: Vec<String> = file
            .lines
            .iter()
            .map(|line| match line {
                RequirementLine::Package {
                    requirement: r,
                    editable,
                    hashes,
                } => {
                    format!("{} {} {editable} {hashes}", r.name, r.specifier)
                }
                RequirementLine::Location { text, .. } => format!("at {text}"),
                RequirementLine::Include { path, .. } => format!("include {path}"),
                RequirementLine::Constraint { path, .. } => format!("constrain {path}"),
            })
            .collect();
        assert_eq!(
            outline,
            [
                "include base.txt",
                "constrain limits.txt",
                "django ==5.2.7 false 2",
                "my-pkg  true 0",
                "at ./local",
                "celery >=5 false 0"
            ]
        );
        assert_eq!(file.problems.len(), 1);
        assert_eq!(file.problems[0].span.text(text), "what is this");
        let django = file.packages().next().unwrap();
        assert_eq!(django.span.text(text), "Django==5.2.7");
    }

    #[test]
    fn every_prefix_is_read_without_panic() {
        let text = "-r a\r\nDjängo==1 \\\r\n --hash=x\n-e .[dev] # ü\n@ x\n==";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            parse_requirements(&text[..end]);
        }
    }
}
