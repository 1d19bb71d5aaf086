use luthier_diagnostics::{Category, Confidence, Dimension, Severity};

use super::{first_test, shows_configuration};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The project's tests do not use pytest-django.
    ///
    /// ## Why it matters
    ///
    /// Fixtures instead of deep class hierarchies, plain `assert` with readable differences,
    /// parametrised tests, a kept test database and parallel runs: tests get shorter and the suite
    /// faster, and the existing `TestCase` classes run as they are.
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
    /// ```
    ///
    /// ```python file=shop/tests.py
    /// from django.test import TestCase  # fires
    ///
    /// class OrderTests(TestCase):
    ///     def test_total(self):
    ///         self.assertEqual(1 + 1, 2)
    /// ```
    ///
    /// ## Good
    ///
    /// ```toml file=pyproject.toml
    /// [dependency-groups]
    /// dev = ["pytest-django"]
    /// ```
    ///
    /// ```python file=shop/tests.py
    /// def test_total():
    ///     assert 1 + 1 == 2
    /// ```
    ///
    /// ### Configured, whatever the requirements say
    ///
    /// ```text file=pytest.ini
    /// [pytest]
    /// DJANGO_SETTINGS_MODULE = config.settings.test
    /// ```
    ///
    /// ```python file=shop/tests.py
    /// def test_total():
    ///     assert 1 + 1 == 2
    /// ```
    ///
    /// ### No tests at all
    ///
    /// ```python file=shop/models.py
    /// X = 1
    /// ```
    RULE = {
        code: "TST001",
        name: "no-pytest-django",
        severity: Severity::Info,
        category: Category::Tests,
        dimension: Some(Dimension::Testing),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    if project.root.manage_py.is_none()
        || !shows_configuration(ctx)
        || project.tests.has_pytest_django
    {
        return;
    }
    if let Some(place) = first_test(project) {
        ctx.report(place, "the tests run without pytest-django")
            .help("install `pytest-django` and set `DJANGO_SETTINGS_MODULE` under `[tool.pytest.ini_options]`");
    }
}
