//! What one file says about tests.

use luthier_source::Span;
use luthier_source::ini::{IniEntry, IniFile};
use luthier_source::pyproject::Pyproject;

use crate::facts::PythonFacts;

/// One line of configuration that tests are run by.
pub(super) enum Said {
    /// pytest is configured here.
    Pytest(Span),
    Settings(String, Span),
    Floor(f64, Span),
    /// Coverage is configured here.
    Coverage(Span),
}

pub(super) fn of_pyproject(file: &Pyproject) -> Vec<Said> {
    let mut said = Vec::new();
    for setting in &file.settings {
        let path = setting.path.as_str();
        if path.starts_with("pytest.") {
            said.push(Said::Pytest(setting.span));
        }
        if path.starts_with("coverage.") {
            said.push(Said::Coverage(setting.span));
        }
        match path {
            "pytest.ini_options.DJANGO_SETTINGS_MODULE" => {
                said.extend(
                    setting
                        .value
                        .as_text()
                        .map(|text| Said::Settings(text.to_owned(), setting.span)),
                );
            }
            "pytest.ini_options.addopts" => {
                said.extend(of_options(setting.value.texts(), setting.span));
            }
            "coverage.report.fail_under" => {
                said.extend(
                    setting
                        .value
                        .as_text()
                        .and_then(percent)
                        .map(|percent| Said::Floor(percent, setting.span)),
                );
            }
            _ => {}
        }
    }
    said
}

pub(super) fn of_ini(file: &IniFile) -> Vec<Said> {
    let mut said = Vec::new();
    for section in &file.sections {
        match section.name.as_str() {
            "pytest" | "tool:pytest" => said.push(Said::Pytest(section.span)),
            name if name.starts_with("coverage:") || matches!(name, "run" | "report") => {
                said.push(Said::Coverage(section.span));
            }
            _ => {}
        }
    }
    for entry in &file.entries {
        match (entry.section.as_str(), entry.key.as_str()) {
            ("pytest" | "tool:pytest", "django_settings_module") => {
                said.push(Said::Settings(entry.value.clone(), entry.value_span));
            }
            ("coverage:report" | "report", "fail_under") => {
                said.extend(percent(&entry.value).map(|percent| Said::Floor(percent, entry.span)));
            }
            // Options of pytest, and the commands of tox.
            (_, "addopts" | "commands") => said.extend(of_options(&words(entry), entry.span)),
            _ => {}
        }
    }
    said
}

fn words(entry: &IniEntry) -> Vec<String> {
    entry.value.split_whitespace().map(str::to_owned).collect()
}

/// `--ds=module`, `--cov`, `--cov-fail-under=80`, `--fail-under 80` among options.
pub(super) fn of_options(options: &[String], span: Span) -> Vec<Said> {
    let words: Vec<&str> = options
        .iter()
        .flat_map(|option| option.split_whitespace())
        .collect();
    let mut said = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let (name, value) = word
            .split_once('=')
            .map_or((*word, words.get(index + 1).copied()), |(name, value)| {
                (name, Some(value))
            });
        match name {
            "--ds" => said.extend(value.map(|value| Said::Settings(value.to_owned(), span))),
            "--cov" => said.push(Said::Coverage(span)),
            "--cov-fail-under" | "--fail-under" => said.extend(
                value
                    .and_then(percent)
                    .map(|percent| Said::Floor(percent, span)),
            ),
            _ => {}
        }
    }
    said
}

fn percent(text: &str) -> Option<f64> {
    text.trim()
        .trim_end_matches('%')
        .parse()
        .ok()
        .filter(|percent| *percent > 0.0)
}

/// Modules that build rows for tests.
const FACTORY_MODULES: [&str; 8] = [
    "factory",
    "faker",
    "factory_boy",
    "model_bakery",
    "model_mommy",
    "mixer",
    "polyfactory",
    "pytest_factoryboy",
];

pub(super) fn factory_import(facts: &PythonFacts) -> Option<Span> {
    let is_factory =
        |module: &str| FACTORY_MODULES.contains(&module.split('.').next().unwrap_or(module));
    facts
        .imports
        .iter()
        .find(|import| import.level == 0 && is_factory(facts.text(import.module)))
        .map(|import| import.span)
}

/// Names whose call, parameter or import watches the number of queries.
const QUERY_GUARDS: [&str; 9] = [
    "assertNumQueries",
    "assertMaxNumQueries",
    "django_assert_num_queries",
    "django_assert_max_num_queries",
    "CaptureQueriesContext",
    "zeal",
    "nplusone",
    "django_perf_rec",
    "assertNumQueriesLessThan",
];

