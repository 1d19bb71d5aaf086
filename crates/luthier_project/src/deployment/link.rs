//! All files together: images, services, and every command with the scripts that it runs.

use std::cell::RefCell;

use luthier_source::compose::{self, ComposeFile};
use luthier_source::dockerfile::{CommandForm, Copy, Dockerfile, InstructionKind};
use luthier_source::{FileId, FileKind, Sources};
use rustc_hash::FxHashMap;

use super::commands::{self, Unwrapped};
use super::facts::{environment_of_name, environment_of_path};
use super::given::{Started, StartedImage, StartedService};
use super::images::{self, Image};
use super::{
    Command, Deployment, Environment, Moment, Service, gunicorn, is_application_server, settings,
};
use crate::dependencies::beside;
use crate::facts::FileFacts;
use crate::place::Place;
use crate::projects::is_blueprint;

/// How deep scripts that run scripts are followed.
const SCRIPT_DEPTH: u32 = 4;

impl Deployment {
    /// Reads how the files `own` of one project build and run it.
    pub fn link(sources: &Sources, files: &[FileFacts], own: &[FileId]) -> Self {
        let is_running = |file: &&FileId| !is_blueprint(&sources.file(**file).path);
        let own: Vec<FileId> = own.iter().filter(is_running).copied().collect();
        let mut linker = Linker {
            sources,
            files,
            deployment: Self::default(),
            scripts: FxHashMap::default(),
            copies: RefCell::default(),
            contexts: FxHashMap::default(),
            targets: FxHashMap::default(),
            started: Started::default(),
        };
        for &file in &own {
            if sources.file(file).kind == FileKind::Shell {
                linker
                    .scripts
                    .entry(base_name(&sources.file(file).path))
                    .or_default()
                    .push(file);
            }
            if let FileFacts::Compose(compose) = &files[file.0 as usize] {
                linker.services(file, compose);
            }
        }
        for &file in &own {
            linker.file(file);
        }
        linker.services_of_others(&own);
        let mut deployment = linker.deployment;
        deployment.given = linker.started.given(&deployment.commands);
        deployment
            .gunicorn
            .extend(gunicorn::of_files(sources, files, &own));
        deployment
    }
}

struct Linker<'a> {
    sources: &'a Sources,
    files: &'a [FileFacts],
    deployment: Deployment,
    /// Shell scripts by their names without folders.
    scripts: FxHashMap<&'a str, Vec<FileId>>,
    /// What was copied into which stage, once asked for.
    copies: RefCell<FxHashMap<(FileId, usize), CopyIndex>>,
    /// Build contexts that compose files give for a Dockerfile.
    contexts: FxHashMap<FileId, Vec<String>>,
    /// Stages that compose files build of a Dockerfile, outside development.
    targets: FxHashMap<FileId, Vec<&'a str>>,
    started: Started<'a>,
}

/// What `COPY` puts into an image, by the names that files have there; the nearest one counts.
#[derive(Default)]
struct CopyIndex {
    /// Files that are copied alone, by the name they are given.
    renamed: FxHashMap<String, String>,
    /// Files that are copied into a folder, by their own name.
    placed: FxHashMap<String, String>,
}

impl CopyIndex {
    fn of(dockerfile: &Dockerfile, stage: usize) -> Self {
        let mut index = Self::default();
        let lineage = dockerfile.lineage(stage).into_iter();
        let instructions =
            lineage.flat_map(|stage| dockerfile.stages[stage].instructions.iter().rev());
        for instruction in instructions {
            match &instruction.kind {
                InstructionKind::Copy(copy) if copy.from.is_none() => index.add(copy),
                _ => {}
            }
        }
        index
    }

    fn add(&mut self, copy: &Copy) {
        if let ([only], Some(destination)) = (copy.sources.as_slice(), &copy.destination) {
            let name = base_name(&destination.text).to_owned();
            self.renamed
                .entry(name)
                .or_insert_with(|| only.text.clone());
        }
        for source in &copy.sources {
            let name = base_name(&source.text).to_owned();
            self.placed
                .entry(name)
                .or_insert_with(|| source.text.clone());
        }
    }
}

