//! What the repository itself says of the environment in production: variables with literal values,
//! from the image and the service that serve requests.
//!
//! There may be several ways in which the app is run: two services, a Procfile besides. A value counts
//! only where none of them has, or may have, another one. What is written where secrets and addresses belong stands in for
//! what whoever deploys fills in; it never counts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use luthier_source::FileId;
use luthier_source::compose;
use luthier_source::dockerfile::{Dockerfile, InstructionKind, Variable};

use super::{Command, Environment, GivenVariable};
use crate::place::Place;

/// What is known of one variable where the app runs; `None` where something else sets it.
type Known = Option<(String, Place)>;

/// One way in which the app may be run.
#[derive(Debug, Default)]
struct Way {
    variables: BTreeMap<String, Known>,
    /// Whether there are no others.
    is_whole: bool,
}

impl Way {
    /// What a Dockerfile, a service or a command line says of variables, over what was said before.
    fn set(&mut self, file: FileId, variables: &[Variable]) {
        for variable in variables {
            let value = variable.value.as_ref().and_then(|word| word.as_literal());
            let known = value.map(|text| (text.to_owned(), Place::new(file, variable.span)));
            self.variables.insert(variable.name.clone(), known);
        }
    }

    fn forget(&mut self) {
        for known in self.variables.values_mut() {
            *known = None;
        }
    }
}

/// A service, with what of the deployment's commands it starts.
#[derive(Debug)]
pub(super) struct StartedService<'a> {
    pub(super) file: FileId,
    pub(super) service: &'a compose::Service,
    pub(super) environment: Environment,
    pub(super) dockerfile: Option<FileId>,
    /// Of its own; empty where what the image starts is left to it.
    pub(super) commands: Range<usize>,
}

/// An image, with what of the deployment's commands it starts.
#[derive(Debug)]
pub(super) struct StartedImage<'a> {
    pub(super) file: FileId,
    pub(super) dockerfile: &'a Dockerfile,
    pub(super) stage: usize,
    pub(super) environment: Environment,
    pub(super) commands: Range<usize>,
}

/// All that is started.
#[derive(Debug, Default)]
pub(super) struct Started<'a> {
    pub(super) images: Vec<StartedImage<'a>>,
    pub(super) services: Vec<StartedService<'a>>,
    /// The variables that the processes of Procfiles which serve requests set, each with its file.
    pub(super) processes: Vec<(FileId, Vec<Variable>)>,
    /// Variables that commands and scripts set before the app runs.
    pub(super) set_by_commands: BTreeSet<String>,
}

impl Started<'_> {
    /// The variables that the app has in production, by name.
    pub(super) fn given(&self, commands: &[Command]) -> Vec<GivenVariable> {
        let ways = self.ways(commands);
        let names: BTreeSet<&String> = ways.iter().flat_map(|way| way.variables.keys()).collect();
        let given = names.into_iter().filter_map(|name| {
            if is_filled_in(name) || self.set_by_commands.contains(name) {
                return None;
            }
            let (value, place) = agreed(name, &ways)?;
            Some(GivenVariable {
                name: name.clone(),
                value: value.clone(),
                place: *place,
            })
        });
        given.collect()
    }

    /// Those that are said to be for production; where there are none, the images that nothing is
    /// said of.
    fn ways(&self, commands: &[Command]) -> Vec<Way> {
        let serves = |started: &Range<usize>| {
            let mut own = commands[started.clone()].iter();
            own.any(Command::is_application_server)
        };
        let runs_server = |started: &Range<usize>| {
            let mut own = commands[started.clone()].iter();
            own.any(|command| command.management() == Some("runserver"))
        };
        let image_of = |file: Option<FileId>| {
            let mut images = self.images.iter();
            images.find(|image| Some(image.file) == file)
        };
        let in_production = self
            .services
            .iter()
            .filter(|started| started.environment == Environment::Production);
        let mut built = BTreeSet::new();
        let mut ways = Vec::new();
        for started in in_production {
            let image = image_of(started.dockerfile);
            // The image of another project.
            if started.dockerfile.is_some() && image.is_none() {
                continue;
            }
            let is_app = match image {
                _ if !started.commands.is_empty() => {
                    serves(&started.commands) || runs_server(&started.commands)
                }
                Some(image) => serves(&image.commands),
                // An image from elsewhere is the app's where it is told its settings.
                None => started.service.environment.iter().any(names_settings),
            };
            if !is_app {
                continue;
            }
            let mut way = Way::default();
            if let Some(image) = image {
                built.insert(image.file);
                way = self.of_image(image);
            }
            way.is_whole = started.service.env_files.is_empty();
            if !way.is_whole {
                way.forget();
            }
            way.set(started.file, &started.service.environment);
            ways.push(way);
        }
        for (file, variables) in &self.processes {
            let mut way = Way::default();
            way.set(*file, variables);
            ways.push(way);
        }
        let images = self
            .images
            .iter()
            .filter(|image| serves(&image.commands) && !built.contains(&image.file));
        let images: Vec<_> = images.collect();
        let of = |environment: Environment| {
            let images = images.iter();
            images
                .filter(move |image| image.environment == environment)
                .map(|image| self.of_image(image))
        };
        ways.extend(of(Environment::Production));
        if ways.is_empty() {
            ways.extend(of(Environment::Unknown));
        }
        ways
    }

    /// What an image says, less what services that may be production's say otherwise.
    fn of_image(&self, image: &StartedImage<'_>) -> Way {
        let mut way = Way::default();
        let lineage = image.dockerfile.lineage(image.stage);
        for stage in lineage.into_iter().rev() {
            for instruction in &image.dockerfile.stages[stage].instructions {
                if let InstructionKind::Env(variables) = &instruction.kind {
                    way.set(image.file, variables);
                }
            }
        }
        let services = self.services.iter().filter(|started| {
            started.dockerfile == Some(image.file) && started.environment == Environment::Unknown
        });
        for started in services {
            if !started.service.env_files.is_empty() {
                way.forget();
            }
            for variable in &started.service.environment {
                way.variables.insert(variable.name.clone(), None);
            }
        }
        way
    }
}

/// What a variable holds in all ways.
fn agreed<'a>(name: &str, ways: &'a [Way]) -> Option<&'a (String, Place)> {
    let mut agreed: Option<&(String, Place)> = None;
    for way in ways {
        match (way.variables.get(name), agreed) {
            (None, _) if way.is_whole => return None,
            (None, _) => {}
            (Some(None), _) => return None,
            (Some(Some(known)), Some(other)) if known.0 != other.0 => return None,
            (Some(Some(known)), _) => agreed = agreed.or(Some(known)),
        }
    }
    agreed
}

fn names_settings(variable: &Variable) -> bool {
    variable.name == "DJANGO_SETTINGS_MODULE"
}

/// Whether whoever deploys has to fill in the variable: a secret, or an address with one in it.
fn is_filled_in(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "APIKEY",
        "CREDENTIALS",
        "DSN",
        "KEY",
        "KEYS",
        "PASS",
        "PASSWD",
        "PASSWORD",
        "PWD",
        "SALT",
        "SECRET",
        "SECRETS",
        "TOKEN",
        "TOKENS",
        "URI",
        "URL",
    ];
    let mut words = name.split('_');
    words.any(|word| WORDS.contains(&word.to_ascii_uppercase().as_str()))
}
