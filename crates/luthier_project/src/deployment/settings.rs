//! Which settings modules the deployment names.

use luthier_source::FileId;
use luthier_source::dockerfile::Variable;
use luthier_source::dotfiles::EnvLine;
use luthier_source::pipeline::Pipeline;
use luthier_source::shell::Word;

use super::commands::Unwrapped;
use super::{Environment, NamedSettings};
use crate::place::Place;

const VARIABLE: &str = "DJANGO_SETTINGS_MODULE";

pub(super) fn of_variables(
    file: FileId,
    variables: &[Variable],
    environment: Environment,
) -> Vec<NamedSettings> {
    let named = variables
        .iter()
        .filter(|variable| variable.name == VARIABLE);
    let valued = named.filter_map(|variable| Some((variable.value.as_ref()?, variable.span)));
    valued
        .filter_map(|(value, span)| {
            named_settings(&value.text, Place::new(file, span), environment)
        })
        .collect()
}

pub(super) fn of_env_lines(
    file: FileId,
    lines: &[EnvLine],
    environment: Environment,
) -> Vec<NamedSettings> {
    let named = lines
        .iter()
        .filter(|line| line.name == VARIABLE && !line.commented);
    named
        .filter_map(|line| named_settings(&line.value, Place::new(file, line.span), environment))
        .collect()
}

/// Pipelines run tests: what they name is not what runs in production.
pub(super) fn of_pipeline(file: FileId, pipeline: &Pipeline) -> Vec<NamedSettings> {
    let of_jobs = pipeline.jobs.iter().flat_map(|job| {
        let of_steps = job.steps.iter().flat_map(|step| &step.environment);
        job.environment.iter().chain(of_steps)
    });
    let variables: Vec<Variable> = pipeline
        .environment
        .iter()
        .chain(of_jobs)
        .cloned()
        .collect();
    of_variables(file, &variables, Environment::Development)
}

/// `DJANGO_SETTINGS_MODULE=x command`, `export DJANGO_SETTINGS_MODULE=x`, `--settings x`,
/// `--env DJANGO_SETTINGS_MODULE=x`.
pub(super) fn of_command(
    command: &Unwrapped,
    place: Place,
    environment: Environment,
) -> Vec<NamedSettings> {
    let mut found: Vec<NamedSettings> = Vec::new();
    let mut add = |text: &str| found.extend(named_settings(text, place, environment));
    for (name, value) in &command.variables {
        if name == VARIABLE {
            add(&value.text);
        }
    }
    let mut previous: Option<&Word> = None;
    for word in &command.arguments {
        if let Some(value) = word.text.strip_prefix("DJANGO_SETTINGS_MODULE=") {
            add(value);
        } else if command.program == "manage.py"
            && let Some(value) = word.text.strip_prefix("--settings=")
        {
            add(value);
        } else if command.program == "manage.py"
            && previous.is_some_and(|word| word.text == "--settings")
        {
            add(&word.text);
        }
        previous = Some(word);
    }
    found
}

/// A dotted module; what holds a variable is none, except for its default: `${X:-config.settings}`.
fn named_settings(text: &str, place: Place, environment: Environment) -> Option<NamedSettings> {
    let default = text
        .strip_prefix("${")
        .and_then(|inner| inner.strip_suffix('}'))
        .and_then(|inner| inner.split_once('-'));
    let module = default.map_or(text, |(_, default)| default);
    let dotted = !module.is_empty()
        && module
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    dotted.then(|| NamedSettings {
        module: module.to_owned(),
        environment,
        place,
    })
}
