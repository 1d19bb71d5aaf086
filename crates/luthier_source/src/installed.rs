//! Installed packages: where a virtual environment keeps them, and each of their modules.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::read_text;

/// The folders that hold installed packages, in the order Python would look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SitePackages {
    folders: Vec<PathBuf>,
}

/// Where one module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledFile {
    pub path: PathBuf,
    pub is_package: bool,
}

impl InstalledFile {
    /// The module's text; `None` where it cannot be read or is not UTF-8.
    pub fn text(&self) -> Option<String> {
        read_text(&self.path).ok()
    }

    /// A path below the folder of a package, and whether there is a file.
    pub fn beside(&self, below: &str) -> (PathBuf, bool) {
        let path = self.path.with_file_name(below);
        let is_there = path.is_file();
        (path, is_there)
    }
}

impl SitePackages {
    /// The packages bundled with the project, then those of `python` (an interpreter or an
    /// environment's folder) where given, else of `.venv` or `venv` in `root` or of `VIRTUAL_ENV`.
    /// Empty where none is found.
    pub fn find(root: &Path, python: Option<&Path>) -> Self {
        let mut found = Self {
            folders: bundled(root),
        };
        let environment = match python {
            Some(python) => Self::of_environment(python),
            None => Self::of_usual_environment(root),
        };
        found.folders.extend(environment.folders);
        found
    }

    fn of_usual_environment(root: &Path) -> Self {
        let active = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
        let candidates = [Some(root.join(".venv")), Some(root.join("venv")), active];
        candidates
            .into_iter()
            .flatten()
            .map(|folder| Self::of_environment(&folder))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// `python` is an environment's folder, its `bin/python`, or its `site-packages`.
    fn of_environment(python: &Path) -> Self {
        let prefix = if python.is_dir() {
            python
        } else {
            python.parent().and_then(Path::parent).unwrap_or(python)
        };
        if prefix.ends_with("site-packages") {
            return Self {
                folders: vec![prefix.to_path_buf()],
            };
        }
        let mut folders = Vec::new();
        for library in ["lib", "lib64"] {
            let Ok(entries) = fs::read_dir(prefix.join(library)) else {
                continue;
            };
            let mut versions: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            versions.sort();
            for version in versions {
                folders.push(version.join("site-packages"));
                folders.push(version.join("dist-packages"));
            }
        }
        folders.push(prefix.join("Lib").join("site-packages"));
        folders.retain(|folder| folder.is_dir());
        // lib64 is often a link to lib.
        let mut seen = Vec::new();
        folders.retain(|folder| {
            let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
            let is_new = !seen.contains(&real);
            seen.push(real);
            is_new
        });
        Self { folders }
    }

    pub fn is_empty(&self) -> bool {
        self.folders.is_empty()
    }

    /// The folders found.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Finds the module with a dotted name; `None` where it is not installed as Python source.
    pub fn module(&self, dotted: &str) -> Option<InstalledFile> {
        let parts: Vec<&str> = dotted.split('.').collect();
        if parts
            .iter()
            .any(|part| part.is_empty() || part.contains(['/', '\\', '\0']))
        {
            return None;
        }
        for folder in &self.folders {
            let mut path = folder.clone();
            path.extend(&parts);
            let package = path.join("__init__.py");
            if package.is_file() {
                return Some(InstalledFile {
                    path: package,
                    is_package: true,
                });
            }
            path.set_extension("py");
            if path.is_file() {
                return Some(InstalledFile {
                    path,
                    is_package: false,
                });
            }
        }
        None
    }

    /// The paths that decide what [`SitePackages::module`] says of a name: the module's file, and in
    /// folders where it is not, those of which one would have to change for it to be there.
    pub fn decisive(&self, dotted: &str, found: Option<&InstalledFile>) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for folder in &self.folders {
            if let Some(found) = found.filter(|found| found.path.starts_with(folder)) {
                paths.push(found.path.clone());
                break;
            }
            let mut path = folder.clone();
            for part in dotted.split('.') {
                let inner = path.join(part);
                if !inner.is_dir() {
                    break;
                }
                paths.push(path);
                path = inner;
            }
            paths.push(path);
        }
        paths
    }

    /// The version of an installed distribution, from its metadata folder's name.
    /// `name` is normalised as PEP 503 says, with `_` for `-`.
    pub fn version(&self, name: &str) -> Option<String> {
        for folder in &self.folders {
            let Ok(entries) = fs::read_dir(folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let file_name = entry.file_name();
                let Some(stem) = file_name
                    .to_str()
                    .and_then(|name| name.strip_suffix(".dist-info"))
                else {
                    continue;
                };
                if let Some((found, version)) = stem.rsplit_once('-')
                    && found.to_lowercase().replace(['-', '.'], "_") == name
                {
                    return Some(version.to_owned());
                }
            }
        }
        None
    }
}

/// Folders named `dist` in `root` or in one of its packages into which packages were installed
/// (`pip install --target`): a program that ships with its dependencies keeps them there.
fn bundled(root: &Path) -> Vec<PathBuf> {
    let mut candidates = vec![root.join("dist")];
    candidates.extend(subfolders(root).map(|folder| folder.join("dist")));
    candidates.sort();
    candidates.retain(|folder| {
        subfolders(folder).any(|inner| inner.extension().is_some_and(|end| end == "dist-info"))
    });
    candidates
}

fn subfolders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::SitePackages;

    #[test]
    fn bundled_packages_are_installed_packages() {
        let root = tempfile::tempdir().expect("a folder");
        let bundle = root.path().join("shop/dist");
        fs::create_dir_all(bundle.join("Django-4.2.9.dist-info")).expect("writable");
        fs::create_dir_all(bundle.join("django")).expect("writable");
        fs::write(bundle.join("django/__init__.py"), "VERSION = 4\n").expect("writable");
        fs::create_dir_all(root.path().join("dist/shop")).expect("writable");

        let found = SitePackages::find(root.path(), Some(root.path()));
        assert_eq!(found.folders(), [bundle]);
        assert_eq!(found.version("django").as_deref(), Some("4.2.9"));
        let django = found.module("django").expect("there");
        assert!(django.is_package);
        assert_eq!(django.text().as_deref(), Some("VERSION = 4\n"));
        assert_eq!(found.decisive("django", Some(&django)), [django.path]);
        let folder = &found.folders()[0];
        assert_eq!(
            found.decisive("django.db.models", None),
            [folder.clone(), folder.join("django")]
        );
        assert_eq!(found.decisive("celery", None), found.folders());
    }
}