/// Where commands come from.
#[derive(Clone, Copy)]
struct Source<'a> {
    file: FileId,
    moment: Moment,
    environment: Environment,
    image: Option<(FileId, &'a Dockerfile, usize)>,
}

impl<'a> Linker<'a> {
    fn path(&self, file: FileId) -> &'a str {
        &self.sources.file(file).path
    }

    fn file(&mut self, file: FileId) {
        let files = self.files;
        let environment = environment_of_path(self.path(file));
        match &files[file.0 as usize] {
            FileFacts::Dockerfile(dockerfile) => self.dockerfile(file, dockerfile, environment),
            FileFacts::Compose(compose) => self.compose(file, compose, environment),
            FileFacts::Procfile(processes) => {
                for process in processes {
                    let moment = if process.name == "release" {
                        Moment::Release
                    } else {
                        Moment::Start
                    };
                    let source = Source {
                        file,
                        moment,
                        environment: Environment::Production,
                        image: None,
                    };
                    let mut found = Vec::new();
                    commands::of_script(&process.command.commands, &mut found);
                    let servers = found.iter().filter(|command| {
                        moment == Moment::Start && is_application_server(&command.program)
                    });
                    self.started
                        .processes
                        .extend(servers.map(|command| (file, commands::own_variables(command))));
                    self.add(source, found, SCRIPT_DEPTH);
                }
            }
            FileFacts::Pipeline(pipeline) => {
                self.deployment.pipelines.push(file);
                self.deployment
                    .settings
                    .extend(settings::of_pipeline(file, pipeline));
                let source = Source {
                    file,
                    moment: Moment::Pipeline,
                    environment: Environment::Unknown,
                    image: None,
                };
                for (_, step) in pipeline.steps() {
                    let mut found = Vec::new();
                    commands::of_script(&step.run.commands, &mut found);
                    self.add(source, found, SCRIPT_DEPTH);
                }
            }
            FileFacts::Dockerignore(_) => self.deployment.dockerignores.push(file),
            FileFacts::EnvExample(lines) => {
                self.deployment
                    .settings
                    .extend(settings::of_env_lines(file, lines, environment));
            }
            _ => {}
        }
    }

    // ---- images ----

    fn dockerfile(&mut self, file: FileId, dockerfile: &'a Dockerfile, environment: Environment) {
        let Some(stage) = self.production_stage(file, dockerfile) else {
            return;
        };
        let source = |moment, environment, stage| Source {
            file,
            moment,
            environment,
            image: Some((file, dockerfile, stage)),
        };
        for (index, built) in dockerfile.stages.iter().enumerate() {
            let named = built
                .name
                .as_deref()
                .map_or(Environment::Unknown, environment_of_name);
            let environment = if named == Environment::Development {
                named
            } else {
                environment
            };
            for instruction in &built.instructions {
                match &instruction.kind {
                    InstructionKind::Run(form) => {
                        self.add(
                            source(Moment::Build, environment, index),
                            commands::of_form(form),
                            SCRIPT_DEPTH,
                        );
                    }
                    InstructionKind::Env(variables) => {
                        self.deployment.settings.extend(settings::of_variables(
                            file,
                            variables,
                            environment,
                        ));
                        self.deployment
                            .gunicorn
                            .extend(gunicorn::of_variables(file, variables));
                    }
                    _ => {}
                }
            }
        }
        let start = self.start_commands(file, dockerfile, stage);
        let (entrypoint, command) = images::start_forms(dockerfile, stage);
        let first = command
            .or(entrypoint)
            .map(commands::of_form)
            .unwrap_or_default();
        self.deployment.images.push(Image {
            file,
            environment,
            stage,
            runs_python: images::runs_python(dockerfile, stage, &start),
            user: images::user_of(file, dockerfile, stage),
            start: first.first().map(|command| Place::new(file, command.span)),
        });
        let from = self.deployment.commands.len();
        self.add(
            source(Moment::Start, environment, stage),
            start,
            SCRIPT_DEPTH,
        );
        self.started.images.push(StartedImage {
            file,
            dockerfile,
            stage,
            environment,
            commands: from..self.deployment.commands.len(),
        });
    }

    /// The stage that a production service builds, else the last one that is not for development.
    fn production_stage(&self, file: FileId, dockerfile: &Dockerfile) -> Option<usize> {
        let targets = self.targets.get(&file).map_or(&[][..], Vec::as_slice);
        let named = targets
            .iter()
            .find_map(|target| dockerfile.stage_named(target, dockerfile.stages.len()));
        let for_development = |index: usize| {
            let name = dockerfile.stages[index].name.as_deref();
            name.is_some_and(|name| environment_of_name(name) == Environment::Development)
        };
        let last = (0..dockerfile.stages.len()).rev();
        named
            .or_else(|| last.clone().find(|stage| !for_development(*stage)))
            .or_else(|| last.clone().next())
    }

    /// What a container starts: the entrypoint with the command as its arguments, or, where the
    /// entrypoint is a script, both one after the other.
    fn start_commands(
        &self,
        file: FileId,
        dockerfile: &Dockerfile,
        stage: usize,
    ) -> Vec<Unwrapped> {
        match images::start_forms(dockerfile, stage) {
            (Some(CommandForm::Exec(entrypoint)), Some(CommandForm::Exec(command))) => {
                let own = commands::of_form(&CommandForm::Exec(entrypoint.clone()));
                let is_script = own
                    .last()
                    .is_some_and(|own| self.is_script(file, dockerfile, stage, own));
                if is_script {
                    own.into_iter()
                        .chain(commands::of_form(&CommandForm::Exec(command.clone())))
                        .collect()
                } else {
                    let words = entrypoint.iter().chain(command).cloned().collect();
                    commands::of_form(&CommandForm::Exec(words))
                }
            }
            (Some(entrypoint @ CommandForm::Exec(_)), Some(command)) => {
                commands::of_form(entrypoint)
                    .into_iter()
                    .chain(commands::of_form(command))
                    .collect()
            }
            (Some(entrypoint), _) => commands::of_form(entrypoint),
            (None, Some(command)) => commands::of_form(command),
            (None, None) => Vec::new(),
        }
    }

    fn is_script(
        &self,
        file: FileId,
        dockerfile: &Dockerfile,
        stage: usize,
        command: &Unwrapped,
    ) -> bool {
        let program = command.program.as_str();
        commands::has_extension(program, "sh")
            || program.contains("entrypoint")
            || self
                .script(Some((file, dockerfile, stage)), program)
                .is_some()
    }

    // ---- scripts ----

    /// The script of the repository that `program` is in an image.
    fn script(&self, image: Option<(FileId, &Dockerfile, usize)>, program: &str) -> Option<FileId> {
        let copied = image.and_then(|(file, dockerfile, stage)| {
            let mut indices = self.copies.borrow_mut();
            let copies = indices
                .entry((file, stage))
                .or_insert_with(|| CopyIndex::of(dockerfile, stage));
            let source = copies
                .renamed
                .get(program)
                .or_else(|| copies.placed.get(program))?;
            self.script_in_context(file, source)
        });
        copied.or_else(|| match self.scripts.get(program).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            _ => None,
        })
    }

    fn script_in_context(&self, dockerfile: FileId, path: &str) -> Option<FileId> {
        let contexts = self.contexts_of(dockerfile);
        let found = contexts
            .iter()
            .find_map(|context| self.sources.find(&beside(context, path)))?;
        (self.sources.file(found).kind == FileKind::Shell).then_some(found)
    }

    /// Folders, each with a `/` behind it, that may be the build context of a Dockerfile.
    fn contexts_of(&self, dockerfile: FileId) -> Vec<String> {
        let mut contexts = self.contexts.get(&dockerfile).cloned().unwrap_or_default();
        let mut folder = self.path(dockerfile);
        while let Some((parent, _)) = folder.rsplit_once('/') {
            contexts.push(format!("{parent}/"));
            folder = parent;
        }
        contexts.push(String::new());
        contexts
    }

    // ---- commands ----

    fn add(&mut self, source: Source<'a>, found: Vec<Unwrapped>, depth: u32) {
        let may_be_production = source.moment == Moment::Start
            && source.environment != Environment::Development
            && !matches!(self.files[source.file.0 as usize], FileFacts::Procfile(_));
        for command in found {
            let place = Place::new(source.file, command.span);
            if may_be_production {
                let names = command.variables.iter().map(|(name, _)| name.clone());
                self.started.set_by_commands.extend(names);
            }
            self.deployment.settings.extend(settings::of_command(
                &command,
                place,
                source.environment,
            ));
            self.deployment
                .gunicorn
                .extend(gunicorn::of_command(&command, source.file));
            let script = self.script(source.image, &command.program);
            let conditional = command.conditional;
            let drops_root = command.drops_root || names_user(&command);
            self.deployment.commands.push(Command {
                program: command.program,
                arguments: command.arguments,
                place,
                moment: source.moment,
                environment: source.environment,
                conditional,
                drops_root,
                image: source.image.map(|(file, _, _)| file),
            });
            if let Some(script) = script.filter(|script| depth > 0 && *script != source.file) {
                self.follow(source, script, conditional, depth - 1);
            }
        }
    }

    fn follow(&mut self, source: Source<'a>, script: FileId, conditional: bool, depth: u32) {
        let FileFacts::Shell(shell) = &self.files[script.0 as usize] else {
            return;
        };
        let named = environment_of_path(self.path(script));
        let environment = if named == Environment::Unknown {
            source.environment
        } else {
            named
        };
        let mut found = Vec::new();
        commands::of_script(&shell.commands, &mut found);
        for command in &mut found {
            command.conditional |= conditional;
        }
        self.add(
            Source {
                file: script,
                environment,
                ..source
            },
            found,
            depth,
        );
    }

    // ---- compose ----

    /// Notes what compose files say about Dockerfiles, before those are looked at.
    fn services(&mut self, file: FileId, compose: &'a ComposeFile) {
        let of_file = compose_environment(environment_of_path(self.path(file)), compose);
        for service in &compose.services {
            let environment = service_environment(of_file, service);
            let built = self.dockerfile_of(file, service);
            if let (Some(dockerfile), Some(build)) = (built, &service.build) {
                let folder = beside(self.path(file), &build.context);
                let context = if folder.is_empty() {
                    folder
                } else {
                    format!("{folder}/")
                };
                self.contexts.entry(dockerfile).or_default().push(context);
                if environment == Environment::Production
                    && let Some(target) = &build.target
                {
                    self.targets.entry(dockerfile).or_default().push(target);
                }
            }
            self.deployment.services.push(Service {
                name: service.name.clone(),
                image: service
                    .image
                    .as_ref()
                    .and_then(|image| image.as_literal())
                    .map(str::to_owned),
                builds: service.build.is_some(),
                dockerfile: built,
                image_place: service
                    .image
                    .as_ref()
                    .map(|image| Place::new(file, image.span)),
                environment,
                user: service.user.as_ref().map(|user| user.text.clone()),
                place: Place::new(file, service.span),
            });
        }
    }

    fn dockerfile_of(&self, file: FileId, service: &compose::Service) -> Option<FileId> {
        let build = service.build.as_ref()?;
        let context = beside(self.path(file), &build.context);
        let path = if context.is_empty() {
            build.dockerfile.clone()
        } else {
            format!("{context}/{}", build.dockerfile)
        };
        self.sources.find(&beside("", &path))
    }

    fn compose(&mut self, file: FileId, compose: &'a ComposeFile, environment: Environment) {
        let of_file = compose_environment(environment, compose);
        for service in &compose.services {
            let environment = service_environment(of_file, service);
            self.deployment.settings.extend(settings::of_variables(
                file,
                &service.environment,
                environment,
            ));
            self.deployment
                .gunicorn
                .extend(gunicorn::of_variables(file, &service.environment));
            let files = self.files;
            let image = self.dockerfile_of(file, service).and_then(|built| {
                match &files[built.0 as usize] {
                    FileFacts::Dockerfile(dockerfile) => Some((
                        built,
                        dockerfile,
                        self.production_stage(built, dockerfile).unwrap_or(0),
                    )),
                    _ => None,
                }
            });
            let from = self.deployment.commands.len();
            for form in [&service.entrypoint, &service.command]
                .into_iter()
                .flatten()
            {
                self.add(
                    Source {
                        file,
                        moment: Moment::Start,
                        environment,
                        image,
                    },
                    commands::of_form(form),
                    SCRIPT_DEPTH,
                );
            }
            self.started.services.push(StartedService {
                file,
                service,
                environment,
                dockerfile: self.dockerfile_of(file, service),
                commands: from..self.deployment.commands.len(),
            });
        }
    }

    /// Notes which services of other projects' compose files start images of this one.
    fn services_of_others(&mut self, own: &[FileId]) {
        for (index, facts) in self.files.iter().enumerate() {
            let file = FileId(index as u32);
            let FileFacts::Compose(compose) = facts else {
                continue;
            };
            if own.binary_search(&file).is_ok() {
                continue;
            }
            let of_file = compose_environment(environment_of_path(self.path(file)), compose);
            for service in &compose.services {
                let dockerfile = self.dockerfile_of(file, service);
                if dockerfile.is_some_and(|built| own.binary_search(&built).is_ok()) {
                    self.started.services.push(StartedService {
                        file,
                        service,
                        environment: service_environment(of_file, service),
                        dockerfile,
                        commands: 0..0,
                    });
                }
            }
        }
    }
}

