use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::dependencies::{Dependency, Manner};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Development tools are installed in production, or nothing fixes what is installed.
    ///
    /// ## Why it matters
    ///
    /// Test runners, debuggers and linters make images larger and slower to build, and each is code
    /// with its own dependencies and holes that production does not need. Without a single pin or
    /// lock no installation can be repeated at all.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ## Bad
    ///
    /// ```text file=requirements.txt
    /// Django==5.2.7
    /// gunicorn==23.0.0
    /// pytest-django==4.9.0  # fires
    /// black==24.10.0
    /// ```
    ///
    /// ### Nothing fixes a version
    ///
    /// ```text file=requirements.txt
    /// Django>=5.2  # fires
    /// gunicorn
    /// ```
    ///
    /// ## Good
    ///
    /// ```text file=requirements/base.txt
    /// Django==5.2.7
    /// ```
    ///
    /// ```text file=requirements/dev.txt
    /// -r base.txt
    /// pytest-django
    /// black
    /// ```
    ///
    /// ### Groups and a lock
    ///
    /// ```toml file=pyproject.toml
    /// [project]
    /// name = "shop"
    /// dependencies = ["django>=5.2"]
    /// [dependency-groups]
    /// dev = ["pytest-django"]
    /// ```
    ///
    /// ```toml file=uv.lock
    /// [[package]]
    /// name = "django"
    /// version = "5.2.7"
    /// ```
    RULE = {
        code: "ARC009",
        name: "requirements-not-split",
        severity: Severity::Info,
        category: Category::Architecture,
        dimension: Some(Dimension::Architecture),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Tools that only whoever works on the project needs. Those that some projects show in production,
/// such as `django-extensions` or `faker`, are left out.
const DEVELOPMENT_TOOLS: &[&str] = &[
    "autopep8",
    "bandit",
    "black",
    "coverage",
    "django-debug-toolbar",
    "django-stubs",
    "djangorestframework-stubs",
    "factory-boy",
    "flake8",
    "ipdb",
    "isort",
    "model-bakery",
    "mypy",
    "nox",
    "pdbpp",
    "pip-tools",
    "pre-commit",
    "pudb",
    "pylint",
    "pyright",
    "pytest",
    "pytest-cov",
    "pytest-django",
    "pytest-mock",
    "pytest-xdist",
    "ruff",
    "safety",
    "sphinx",
    "tox",
];

/// How many places beyond the first one are shown.
const SHOWN: usize = 10;

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    // A library leaves versions to whoever installs it.
    if project.root.manage_py.is_none() {
        return;
    }
    let tools: Vec<&Dependency> = project
        .dependencies
        .production()
        .filter(|dependency| DEVELOPMENT_TOOLS.contains(&dependency.name.as_str()))
        .collect();
    if let Some((first, others)) = tools.split_first() {
        let message = match others.len() {
            0 => format!("`{}` is among what production installs", first.name),
            more => format!(
                "`{}` and {more} more development tools are among what production installs",
                first.name
            ),
        };
        let mut reported = ctx.report(first.place, message);
        reported.help("keep them in a file or group of their own, such as `requirements/dev.txt` or `[dependency-groups]`");
        for other in others.iter().take(SHOWN) {
            reported.related(other.place, format!("`{}`", other.name));
        }
    } else if let Some(first) = nothing_fixed(project) {
        ctx.report(
            first.place,
            "no version is fixed anywhere: there are neither pins nor a lock file",
        )
        .help("lock what you install: `uv lock`, `poetry lock` or `pip-compile`");
    }
}

/// The first dependency, where not one of them is pinned or bounded and nothing is locked.
fn nothing_fixed(project: &Project) -> Option<&Dependency> {
    let dependencies = &project.dependencies;
    let is_fixed = |dependency: &Dependency| !dependency.is_open();
    let any_fixed =
        !dependencies.lock_files.is_empty() || dependencies.declared.iter().any(is_fixed);
    let mut installed = dependencies
        .production()
        .filter(|dependency| matches!(dependency.manner, Manner::Requirements | Manner::Pipfile));
    installed.next().filter(|_| !any_fixed)
}
