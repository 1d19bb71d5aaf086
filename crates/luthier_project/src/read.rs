//! From a folder to the facts of every file in it.

use std::io;
use std::path::Path;

use luthier_source::cache::{CacheStore, StoreKind};
use luthier_source::{SourceFile, Sources, WalkOptions};
use rayon::prelude::*;

use crate::facts::FileFacts;

/// Reads a repository. An error only where `root` itself cannot be listed.
pub fn read(root: &Path, options: &WalkOptions) -> io::Result<(Sources, Vec<FileFacts>)> {
    Sources::load(root, options, FileFacts::extract)
}

/// Reads a repository and gives, instead of the facts of each file, the key by which [`facts`] will
/// find them in the cache.
pub fn read_keys(root: &Path, options: &WalkOptions) -> io::Result<(Sources, Vec<u128>)> {
    Sources::load(root, options, FileFacts::key)
}

/// The facts of files with these keys. Those in the cache (a folder) are not parsed; afterwards it
/// holds the facts of the files there are now.
pub fn facts(sources: &Sources, keys: &[u128], cache: &Path) -> Vec<FileFacts> {
    let store = CacheStore::open(cache, &sources.root, StoreKind::Facts);
    let files: Vec<_> = sources.iter().map(|(_, file)| file).zip(keys).collect();
    let of = |(file, &key): (&SourceFile, &u128)| {
        let known = store
            .get(key)
            .and_then(|bytes| FileFacts::decode(bytes, file.kind));
        if let Some(facts) = known {
            return (facts, (key, None));
        }
        // What is new is encoded here, where it is done in parallel.
        let facts = FileFacts::extract(file);
        let bytes = facts.encode();
        (facts, (key, Some(bytes)))
    };
    let (facts, entries) = files.into_par_iter().map(of).unzip();
    update(&store, entries);
    facts
}

/// Stores the entries of this run, each with its bytes where it is new; those already stored are
/// copied over. Files of the same text share one.
fn update(store: &CacheStore, mut entries: Vec<(u128, Option<Vec<u8>>)>) {
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries.dedup_by_key(|(key, _)| *key);
    if entries.len() == store.len() && entries.iter().all(|(_, new)| new.is_none()) {
        return;
    }
    let kept: Vec<(u128, Vec<u8>)> = entries
        .into_iter()
        .filter_map(|(key, new)| Some((key, new.or_else(|| store.get(key).map(<[u8]>::to_vec))?)))
        .collect();
    let kept: Vec<(u128, &[u8])> = kept
        .iter()
        .map(|(key, bytes)| (*key, bytes.as_slice()))
        .collect();
    store.replace(&kept);
}
