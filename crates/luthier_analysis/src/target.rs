//! What the paths on a command line mean: the folder to read, and which part of it was asked for.

use std::fmt;
use std::path::{Path, PathBuf};

use luthier_source::folders::{self, Entry};

/// What to read, and what of it to report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// In full. Paths in results are relative to it.
    pub root: PathBuf,
    /// Relative to the root with forward slashes; everything where empty.
    pub only: Vec<String>,
}

/// A path that leads to nothing that can be analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetError {
    Missing(PathBuf),
    /// A device, a pipe, a socket.
    Special(PathBuf),
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "no such file or folder: {}", path.display()),
            Self::Special(path) => write!(f, "neither a file nor a folder: {}", path.display()),
        }
    }
}

impl std::error::Error for TargetError {}

impl Target {
    /// A folder is read as it is, unless it is a part of a project (a folder around it holds
    /// manage.py, within the same repository or the current folder): then the project is read and
    /// that part reported. So it is with files and with several paths; where they have no project
    /// in common, their common folder is read.
    pub fn find(paths: &[PathBuf]) -> Result<Self, TargetError> {
        let current = [PathBuf::from(".")];
        let paths = if paths.is_empty() { &current } else { paths };
        let mut found = Vec::with_capacity(paths.len());
        for path in paths {
            found.push(match folders::entry(path) {
                Some((full, entry @ (Entry::File | Entry::Folder))) => (full, entry),
                Some((_, Entry::Other)) => return Err(TargetError::Special(path.clone())),
                None => return Err(TargetError::Missing(path.clone())),
            });
        }
        let root = root_of(&found);
        let mut only: Vec<String> = found
            .iter()
            .map(|(path, _)| relative(&root, path))
            .collect();
        if only.iter().any(String::is_empty) {
            only.clear();
        }
        Ok(Self { root, only })
    }

    /// The same places as seen from another folder of the repository, so that paths mean what they
    /// mean in a report of that folder. `None` where neither lies within the other: no finding of
    /// the report is in what was asked for.
    pub fn seen_from(self, repository_path: &str) -> Option<Self> {
        let Some(repository) = folders::repository(&self.root) else {
            return Some(self);
        };
        let root = if repository_path.is_empty() {
            repository
        } else {
            repository.join(repository_path)
        };
        if root == self.root {
            return Some(self);
        }
        let places = if self.only.is_empty() {
            vec![self.root]
        } else {
            self.only
                .iter()
                .map(|place| self.root.join(place))
                .collect()
        };
        if places.iter().any(|place| root.starts_with(place)) {
            return Some(Self {
                root,
                only: Vec::new(),
            });
        }
        let only: Vec<String> = places
            .iter()
            .filter(|place| place.starts_with(&root))
            .map(|place| relative(&root, place))
            .collect();
        (!only.is_empty()).then_some(Self { root, only })
    }
}

fn root_of(found: &[(PathBuf, Entry)]) -> PathBuf {
    let folders: Vec<&Path> = found
        .iter()
        .map(|(path, entry)| match entry {
            Entry::File => path.parent().unwrap_or(path),
            Entry::Folder | Entry::Other => path,
        })
        .collect();
    let mut common = folders[0];
    while !folders.iter().all(|folder| folder.starts_with(common)) {
        common = common.parent().unwrap_or(Path::new("/"));
    }
    folders::around(common, "manage.py").unwrap_or_else(|| common.to_path_buf())
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(Path::new(""));
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_part_of_a_project_is_read_with_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(folder.path()).unwrap();
        for path in [
            "repo/.git",
            "repo/src/shop/orders",
            "repo/docs",
            "loose/part",
        ] {
            fs::create_dir_all(base.join(path)).unwrap();
        }
        for path in [
            "repo/src/manage.py",
            "repo/src/shop/orders/views.py",
            "manage.py",
        ] {
            fs::write(base.join(path), "").unwrap();
        }
        let find = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(|path| base.join(path)).collect();
            let target = Target::find(&paths).unwrap();
            let root = target.root.strip_prefix(&base).unwrap();
            (root.to_str().unwrap().to_owned(), target.only)
        };
        let whole = |root: &str| (root.to_owned(), Vec::<String>::new());
        assert_eq!(find(&["repo"]), whole("repo"));
        assert_eq!(find(&["repo/src"]), whole("repo/src"));
        let part = |root: &str, only: &[&str]| {
            let only = only.iter().map(|it| (*it).to_owned()).collect();
            (root.to_owned(), only)
        };
        assert_eq!(
            find(&["repo/src/shop/orders"]),
            part("repo/src", &["shop/orders"])
        );
        assert_eq!(
            find(&["repo/src/shop/orders/views.py", "repo/src/shop"]),
            part("repo/src", &["shop/orders/views.py", "shop"])
        );
        assert_eq!(
            find(&["repo/src/shop", "repo/docs"]),
            part("repo", &["src/shop", "docs"])
        );
        assert_eq!(find(&["loose/part"]), whole("loose/part"));
        let seen_from = |path: &str, report: &str| {
            let target = Target::find(&[base.join(path)]).unwrap();
            let target = target.seen_from(report)?;
            let root = target.root.strip_prefix(&base).unwrap();
            Some((root.to_str().unwrap().to_owned(), target.only))
        };
        assert_eq!(seen_from("repo/src", ""), Some(part("repo", &["src"])));
        assert_eq!(
            seen_from("repo/src/shop", ""),
            Some(part("repo", &["src/shop"]))
        );
        assert_eq!(seen_from("repo", "src"), Some(whole("repo/src")));
        assert_eq!(seen_from("repo/src", "src"), Some(whole("repo/src")));
        assert_eq!(seen_from("repo/docs", "src"), None);
        assert_eq!(seen_from("loose/part", "src"), Some(whole("loose/part")));
        assert_eq!(
            Target::find(&[base.join("gone")]),
            Err(TargetError::Missing(base.join("gone")))
        );
    }
}
