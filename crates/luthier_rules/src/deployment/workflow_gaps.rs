use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::deployment::pipelines::{Job, Runs};
use luthier_source::Span;

use crate::settings::Database;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Continuous integration leaves out a check that finds what tests do not.
    ///
    /// ## Why it matters
    ///
    /// What no pipeline runs is run in production first: a model without its migration fails there, a setting
    /// that is only safe on a laptop is live, a package with a known hole stays. Each is one line of a
    /// workflow. Tests on SQLite pass where PostgreSQL refuses.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
    /// ```
    ///
    /// ## Bad
    ///
    /// ```yaml file=.github/workflows/ci.yml
    /// on: push  # fires
    /// jobs:
    ///   test:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: ruff check .
    ///       - run: pytest
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml file=.github/workflows/ci.yml
    /// on: push
    /// jobs:
    ///   test:
    ///     runs-on: ubuntu-latest
    ///     services:
    ///       database:
    ///         image: postgres:17
    ///     steps:
    ///       - run: ruff check .
    ///       - run: mypy .
    ///       - run: pip-audit
    ///       - run: python manage.py check --deploy
    ///       - run: python manage.py makemigrations --check
    ///       - run: pytest
    /// ```
    ///
    /// ### What a Makefile runs is not seen, and a workflow that only publishes is no such pipeline
    ///
    /// ```yaml file=.github/workflows/ci.yml
    /// on: push
    /// jobs:
    ///   test:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: ruff check .
    ///       - run: make test
    /// ```
    ///
    /// ```yaml file=.github/workflows/publish.yml
    /// on: release
    /// jobs:
    ///   publish:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: twine upload dist/*
    /// ```
    RULE = {
        code: "OPS018",
        name: "workflow-gaps",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let runs = |job: Job| project.pipeline_runs(job);
    // One that looks at no code may have another beside it that is not read.
    let looks_at_code = [Job::Tests, Job::Lint, Job::Types]
        .into_iter()
        .any(|job| matches!(runs(job), Runs::Yes { .. }));
    let Some(&first) = project.deployment.pipelines.first() else {
        return;
    };
    if project.root.manage_py.is_none() || !looks_at_code {
        return;
    }
    let mut gaps: Vec<(&str, &str)> = Job::ALL
        .into_iter()
        .filter(|job| matches!(runs(*job), Runs::No(_)) && !may_be_elsewhere(project, *job))
        .map(gap)
        .collect();
    if lacks_database(project) {
        gaps.push(("tests on PostgreSQL", "a `postgres` service for the tests"));
    }
    if gaps.is_empty() {
        return;
    }
    let (lacking, steps): (Vec<&str>, Vec<&str>) = gaps.into_iter().unzip();
    ctx.report(
        Location::new(first, Span::default()),
        format!(
            "continuous integration runs no {}",
            joined(&lacking, "and no")
        ),
    )
    .help(format!(
        "add to the workflow that runs for every change: {}",
        joined(&steps, "and")
    ));
}

/// What is lacking, as it reads after "no", and a step that does it.
fn gap(job: Job) -> (&'static str, &'static str) {
    match job {
        Job::Tests => ("tests", "`pytest`"),
        Job::DeployCheck => (
            "`manage.py check --deploy`",
            "`python manage.py check --deploy`",
        ),
        Job::MigrationCheck => (
            "`manage.py makemigrations --check`",
            "`python manage.py makemigrations --check`",
        ),
        Job::Lint => ("linter", "`ruff check .`"),
        Job::Types => ("type checker", "`mypy .`"),
        Job::Audit => ("audit of dependencies", "`pip-audit`"),
    }
}

/// Whether hooks of pre-commit or the tests may do it.
fn may_be_elsewhere(project: &Project, job: Job) -> bool {
    let by_hooks = || match project.pipeline_runs(Job::Lint) {
        Runs::Yes { by, .. } => by.contains("pre-commit") || by == "prek",
        _ => false,
    };
    let mention = |word: &str| {
        let mut names = project
            .own_modules()
            .map(|module| &project.modules.facts(module).names);
        names.any(|names| names.mention(word))
    };
    match job {
        // What tests give `call_command()` is not read.
        Job::MigrationCheck => by_hooks() || mention("makemigrations") || mention("call_command"),
        Job::Types | Job::Audit => by_hooks(),
        Job::Tests | Job::DeployCheck | Job::Lint => false,
    }
}

/// Whether tests run without the database server that production has.
fn lacks_database(project: &Project) -> bool {
    const SERVERS: &[&str] = &["postgres", "postgis", "timescale", "pgvector", "supabase"];
    let is_tested = matches!(project.pipeline_runs(Job::Tests), Runs::Yes { .. });
    let on_postgresql =
        || Database::of_production(project).is_some_and(|database| database.is_postgresql());
    let has_server = || {
        let mut commands = project.deployment.commands.iter();
        project.pipelines_have_server(SERVERS)
            || commands.any(|command| {
                command
                    .arguments
                    .iter()
                    .any(|word| word.text.contains("postgres"))
            })
            || ["testcontainers", "pytest-postgresql"]
                .iter()
                .any(|name| project.dependencies.has(name))
    };
    is_tested && !project.hides_pipelines() && on_postgresql() && !has_server()
}

/// `a`, `a and b`, `a, b and c`, with another word for "and".
fn joined(items: &[&str], and: &str) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} {and} {last}", others.join(", ")),
    }
}
