//! The one way in which the user's files are changed: atomic per file, never outside the project's
//! folder, never through a link.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// One file to be written, or to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the root, with forward slashes.
    pub path: String,
    /// What was read; `None` for a file that is not there yet.
    pub before: Option<String>,
    /// `None` for a file that goes.
    pub after: Option<String>,
}

/// A file that was not written, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub path: String,
    pub reason: String,
}

/// Writes all of `changes` below `root`, or as a rule none: every file is first written beside its
/// place, and only when all of that went well are they moved there.
pub fn write_all(root: &Path, changes: &[Change]) -> Result<(), Refused> {
    let refused = |change: &Change, reason: String| Refused {
        path: change.path.clone(),
        reason,
    };
    let root = fs::canonicalize(root).map_err(|error| Refused {
        path: ".".to_owned(),
        reason: error.to_string(),
    })?;
    let mut staged = Vec::with_capacity(changes.len());
    for change in changes {
        let place = place(&root, change).map_err(|reason| refused(change, reason))?;
        let file =
            Staged::write(&place, change).map_err(|error| refused(change, error.to_string()))?;
        staged.push(file);
    }
    for (file, change) in staged.into_iter().zip(changes) {
        file.commit()
            .map_err(|error| refused(change, error.to_string()))?;
    }
    Ok(())
}

/// Where a change goes, if it may go there.
fn place(root: &Path, change: &Change) -> Result<PathBuf, String> {
    let relative = Path::new(&change.path);
    let plain = |part| matches!(part, Component::Normal(_));
    if change.path.is_empty() || !relative.components().all(plain) {
        return Err("not a path within the project".to_owned());
    }
    let target = root.join(relative);
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Err("not a path within the project".to_owned());
    };
    let folder = fs::canonicalize(folder).map_err(|error| error.to_string())?;
    if !folder.starts_with(root) {
        return Err("its folder is a link that leaves the project".to_owned());
    }
    let target = folder.join(name);
    let found = fs::symlink_metadata(&target);
    match (&change.before, found) {
        (None, Ok(_)) => Err("there is such a file already".to_owned()),
        (None, Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(target),
        (_, Err(error)) => Err(error.to_string()),
        (Some(_), Ok(metadata)) if metadata.is_symlink() => Err("it is a link".to_owned()),
        (Some(_), Ok(metadata)) if !metadata.is_file() => Err("not a regular file".to_owned()),
        (Some(before), Ok(_)) => match fs::read(&target) {
            Ok(bytes) if bytes == before.as_bytes() => Ok(target),
            Ok(_) => Err("it has changed since it was read".to_owned()),
            Err(error) => Err(error.to_string()),
        },
    }
}

/// A file written beside its place, if it is not to go; removed again unless moved there.
struct Staged {
    beside: Option<PathBuf>,
    target: PathBuf,
    moved: bool,
}

impl Staged {
    fn write(target: &Path, change: &Change) -> io::Result<Self> {
        let Some(after) = &change.after else {
            return Ok(Self {
                beside: None,
                target: target.to_path_buf(),
                moved: false,
            });
        };
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let beside = target.with_file_name(format!(".{name}.luthier-{}", std::process::id()));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)?;
        let staged = Self {
            beside: Some(beside.clone()),
            target: target.to_path_buf(),
            moved: false,
        };
        file.write_all(after.as_bytes())?;
        if change.before.is_some() {
            fs::set_permissions(&beside, fs::metadata(target)?.permissions())?;
        }
        file.sync_all()?;
        Ok(staged)
    }

    fn commit(mut self) -> io::Result<()> {
        match &self.beside {
            Some(beside) => fs::rename(beside, &self.target)?,
            None => fs::remove_file(&self.target)?,
        }
        self.moved = true;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let (false, Some(beside)) = (self.moved, &self.beside) {
            // Nothing more can be done about a leftover that cannot be removed.
            let _ = fs::remove_file(beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, before: Option<&str>, after: &str) -> Change {
        Change {
            path: path.to_owned(),
            before: before.map(str::to_owned),
            after: Some(after.to_owned()),
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_replaced_and_made() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("app")).unwrap();
        fs::write(root.join("app/a.py"), "old").unwrap();
        let changes = [
            change("app/a.py", Some("old"), "new"),
            change(".dockerignore", None, ".git\n"),
        ];
        assert_eq!(write_all(root, &changes), Ok(()));
        assert_eq!(fs::read_to_string(root.join("app/a.py")).unwrap(), "new");
        assert_eq!(
            fs::read_to_string(root.join(".dockerignore")).unwrap(),
            ".git\n"
        );
        assert_eq!(names(&root.join("app")), ["a.py"]);
    }

    #[test]
    fn files_are_removed_unless_they_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a.py"), "a").unwrap();
        let gone = |before: &str| Change {
            after: None,
            ..change("a.py", Some(before), "")
        };
        let refused = write_all(root, &[gone("b")]).unwrap_err().reason;
        assert_eq!(refused, "it has changed since it was read");
        assert_eq!(write_all(root, &[gone("a")]), Ok(()));
        assert!(names(root).is_empty());
    }

    #[test]
    fn one_refusal_leaves_every_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a.py"), "a").unwrap();
        fs::write(root.join("b.py"), "edited meanwhile").unwrap();
        let refused = |changes: &[Change]| write_all(root, changes).unwrap_err().reason;
        let good = change("a.py", Some("a"), "A");
        let changes = [good.clone(), change("b.py", Some("b"), "B")];
        assert_eq!(refused(&changes), "it has changed since it was read");
        assert_eq!(names(root), ["a.py", "b.py"]);
        assert_eq!(fs::read_to_string(root.join("a.py")).unwrap(), "a");
        for path in ["../x.py", "/etc/x.py", "a/../../x.py", ""] {
            let changes = [good.clone(), change(path, None, "")];
            assert_eq!(refused(&changes), "not a path within the project", "{path}");
        }
        assert_eq!(
            refused(&[change("a.py", None, "")]),
            "there is such a file already"
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_permissions_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(outside.path().join("a.py"), "a").unwrap();
        symlink(outside.path(), root.join("app")).unwrap();
        symlink(outside.path().join("a.py"), root.join("a.py")).unwrap();
        let refused = |path: &str| write_all(root, &[change(path, Some("a"), "A")]).unwrap_err();
        assert_eq!(
            refused("app/a.py").reason,
            "its folder is a link that leaves the project"
        );
        assert_eq!(refused("a.py").reason, "it is a link");
        assert_eq!(
            fs::read_to_string(outside.path().join("a.py")).unwrap(),
            "a"
        );

        fs::write(root.join("run.py"), "old").unwrap();
        fs::set_permissions(root.join("run.py"), fs::Permissions::from_mode(0o755)).unwrap();
        write_all(root, &[change("run.py", Some("old"), "new")]).unwrap();
        let mode = fs::metadata(root.join("run.py"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
