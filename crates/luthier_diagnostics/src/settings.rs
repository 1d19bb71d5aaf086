//! What `luthier config --settings` prints: the evaluated settings, written out.

use serde::Serialize;

use luthier_source::Location;

/// How much is known about a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingStatus {
    Known,
    /// One of several, after a branch that cannot be decided.
    OneOf,
    Environment,
    /// Known in parts: a list with elements that are not.
    Partial,
    Unknown,
}

/// One place that contributed to a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingPart {
    pub location: Location,
    /// What was contributed there, as source text or value.
    pub text: String,
    /// Under which condition, such as `if DEBUG`.
    pub condition: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingView {
    pub name: String,
    pub status: SettingStatus,
    /// The value in Python's notation, with what is unknown named in angle brackets.
    pub value: String,
    pub parts: Vec<SettingPart>,
}

/// All settings of one module, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsView {
    /// Dotted name.
    pub module: String,
    /// Why this module counts as production.
    pub reason: String,
    /// What else production may run with.
    pub notes: Vec<String>,
    pub settings: Vec<SettingView>,
}
