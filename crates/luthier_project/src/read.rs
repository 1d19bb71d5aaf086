//! From a folder to the facts of every file in it.

use std::io;
use std::path::Path;

use luthier_source::cache::CacheStore;
use luthier_source::{Sources, WalkOptions};

use crate::facts::FileFacts;

/// Reads a repository. Files whose facts are in the cache (a folder) are not parsed; afterwards
/// the cache holds the facts of the files there are now. An error only where `root` itself cannot
/// be listed.
pub fn read(
    root: &Path,
    options: &WalkOptions,
    cache: Option<&Path>,
) -> io::Result<(Sources, Vec<FileFacts>)> {
    let Some(directory) = cache else {
        return Sources::load(root, options, FileFacts::extract);
    };
    let store = CacheStore::open(directory, root);
    let (sources, extracted) = Sources::load(root, options, |file| {
        let key = FileFacts::key(file);
        let known = store
            .get(key)
            .and_then(|bytes| FileFacts::decode(bytes, file.kind));
        if let Some(facts) = known {
            return (facts, key, None);
        }
        // What is new is encoded here, where it is done in parallel.
        let facts = FileFacts::extract(file);
        let bytes = facts.encode();
        (facts, key, Some(bytes))
    })?;
    let mut facts = Vec::with_capacity(extracted.len());
    let mut entries = Vec::with_capacity(extracted.len());
    for (value, key, new) in extracted {
        facts.push(value);
        entries.push((key, new));
    }
    update(&store, entries);
    Ok((sources, facts))
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
