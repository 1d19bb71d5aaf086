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
mod skipped;
mod sound;

pub use ids::{BodyId, ClassId, ExprId, FunctionId, ImportId, Name, Run, StmtId};
pub use ir::{Expr, Stmt};
pub use names::Names;
pub use python::{BodyRef, CallRef, ExprRef, PythonFacts, StmtRef};
pub use skipped::SkippedCall;

use std::panic::catch_unwind;

use luthier_source::cache::content_key;
use luthier_source::compose::{ComposeFile, parse_compose};
use luthier_source::dockerfile::{Dockerfile, parse_dockerfile};
use luthier_source::dotfiles::{
    EnvLine, IgnorePattern, Process, parse_dockerignore, parse_env, parse_procfile,
};
use luthier_source::ini::{IniFile, parse_ini};
use luthier_source::lock::{LockFile, parse_pipfile_lock, parse_toml_lock};
use luthier_source::pipeline::{Pipeline, parse_gitlab_ci, parse_workflow};
use luthier_source::pyproject::{Pyproject, parse_pipfile, parse_pyproject};
use luthier_source::requirements_txt::{RequirementsFile, parse_requirements};
use luthier_source::shell::{ShellScript, parse_shell};
use luthier_source::template::{Template, parse_template};
use luthier_source::{FileKind, Problem, SourceFile, python as parser};

/// The facts of one file, by what it is.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum FileFacts {
    Python(Box<PythonFacts>),
    Template(Template),
    /// Also of a `Pipfile`.
    Pyproject(Box<Pyproject>),
    Ini(IniFile),
    Requirements(RequirementsFile),
    Lock(LockFile),
    Dockerfile(Dockerfile),
    Dockerignore(Vec<IgnorePattern>),
    Compose(ComposeFile),
    /// A workflow or `.gitlab-ci.yml`.
    Pipeline(Pipeline),
    Procfile(Vec<Process>),
    EnvExample(Vec<EnvLine>),
    Shell(ShellScript),
    /// Nothing is taken from the file itself.
    None,
}

impl FileFacts {
    /// Reads the facts out of one file. A defect of luthier costs that file's facts, not the run.
    pub fn extract(file: &SourceFile) -> Self {
        catch_unwind(|| Self::parse(file)).unwrap_or_else(|_| match file.kind {
            FileKind::Python => Self::Python(Box::new(PythonFacts::failed())),
            _ => Self::None,
        })
    }

    fn parse(file: &SourceFile) -> Self {
        let text = &*file.text;
        match file.kind {
            FileKind::Python => Self::Python(Box::new(extract_python(&file.path, text))),
            FileKind::Template => Self::Template(parse_template(text)),
            FileKind::Pyproject => Self::Pyproject(Box::new(parse_pyproject(text))),
            FileKind::Pipfile => Self::Pyproject(Box::new(parse_pipfile(text))),
            FileKind::Ini => Self::Ini(parse_ini(text)),
            FileKind::Requirements => Self::Requirements(parse_requirements(text)),
            FileKind::UvLock | FileKind::PoetryLock => Self::Lock(parse_toml_lock(text)),
            FileKind::PipfileLock => Self::Lock(parse_pipfile_lock(text)),
            FileKind::Dockerfile => Self::Dockerfile(parse_dockerfile(text)),
            FileKind::Dockerignore => Self::Dockerignore(parse_dockerignore(text)),
            FileKind::Compose => Self::Compose(parse_compose(text)),
            FileKind::Workflow => Self::Pipeline(parse_workflow(text)),
            FileKind::GitlabCi => Self::Pipeline(parse_gitlab_ci(text)),
            FileKind::Procfile => Self::Procfile(parse_procfile(text)),
            FileKind::EnvExample => Self::EnvExample(parse_env(text)),
            FileKind::Shell => Self::Shell(parse_shell(text, 0)),
            FileKind::LuthierToml => Self::None,
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
            _ => None,
        }
    }

    /// What the file's parser did not understand.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Python(facts) => &facts.problems,
            Self::Template(template) => &template.problems,
            Self::Pyproject(file) => &file.problems,
            Self::Ini(file) => &file.problems,
            Self::Requirements(file) => &file.problems,
            Self::Lock(file) => &file.problems,
            Self::Dockerfile(file) => &file.problems,
            Self::Compose(file) => &file.problems,
            Self::Pipeline(file) => &file.problems,
            Self::Dockerignore(_)
            | Self::Procfile(_)
            | Self::EnvExample(_)
            | Self::Shell(_)
            | Self::None => &[],
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
        || stem.starts_with("tests_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
}

/// Whether a path is one of management commands: what `manage.py` runs, for nobody who waits.
pub fn is_command_path(path: &str) -> bool {
    path.contains("management/commands/")
}

#[cfg(test)]
mod tests;
