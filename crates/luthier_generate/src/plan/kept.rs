//! A plan that was kept as JSON: once the files of a release are there, nothing tells what is still
//! to come.

use luthier_diagnostics::fix::NewFile;
use luthier_diagnostics::plans::{Adapted, PlanStep, PlannedMigration, Purpose};
use serde::Deserialize;

/// The newest form of plans that is understood.
const SCHEMA_VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(expecting = "an object with plans")]
struct Form {
    schema_version: u32,
    plans: Vec<Kept>,
}

#[derive(Deserialize)]
struct Kept {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    number: usize,
    title: String,
    why: String,
    code: Vec<File>,
    migrations: Vec<Migration>,
    #[serde(default)]
    adapted: Vec<Changed>,
    removed: Vec<String>,
    before_next: Option<String>,
    irreversible_because: Option<String>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    text: String,
}

#[derive(Deserialize)]
struct Changed {
    path: String,
    before: String,
    text: String,
}

#[derive(Deserialize)]
struct Migration {
    path: String,
    text: String,
    operation_summary: Vec<String>,
}

/// The releases in the JSON of plans, or why it is none.
pub fn kept(text: &str) -> Result<Vec<PlanStep>, String> {
    let form: Form =
        serde_json::from_str(text).map_err(|error| format!("not a plan of luthier: {error}"))?;
    if form.schema_version > SCHEMA_VERSION {
        return Err(format!(
            "schema_version {} is newer than this luthier understands ({SCHEMA_VERSION})",
            form.schema_version
        ));
    }
    let steps = form.plans.into_iter().flat_map(|plan| plan.steps);
    Ok(steps.map(Step::into_plan).collect())
}

impl Step {
    fn into_plan(self) -> PlanStep {
        let code = self.code.into_iter().map(|file| NewFile {
            path: file.path,
            text: file.text,
        });
        let migrations = self.migrations.into_iter().map(|file| PlannedMigration {
            path: file.path,
            text: file.text,
            operations: file.operation_summary,
        });
        let adapted = self.adapted.into_iter().map(|file| Adapted {
            path: file.path,
            before: file.before,
            text: file.text,
        });
        PlanStep {
            number: self.number,
            purposes: vec![Purpose {
                title: self.title,
                why: self.why,
            }],
            code: code.collect(),
            migrations: migrations.collect(),
            adapted: adapted.collect(),
            removed: self.removed,
            before_next: self.before_next,
            irreversible: self.irreversible_because,
        }
    }
}
