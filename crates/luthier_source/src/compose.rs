//! Compose files: which services run, from which image, with which command and environment.

use serde::{Deserialize, Serialize};

use crate::dockerfile::{CommandForm, Variable};
use crate::shell::Word;
use crate::yaml::{NodeId, Yaml};
use crate::{Problem, Span};

/// A compose file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeFile {
    pub services: Vec<Service>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub name: String,
    pub image: Option<Word>,
    pub build: Option<Build>,
    pub command: Option<CommandForm>,
    pub entrypoint: Option<CommandForm>,
    pub environment: Vec<Variable>,
    pub env_files: Vec<Word>,
    pub user: Option<Word>,
    /// What is mounted: `./src:/app`, or the source of a longer form.
    pub volumes: Vec<Word>,
    pub depends_on: Vec<String>,
    /// Profiles that the service waits for; none means that it always starts.
    pub profiles: Vec<String>,
    /// `deploy.replicas` or `scale`, when it is a number.
    pub replicas: Option<u32>,
    /// The service's name.
    pub span: Span,
}

/// `build:` of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    pub context: String,
    /// Relative to the context; `Dockerfile` when not said.
    pub dockerfile: String,
    pub target: Option<String>,
    pub args: Vec<Variable>,
}

impl ComposeFile {
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }
}

/// Reads a compose file, of version 1 (services at the top) too.
pub fn parse_compose(text: &str) -> ComposeFile {
    let yaml = Yaml::parse(text);
    let services = yaml.root().and_then(|root| {
        let first_version = || {
            (yaml.get(root, "version").is_none() && yaml.get(root, "include").is_none())
                .then_some(root)
        };
        yaml.get(root, "services").or_else(first_version)
    });
    let services = services
        .map(|services| yaml.entries(services))
        .unwrap_or_default();
    let services = services
        .into_iter()
        .filter(|(_, service)| yaml.is_mapping(*service));
    let services = services
        .filter_map(|(name, node)| service(&yaml, name, node))
        .collect();
    ComposeFile {
        services,
        problems: yaml.problems,
    }
}

fn service(yaml: &Yaml<'_>, name: NodeId, node: NodeId) -> Option<Service> {
    let field = |key| yaml.get(node, key);
    let replicas = field("deploy")
        .and_then(|deploy| yaml.get_text(deploy, "replicas"))
        .or_else(|| yaml.get_text(node, "scale"));
    Some(Service {
        name: yaml.text(name)?.to_owned(),
        image: field("image").and_then(|image| yaml.word(image)),
        build: field("build").and_then(|node| build(yaml, node)),
        command: field("command").and_then(|command| command_form(yaml, command)),
        entrypoint: field("entrypoint").and_then(|command| command_form(yaml, command)),
        environment: field("environment")
            .map(|node| variables(yaml, node))
            .unwrap_or_default(),
        env_files: field("env_file")
            .map(|node| env_files(yaml, node))
            .unwrap_or_default(),
        volumes: field("volumes")
            .map(|node| volumes(yaml, node))
            .unwrap_or_default(),
        user: field("user").and_then(|user| yaml.word(user)),
        depends_on: field("depends_on")
            .map(|node| names(yaml, node))
            .unwrap_or_default(),
        profiles: field("profiles")
            .map(|node| names(yaml, node))
            .unwrap_or_default(),
        replicas: replicas.and_then(|number| number.parse().ok()),
        span: yaml.span(name),
    })
}

fn build(yaml: &Yaml<'_>, node: NodeId) -> Option<Build> {
    let short = yaml.text(node);
    if short.is_none() && !yaml.is_mapping(node) {
        return None;
    }
    let text = |key| yaml.get_text(node, key).map(str::to_owned);
    Some(Build {
        context: short
            .map(str::to_owned)
            .or_else(|| text("context"))
            .unwrap_or_else(|| ".".to_owned()),
        dockerfile: text("dockerfile").unwrap_or_else(|| "Dockerfile".to_owned()),
        target: text("target"),
        args: yaml
            .get(node, "args")
            .map(|args| variables(yaml, args))
            .unwrap_or_default(),
    })
}

/// A list is the arguments; a text is split into them as a shell would.
fn command_form(yaml: &Yaml<'_>, node: NodeId) -> Option<CommandForm> {
    if let Some(script) = yaml.script(node) {
        return (!script.commands.is_empty()).then_some(CommandForm::Shell(script));
    }
    let words: Vec<Word> = yaml
        .items(node)
        .iter()
        .filter_map(|item| yaml.word(*item))
        .collect();
    (!words.is_empty()).then_some(CommandForm::Exec(words))
}