/// Servers that switch to another user by an option of their own.
fn names_user(command: &Unwrapped) -> bool {
    let switches = |word: &str| {
        matches!(
            word.split('=').next(),
            Some("-u" | "--user" | "--uid" | "--userspec")
        )
    };
    let is_server = matches!(
        command.program.as_str(),
        "gunicorn" | "uwsgi" | "celery" | "chroot" | "mod_wsgi-express"
    );
    is_server && command.arguments.iter().any(|word| switches(&word.text))
}

/// What a compose file is for: one of whose services mounts the source code is where the others are
/// only needed for development as well.
fn compose_environment(of_path: Environment, compose: &ComposeFile) -> Environment {
    let mut services = compose
        .services
        .iter()
        .map(|service| service_environment(of_path, service));
    let is_for_work = of_path == Environment::Unknown
        && services.any(|environment| environment == Environment::Development);
    if is_for_work
        && !compose
            .services
            .iter()
            .any(|service| service_environment(of_path, service) == Environment::Production)
    {
        return Environment::Development;
    }
    of_path
}

/// What the file's name says, else what the service says: one that mounts the source code, turns
/// `DEBUG` on or waits for a profile of developers is for development; one that runs several times
/// or turns `DEBUG` off is not.
fn service_environment(of_file: Environment, service: &compose::Service) -> Environment {
    if of_file != Environment::Unknown {
        return of_file;
    }
    let debug = service
        .environment
        .iter()
        .find(|variable| variable.name == "DEBUG" || variable.name.ends_with("_DEBUG"));
    let debug = debug
        .and_then(|variable| variable.value.as_ref())
        .and_then(|value| value.as_literal());
    let debug =
        debug.map(|value| matches!(value.to_lowercase().as_str(), "1" | "true" | "on" | "yes"));
    let by_profile = service
        .profiles
        .iter()
        .map(|profile| environment_of_name(profile))
        .min();
    if debug == Some(true)
        || service
            .volumes
            .iter()
            .any(|volume| mounts_code(&volume.text))
    {
        Environment::Development
    } else if debug == Some(false) || service.replicas.is_some_and(|replicas| replicas > 1) {
        Environment::Production
    } else {
        by_profile.unwrap_or(Environment::Unknown)
    }
}

/// `.:/app` and `./src:/app/src`: folders of the repository, not single configuration files.
fn mounts_code(volume: &str) -> bool {
    let source = volume.split(':').next().unwrap_or(volume);
    let name = base_name(source.trim_end_matches('/'));
    let is_here =
        source.starts_with('.') || source.starts_with("${PWD}") || source.starts_with("$PWD");
    let is_data = [
        "data",
        "media",
        "static",
        "staticfiles",
        "logs",
        "log",
        "backup",
        "certs",
        "nginx",
        "conf",
    ];
    is_here
        && (!name.contains('.') || name == "." || name == "..")
        && !is_data
            .iter()
            .any(|word| name.to_lowercase().contains(word))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
