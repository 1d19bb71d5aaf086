//! A store of bytes by content hash, in one file a repository.
//!
//! Nothing in it is trusted: a file that is damaged, cut short, of another version or of another
//! program counts as empty, an entry whose checksum differs as absent. Writing is best effort and
//! goes through a rename, so runs at the same time cannot see each other's half-written files.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::time::UNIX_EPOCH;

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

const MAGIC: [u8; 8] = *b"luthier1";
const HEADER: usize = MAGIC.len() + 8 + 8;
const ENTRY: usize = 16 + 8 + 8 + 8;

/// The hash by which an entry is found: of a text and of what else decides about its entry.
pub fn content_key(text: &str, salt: u8) -> u128 {
    xxh3_128(text.as_bytes()).wrapping_add(u128::from(salt))
}

/// What a store holds: each kind has a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// What files say by themselves.
    Facts,
    /// What whole runs came to.
    Answers,
}

impl StoreKind {
    fn extension(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Answers => "answers",
        }
    }
}

/// What one run found in the store.
#[derive(Debug, Default)]
pub struct CacheStore {
    path: Option<PathBuf>,
    bytes: Vec<u8>,
    entries: FxHashMap<u128, Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: usize,
    end: usize,
    checksum: u64,
}

impl CacheStore {
    /// The store for the repository at `root` in the folder `directory`. Always gives one: with
    /// nothing in it where there is nothing usable.
    pub fn open(directory: &Path, root: &Path, kind: StoreKind) -> Self {
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        let name = format!(
            "{:016x}.{}",
            xxh3_64(root.as_os_str().as_encoded_bytes()),
            kind.extension()
        );
        let path = directory.join(name);
        let bytes = fs::read(&path).unwrap_or_default();
        let entries = read_entries(&bytes).unwrap_or_default();
        Self {
            path: Some(path),
            bytes,
            entries,
        }
    }

    pub fn get(&self, key: u128) -> Option<&[u8]> {
        let entry = self.entries.get(&key)?;
        let bytes = self.bytes.get(entry.start..entry.end)?;
        (xxh3_64(bytes) == entry.checksum).then_some(bytes)
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Stores `fresh` besides what is there.
    pub fn add(&self, fresh: Vec<(u128, &[u8])>) {
        if fresh.is_empty() {
            return;
        }
        let mut keys: Vec<u128> = self.entries.keys().copied().collect();
        keys.sort_unstable();
        let kept = keys
            .into_iter()
            .filter_map(|key| Some((key, self.get(key)?)));
        let entries: Vec<(u128, &[u8])> = kept.chain(fresh).collect();
        self.replace(&entries);
    }

    /// Stores `fresh` before what is there, of which the last are dropped beyond `most` in all.
    pub fn put_first(&self, fresh: (u128, &[u8]), most: usize) {
        let mut keys: Vec<(usize, u128)> = self
            .entries
            .iter()
            .filter(|(key, _)| **key != fresh.0)
            .map(|(key, entry)| (entry.start, *key))
            .collect();
        keys.sort_unstable();
        let kept = keys
            .into_iter()
            .filter_map(|(_, key)| Some((key, self.get(key)?)));
        let entries: Vec<_> = std::iter::once(fresh).chain(kept).take(most).collect();
        self.replace(&entries);
    }

    /// Replaces what is stored by `entries`. A store that cannot be written stays as it was.
    pub fn replace(&self, entries: &[(u128, &[u8])]) {
        let Some(path) = &self.path else { return };
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&build_stamp().to_le_bytes());
        bytes.extend_from_slice(&(entries.len() as u64).to_le_bytes());
        let mut start = HEADER + entries.len() * ENTRY;
        for (key, value) in entries {
            bytes.extend_from_slice(&key.to_le_bytes());
            bytes.extend_from_slice(&(start as u64).to_le_bytes());
            start += value.len();
            bytes.extend_from_slice(&(start as u64).to_le_bytes());
            bytes.extend_from_slice(&xxh3_64(value).to_le_bytes());
        }
        for (_, value) in entries {
            bytes.extend_from_slice(value);
        }
        let temporary = path.with_extension(format!("{}.tmp", process::id()));
        let folder = path.parent().unwrap_or(Path::new("."));
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&temporary, bytes))
            .and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // Nothing is lost but the next run's time.
            let _ = fs::remove_file(&temporary);
        }
    }
}

