//! Settings of gunicorn: its configuration files, command lines, and `GUNICORN_CMD_ARGS`.

use luthier_source::dockerfile::Variable;
use luthier_source::shell::{Word, parse_shell_word};
use luthier_source::{FileId, Sources};

use super::GunicornSetting;
use super::commands::Unwrapped;
use crate::facts::{ExprRef, FileFacts};
use crate::place::Place;

/// Settings in files named `gunicorn.conf.py`, `gunicorn_config.py` and the like.
pub(super) fn of_files(
    sources: &Sources,
    files: &[FileFacts],
    own: &[FileId],
) -> Vec<GunicornSetting> {
    let mut found = Vec::new();
    for &file in own {
        let path = &sources.file(file).path;
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(facts) = files[file.0 as usize]
            .python()
            .filter(|_| name.starts_with("gunicorn"))
        else {
            continue;
        };
        for statement in facts.module().statements() {
            let Some((target, value)) = statement.assignment() else {
                continue;
            };
            let Some(name) = target.as_name() else {
                continue;
            };
            found.push(GunicornSetting {
                name: name.to_owned(),
                value: literal(value),
                place: Place::new(file, statement.span()),
            });
        }
    }
    found
}

fn literal(value: ExprRef<'_>) -> Option<String> {
    let text = value.as_str().map(str::to_owned);
    text.or_else(|| value.as_int().map(|number| number.to_string()))
        .or_else(|| value.as_bool().map(|flag| flag.to_string()))
}

pub(super) fn of_command(command: &Unwrapped, file: FileId) -> Vec<GunicornSetting> {
    if command.program == "gunicorn" {
        of_words(&command.arguments, file)
    } else {
        Vec::new()
    }
}

pub(super) fn of_variables(file: FileId, variables: &[Variable]) -> Vec<GunicornSetting> {
    let given = variables
        .iter()
        .filter(|variable| variable.name == "GUNICORN_CMD_ARGS");
    let values = given.filter_map(|variable| variable.value.as_ref());
    let words = values
        .flat_map(|value| parse_shell_word(value).commands)
        .flat_map(|command| command.words);
    of_words(&words.collect::<Vec<_>>(), file)
}

fn of_words(words: &[Word], file: FileId) -> Vec<GunicornSetting> {
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let (option, inline) = word
            .text
            .split_once('=')
            .map_or((word.text.as_str(), None), |(option, value)| {
                (option, Some(value))
            });
        let name = match option {
            "-b" => "bind",
            "-c" => "config",
            "-k" => "worker_class",
            "-t" => "timeout",
            "-u" => "user",
            "-w" => "workers",
            long => match long.strip_prefix("--") {
                Some(long) => long,
                None => continue,
            },
        };
        let next = words
            .get(index + 1)
            .filter(|next| !next.text.starts_with('-'));
        let value = match inline {
            Some(value) => word.literal.then(|| value.to_owned()),
            None => next
                .filter(|next| next.literal)
                .map(|next| next.text.clone()),
        };
        found.push(GunicornSetting {
            name: name.replace('-', "_"),
            value,
            place: Place::new(file, word.span),
        });
    }
    found
}
