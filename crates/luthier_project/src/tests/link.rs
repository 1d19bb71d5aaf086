//! All files together: how tests are run and what they stand on.

use luthier_source::{FileId, Sources};

use super::facts::{self, Said};
use super::{CoverageFloor, Tests};
use crate::dependencies::Dependencies;
use crate::deployment::{Command, Deployment};
use crate::facts::{FileFacts, is_test_path};
use crate::place::Place;
use crate::projects::is_vendored;

impl Tests {
    /// Reads how the files `own` of one project test it.
    pub fn link(
        sources: &Sources,
        files: &[FileFacts],
        own: &[FileId],
        dependencies: &Dependencies,
        deployment: &Deployment,
    ) -> Self {
        let mut tests = Self {
            has_pytest_django: dependencies.has("pytest-django"),
            ..Self::default()
        };
        for &file in own {
            match &files[file.0 as usize] {
                FileFacts::Pyproject(pyproject) => tests.note(file, facts::of_pyproject(pyproject)),
                FileFacts::Ini(ini) => tests.note(file, facts::of_ini(ini)),
                FileFacts::Python(_) => tests.python(sources, files, file),
                FileFacts::Pipeline(pipeline) => {
                    // The service that reports are sent to may hold the floor.
                    let actions = pipeline.steps().filter_map(|(_, step)| step.uses.as_ref());
                    let judged = actions.filter(|uses| {
                        uses.text.starts_with("codecov/") || uses.text.starts_with("coverallsapp/")
                    });
                    tests
                        .coverage
                        .extend(judged.map(|uses| Place::new(file, uses.span)));
                }
                _ => {}
            }
        }
        for command in &deployment.commands {
            tests.command(command);
        }
        tests
    }

    /// Whether coverage is judged outside the repository.
    pub fn is_judged_elsewhere(&self, files: &[FileFacts]) -> bool {
        self.coverage
            .iter()
            .any(|place| matches!(files[place.file.0 as usize], FileFacts::Pipeline(_)))
    }

    fn python(&mut self, sources: &Sources, files: &[FileFacts], file: FileId) {
        let path = &sources.file(file).path;
        if is_vendored(path) {
            return;
        }
        let Some(python) = files[file.0 as usize].python() else {
            return;
        };
        let place = |span| Place::new(file, span);
        self.factories
            .extend(facts::factory_import(python).map(place));
        if !path.to_lowercase().contains("test") && !path.contains("settings") {
            return;
        }
        self.query_guards
            .extend(facts::query_guard(python).map(place));
        self.factories
            .extend(facts::factory_function(python).map(place));
        if is_test_path(path) {
            self.seeded_by_hand
                .extend(facts::seeded_rows(python).map(place));
            self.fixtures
                .extend(facts::class_fixtures(python).map(place));
            if facts::holds_tests(python) {
                self.modules.push(file);
            }
        }
    }

    fn note(&mut self, file: FileId, said: Vec<Said>) {
        for said in said {
            match said {
                Said::Pytest(span) => {
                    self.pytest.get_or_insert(Place::new(file, span));
                }
                Said::Settings(module, span) => {
                    self.has_pytest_django = true;
                    self.settings
                        .get_or_insert((module, Place::new(file, span)));
                }
                Said::Floor(percent, span) => {
                    self.coverage_floor.get_or_insert(CoverageFloor {
                        percent,
                        place: Place::new(file, span),
                    });
                }
                Said::Coverage(span) => self.coverage.push(Place::new(file, span)),
            }
        }
    }

    fn command(&mut self, command: &Command) {
        if matches!(
            command.program.as_str(),
            "pytest" | "py.test" | "coverage" | "manage.py" | "tox" | "make"
        ) {
            let words: Vec<String> = command
                .arguments
                .iter()
                .map(|word| word.text.clone())
                .collect();
            self.note(
                command.place.file,
                facts::of_options(&words, command.place.span),
            );
        }
        if matches!(command.program.as_str(), "pytest" | "py.test") {
            self.pytest.get_or_insert(command.place);
        }
    }
}
