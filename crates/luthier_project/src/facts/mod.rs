//! What one file says by itself.
//!
//! Facts depend on one file's text and on nothing else: they are extracted in parallel, cached by
//! content hash, and computed again alone when a file changes.

pub mod ids;
pub mod ir;
pub mod lower;
pub mod names;
pub mod python;

mod bindings;
mod sound;

pub use ids::{BodyId, ClassId, ExprId, FunctionId, ImportId, Name, Run, StmtId};
pub use ir::{Expr, Stmt};
pub use names::Names;
pub use python::{BodyRef, CallRef, ExprRef, PythonFacts, StmtRef};

use luthier_source::cache::content_key;
use luthier_source::{FileKind, SourceFile, python as parser};

/// The facts of one file, by what it is.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum FileFacts {
    Python(Box<PythonFacts>),
    /// Nothing is taken from the file itself.
    None,
}

impl FileFacts {
    /// Reads the facts out of one file.
    pub fn extract(file: &SourceFile) -> Self {
        match file.kind {
            FileKind::Python => Self::Python(Box::new(extract_python(&file.path, &file.text))),
            _ => Self::None,
        }
    }

    /// Finds the facts of one file in the cache: the same text in the same role gives the same.
    pub fn key(file: &SourceFile) -> u128 {
        let is_test = file.kind == FileKind::Python && is_test_path(&file.path);
        content_key(&file.text, file.kind as u8 * 2 + u8::from(is_test))
    }

    /// Reads back the facts of a file of some kind; `None` where they do not hold together.
    pub fn decode(bytes: &[u8], kind: FileKind) -> Option<Self> {
        let facts: Self = postcard::from_bytes(bytes).ok()?;
        let is_kind = facts.python().is_some() == (kind == FileKind::Python);
        (is_kind && facts.python().is_none_or(PythonFacts::is_sound)).then_some(facts)
    }

    pub fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("facts are plain data")
    }

    pub fn python(&self) -> Option<&PythonFacts> {
        match self {
            Self::Python(facts) => Some(facts),
            Self::None => None,
        }
    }
}

/// The facts of Python text; `path` only tells whether it is a test.
pub fn extract_python(path: &str, text: &str) -> PythonFacts {
    let depth = if is_test_path(path) {
        lower::Depth::Outline
    } else {
        lower::Depth::Full
    };
    parser::with_parsed(text, |parsed| lower::lower(text, parsed, depth))
}

/// Whether a file is a test by the names that test runners collect.
pub fn is_test_path(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".py").unwrap_or(name);
    folders
        .split('/')
        .any(|folder| folder == "tests" || folder == "test")
        || matches!(stem, "tests" | "test" | "conftest")
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
}

#[cfg(test)]
mod tests;
