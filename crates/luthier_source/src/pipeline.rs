//! Continuous integration: GitHub workflows and `.gitlab-ci.yml` as jobs of commands.

use serde::{Deserialize, Serialize};

use crate::compose::variables;
use crate::dockerfile::Variable;
use crate::shell::{ShellScript, Word};
use crate::yaml::{NodeId, Yaml};
use crate::{Problem, Span};

/// One workflow file, or the whole of a `.gitlab-ci.yml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// What starts it: `push`, `pull_request`, `schedule` ...; empty for GitLab.
    pub triggers: Vec<String>,
    pub environment: Vec<Variable>,
    pub jobs: Vec<Job>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub name: String,
    /// The container image that the job runs in.
    pub image: Option<Word>,
    /// Images of the services beside it.
    pub services: Vec<Word>,
    pub environment: Vec<Variable>,
    pub steps: Vec<Step>,
    /// Another workflow that the job stands for (`uses`).
    pub uses: Option<Word>,
    /// The job's name.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub name: Option<String>,
    /// An action: `actions/checkout@v5`.
    pub uses: Option<Word>,
    /// The inputs of the action.
    pub inputs: Vec<Variable>,
    pub run: ShellScript,
    pub environment: Vec<Variable>,
    pub span: Span,
}

impl Pipeline {
    /// Every step of every job, with its job.
    pub fn steps(&self) -> impl Iterator<Item = (&Job, &Step)> {
        self.jobs
            .iter()
            .flat_map(|job| job.steps.iter().map(move |step| (job, step)))
    }
}

/// Reads a GitHub workflow.
pub fn parse_workflow(text: &str) -> Pipeline {
    let yaml = Yaml::parse(text);
    let mut pipeline = Pipeline::default();
    if let Some(root) = yaml.root() {
        pipeline.triggers = yaml
            .get(root, "on")
            .map(|on| keys_or_items(&yaml, on))
            .unwrap_or_default();
        pipeline.environment = env(&yaml, root, "env");
        let jobs = yaml
            .get(root, "jobs")
            .map(|jobs| yaml.entries(jobs))
            .unwrap_or_default();
        pipeline.jobs = jobs
            .into_iter()
            .filter_map(|(name, job)| workflow_job(&yaml, name, job))
            .collect();
    }
    pipeline.problems = yaml.problems;
    pipeline
}

fn workflow_job(yaml: &Yaml<'_>, name: NodeId, job: NodeId) -> Option<Job> {
    let services = yaml
        .get(job, "services")
        .map(|services| yaml.entries(services))
        .unwrap_or_default();
    let steps = yaml.get(job, "steps");
    Some(Job {
        name: yaml.text(name)?.to_owned(),
        image: yaml
            .get(job, "container")
            .and_then(|container| image(yaml, container, "image")),
        services: services
            .into_iter()
            .filter_map(|(_, service)| image(yaml, service, "image"))
            .collect(),
        environment: env(yaml, job, "env"),
        steps: steps
            .map(|steps| yaml.items(steps))
            .unwrap_or_default()
            .iter()
            .map(|step| workflow_step(yaml, *step))
            .collect(),
        uses: yaml.get(job, "uses").and_then(|uses| yaml.word(uses)),
        span: yaml.span(name),
    })
}

fn workflow_step(yaml: &Yaml<'_>, step: NodeId) -> Step {
    Step {
        name: yaml.get_text(step, "name").map(str::to_owned),
        uses: yaml.get(step, "uses").and_then(|uses| yaml.word(uses)),
        inputs: env(yaml, step, "with"),
        run: yaml
            .get(step, "run")
            .and_then(|run| yaml.script(run))
            .unwrap_or_default(),
        environment: env(yaml, step, "env"),
        span: yaml.span(step),
    }
}

/// Keys of a `.gitlab-ci.yml` that are no jobs.
const GITLAB_KEYWORDS: [&str; 14] = [
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
    "pages_defaults",
    "types",
    "inputs",
];

/// Reads a `.gitlab-ci.yml`; jobs get what they extend within the file.
pub fn parse_gitlab_ci(text: &str) -> Pipeline {
    let yaml = Yaml::parse(text);
    let mut pipeline = Pipeline::default();
    // A header document with `spec` may come first; the jobs are in the last one.
    if let Some(root) = yaml.last_root() {
        pipeline.environment = env(&yaml, root, "variables");
        for (name, job) in yaml.entries(root) {
            let Some(text) = yaml.text(name) else {
                continue;
            };
            if !text.starts_with('.') && !GITLAB_KEYWORDS.contains(&text) && yaml.is_mapping(job) {
                pipeline.jobs.push(gitlab_job(&yaml, root, name, job));
            }
        }
    }
    pipeline.problems = yaml.problems;
    pipeline
}

/// How many jobs deep `extends` is followed.
const EXTENDS_LIMIT: usize = 10;

