//! What continuous integration runs.

use luthier_source::FileId;

use super::{Command, Moment};
use crate::Project;
use crate::facts::FileFacts;
use crate::place::Place;

/// What continuous integration should run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    Tests,
    DeployCheck,
    MigrationCheck,
    Lint,
    Types,
    Audit,
}

/// Whether a pipeline runs something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// By this program or action.
    Yes { by: String, place: Place },
    /// None does; the first pipeline.
    No(FileId),
    /// What pipelines run stands elsewhere: in a Makefile, a script, another workflow.
    Unseen,
    /// There is no pipeline.
    Nothing,
}

/// Programs that run what is listed elsewhere: what they run was not seen.
const WRAPPERS: &[&str] = &[
    "tox",
    "nox",
    "make",
    "just",
    "task",
    "invoke",
    "hatch",
    "doit",
    "bash",
    "sh",
    "npm",
    "yarn",
    "docker",
    "docker-compose",
    "podman",
    "earthly",
    "bazel",
    "pants",
];

impl Job {
    pub const ALL: [Self; 6] = [
        Self::Tests,
        Self::DeployCheck,
        Self::MigrationCheck,
        Self::Lint,
        Self::Types,
        Self::Audit,
    ];

    /// What runs, as it reads after "runs no".
    pub fn what(self) -> &'static str {
        match self {
            Self::Tests => "tests",
            Self::DeployCheck => "check --deploy",
            Self::MigrationCheck => "makemigrations --check",
            Self::Lint => "linter",
            Self::Types => "type checker",
            Self::Audit => "dependency audit",
        }
    }

    fn is_done_by(self, command: &Command) -> bool {
        let program = command.program.as_str();
        match self {
            Self::Tests => {
                matches!(program, "pytest" | "py.test" | "unittest" | "tox" | "nox")
                    || command.management() == Some("test")
                    || program == "coverage" && command.has_argument("run")
                    || program == "hatch" && command.has_argument("test")
            }
            Self::DeployCheck => {
                command.management() == Some("check") && command.has_argument("--deploy")
                    || program == "luthier"
            }
            Self::MigrationCheck => {
                command.management() == Some("makemigrations")
                    && (command.has_argument("--check") || command.has_argument("--dry-run"))
            }
            Self::Lint => {
                matches!(
                    program,
                    "flake8" | "pylint" | "prospector" | "pre-commit" | "prek"
                ) || program == "ruff" && !command.has_argument("format")
            }
            Self::Types => matches!(
                program,
                "mypy" | "dmypy" | "pyright" | "basedpyright" | "pyre" | "ty" | "pyrefly"
            ),
            Self::Audit => {
                matches!(
                    program,
                    "pip-audit"
                        | "safety"
                        | "osv-scanner"
                        | "snyk"
                        | "trivy"
                        | "grype"
                        | "pip_audit"
                ) || program == "uv" && command.has_argument("audit")
            }
        }
    }

    /// Words in the names of actions that do it.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Tests | Self::MigrationCheck => &[],
            Self::DeployCheck => &["luthier"],
            Self::Lint => &[
                "pre-commit",
                "ruff-action",
                "super-linter",
                "megalinter",
                "chartboost/ruff",
            ],
            Self::Types => &["mypy", "pyright"],
            Self::Audit => &[
                "pip-audit",
                "safety",
                "osv-scanner",
                "dependency-review",
                "snyk",
                "trivy",
            ],
        }
    }
}

impl Project {
    /// Whether a pipeline does this.
    pub fn pipeline_runs(&self, job: Job) -> Runs {
        let commands = || self.pipeline_commands();
        if let Some(command) = commands().find(|command| job.is_done_by(command)) {
            return Runs::Yes {
                by: command.program.clone(),
                place: command.place,
            };
        }
        let actions = self.actions();
        let does =
            |(name, _): &&(&str, Place)| job.actions().iter().any(|word| name.contains(word));
        if let Some((name, place)) = actions.iter().find(does) {
            return Runs::Yes {
                by: (*name).to_owned(),
                place: *place,
            };
        }
        match self.deployment.pipelines.first() {
            None => Runs::Nothing,
            Some(_) if self.hides_pipelines() => Runs::Unseen,
            Some(&first) => Runs::No(first),
        }
    }

    /// Whether pipelines run what stands elsewhere.
    pub fn hides_pipelines(&self) -> bool {
        self.pipeline_commands().any(is_wrapper)
            || self
                .actions()
                .iter()
                .any(|(name, _)| name.starts_with("./") || name.contains(".yml"))
    }

    fn pipeline_commands(&self) -> impl Iterator<Item = &Command> {
        let commands = self.deployment.commands.iter();
        commands.filter(|command| command.moment == Moment::Pipeline)
    }

    /// The actions that workflows use, with their places.
    fn actions(&self) -> Vec<(&str, Place)> {
        let mut found = Vec::new();
        for &file in &self.deployment.pipelines {
            let FileFacts::Pipeline(pipeline) = self.facts(file) else {
                continue;
            };
            let jobs = pipeline.jobs.iter().filter_map(|job| job.uses.as_ref());
            let steps = pipeline.steps().filter_map(|(_, step)| step.uses.as_ref());
            let words = jobs.chain(steps);
            found.extend(words.map(|word| (word.text.as_str(), Place::new(file, word.span))));
        }
        found
    }

    /// Whether a job has a database server beside it, or runs in the image of one.
    pub fn pipelines_have_server(&self, names: &[&str]) -> bool {
        let of_file = |file: &FileId| match self.facts(*file) {
            FileFacts::Pipeline(pipeline) => Some(pipeline),
            _ => None,
        };
        let pipelines = self.deployment.pipelines.iter().filter_map(of_file);
        let mut jobs = pipelines.flat_map(|pipeline| &pipeline.jobs);
        let is_named = |text: &str| names.iter().any(|name| text.contains(name));
        jobs.any(|job| {
            let images = job.services.iter().chain(&job.image);
            let actions = job.steps.iter().filter_map(|step| step.uses.as_ref());
            images.chain(actions).any(|word| is_named(&word.text))
        })
    }
}

fn is_wrapper(command: &Command) -> bool {
    let program = command.program.as_str();
    WRAPPERS.contains(&program)
        || program.starts_with(['.', '/'])
        || ["sh", "py"]
            .iter()
            .any(|end| program.rsplit('.').next() == Some(end) && program != "manage.py")
}