/// Where entries are kept unless the user says otherwise: `$XDG_CACHE_HOME/luthier` or
/// `~/.cache/luthier`. Outside the repository, so that no repository can bring its own.
pub fn default_directory() -> Option<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("LOCALAPPDATA"))
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("luthier"))
}

/// Tells one build of the program from every other: two builds never share entries.
fn build_stamp() -> u64 {
    let program = env::current_exe().and_then(fs::metadata);
    let (length, modified) = program.map_or((0, 0), |metadata| {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        (metadata.len(), modified.map_or(0, |since| since.as_nanos()))
    });
    xxh3_64(format!("{} {length} {modified}", env!("CARGO_PKG_VERSION")).as_bytes())
}

fn read_entries(bytes: &[u8]) -> Option<FxHashMap<u128, Entry>> {
    let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    if bytes.get(..MAGIC.len())? != MAGIC || number(MAGIC.len())? != build_stamp() {
        return None;
    }
    let count = usize::try_from(number(MAGIC.len() + 8)?).ok()?;
    let table = bytes.get(HEADER..HEADER.checked_add(count.checked_mul(ENTRY)?)?)?;
    let mut entries = FxHashMap::default();
    for (index, entry) in table.chunks_exact(ENTRY).enumerate() {
        let at = HEADER + index * ENTRY;
        let key = u128::from_le_bytes(entry[..16].try_into().ok()?);
        let start = usize::try_from(number(at + 16)?).ok()?;
        let end = usize::try_from(number(at + 24)?).ok()?;
        entries.insert(
            key,
            Entry {
                start,
                end,
                checksum: number(at + 32)?,
            },
        );
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("luthier-cache-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn open(folder: &Path) -> CacheStore {
        CacheStore::open(folder, Path::new("."), StoreKind::Facts)
    }

    fn stored_in(folder: &Path) -> PathBuf {
        fs::read_dir(folder)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path()
    }

    #[test]
    fn what_is_stored_is_found_again() {
        let folder = folder("roundtrip");
        open(&folder).replace(&[(1, b"one"), (2, b"")]);
        let store = open(&folder);
        assert_eq!(
            (store.get(1), store.get(2), store.get(3)),
            (Some(&b"one"[..]), Some(&b""[..]), None)
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn kinds_do_not_mix_and_the_oldest_entries_go_first() {
        let folder = folder("kinds");
        let answers = || CacheStore::open(&folder, Path::new("."), StoreKind::Answers);
        open(&folder).replace(&[(9, b"facts")]);
        for key in [1, 2, 1, 3] {
            answers().put_first((key, &[key as u8]), 2);
        }
        let store = answers();
        let kept = |key: u128| store.get(key).is_some();
        assert_eq!(
            [kept(1), kept(2), kept(3), kept(9)],
            [true, false, true, false]
        );
        assert!(open(&folder).get(9).is_some());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn every_kind_of_damage_is_ignored() {
        let folder = folder("damage");
        open(&folder).replace(&[(1, b"one"), (2, b"two")]);
        let path = stored_in(&folder);
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_ne!(open(&folder).get(2), Some(&b"two"[..]), "{length}");
        }
        for index in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[index] ^= 0xff;
            fs::write(&path, &flipped).unwrap();
            let store = open(&folder);
            for (key, value) in [(1, b"one"), (2, b"two")] {
                assert!(store.get(key).is_none_or(|found| found == value), "{index}");
            }
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_nothing() {
        let store = open(Path::new("/dev/null/nowhere"));
        assert!(store.is_empty());
        store.replace(&[(1, b"one")]);
    }
}
