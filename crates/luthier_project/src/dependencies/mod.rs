//! What the project needs installed, how firmly, and which Django that gives.

mod facts;
mod link;
#[cfg(test)]
mod tests;

use luthier_source::FileId;

use crate::place::Place;

pub(crate) use link::beside;

/// The declared and locked dependencies of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    /// Every declaration, in file order.
    pub declared: Vec<Dependency>,
    /// What lock files fix, in file order.
    pub locked: Vec<Locked>,
    pub lock_files: Vec<FileId>,
    /// The Python versions that may run the project, as PEP 440 specifiers.
    pub requires_python: Option<String>,
}

/// One dependency as one file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The normalised name.
    pub name: String,
    pub specifier: String,
    /// Whether exactly one version satisfies it.
    pub pinned: bool,
    pub purpose: Purpose,
    pub manner: Manner,
    pub place: Place,
}

/// What a dependency is installed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Running the project.
    Production,
    /// Tests, linters, docs: where the project is worked on.
    Development,
    /// An extra, or a group whose name says nothing.
    Optional,
    /// Limits versions without installing anything.
    Constraint,
}

/// In which kind of file a dependency is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A requirements file.
    Requirements,
    /// The input of a compiled requirements file.
    CompiledInput,
    /// `pyproject.toml`, `setup.cfg` or `setup.py`.
    Metadata,
    Pipfile,
}

/// One package of a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    pub name: String,
    pub version: Option<String>,
    pub place: Place,
}

impl Dependencies {
    /// Whether the project declares or locks the package (by its normalised name).
    pub fn has(&self, name: &str) -> bool {
        self.declared
            .iter()
            .any(|dependency| dependency.name == name)
            || self.locked.iter().any(|locked| locked.name == name)
    }

    /// The exact version of a package, from a lock file or else a pin.
    pub fn version_of(&self, name: &str) -> Option<&str> {
        let locked = self.locked.iter().filter(|locked| locked.name == name);
        let mut pinned = self
            .declared
            .iter()
            .filter(|dependency| dependency.name == name);
        let mut versions = locked.filter_map(|locked| locked.version.as_deref());
        versions
            .next()
            .or_else(|| pinned.find_map(Dependency::pinned_version))
    }

    /// What is installed to run the project.
    pub fn production(&self) -> impl Iterator<Item = &Dependency> {
        self.declared
            .iter()
            .filter(|dependency| dependency.purpose == Purpose::Production)
    }
}

impl Dependency {
    /// Whether any later version would do as well: there is no upper bound.
    pub fn is_open(&self) -> bool {
        !self.pinned
            && !self
                .specifier
                .split(',')
                .any(|clause| clause.trim().starts_with(['<', '~', '=']))
    }
}
