//! What `luthier migrations plan` prints: how an unsafe change comes to a database in use, release
//! by release.

use crate::fix::NewFile;

/// The plans of one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plans {
    /// The server that they are made for: `PostgreSQL 16`.
    pub server: String,
    /// Whether nothing told which server it is.
    pub is_assumed: bool,
    pub plans: Vec<Plan>,
    pub unplanned: Vec<Unplanned>,
    /// What could not be compared with the models, so that there may be more to plan: app and what.
    pub unjudged: Vec<(String, String)>,
}

/// How one app comes from the models that are in use to those of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub app: String,
    pub source: PlanSource,
    /// `postgresql`, `mysql`, `mariadb`
    pub database: &'static str,
    /// The models with something unsafe, in order.
    pub models: Vec<String>,
    /// In Django's words: all of them.
    pub operations: Vec<String>,
    /// What is unsafe, by the names of the rules that say so.
    pub kinds: Vec<&'static str>,
    pub steps: Vec<PlanStep>,
}

/// What is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanSource {
    /// What `makemigrations` would write.
    Drift,
    /// Migrations that are there and not yet released, by `app.name`.
    Migrations(Vec<String>),
}

/// One release: its migrations are run while the code of the step before serves, then its code
/// takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStep {
    pub number: usize,
    /// What it does, one for each change that takes several releases or another way.
    pub purposes: Vec<Purpose>,
    /// The files of the models that it is about, whole, where they differ from those of the step before.
    pub code: Vec<NewFile>,
    pub migrations: Vec<PlannedMigration>,
    /// Migrations that stay, and name what takes the place of those that go.
    pub adapted: Vec<Adapted>,
    /// Paths of files that go.
    pub removed: Vec<String>,
    /// What has to hold before the next step; `None` after the last one.
    pub before_next: Option<String>,
    /// Why it cannot be taken back; `None` where it can.
    pub irreversible: Option<String>,
}

/// What a release does for one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// In the imperative.
    pub title: String,
    pub why: String,
}

/// A file that is there, and has another text from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapted {
    pub path: String,
    pub before: String,
    pub text: String,
}

/// One migration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedMigration {
    pub path: String,
    pub text: String,
    /// Operation by operation, what it does.
    pub operations: Vec<String>,
}

/// What has no plan, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplanned {
    pub app: String,
    /// In Django's words.
    pub operations: Vec<String>,
    pub because: String,
}
