//! What continuous integration runs.

use luthier_diagnostics::review::Evidence;
use luthier_project::deployment::pipelines::{Job, Runs};

use super::answer::{Answer, Verdict};
use super::sheet::{Sheet, at, whole};

/// The six things that continuous integration should run.
pub(super) struct Pipelines {
    pub(super) tests: Answer,
    pub(super) deploy_check: Answer,
    pub(super) migration_check: Answer,
    pub(super) lint: Answer,
    pub(super) types: Answer,
    pub(super) audit: Answer,
}

impl Pipelines {
    pub(super) fn new(sheet: Sheet<'_>) -> Self {
        let answer = |job: Job| match sheet.project.pipeline_runs(job) {
            Runs::Yes { by, place } => {
                let note = format!("`{by}`");
                Answer::yes(note.clone()).at([at(place, note)])
            }
            Runs::No(first) => {
                Answer::no(format!("runs no {}", job.what())).at([whole(first, "the pipeline")])
            }
            Runs::Unseen => Answer::unknown(format!("whether it runs {} was not seen", job.what())),
            Runs::Nothing => Answer::unknown("no workflow or .gitlab-ci.yml here"),
        };
        Self {
            tests: answer(Job::Tests),
            deploy_check: answer(Job::DeployCheck),
            migration_check: answer(Job::MigrationCheck),
            lint: answer(Job::Lint),
            types: answer(Job::Types),
            audit: answer(Job::Audit),
        }
    }

    pub(super) fn all(&self) -> [(&'static str, &Answer); 6] {
        [
            (Job::Tests.what(), &self.tests),
            (Job::DeployCheck.what(), &self.deploy_check),
            (Job::MigrationCheck.what(), &self.migration_check),
            (Job::Lint.what(), &self.lint),
            (Job::Types.what(), &self.types),
            (Job::Audit.what(), &self.audit),
        ]
    }

    /// How many of the six are run, of those of which that is known.
    pub(super) fn share(&self) -> (usize, usize) {
        let count = |verdict| {
            let all = self.all().into_iter();
            all.filter(|(_, answer)| answer.verdict == verdict).count()
        };
        let held = count(Verdict::Yes);
        (held, held + count(Verdict::No))
    }

    /// What is not run.
    pub(super) fn missing(&self) -> Vec<Evidence> {
        let all = self.all().into_iter();
        let missing = all.filter(|(_, answer)| answer.verdict == Verdict::No);
        missing
            .flat_map(|(what, answer)| {
                let evidence = answer.evidence.iter().cloned();
                evidence.map(move |evidence| at(evidence.location, format!("no {what}")))
            })
            .collect()
    }
}
