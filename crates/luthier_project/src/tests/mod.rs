//! How the project is tested: runner, settings, coverage floor, where rows come from.

mod facts;
mod link;

use luthier_source::FileId;

use crate::facts::PythonFacts;
use crate::place::Place;

/// What is known about a project's tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tests {
    /// Modules whose functions and classes are tests, in path order.
    pub modules: Vec<FileId>,
    /// Where pytest is configured.
    pub pytest: Option<Place>,
    /// Whether pytest-django is installed or configured.
    pub has_pytest_django: bool,
    /// The settings module that pytest is given.
    pub settings: Option<(String, Place)>,
    /// The lowest coverage that lets a run pass.
    pub coverage_floor: Option<CoverageFloor>,
    /// Where coverage is measured or judged without a floor of its own in the repository.
    pub coverage: Vec<Place>,
    /// Where factories are imported (`factory_boy`, `model_bakery` and their kind), and functions and
    /// fixtures of the tests' own that make rows.
    pub factories: Vec<Place>,
    /// Rows written out in tests: `Order.objects.create(…)`.
    pub seeded_by_hand: Vec<Place>,
    /// `fixtures = ["orders.json"]` of test classes.
    pub fixtures: Vec<Place>,
    /// Where numbers of queries are asserted or growth is watched.
    pub query_guards: Vec<Place>,
}

/// Whether a module makes rows up, by what it imports: for tests, or to try things out.
pub(crate) fn makes_rows_up(module: &PythonFacts) -> bool {
    facts::factory_import(module).is_some()
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoverageFloor {
    pub percent: f64,
    pub place: Place,
}

#[cfg(test)]
mod checks;