pub(super) fn query_guard(facts: &PythonFacts) -> Option<Span> {
    let guards = |name: &str| QUERY_GUARDS.contains(&name);
    let calls = facts.skipped_calls.iter().find(|call| {
        let name = facts.text(call.name);
        guards(name.rsplit('.').next().unwrap_or(name))
    });
    let imports = || {
        facts.imports.iter().find(|import| {
            guards(facts.text(import.module).split('.').next().unwrap_or(""))
                || import.name.is_some_and(|name| guards(facts.text(name)))
        })
    };
    let parameters = || {
        facts.functions.iter().find(|function| {
            function
                .params
                .iter()
                .any(|param| guards(facts.text(param.name)))
        })
    };
    calls
        .map(|call| call.span)
        .or_else(|| imports().map(|import| import.span))
        .or_else(|| parameters().map(|function| function.name_span))
        .or_else(|| lowered_guard(facts))
}

/// A guard in a body that was lowered: helpers for tests that are no test modules themselves.
fn lowered_guard(facts: &PythonFacts) -> Option<Span> {
    if !QUERY_GUARDS[..5]
        .iter()
        .any(|guard| facts.names.mention(guard))
    {
        return None;
    }
    let calls = facts
        .body_ids()
        .flat_map(|id| facts.body(id).exprs())
        .filter_map(crate::facts::ExprRef::as_call);
    let name_of = |call: crate::facts::CallRef<'_>| {
        call.callee
            .dotted()
            .map(|dotted| dotted.rsplit('.').next().unwrap_or("").to_owned())
    };
    calls
        .into_iter()
        .find(|call| name_of(*call).is_some_and(|name| QUERY_GUARDS.contains(&name.as_str())))
        .map(|call| call.expr.span())
}

/// `Order.objects.create(…)` and `bulk_create` in test bodies.
pub(super) fn seeded_rows(facts: &PythonFacts) -> Option<Span> {
    let creates = |name: &str| {
        matches!(
            name,
            "objects.create" | "objects.bulk_create" | "objects.get_or_create"
        )
    };
    facts
        .skipped_calls
        .iter()
        .find(|call| creates(facts.text(call.name)))
        .map(|call| call.span)
}

/// Beginnings of the names of functions that make what a test needs.
const MAKING: [&str; 7] = [
    "add", "build", "create", "factory", "generate", "make", "new",
];

/// The first function that makes rows for the tests: `create_order`, `order_factory`, a fixture of
/// pytest; not a test itself, in a file that writes rows.
pub(super) fn factory_function(facts: &PythonFacts) -> Option<Span> {
    let makes = |name: &str| {
        let words: Vec<&str> = name.trim_start_matches('_').split('_').collect();
        let first = words.first().is_some_and(|word| MAKING.contains(word));
        let last = words
            .last()
            .is_some_and(|word| matches!(*word, "factory" | "maker"));
        words.len() > 1 && (first || last)
    };
    let found = facts.functions.iter().find(|function| {
        let name = facts.text(function.name);
        !name.starts_with("test") && (makes(name) || is_fixture(facts, function))
    })?;
    writes_rows(facts).then_some(found.name_span)
}

fn is_fixture(facts: &PythonFacts, function: &crate::facts::ir::Function) -> bool {
    let scope = facts.body(function.scope);
    function.decorators.iter().any(|&decorator| {
        let decorator = scope.expr(decorator);
        let named = decorator.without_call();
        matches!(
            named.dotted().as_deref(),
            Some("pytest.fixture" | "fixture")
        )
    })
}

/// Whether a file saves rows, in bodies that were left out or in others.
fn writes_rows(facts: &PythonFacts) -> bool {
    let saves = |name: &str| {
        name.ends_with(".save")
            || name.ends_with("objects.create")
            || name.ends_with("objects.create_user")
            || name.ends_with("objects.get_or_create")
            || name.ends_with("objects.bulk_create")
    };
    let mut skipped = facts.skipped_calls.iter();
    skipped.any(|call| saves(facts.text(call.name)))
        || facts
            .body_ids()
            .flat_map(|id| facts.body(id).exprs())
            .filter_map(crate::facts::ExprRef::as_call)
            .any(|call| call.callee.dotted().is_some_and(|name| saves(&name)))
}

/// `fixtures = ["a.json"]` in a class.
pub(super) fn class_fixtures(facts: &PythonFacts) -> Option<Span> {
    facts.classes.iter().find_map(|class| {
        let body = facts.body(class.body);
        body.statements().find_map(|statement| {
            let (target, value) = statement.assignment()?;
            let mut files = value.elements()?;
            let names_files =
                target.as_name() == Some("fixtures") && files.any(|file| file.as_str().is_some());
            names_files.then(|| statement.span())
        })
    })
}

/// Whether a module holds tests itself, not only helpers for them.
pub(super) fn holds_tests(facts: &PythonFacts) -> bool {
    let is_test =
        |function: &crate::facts::ir::Function| facts.text(function.name).starts_with("test");
    facts.functions.iter().any(is_test)
}
