//! What the user may write into `luthier.toml`, or into `[tool.luthier]` of `pyproject.toml`.

mod load;
mod schema;

use luthier_project::django::operations;
use std::collections::BTreeMap;

use luthier_diagnostics::{Confidence, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(crate) use load::parse;
pub use load::{ConfigError, Loaded, load, load_file};
pub(crate) use schema::nearest;
pub use schema::{schema, to_json, to_toml};

/// Configuration of luthier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// Rules to run, by code, name, beginning of a code, or category. All unless given.
    pub select: Option<Vec<String>>,
    /// Rules to run besides those selected.
    pub extend_select: Vec<String>,
    /// Rules not to run.
    pub ignore: Vec<String>,
    /// Rules not to report in files that match a pattern.
    pub per_file_ignores: BTreeMap<String, Vec<String>>,
    /// Files and folders not to read, as patterns of .gitignore.
    pub exclude: Vec<String>,
    /// The production settings module, dotted, where luthier does not find the right one.
    pub settings: Option<String>,
    /// The Django version to judge for, such as "5.2"; found in lock files and requirements unless given.
    pub target_django: Option<String>,
    /// The database servers that migrations run on, by alias.
    pub databases: BTreeMap<String, Database>,
    /// Tables (or `app.Model`) known to be large: migrations on them are judged more strictly.
    pub large_tables: Vec<String>,
    /// Names of fields that say to which user a row belongs, besides the usual ones.
    pub owner_fields: Vec<String>,
    /// Names of fields that say to which tenant a row belongs, besides the usual ones.
    pub tenant_fields: Vec<String>,
    /// The least severity that makes the exit code 1.
    pub fail_on: Option<FailOn>,
    /// File with the fingerprints of findings that are accepted for now, relative to the configuration.
    pub baseline: Option<String>,
    /// How sure a finding must be to be shown; "likely" unless given.
    pub confidence: Option<LeastConfidence>,
    /// Whether a suppression comment must say why.
    pub require_reason: bool,
}

/// One database server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Database {
    pub engine: Engine,
    /// The server's version, such as "16" or "10.11".
    pub version: Option<String>,
}

/// A kind of database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Postgresql,
    Mysql,
    Mariadb,
    Sqlite,
    Oracle,
}

impl Config {
    /// The server of the default database, or of the only one; `None` where none is told, or it is
    /// one that the tables of locks do not know.
    pub(crate) fn database(&self) -> Option<operations::Database> {
        let mut all = self.databases.values();
        let only = all.next().filter(|_| self.databases.len() == 1);
        let database = self.databases.get("default").or(only)?;
        let engine = match database.engine {
            Engine::Postgresql => operations::Engine::PostgreSql,
            Engine::Mysql => operations::Engine::MySql,
            Engine::Mariadb => operations::Engine::MariaDb,
            Engine::Sqlite => operations::Engine::Sqlite,
            Engine::Oracle => return None,
        };
        let version = database.version.as_deref();
        Some(operations::Database {
            engine,
            release: version.and_then(operations::Release::parse),
        })
    }
}

/// A severity that fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    Error,
    Warning,
    Info,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Info => Self::Info,
        }
    }
}

/// How sure a finding must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeastConfidence {
    Certain,
    Likely,
    Possible,
}

impl From<LeastConfidence> for Confidence {
    fn from(least: LeastConfidence) -> Self {
        match least {
            LeastConfidence::Certain => Self::Certain,
            LeastConfidence::Likely => Self::Likely,
            LeastConfidence::Possible => Self::Possible,
        }
    }
}
