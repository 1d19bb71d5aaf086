//! Small files of one statement a line: `Procfile`, `.env.example`, `.dockerignore`.

use serde::{Deserialize, Serialize};

use crate::Span;
use crate::shell::{ShellScript, parse_shell};

/// One process of a `Procfile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub name: String,
    pub command: ShellScript,
    pub span: Span,
}

/// `name: command` lines; other lines are ignored, as the platforms that read them do.
pub fn parse_procfile(text: &str) -> Vec<Process> {
    lines(text)
        .filter_map(|(line, span)| {
            let (name, command) = line.split_once(':')?;
            let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if name.is_empty() || !name.chars().all(known) {
                return None;
            }
            let command_start = span.end - command.len() as u32;
            Some(Process {
                name: name.to_owned(),
                command: parse_shell(command, command_start),
                span,
            })
        })
        .collect()
}

/// One variable that a file of sample environment names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvLine {
    pub name: String,
    /// The value without its quotes.
    pub value: String,
    /// Whether the line is commented out: the variable is known but has no value here.
    pub commented: bool,
    pub span: Span,
}

/// `NAME=value` lines, also with `export` before and behind `#`.
pub fn parse_env(text: &str) -> Vec<EnvLine> {
    lines(text)
        .filter_map(|(line, span)| {
            let commented = line.starts_with('#');
            let body = line.trim_start_matches(['#', ' ', '\t']);
            let body = body.strip_prefix("export ").unwrap_or(body);
            let (name, value) = body.split_once('=')?;
            let name = name.trim_end();
            let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            let known = starts_well && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            known.then(|| EnvLine {
                name: name.to_owned(),
                value: env_value(value.trim()),
                commented,
                span,
            })
        })
        .collect()
}

/// The value without quotes around it, or without the comment behind it.
fn env_value(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote)
            && let Some((inner, _)) = inner.split_once(quote)
        {
            return inner.to_owned();
        }
    }
    value
        .split(" #")
        .next()
        .unwrap_or(value)
        .trim_end()
        .to_owned()
}

/// One pattern of a `.dockerignore`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnorePattern {
    /// The pattern without `!`, a leading `/` and a trailing `/`.
    pub pattern: String,
    /// `!pattern`: brings back what an earlier line left out.
    pub negated: bool,
    pub span: Span,
}

/// The patterns of a `.dockerignore` in order.
pub fn parse_dockerignore(text: &str) -> Vec<IgnorePattern> {
    lines(text)
        .filter(|(line, _)| !line.starts_with('#'))
        .filter_map(|(line, span)| {
            let (negated, pattern) = line
                .strip_prefix('!')
                .map_or((false, line), |rest| (true, rest.trim()));
            let pattern = pattern.trim_start_matches("./").trim_matches('/');
            (!pattern.is_empty()).then(|| IgnorePattern {
                pattern: pattern.to_owned(),
                negated,
                span,
            })
        })
        .collect()
}

/// Whether `path` (relative to the build context) is left out of the context by `patterns`.
pub fn is_docker_ignored(patterns: &[IgnorePattern], path: &str) -> bool {
    patterns
        .iter()
        .rev()
        .find(|line| matches_path(&line.pattern, path))
        .is_some_and(|line| !line.negated)
}

/// Docker's matching: a pattern names a path or a folder above it, from the context's root.
fn matches_path(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    (1..=path.len()).any(|length| matches_parts(&pattern, &path[..length]))
}

fn matches_parts(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            (0..=path.len()).any(|skipped| matches_parts(rest, &path[skipped..]))
        }
        (Some((first, rest)), Some((name, below))) => {
            matches_name(first.as_bytes(), name.as_bytes()) && matches_parts(rest, below)
        }
        _ => false,
    }
}

/// `*` and `?` within one path part.
fn matches_name(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, n));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == b'?' || pattern[p] == name[n]) {
            p += 1;
            n += 1;
        } else if let Some((star_at, taken)) = star {
            p = star_at + 1;
            n = taken + 1;
            star = Some((star_at, n));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// The lines that are not empty, without blanks around them, with their places.
fn lines(text: &str) -> impl Iterator<Item = (&str, Span)> {
    let mut offset = 0;
    text.split_inclusive('\n').filter_map(move |raw| {
        let start = offset;
        offset += raw.len();
        let body = raw.trim_start_matches('\u{feff}').trim_start();
        let start = start + raw.len() - body.len();
        let body = body.trim_end();
        (!body.is_empty()).then(|| (body, Span::new(start as u32, (start + body.len()) as u32)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn procfile_lines_are_processes() {
        let text = "release: python manage.py migrate --noinput\n# note\nweb:gunicorn shop.wsgi\n";
        let processes = parse_procfile(text);
        let names: Vec<&str> = processes
            .iter()
            .map(|process| process.name.as_str())
            .collect();
        assert_eq!(names, ["release", "web"]);
        let web = &processes[1].command.commands[0];
        assert_eq!(web.words[1].span.text(text), "shop.wsgi");
    }

    #[test]
    fn env_lines_may_be_quoted_exported_or_commented() {
        let text = "export DEBUG=false # no\n#SENTRY_DSN=\nURL='a#b' # c\nnot this\n1X=2\n";
        let found: Vec<_> = parse_env(text)
            .into_iter()
            .map(|l| (l.name, l.value, l.commented))
            .collect();
        let expected = [
            ("DEBUG", "false", false),
            ("SENTRY_DSN", "", true),
            ("URL", "a#b", false),
        ];
        assert_eq!(
            found,
            expected.map(|(name, value, commented)| (name.to_owned(), value.to_owned(), commented))
        );
    }

    #[test]
    fn dockerignore_patterns_cover_folders_and_come_back() {
        let patterns = parse_dockerignore("# x\n/.git/\n**/*.pyc\n.env*\n!.env.example\nmedia/*\n");
        let ignored = |path| is_docker_ignored(&patterns, path);
        assert!(ignored(".git/config"));
        assert!(ignored("shop/a.pyc"));
        assert!(ignored(".env"));
        assert!(ignored("media/x/y.png"));
        assert!(!ignored(".env.example"));
        assert!(!ignored("shop/.git"));
        assert!(is_docker_ignored(&parse_dockerignore("*"), "a/b"));
    }

    #[test]
    fn many_stars_stay_quick() {
        let patterns = parse_dockerignore(&format!("{}b", "*a".repeat(2000)));
        assert!(!is_docker_ignored(&patterns, &"a".repeat(5000)));
    }
}
