//! Lines to instructions, instructions to stages.

use super::words::{expand_variables, parse_exec_array, split_words};
use super::{CommandForm, Copy, Dockerfile, Instruction, InstructionKind, Stage, Variable};
use crate::mapped::{MappedText, Positions};
use crate::shell::{Word, parse_shell, parse_shell_at};
use crate::{Problem, Span};

/// Reads a whole Dockerfile.
pub fn parse_dockerfile(text: &str) -> Dockerfile {
    let mut file = Dockerfile::default();
    let mut lines = Lines {
        text,
        at: 0,
        escape: escape_directive(text),
    };
    while let Some(raw) = lines.next_instruction() {
        read_instruction(&mut file, &raw, lines.escape);
    }
    file
}

/// The value of a `# escape=` directive, which only counts above everything else.
fn escape_directive(text: &str) -> char {
    for line in text.trim_start_matches('\u{feff}').lines() {
        let Some((key, value)) = line
            .strip_prefix('#')
            .and_then(|comment| comment.split_once('='))
        else {
            break;
        };
        if key.trim().eq_ignore_ascii_case("escape") {
            return value
                .trim()
                .chars()
                .next()
                .filter(|escape| *escape == '`')
                .unwrap_or('\\');
        }
    }
    '\\'
}

/// An instruction with its lines joined.
struct RawInstruction<'a> {
    keyword: String,
    arguments: MappedText,
    heredocs: Vec<Heredoc<'a>>,
    span: Span,
}

struct Heredoc<'a> {
    body: &'a str,
    start: u32,
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
    escape: char,
}

impl<'a> Lines<'a> {
    /// The next line without its break, and its offset.
    fn next_line(&mut self) -> Option<(&'a str, usize)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        self.at += length;
        Some((rest[..length].trim_end_matches(['\n', '\r']), start))
    }

    fn next_instruction(&mut self) -> Option<RawInstruction<'a>> {
        let (first, offset) = self.next_content_line()?;
        let mut joined = MappedText::default();
        let mut line = Some((first, offset));
        let mut end = offset;
        while let Some((content, start)) = line {
            let trimmed = content.trim_end();
            end = start + trimmed.len();
            let Some(body) = trimmed.strip_suffix(self.escape) else {
                joined.push(content, start as u32);
                break;
            };
            joined.push(body, start as u32);
            line = self.next_content_line();
        }
        let (keyword, arguments) = split_keyword(joined);
        let mut span = Span::new(offset as u32, end as u32);
        span.start +=
            (first.len() - first.trim_start_matches('\u{feff}').trim_start().len()) as u32;
        let takes_heredocs = matches!(keyword.as_str(), "RUN" | "COPY" | "ADD");
        let mut heredocs = Vec::new();
        if takes_heredocs {
            for (delimiter, strip_tabs) in heredoc_delimiters(&arguments.text) {
                heredocs.push(self.read_heredoc(&delimiter, strip_tabs));
            }
        }
        Some(RawInstruction {
            keyword,
            arguments,
            heredocs,
            span,
        })
    }

    fn next_content_line(&mut self) -> Option<(&'a str, usize)> {
        loop {
            let (line, start) = self.next_line()?;
            let body = line.trim_start_matches('\u{feff}').trim_start();
            if !body.is_empty() && !body.starts_with('#') {
                return Some((line, start));
            }
        }
    }

    fn read_heredoc(&mut self, delimiter: &str, strip_tabs: bool) -> Heredoc<'a> {
        let start = self.at;
        while let Some((line, line_start)) = self.next_line() {
            let line = if strip_tabs {
                line.trim_start_matches('\t')
            } else {
                line
            };
            if line == delimiter {
                return Heredoc {
                    body: &self.text[start..line_start],
                    start: start as u32,
                };
            }
        }
        Heredoc {
            body: &self.text[start..],
            start: start as u32,
        }
    }
}

/// The keyword in upper case, and the arguments behind it.
fn split_keyword(joined: MappedText) -> (String, MappedText) {
    let text = joined.text.trim_start_matches('\u{feff}').trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let keyword = text[..end].to_ascii_uppercase();
    let cut = joined.text.len() - text[end..].trim_start().len();
    (keyword, joined.without_start(cut))
}

