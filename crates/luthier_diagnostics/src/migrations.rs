//! What `luthier migrations` prints: what each migration does to a database in use, and what the
//! models lack.

use luthier_source::Location;

use crate::NewFile;

/// The migrations of one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationsView {
    /// The server that the effects are those of: `PostgreSQL 16`.
    pub server: String,
    /// Whether nothing told which server it is.
    pub is_assumed: bool,
    /// Conflicts, parents that are missing, circles, files that cannot be loaded.
    pub problems: Vec<GraphProblem>,
    /// By label.
    pub apps: Vec<AppMigrations>,
}

/// Something that keeps the migrations from being run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphProblem {
    pub location: Location,
    pub message: String,
}

/// The migrations of one app, in the order in which they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppMigrations {
    pub label: String,
    pub migrations: Vec<MigrationEntry>,
    /// What `makemigrations` would write, in Django's words.
    pub drift: Vec<String>,
    /// What could not be compared.
    pub unjudged: Vec<String>,
}

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationEntry {
    pub name: String,
    pub location: Location,
    /// `app.name` of what it comes after.
    pub after: Vec<String>,
    /// Whether it may not be released yet, as far as is told, or is one of the last of the project.
    pub is_recent: bool,
    /// `None` where that was not worked out.
    pub phase: Option<DeployPhase>,
    pub operations: Vec<OperationEntry>,
}

/// Which step of a deployment a migration belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeployPhase {
    /// Any: no database sees it.
    Any,
    /// Before the new code.
    Expand,
    /// After the last process of the release before.
    Contract,
    /// Rows are written, beside the rest.
    Data,
    /// At no time does all go on working.
    Mixed,
}

impl DeployPhase {
    /// Its name, which stays.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Expand => "expand",
            Self::Contract => "contract",
            Self::Data => "data",
            Self::Mixed => "mixed",
        }
    }
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationEntry {
    /// In Django's words, or the SQL that is run.
    pub description: String,
    pub location: Option<Location>,
    pub table: Option<String>,
    pub reach: OperationReach,
    /// `None` where it was not worked out: SQL, Python, what is not understood.
    pub effect: Option<OperationEffect>,
    /// The rules that have something to say about it.
    pub codes: Vec<&'static str>,
}

/// What an operation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationReach {
    /// A table that was there before the migration.
    Table,
    /// One that the same migration makes: nobody else uses it yet.
    NewTable,
    /// The models alone.
    Models,
    /// No table: a function, a type, a view.
    NoTable,
    /// Whatever its code does.
    Code,
}

/// What happens to the table while an operation runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationEffect {
    /// As the server's manual has it; `None` where there is none.
    pub lock: Option<&'static str>,
    pub blocks_reads: bool,
    pub blocks_writes: bool,
    /// What takes the longer, the more rows there are.
    pub work: Work,
    /// Whether the configuration names the table as a large one.
    pub is_on_large_table: bool,
}

/// The slowest part of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Nothing that grows with the rows.
    Moment,
    Scan,
    Index,
    Update,
    Rewrite,
    /// Not the same on all releases of the server, and the release is not known.
    Unknown,
}

impl OperationEffect {
    /// Whether others wait for as long as the table has rows.
    pub fn is_long(&self) -> bool {
        self.work != Work::Moment && (self.blocks_reads || self.blocks_writes)
    }
}

/// What merging the last migrations of an app comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppMerge {
    /// The app's label.
    pub app: String,
    /// Its last migrations, by name.
    pub leaves: Vec<MergeLeaf>,
    pub outcome: MergeOutcome,
}

/// One of several last migrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeLeaf {
    pub name: String,
    pub location: Location,
}

/// Whether several last migrations can be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeOutcome {
    /// What they do comes to the same in any order: the migration that depends on all of them.
    File(NewFile),
    /// The order matters, or may.
    Clash(MergeClash),
}

/// Two operations whose order matters, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeClash {
    pub sides: [MergeSide; 2],
    /// What both are about, in words; `None` for code or SQL, which may be about anything.
    pub over: Option<String>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeSide {
    /// `app.name`
    pub migration: String,
    /// In Django's words.
    pub operation: String,
    pub location: Location,
}
