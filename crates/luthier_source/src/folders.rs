//! The folders around a file: where a configuration may lie.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::read_text;

/// `folder` in full and the folders around it, innermost first, up to the one that holds `.git` (or
/// the file system's root).
pub fn upwards(folder: &Path) -> Vec<PathBuf> {
    let Ok(folder) = fs::canonicalize(folder) else {
        return vec![folder.to_path_buf()];
    };
    let mut found = Vec::new();
    for around in folder.ancestors() {
        found.push(around.to_path_buf());
        if around.join(".git").exists() {
            break;
        }
    }
    found
}

/// The repository around `folder`: the folder that holds `.git`, in full.
pub fn repository(folder: &Path) -> Option<PathBuf> {
    let outermost = upwards(folder).pop()?;
    (outermost.is_absolute() && outermost.join(".git").exists()).then_some(outermost)
}

/// From the repository around `folder` to it, with forward slashes; `None` where there is none.
pub fn within_repository(folder: &Path) -> Option<String> {
    let full = fs::canonicalize(folder).ok()?;
    let below = full.strip_prefix(repository(folder)?).ok()?.to_path_buf();
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// The text of a file, or in a few words why it cannot be read; `None` where there is no such file.
pub fn read_if_present(path: &Path) -> Option<Result<String, String>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        _ => Some(read_text(path)),
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    File,
    Folder,
    /// A device, a pipe, a socket.
    Other,
}

/// The full path and kind of what is at `path`; `None` where there is nothing.
pub fn entry(path: &Path) -> Option<(PathBuf, Entry)> {
    let full = fs::canonicalize(path).ok()?;
    let kind = fs::metadata(&full).ok()?.file_type();
    let entry = if kind.is_dir() {
        Entry::Folder
    } else if kind.is_file() {
        Entry::File
    } else {
        Entry::Other
    };
    Some((full, entry))
}

/// The nearest of `folder` and the folders around it that holds a file called `name`: not beyond the
/// repository, and where there is none not beyond the current folder.
pub fn around(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut folders = upwards(folder);
    let in_repository = folders
        .last()
        .is_some_and(|outermost| outermost.join(".git").exists());
    if !in_repository {
        let current = fs::canonicalize(".").unwrap_or_default();
        folders.retain(|around| around == folder || around.starts_with(&current));
    }
    folders
        .into_iter()
        .find(|folder| folder.join(name).is_file())
}