/// The delimiters of `<<EOF`, `<<-EOF`, `<<"EOF"` among the words of an instruction.
fn heredoc_delimiters(arguments: &str) -> Vec<(String, bool)> {
    if !arguments.contains("<<") || arguments.starts_with('[') {
        return Vec::new();
    }
    let delimiters = arguments.split_whitespace().filter_map(|word| {
        let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = digits.strip_prefix("<<")?;
        let (strip_tabs, rest) = rest
            .strip_prefix('-')
            .map_or((false, rest), |rest| (true, rest));
        let name = rest.trim_matches(['"', '\'']);
        let named = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        named.then(|| (name.to_owned(), strip_tabs))
    });
    delimiters.collect()
}

/// Stages beyond this many are left out: finding one by its name looks at all before it.
const MAX_STAGES: usize = 500;

fn read_instruction(file: &mut Dockerfile, raw: &RawInstruction<'_>, escape: char) {
    let arguments = raw.arguments.text.as_str();
    let positions = raw.arguments.positions();
    if raw.keyword == "FROM" {
        match read_from(file, raw, escape) {
            Some(_) if file.stages.len() >= MAX_STAGES => {
                file.problems
                    .push(problem(raw.span, "more stages than anyone writes"));
            }
            Some(stage) => file.stages.push(stage),
            None => file
                .problems
                .push(problem(raw.span, "`FROM` without an image")),
        }
        return;
    }
    let kind = match raw.keyword.as_str() {
        "RUN" => InstructionKind::Run(run_command(raw, escape)),
        "CMD" => InstructionKind::Cmd(command(arguments, positions)),
        "ENTRYPOINT" => InstructionKind::Entrypoint(command(arguments, positions)),
        "HEALTHCHECK" => InstructionKind::Healthcheck(healthcheck(&raw.arguments, escape)),
        "USER" | "WORKDIR" => {
            let word = split_words(arguments, positions, escape).into_iter().next();
            match (word, raw.keyword.as_str()) {
                (Some(word), "USER") => InstructionKind::User(word),
                (Some(word), _) => InstructionKind::Workdir(word),
                (None, keyword) => {
                    file.problems
                        .push(problem(raw.span, &format!("`{keyword}` without a value")));
                    return;
                }
            }
        }
        "ENV" => InstructionKind::Env(env_variables(arguments, positions, escape)),
        "ARG" => InstructionKind::Arg(
            split_words(arguments, positions, escape)
                .iter()
                .map(variable)
                .collect(),
        ),
        "COPY" | "ADD" => InstructionKind::Copy(copy(raw, escape)),
        "LABEL" | "EXPOSE" | "VOLUME" | "STOPSIGNAL" | "SHELL" | "MAINTAINER" | "ONBUILD" => {
            InstructionKind::Other(raw.keyword.clone())
        }
        unknown => {
            let message = format!(
                "`{}` is no Dockerfile instruction",
                unknown.chars().take(40).collect::<String>()
            );
            file.problems.push(problem(raw.span, &message));
            return;
        }
    };
    match (file.stages.last_mut(), kind) {
        (Some(stage), kind) => stage.instructions.push(Instruction {
            kind,
            span: raw.span,
        }),
        (None, InstructionKind::Arg(variables)) => file.global_args.extend(variables),
        (None, _) => file
            .problems
            .push(problem(raw.span, "an instruction before the first `FROM`")),
    }
}

fn problem(span: Span, message: &str) -> Problem {
    Problem {
        span,
        message: message.to_owned(),
    }
}

fn read_from(file: &Dockerfile, raw: &RawInstruction<'_>, escape: char) -> Option<Stage> {
    let words = split_words(&raw.arguments.text, raw.arguments.positions(), escape);
    let mut words = words
        .into_iter()
        .skip_while(|word| word.text.starts_with("--"));
    let image = words.next()?;
    let name = words
        .next()
        .filter(|word| word.text.eq_ignore_ascii_case("as"))
        .and_then(|_| words.next());
    let default_of = |name: &str| {
        let variable = file
            .global_args
            .iter()
            .rev()
            .find(|variable| variable.name == name)?;
        variable
            .value
            .as_ref()
            .filter(|value| value.literal)
            .map(|value| value.text.clone())
    };
    Some(Stage {
        resolved_image: expand_variables(&image.text, default_of),
        image,
        name: name.map(|word| word.text.to_lowercase()),
        instructions: Vec::new(),
        span: raw.span,
    })
}

