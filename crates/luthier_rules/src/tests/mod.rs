//! Rules about tests.

mod no_coverage_floor;
mod no_factories;
mod no_pytest_django;

use luthier_project::{Place, Project};
use luthier_source::Span;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &no_pytest_django::RULE,
    &no_coverage_floor::RULE,
    &no_factories::RULE,
];

/// The start of the first test module: where what is missing in all tests is reported.
fn first_test(project: &Project) -> Option<Place> {
    project
        .tests
        .modules
        .first()
        .map(|file| Place::new(*file, Span::at(0)))
}
