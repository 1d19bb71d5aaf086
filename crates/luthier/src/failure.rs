//! What the person has to change before luthier can do what they asked.

use luthier_analysis::config::ConfigError;
use luthier_analysis::{CheckError, TargetError};

use crate::output;

/// What `--since` takes.
pub(crate) const SINCE: &str =
    "--since takes what git knows as a commit, or the last migration that is released: `app.name`";

/// Exit code 2: what is wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn print(&self) {
        output::say(&format!("{} {}", output::bold_red("error:"), self.message));
        if let Some(hint) = &self.hint {
            output::say(&format!(" {} {hint}", output::cyan("hint:")));
        }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        let hint = match &error {
            TargetError::Missing(_) => "PATH is the folder of a Django project, or a part of one",
            TargetError::Special(_) => "PATH must be a folder or a regular file",
        };
        Self::new(error.to_string()).hint(hint)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string())
            .hint("`luthier config --schema` lists the keys and their values")
    }
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Config(error) => error.into(),
            CheckError::NoSuchMigration(_) => Self::new(error.to_string()).hint(SINCE),
            CheckError::Root { .. } => Self::new(error.to_string()),
        }
    }
}
