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

/// The text of a file, or in a few words why it cannot be read; `None` where there is no such file.
pub fn read_if_present(path: &Path) -> Option<Result<String, String>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        _ => Some(read_text(path)),
    }
}
