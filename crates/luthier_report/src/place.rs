//! Where something is, as people and formats count.

use std::fmt;

use luthier_diagnostics::{Location, ProjectSummary};
use luthier_source::{LineColumn, Sources};

/// A range of one file: lines and columns from 1, columns in characters, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) path: &'a str,
    pub(crate) start: LineColumn,
    pub(crate) end: LineColumn,
}

impl<'a> Place<'a> {
    pub(crate) fn new(sources: &'a Sources, location: Location) -> Self {
        let file = sources.file(location.file);
        Self {
            path: &file.path,
            start: file.line_column(location.span.start),
            end: file.line_column(location.span.end.max(location.span.start)),
        }
    }

    pub(crate) fn line(self) -> u32 {
        self.start.line
    }

    pub(crate) fn column(self) -> u32 {
        self.start.column
    }
}

/// A path as servers want it that know the repository, not the folder that luthier was given.
pub(crate) fn in_repository(project: &ProjectSummary, path: &str) -> String {
    match project.repository_path.as_deref() {
        None | Some("") => path.to_owned(),
        Some(folder) => format!("{folder}/{path}"),
    }
}

/// `path:line:column`, which terminals and editors make a link of.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line(), self.column())
    }
}
