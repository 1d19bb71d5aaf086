//! One result of a rule.

use luthier_source::Location;
use serde::{Deserialize, Serialize};

use crate::fix::Fix;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice.
    Info,
    /// Will hurt.
    Warning,
    /// Breaks or endangers production.
    Error,
}

/// How sure the rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint; hidden unless asked for.
    Possible,
    /// Right unless something unusual is going on outside what was seen.
    Likely,
    /// Would be right in every run.
    Certain,
}

/// The families of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// luthier's own words: files that do not parse, unused suppressions, rules that failed.
    Internal,
    Architecture,
    Orm,
    Integrity,
    Drf,
    Security,
    Migrations,
    Caching,
    Tasks,
    Tests,
    Operations,
    Patterns,
    Modernization,
}

impl Category {
    /// Every family, in the catalogue's order.
    pub const ALL: &[Self] = &[
        Self::Internal,
        Self::Architecture,
        Self::Orm,
        Self::Integrity,
        Self::Drf,
        Self::Security,
        Self::Migrations,
        Self::Caching,
        Self::Tasks,
        Self::Tests,
        Self::Operations,
        Self::Patterns,
        Self::Modernization,
    ];

    /// The name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Architecture => "architecture",
            Self::Orm => "orm",
            Self::Integrity => "integrity",
            Self::Drf => "drf",
            Self::Security => "security",
            Self::Migrations => "migrations",
            Self::Caching => "caching",
            Self::Tasks => "tasks",
            Self::Tests => "tests",
            Self::Operations => "operations",
            Self::Patterns => "patterns",
            Self::Modernization => "modernization",
        }
    }

    /// The letters that begin the codes of this family.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Internal => "LUT",
            Self::Architecture => "ARC",
            Self::Orm => "ORM",
            Self::Integrity => "INT",
            Self::Drf => "DRF",
            Self::Security => "SEC",
            Self::Migrations => "MIG",
            Self::Caching => "CAC",
            Self::Tasks => "TSK",
            Self::Tests => "TST",
            Self::Operations => "OPS",
            Self::Patterns => "PAT",
            Self::Modernization => "MOD",
        }
    }
}

/// The lines of the rubric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    Architecture,
    OrmUsage,
    Security,
    Testing,
    Performance,
    ErrorHandling,
    Migrations,
    Deployment,
}

/// One step of the chain that leads to a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    pub location: Location,
    pub message: String,
}

/// One result of a rule: a place, what is wrong there, how sure that is, what leads there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, such as `SEC040`.
    pub code: &'static str,
    /// Stable name, such as `hardcoded-secret-key`.
    pub name: &'static str,
    pub category: Category,
    pub severity: Severity,
    pub confidence: Confidence,
    pub location: Location,
    /// What is wrong, with the user's own names in backticks; no full stop, no advice.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The id of Django's own check that says the same, such as `security.W004`.
    pub django_check: Option<&'static str>,
    /// Dotted name of the function, class or setting concerned.
    pub symbol: Option<String>,
    /// Label of the app concerned.
    pub app: Option<String>,
    pub related: Vec<Related>,
    pub fix: Option<Fix>,
    /// 16 hexadecimal digits that stay the same while lines move; set by `luthier_analysis`.
    pub fingerprint: String,
}
