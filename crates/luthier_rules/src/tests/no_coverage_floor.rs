use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;

use super::{first_test, shows_configuration};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// No lowest coverage makes the tests fail.
    ///
    /// ## Why it matters
    ///
    /// Coverage that is only printed goes down by a little with every change that is in a hurry, and
    /// nobody notices until the part that breaks is the part that nothing tests.
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
    /// ```toml file=pyproject.toml
    /// [tool.pytest.ini_options]
    /// addopts = "--cov=shop"  # fires
    /// ```
    ///
    /// ```python file=shop/test_orders.py
    /// def test_total():
    ///     assert 1 + 1 == 2
    /// ```
    ///
    /// ## Good
    ///
    /// ```toml file=pyproject.toml
    /// [tool.coverage.report]
    /// fail_under = 85
    /// ```
    ///
    /// ```python file=shop/test_orders.py
    /// def test_total():
    ///     assert 1 + 1 == 2
    /// ```
    ///
    /// ### On the command line of the workflow
    ///
    /// ```yaml file=.github/workflows/ci.yml
    /// on: push
    /// jobs:
    ///   test:
    ///     steps:
    ///       - run: uv run pytest --cov --cov-fail-under=80
    /// ```
    ///
    /// ```python file=shop/test_orders.py
    /// def test_total():
    ///     assert 1 + 1 == 2
    /// ```
    ///
    /// ### By a service that reports are sent to
    ///
    /// ```yaml file=.github/workflows/ci.yml
    /// on: push
    /// jobs:
    ///   test:
    ///     steps:
    ///       - run: pytest --cov
    ///       - uses: codecov/codecov-action@v5
    /// ```
    ///
    /// ```python file=shop/test_orders.py
    /// def test_total():
    ///     assert 1 + 1 == 2
    /// ```
    RULE = {
        code: "TST002",
        name: "no-coverage-floor",
        severity: Severity::Warning,
        category: Category::Tests,
        dimension: Some(Dimension::Testing),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let tests = &project.tests;
    let is_judged = tests.coverage_floor.is_some()
        || tests.is_judged_elsewhere(&project.files)
        || is_run_by_code(project);
    if project.root.manage_py.is_none() || !shows_configuration(ctx) || is_judged {
        return;
    }
    let Some(first_test) = first_test(project) else {
        return;
    };
    let place = tests
        .coverage
        .first()
        .or(tests.pytest.as_ref())
        .copied()
        .unwrap_or(first_test);
    ctx.report(place, "no lowest coverage is enforced").help(
        "set `fail_under` under `[tool.coverage.report]`, at what you have today, and raise it",
    );
}

/// Whether a `noxfile.py` or the like gives the option.
fn is_run_by_code(project: &Project) -> bool {
    project
        .own_modules()
        .any(|module| project.modules.facts(module).names.mention("-fail-under"))
}