fn gitlab_job(yaml: &Yaml<'_>, root: NodeId, name: NodeId, job: NodeId) -> Job {
    let mut templates = vec![job];
    let mut next = 0;
    while next < templates.len() && templates.len() < EXTENDS_LIMIT {
        let parents = yaml
            .get(templates[next], "extends")
            .map(|extends| yaml.one_or_many(extends))
            .unwrap_or_default();
        // Of several parents the last one wins.
        let parents = parents
            .into_iter()
            .rev()
            .filter_map(|parent| yaml.get(root, yaml.text(parent)?));
        templates.extend(parents);
        next += 1;
    }
    let field = |key: &str| {
        templates
            .iter()
            .find_map(|template| yaml.get(*template, key))
    };
    let inherited = |key: &str| {
        let defaults = || {
            yaml.get(root, "default")
                .and_then(|default| yaml.get(default, key))
        };
        field(key).or_else(defaults).or_else(|| yaml.get(root, key))
    };
    let scripts = [
        inherited("before_script"),
        field("script"),
        inherited("after_script"),
    ];
    let lines = scripts
        .into_iter()
        .flatten()
        .flat_map(|script| flattened(yaml, script));
    let services = inherited("services")
        .map(|services| yaml.items(services))
        .unwrap_or_default();
    Job {
        name: yaml.text(name).unwrap_or_default().to_owned(),
        image: inherited("image").and_then(|node| image(yaml, node, "name")),
        services: services
            .iter()
            .filter_map(|service| image(yaml, *service, "name"))
            .collect(),
        environment: field("variables")
            .map(|node| variables(yaml, node))
            .unwrap_or_default(),
        steps: lines.map(|line| gitlab_step(yaml, line)).collect(),
        uses: None,
        span: yaml.span(name),
    }
}

fn gitlab_step(yaml: &Yaml<'_>, line: NodeId) -> Step {
    Step {
        name: None,
        uses: None,
        inputs: Vec::new(),
        run: yaml.script(line).unwrap_or_default(),
        environment: Vec::new(),
        span: yaml.span(line),
    }
}

/// The lines of a script: lists may stand in lists, where an anchor was put in.
fn flattened(yaml: &Yaml<'_>, script: NodeId) -> Vec<NodeId> {
    let lines = yaml.one_or_many(script).into_iter();
    lines
        .flat_map(|line| {
            if yaml.text(line).is_some() {
                vec![line]
            } else {
                yaml.items(line).to_vec()
            }
        })
        .collect()
}

fn env(yaml: &Yaml<'_>, node: NodeId, key: &str) -> Vec<Variable> {
    yaml.get(node, key)
        .map(|env| variables(yaml, env))
        .unwrap_or_default()
}

/// An image as a text, or under `key` of a mapping.
fn image(yaml: &Yaml<'_>, node: NodeId, key: &str) -> Option<Word> {
    yaml.word(node).or_else(|| yaml.word(yaml.get(node, key)?))
}

fn keys_or_items(yaml: &Yaml<'_>, node: NodeId) -> Vec<String> {
    let keys = yaml.entries(node).into_iter().map(|(key, _)| key);
    let nodes = yaml.one_or_many(node).into_iter().chain(keys);
    nodes
        .filter_map(|name| yaml.text(name).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(pipeline: &Pipeline) -> Vec<String> {
        let mut lines = Vec::new();
        for job in &pipeline.jobs {
            let services: Vec<&str> = job
                .services
                .iter()
                .map(|service| service.text.as_str())
                .collect();
            let image = job.image.as_ref().map_or("-", |image| &image.text);
            lines.push(format!(
                "{} on {image} with {}",
                job.name,
                services.join(" ")
            ));
            for step in &job.steps {
                let commands = step.run.commands.iter().map(|command| {
                    command
                        .words
                        .iter()
                        .map(|word| word.text.as_str())
                        .collect::<Vec<_>>()
                        .join(" ")
                });
                let uses = step.uses.iter().map(|uses| format!("uses {}", uses.text));
                lines.push(format!(
                    "  {}",
                    uses.chain(commands).collect::<Vec<_>>().join("; ")
                ));
            }
        }
        lines
    }

    #[test]
    fn reads_workflows() {
        let text = "on:\n  push: {branches: [main]}\n  pull_request:\nenv: {A: 1}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    \
            services:\n      db:\n        image: postgres:16\n    steps:\n      - uses: actions/checkout@v5\n        with: {ref: x}\n      \
            - name: Tests\n        run: |\n          pip install -r requirements.txt\n          pytest --cov-fail-under=80\n        env:\n          B: ${{ secrets.B }}\n";
        let pipeline = parse_workflow(text);
        assert_eq!(pipeline.triggers, ["push", "pull_request"]);
        let expected = [
            "test on - with postgres:16",
            "  uses actions/checkout@v5",
            "  pip install -r requirements.txt; pytest --cov-fail-under=80",
        ];
        assert_eq!(outline(&pipeline), expected);
        let (_, step) = pipeline.steps().nth(1).unwrap();
        assert_eq!(
            step.run.commands[1].span.text(text),
            "pytest --cov-fail-under=80"
        );
        assert!(!step.environment[0].value.as_ref().unwrap().literal);
        assert_eq!(parse_workflow("on: push\n").triggers, ["push"]);
        assert_eq!(parse_workflow("on: [push, x]\n").triggers, ["push", "x"]);
    }

    #[test]
    fn reads_gitlab_jobs_with_what_they_extend() {
        let text = "image: python:3.12\nbefore_script: [pip install .]\n.base: &base\n  services: [{name: 'postgres:16'}]\n  script: &s\n    - one\n\
            .more:\n  extends: .base\n  image: {name: x:1}\nlint:\n  before_script: []\n  script: ruff check\ntest:\n  extends: [.more]\nnested:\n  script: [*s, two]\nstages: [a]\n";
        let expected = [
            "lint on python:3.12 with ",
            "  ruff check",
            "test on x:1 with postgres:16",
            "  pip install .",
            "  one",
            "nested on python:3.12 with ",
            "  pip install .",
            "  one",
            "  two",
        ];
        assert_eq!(outline(&parse_gitlab_ci(text)), expected);
    }

    #[test]
    fn extending_in_a_circle_ends() {
        let pipeline = parse_gitlab_ci("a:\n  extends: b\nb:\n  extends: [a, b]\n");
        assert_eq!(pipeline.jobs.len(), 2);
    }
}