fn command(arguments: &str, positions: Positions<'_>) -> CommandForm {
    match parse_exec_array(arguments, positions) {
        Some(words) => CommandForm::Exec(words),
        None => CommandForm::Shell(parse_shell_at(arguments, positions)),
    }
}

/// A `RUN`, whose script may stand in a heredoc.
fn run_command(raw: &RawInstruction<'_>, escape: char) -> CommandForm {
    let arguments = without_flags(&raw.arguments, escape);
    let first = arguments.text.split_whitespace().next().unwrap_or("");
    match raw.heredocs.first() {
        Some(heredoc) if first.starts_with("<<") || is_shell(first) => {
            CommandForm::Shell(parse_shell(heredoc.body, heredoc.start))
        }
        _ => command(&arguments.text, arguments.positions()),
    }
}

fn is_shell(program: &str) -> bool {
    matches!(
        program.rsplit('/').next().unwrap_or(program),
        "sh" | "bash" | "ash" | "dash"
    )
}

/// The arguments behind leading `--flag=value` words.
fn without_flags(arguments: &MappedText, escape: char) -> MappedText {
    let mut cut = 0;
    loop {
        let rest = &arguments.text[cut..];
        let body = rest.trim_start();
        if !body.starts_with("--") {
            return arguments
                .clone()
                .without_start(cut + rest.len() - body.len());
        }
        let mut escaped = false;
        let end = body.find(|c: char| {
            let blank = c.is_whitespace() && !escaped;
            escaped = c == escape && !escaped;
            blank
        });
        cut += rest.len() - body.len() + end.unwrap_or(body.len());
    }
}

fn healthcheck(arguments: &MappedText, escape: char) -> Option<CommandForm> {
    let arguments = without_flags(arguments, escape);
    let (keyword, rest) = split_keyword(arguments);
    (keyword == "CMD").then(|| command(&rest.text, rest.positions()))
}

fn env_variables(arguments: &str, positions: Positions<'_>, escape: char) -> Vec<Variable> {
    let words = split_words(arguments, positions, escape);
    let Some(first) = words.first() else {
        return Vec::new();
    };
    if first.text.contains('=') {
        return words.iter().map(variable).collect();
    }
    // The old form: one name, and the rest of the line is its value.
    let value = words.get(1).zip(words.last()).map(|(start, end)| Word {
        text: words[1..]
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        literal: words[1..].iter().all(|word| word.literal),
        span: start.span.cover(end.span),
    });
    let span = value
        .as_ref()
        .map_or(first.span, |value| first.span.cover(value.span));
    vec![Variable {
        name: first.text.clone(),
        value,
        span,
    }]
}

fn variable(word: &Word) -> Variable {
    let (name, value) = match word.text.split_once('=') {
        Some((name, value)) => (
            name,
            Some(Word {
                text: value.to_owned(),
                ..*word
            }),
        ),
        None => (word.text.as_str(), None),
    };
    Variable {
        name: name.to_owned(),
        value,
        span: word.span,
    }
}

fn copy(raw: &RawInstruction<'_>, escape: char) -> Copy {
    let flags = split_words(&raw.arguments.text, raw.arguments.positions(), escape);
    let from = flags
        .iter()
        .take_while(|word| word.text.starts_with("--"))
        .find_map(|word| word.text.strip_prefix("--from=").map(str::to_owned));
    let arguments = without_flags(&raw.arguments, escape);
    let positions = arguments.positions();
    let mut paths = parse_exec_array(&arguments.text, positions)
        .unwrap_or_else(|| split_words(&arguments.text, positions, escape));
    let destination = paths.pop();
    paths.retain(|word| !word.text.starts_with("<<"));
    Copy {
        from,
        sources: paths,
        destination,
    }
}
