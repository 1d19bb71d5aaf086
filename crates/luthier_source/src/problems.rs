//! Whether a text parses, whatever kind of file it is: asked before a changed file is kept.

use crate::kind::FileKind;
use crate::{compose, dockerfile, ini, lock, pipeline, pyproject, python, requirements_txt};

/// How many problems the parser of this kind of file has with `text`; 0 for kinds in which anything
/// goes.
pub fn count(kind: FileKind, text: &str) -> usize {
    match kind {
        FileKind::Python => python::parse(text).problems.len(),
        FileKind::Pyproject => pyproject::parse_pyproject(text).problems.len(),
        FileKind::Pipfile => pyproject::parse_pipfile(text).problems.len(),
        FileKind::LuthierToml => usize::from(toml_edit::Document::parse(text).is_err()),
        FileKind::UvLock | FileKind::PoetryLock => lock::parse_toml_lock(text).problems.len(),
        FileKind::PipfileLock => lock::parse_pipfile_lock(text).problems.len(),
        FileKind::Ini => ini::parse_ini(text).problems.len(),
        FileKind::Requirements => requirements_txt::parse_requirements(text).problems.len(),
        FileKind::Dockerfile => dockerfile::parse_dockerfile(text).problems.len(),
        FileKind::Compose => compose::parse_compose(text).problems.len(),
        FileKind::Workflow => pipeline::parse_workflow(text).problems.len(),
        FileKind::GitlabCi => pipeline::parse_gitlab_ci(text).problems.len(),
        FileKind::Template
        | FileKind::Dockerignore
        | FileKind::Procfile
        | FileKind::EnvExample
        | FileKind::Shell => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_texts_have_problems() {
        let broken = [
            (FileKind::Python, "x = ("),
            (FileKind::Pyproject, "[project"),
            (FileKind::LuthierToml, "x = "),
            (FileKind::PoetryLock, "[[package]"),
            (FileKind::PipfileLock, "{"),
            (FileKind::Compose, "services: ["),
            (FileKind::Workflow, "jobs: {"),
        ];
        for (kind, text) in broken {
            assert_ne!(count(kind, text), 0, "{kind:?}");
            assert_eq!(
                count(
                    kind,
                    if kind == FileKind::PipfileLock {
                        "{}"
                    } else {
                        ""
                    }
                ),
                0
            );
        }
    }
}