/// `NAME: value` entries, or a list of `NAME=value`.
pub(crate) fn variables(yaml: &Yaml<'_>, node: NodeId) -> Vec<Variable> {
    let entries = yaml.entries(node).into_iter().filter_map(|(name, value)| {
        let span = yaml.span(name).cover(yaml.span(value));
        // An empty value takes over the variable of whoever starts the service.
        let value = yaml.word(value);
        Some(Variable {
            name: yaml.text(name)?.to_owned(),
            value,
            span,
        })
    });
    let items = yaml.items(node).iter().filter_map(|item| {
        let word = yaml.word(*item)?;
        let span = word.span;
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) => (
                name.to_owned(),
                Some(Word {
                    text: value.to_owned(),
                    ..word
                }),
            ),
            None => (word.text, None),
        };
        Some(Variable { name, value, span })
    });
    entries.chain(items).collect()
}

/// A path, a list of paths, or a list of mappings with a `path`.
fn env_files(yaml: &Yaml<'_>, node: NodeId) -> Vec<Word> {
    let files = yaml.one_or_many(node).into_iter();
    files
        .filter_map(|file| {
            yaml.word(file)
                .or_else(|| yaml.word(yaml.get(file, "path")?))
        })
        .collect()
}

fn volumes(yaml: &Yaml<'_>, node: NodeId) -> Vec<Word> {
    let volumes = yaml.items(node).iter();
    volumes
        .filter_map(|volume| {
            yaml.word(*volume)
                .or_else(|| yaml.word(yaml.get(*volume, "source")?))
        })
        .collect()
}

/// The items of a list, or the keys of a mapping.
fn names(yaml: &Yaml<'_>, node: NodeId) -> Vec<String> {
    let keys = yaml.entries(node).into_iter().map(|(key, _)| key);
    let nodes = yaml.one_or_many(node).into_iter().chain(keys);
    nodes
        .filter_map(|name| yaml.text(name).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_services_with_shared_parts() {
        let text = r#"
x-app: &app
  build:
    context: .
    dockerfile: compose/Dockerfile
    target: production
  environment: &env
    DJANGO_SETTINGS_MODULE: config.settings.production
    TOKEN:
    EMPTY: ""
services:
  web:
    <<: *app
    command: >
      sh -c "python manage.py migrate &&
             gunicorn config.wsgi"
    deploy: {replicas: 3}
    depends_on: {db: {condition: service_healthy}}
  worker:
    <<: *app
    command: [celery, -A, config, worker]
    env_file: [.env, {path: other.env}]
    environment:
      - DEBUG=1
      - PASSED
    profiles: [jobs]
  db:
    image: postgres:${PG:-16}
"#;
        let file = parse_compose(text);
        let web = file.service("web").unwrap();
        assert_eq!(web.build.as_ref().unwrap().dockerfile, "compose/Dockerfile");
        assert_eq!(
            web.build.as_ref().unwrap().target.as_deref(),
            Some("production")
        );
        let variables: Vec<_> = web
            .environment
            .iter()
            .map(|v| (v.name.as_str(), v.value.as_ref().map(|w| w.text.as_str())))
            .collect();
        let expected = [
            ("DJANGO_SETTINGS_MODULE", Some("config.settings.production")),
            ("TOKEN", None),
            ("EMPTY", Some("")),
        ];
        assert_eq!(variables, expected);
        assert_eq!(web.replicas, Some(3));
        assert_eq!(web.depends_on, ["db"]);
        let Some(CommandForm::Shell(script)) = &web.command else {
            panic!("a text")
        };
        assert_eq!(script.commands[0].words.len(), 3);
        assert!(
            script.commands[0].words[2]
                .text
                .ends_with("gunicorn config.wsgi")
        );

        let worker = file.service("worker").unwrap();
        assert!(matches!(&worker.command, Some(CommandForm::Exec(words)) if words.len() == 4));
        assert_eq!(worker.env_files.len(), 2);
        assert_eq!(worker.environment[0].name, "DEBUG");
        assert_eq!(worker.environment[1].value, None);
        assert_eq!(worker.profiles, ["jobs"]);
        assert_eq!(worker.span.text(text), "worker");

        let db = file.service("db").unwrap();
        assert!(!db.image.as_ref().unwrap().literal);
    }

    #[test]
    fn a_file_of_the_first_version_has_its_services_at_the_top() {
        let file = parse_compose("web:\n  build: .\n  command: python manage.py runserver\n");
        assert_eq!(file.services[0].build.as_ref().unwrap().context, ".");
        assert!(
            parse_compose("version: '3'\nvolumes: {a: {}}\n")
                .services
                .is_empty()
        );
    }
}
