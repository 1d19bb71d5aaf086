//! How the project is built and run: images, services, pipelines, and the commands in them.

mod commands;
mod facts;
mod given;
mod gunicorn;
mod images;
mod link;
pub mod pipelines;
mod settings;

#[cfg(test)]
mod tests;

use luthier_source::FileId;
use luthier_source::dockerfile::{Dockerfile, Stage};
use luthier_source::shell::Word;

use crate::facts::FileFacts;
use crate::place::Place;

pub use images::{Image, User};

/// Everything around the code that builds, configures and starts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment {
    /// One for each Dockerfile, in path order.
    pub images: Vec<Image>,
    pub services: Vec<Service>,
    /// What runs, in path order.
    pub commands: Vec<Command>,
    /// Which settings modules are named, by whom.
    pub settings: Vec<NamedSettings>,
    /// The environment variables that the app has in production, by name, as far as the repository
    /// says so itself.
    pub given: Vec<GivenVariable>,
    /// Settings of gunicorn, from its configuration files and command lines.
    pub gunicorn: Vec<GunicornSetting>,
    /// Workflows and `.gitlab-ci.yml`.
    pub pipelines: Vec<FileId>,
    pub dockerignores: Vec<FileId>,
}

/// One service of a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub name: String,
    /// The image as written, where it is known without variables.
    pub image: Option<String>,
    pub image_place: Option<Place>,
    /// Whether the file says how to build the image.
    pub builds: bool,
    /// The Dockerfile of the repository that it is built from.
    pub dockerfile: Option<FileId>,
    pub environment: Environment,
    /// The user that it is run as, where the file says so.
    pub user: Option<String>,
    /// The service's name in its file.
    pub place: Place,
}

/// Where something is meant to run, as far as names tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    Production,
    Development,
    /// Its names do not say.
    Unknown,
}

/// When a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// While an image is built.
    Build,
    /// When a container or process starts.
    Start,
    /// Once for each release.
    Release,
    /// In continuous integration.
    Pipeline,
}

/// One command with everything taken off that only runs another one: `exec`, `gosu app`,
/// `poetry run`, `sh -c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program's name without its folder; `manage.py` for every way of calling it, the
    /// module's name for `python -m module`.
    pub program: String,
    pub arguments: Vec<Word>,
    pub place: Place,
    pub moment: Moment,
    pub environment: Environment,
    /// Whether it only runs under a condition of a script.
    pub conditional: bool,
    /// Whether something around it gives up root's rights first: `gosu app`, `--user app`.
    pub drops_root: bool,
    /// The Dockerfile whose image it runs in, where known.
    pub image: Option<FileId>,
}

impl Command {
    /// The management command: `migrate` of `python manage.py migrate`.
    pub fn management(&self) -> Option<&str> {
        if self.program != "manage.py" {
            return None;
        }
        self.arguments
            .iter()
            .map(|word| word.text.as_str())
            .find(|text| !text.starts_with('-'))
    }

    /// Whether one of the arguments is `text`.
    pub fn has_argument(&self, text: &str) -> bool {
        self.arguments.iter().any(|word| word.text == text)
    }

    /// The value of an option: `--timeout 30`, `--timeout=30`.
    pub fn option(&self, names: &[&str]) -> Option<&Word> {
        self.arguments.iter().enumerate().find_map(|(index, word)| {
            let (name, inline) = word
                .text
                .split_once('=')
                .map_or((word.text.as_str(), false), |(name, _)| (name, true));
            let found = names.contains(&name);
            if found && inline {
                Some(word)
            } else {
                self.arguments.get(index + 1).filter(|_| found)
            }
        })
    }

    /// Whether it serves requests for good: gunicorn, uvicorn and their kind.
    pub fn is_application_server(&self) -> bool {
        is_application_server(&self.program)
    }
}

fn is_application_server(program: &str) -> bool {
    const SERVERS: [&str; 8] = [
        "gunicorn",
        "uvicorn",
        "daphne",
        "hypercorn",
        "granian",
        "uwsgi",
        "waitress-serve",
        "mod_wsgi-express",
    ];
    SERVERS.contains(&program)
}

/// A settings module that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSettings {
    pub module: String,
    pub environment: Environment,
    pub place: Place,
}

/// An environment variable with the text that it has in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenVariable {
    pub name: String,
    pub value: String,
    pub place: Place,
}

/// One setting of gunicorn, such as `timeout`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GunicornSetting {
    pub name: String,
    /// The value where it is a literal.
    pub value: Option<String>,
    pub place: Place,
}

impl Deployment {
    /// The commands that may run in production: all but those of pipelines and of what is named
    /// as being for development.
    pub fn production_commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter().filter(|command| {
            command.moment != Moment::Pipeline && command.environment != Environment::Development
        })
    }

    /// Whether any file says how the project is run.
    pub fn is_described(&self) -> bool {
        self.commands
            .iter()
            .any(|command| command.moment != Moment::Pipeline)
    }

    /// The Dockerfile of an image.
    pub fn dockerfile<'a>(&self, files: &'a [FileFacts], image: &Image) -> Option<&'a Dockerfile> {
        match &files[image.file.0 as usize] {
            FileFacts::Dockerfile(dockerfile) => Some(dockerfile),
            _ => None,
        }
    }

    /// The stage of an image that goes to production.
    pub fn final_stage<'a>(&self, files: &'a [FileFacts], image: &Image) -> Option<&'a Stage> {
        self.dockerfile(files, image)?.stages.get(image.stage)
    }
}
