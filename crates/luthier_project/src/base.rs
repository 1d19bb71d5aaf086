//! The code as it was at the commit that changes are compared with.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use luthier_source::git::{self, GitError};

use crate::facts::{PythonFacts, extract_python};

/// What the files said at another commit that say something else now, or are gone.
#[derive(Default)]
pub struct Base {
    /// The commit.
    pub commit: String,
    files: BTreeMap<String, PythonFacts>,
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base({}, {} files)", self.commit, self.files.len())
    }
}

impl Base {
    /// Asks `git` what the Python files below `root` were where the history of `revision` and the
    /// current one part.
    pub fn read(root: &Path, revision: &str) -> Result<Self, GitError> {
        let is_python = |path: &str| path.rsplit_once('.').is_some_and(|(_, end)| end == "py");
        let differing = git::differing(root, revision, is_python)?;
        let files = differing.files.iter();
        Ok(Self::of(
            differing.commit,
            files.map(|(path, text)| (&**path, &**text)),
        ))
    }

    /// The same of texts at hand.
    pub fn of<'t>(commit: String, files: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let files = files.map(|(path, text)| (path.to_owned(), extract_python(path, text)));
        Self {
            commit,
            files: files.collect(),
        }
    }

    /// What a file said that says something else now, by its path.
    pub fn file(&self, path: &str) -> Option<&PythonFacts> {
        self.files.get(path)
    }

    /// Every file, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &PythonFacts)> {
        self.files
            .iter()
            .map(|(path, facts)| (path.as_str(), facts))
    }
}
