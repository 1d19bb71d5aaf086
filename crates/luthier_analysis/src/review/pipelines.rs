//! What continuous integration runs.

use luthier_diagnostics::review::Evidence;
use luthier_project::FileFacts;
use luthier_project::deployment::{Command, Moment};

use super::answer::{Answer, Verdict};
use super::sheet::{Sheet, at, whole};

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

/// The six things that continuous integration should run.
pub(super) struct Pipelines {
    pub(super) tests: Answer,
    pub(super) deploy_check: Answer,
    pub(super) migration_check: Answer,
    pub(super) lint: Answer,
    pub(super) types: Answer,
    pub(super) audit: Answer,
}

impl Pipelines {
    pub(super) fn new(sheet: Sheet<'_>) -> Self {
        let commands: Vec<&Command> = sheet
            .project
            .deployment
            .commands
            .iter()
            .filter(|command| command.moment == Moment::Pipeline)
            .collect();
        let actions = actions(sheet);
        let wrapped = commands.iter().any(|command| is_wrapper(command))
            || actions
                .iter()
                .any(|(name, _)| name.starts_with("./") || name.contains(".yml"));
        let job = |what: &str, runs: &dyn Fn(&Command) -> bool, words: &[&str]| {
            let command = commands.iter().find(|command| runs(command));
            if let Some(command) = command {
                let note = format!("`{}`", command.program);
                return Answer::yes(note.clone()).at([at(command.place, note)]);
            }
            let action = actions
                .iter()
                .find(|(name, _)| words.iter().any(|word| name.contains(word)));
            if let Some((name, evidence)) = action {
                return Answer::yes(format!("`{name}`")).at([evidence.clone()]);
            }
            match sheet.project.deployment.pipelines.first() {
                None => Answer::unknown("no workflow or .gitlab-ci.yml here"),
                Some(_) if wrapped => {
                    Answer::unknown(format!("whether it runs {what} was not seen"))
                }
                Some(&file) => {
                    Answer::no(format!("runs no {what}")).at([whole(file, "the pipeline")])
                }
            }
        };
        Self {
            tests: job(
                "tests",
                &|command| {
                    matches!(
                        command.program.as_str(),
                        "pytest" | "py.test" | "unittest" | "tox" | "nox"
                    ) || command.management() == Some("test")
                        || command.program == "coverage" && command.has_argument("run")
                        || command.program == "hatch" && command.has_argument("test")
                },
                &[],
            ),
            deploy_check: job(
                "check --deploy",
                &|command| {
                    command.management() == Some("check") && command.has_argument("--deploy")
                        || command.program == "luthier"
                },
                &["luthier"],
            ),
            migration_check: job(
                "makemigrations --check",
                &|command| {
                    command.management() == Some("makemigrations")
                        && (command.has_argument("--check") || command.has_argument("--dry-run"))
                },
                &[],
            ),
            lint: job(
                "linter",
                &|command| {
                    let program = command.program.as_str();
                    matches!(
                        program,
                        "flake8" | "pylint" | "prospector" | "pre-commit" | "prek"
                    ) || program == "ruff" && !command.has_argument("format")
                },
                &[
                    "pre-commit",
                    "ruff-action",
                    "super-linter",
                    "megalinter",
                    "chartboost/ruff",
                ],
            ),
            types: job(
                "type checker",
                &|command| {
                    let program = command.program.as_str();
                    matches!(
                        program,
                        "mypy" | "dmypy" | "pyright" | "basedpyright" | "pyre" | "ty" | "pyrefly"
                    )
                },
                &["mypy", "pyright"],
            ),
            audit: job(
                "dependency audit",
                &|command| {
                    let program = command.program.as_str();
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
                },
                &[
                    "pip-audit",
                    "safety",
                    "osv-scanner",
                    "dependency-review",
                    "snyk",
                    "trivy",
                ],
            ),
        }
    }

    pub(super) fn all(&self) -> [(&'static str, &Answer); 6] {
        [
            ("tests", &self.tests),
            ("check --deploy", &self.deploy_check),
            ("makemigrations --check", &self.migration_check),
            ("linter", &self.lint),
            ("type checker", &self.types),
            ("dependency audit", &self.audit),
        ]
    }

    /// How many of the six are run, of those of which that is known.
    pub(super) fn share(&self) -> (usize, usize) {
        let count = |verdict| {
            let all = self.all().into_iter();
            all.filter(|(_, answer)| answer.verdict == verdict).count()
        };
        let held = count(Verdict::Yes);
        (held, held + count(Verdict::No))
    }

    /// What is not run.
    pub(super) fn missing(&self) -> Vec<Evidence> {
        let all = self.all().into_iter();
        let missing = all.filter(|(_, answer)| answer.verdict == Verdict::No);
        missing
            .flat_map(|(what, answer)| {
                let evidence = answer.evidence.iter().cloned();
                evidence.map(move |evidence| at(evidence.location, format!("no {what}")))
            })
            .collect()
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

/// The actions that workflows use, with their places.
fn actions(sheet: Sheet<'_>) -> Vec<(String, Evidence)> {
    let mut found = Vec::new();
    for &file in &sheet.project.deployment.pipelines {
        let FileFacts::Pipeline(pipeline) = sheet.project.facts(file) else {
            continue;
        };
        let jobs = pipeline.jobs.iter().filter_map(|job| job.uses.as_ref());
        let steps = pipeline.steps().filter_map(|(_, step)| step.uses.as_ref());
        for word in jobs.chain(steps) {
            let location = luthier_source::Location::new(file, word.span);
            found.push((word.text.clone(), at(location, format!("`{}`", word.text))));
        }
    }
    found
}
