//! Which dotted name leads to which file of the repository.

use luthier_source::{FileId, FileKind, Sources};
use rustc_hash::{FxHashMap, FxHashSet};

use super::roots::{ImportRoots, ModuleName};
use crate::projects::Nearness;

/// A Python file as a module.
pub(super) struct NamedFile {
    pub(super) file: FileId,
    pub(super) name: String,
    /// The names that lead to it: all that no nearer file has.
    pub(super) leading: Vec<String>,
    /// Whether it is another project's.
    pub(super) is_foreign: bool,
}

/// The modules among the files, in path order. Files of other projects to which no name leads are
/// left out.
pub(super) fn named(sources: &Sources, roots: &ImportRoots) -> Vec<NamedFile> {
    let python = sources
        .iter()
        .filter(|(_, source)| source.kind == FileKind::Python);
    let mut possible: Vec<(FileId, Nearness, Vec<ModuleName<'_>>)> = python
        .map(|(file, source)| {
            (
                file,
                roots.nearness(&source.path),
                roots.names(&source.path),
            )
        })
        .filter(|(_, _, names)| !names.is_empty())
        .collect();
    leave_near(&mut possible);
    let owners = owners(&possible, roots);
    let module = |(index, (file, nearness, names)): (usize, &(_, Nearness, Vec<_>))| {
        let leads_here = |name: &&ModuleName<'_>| owners[name.dotted.as_str()] == index;
        let leading: Vec<String> = names
            .iter()
            .filter(leads_here)
            .map(|name| name.dotted.clone())
            .collect();
        let is_foreign = *nearness == Nearness::Other;
        let fallback = names.first().filter(|_| !is_foreign);
        let name = leading
            .first()
            .or_else(|| fallback.map(|name| &name.dotted))?;
        Some(NamedFile {
            file: *file,
            name: name.clone(),
            leading,
            is_foreign,
        })
    };
    possible.iter().enumerate().filter_map(module).collect()
}

/// Takes from other projects' files the names within packages that are there nearer, too: where
/// this project has a `config`, nothing of the other's `config` is ever imported.
fn leave_near(possible: &mut [(FileId, Nearness, Vec<ModuleName<'_>>)]) {
    let is_near = |nearness: Nearness| nearness != Nearness::Other;
    if possible.iter().all(|(_, nearness, _)| is_near(*nearness)) {
        return;
    }
    let mut heads: FxHashSet<String> = FxHashSet::default();
    let mut places: FxHashSet<&str> = FxHashSet::default();
    let near = possible
        .iter()
        .filter(|(_, nearness, _)| is_near(*nearness));
    for name in near.flat_map(|(_, _, names)| names) {
        if places.insert(name.head_path()) {
            heads.insert(name.head().to_owned());
        }
    }
    for (_, nearness, names) in possible {
        if !is_near(*nearness) {
            names.retain(|name| !heads.contains(name.head()) || places.contains(name.head_path()));
        }
    }
}

/// The file that each name leads to, as an index into `possible`.
fn owners<'a>(
    possible: &'a [(FileId, Nearness, Vec<ModuleName<'_>>)],
    roots: &ImportRoots,
) -> FxHashMap<&'a str, usize> {
    let mut claims: Vec<(usize, &ModuleName<'_>)> = possible
        .iter()
        .enumerate()
        .flat_map(|(index, (_, _, names))| names.iter().map(move |name| (index, name)))
        .collect();
    claims.sort_by_key(|(_, name)| roots.precedence(name));
    let mut owners = FxHashMap::default();
    for (index, name) in claims {
        owners.entry(name.dotted.as_str()).or_insert(index);
    }
    owners
}
