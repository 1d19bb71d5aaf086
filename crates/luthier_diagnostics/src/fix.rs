//! How a finding can be mended.

use luthier_source::{FileId, Span};
use serde::{Deserialize, Serialize};

/// Whether a fix may be applied without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Shown, never applied.
    Display,
    /// Behaviour may change: applied with `--unsafe-fixes`.
    Unsafe,
    /// Keeps behaviour, or is plainly what was meant.
    Safe,
}

/// Whether a rule can offer a fix at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixAvailability {
    None,
    Sometimes,
    Always,
}

/// Replaces `span` of `file` by `text`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Edit {
    pub file: FileId,
    pub span: Span,
    pub text: String,
}

/// A file that does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NewFile {
    /// Relative to the root, with forward slashes.
    pub path: String,
    pub text: String,
}

/// Edits that together resolve one finding: all are applied or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    pub applicability: Applicability,
    /// What the fix does, in the imperative.
    pub title: String,
    pub edits: Vec<Edit>,
    pub new_files: Vec<NewFile>,
}

impl Fix {
    pub fn safe(title: impl Into<String>) -> Self {
        Self {
            applicability: Applicability::Safe,
            title: title.into(),
            edits: Vec::new(),
            new_files: Vec::new(),
        }
    }

    pub fn risky(title: impl Into<String>) -> Self {
        Self {
            applicability: Applicability::Unsafe,
            title: title.into(),
            edits: Vec::new(),
            new_files: Vec::new(),
        }
    }

    #[must_use]
    pub fn replace(mut self, file: FileId, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit {
            file,
            span,
            text: text.into(),
        });
        self
    }

    #[must_use]
    pub fn insert(self, file: FileId, offset: u32, text: impl Into<String>) -> Self {
        self.replace(file, Span::at(offset), text)
    }

    #[must_use]
    pub fn delete(self, file: FileId, span: Span) -> Self {
        self.replace(file, span, "")
    }

    /// Writes a file that is not there yet.
    #[must_use]
    pub fn create(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.new_files.push(NewFile {
            path: path.into(),
            text: text.into(),
        });
        self
    }
}
