//! What was at a path when a run looked there: enough to tell later whether that changed, without
//! reading it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

/// One path and its state at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    path: PathBuf,
    /// `None` where there was nothing.
    state: Option<State>,
}

/// A file that is written, and a folder in which something is made or removed, has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// Nanoseconds since 1970.
    modified: u128,
    /// In bytes.
    length: u64,
}

impl Seen {
    pub fn now(path: &Path) -> Self {
        let state = fs::metadata(path).ok().map(|metadata| {
            let modified = metadata.modified().ok();
            let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            State {
                modified: since.map_or(0, |since| since.as_nanos()),
                length: metadata.len(),
            }
        });
        Self {
            path: path.to_path_buf(),
            state,
        }
    }

    pub fn still_holds(&self) -> bool {
        Self::now(&self.path).state == self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_that_change_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.py");
        let absent = Seen::now(&file);
        let around = Seen::now(folder.path());
        assert!(absent.still_holds() && around.still_holds());
        fs::write(&file, "x = 1\n").expect("writable");
        assert!(!absent.still_holds() && !around.still_holds());
        let present = Seen::now(&file);
        assert!(present.still_holds());
        fs::write(&file, "x = 10\n").expect("writable");
        assert!(!present.still_holds());
    }
}
