//! Rules about tests.

mod migrations_untested;
mod no_coverage_floor;
mod no_factories;
mod no_pytest_django;

use luthier_project::facts::FileFacts;
use luthier_project::projects::is_blueprint;
use luthier_project::{Place, Project};
use luthier_source::{FileId, Span};

use crate::{Context, Rule};

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &no_pytest_django::RULE,
    &no_coverage_floor::RULE,
    &no_factories::RULE,
    &migrations_untested::RULE,
];

/// The start of the first test module: where what is missing in all tests is reported.
fn first_test(project: &Project) -> Option<Place> {
    project
        .tests
        .modules
        .first()
        .map(|file| Place::new(*file, Span::at(0)))
}

/// Whether the files that say how tests are run are here at all: a package that was built and
/// unpacked has its tests, but not their configuration.
fn shows_configuration(ctx: &Context<'_>) -> bool {
    let says = |facts: &FileFacts| {
        matches!(
            facts,
            FileFacts::Pyproject(_)
                | FileFacts::Ini(_)
                | FileFacts::Requirements(_)
                | FileFacts::Pipeline(_)
        )
    };
    let project = ctx.project;
    if project.is_distributed {
        return false;
    }
    let is_running = |file: FileId| !is_blueprint(&ctx.sources.file(file).path);
    let mut files = project.own_files().iter();
    files.any(|&file| says(project.facts(file)) && is_running(file))
}
