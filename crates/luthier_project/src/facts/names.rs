//! The strings of one file, each kept once.

use std::hash::BuildHasher;
use std::sync::OnceLock;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::ids::Name;

/// All identifiers and string values of one file in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    text: String,
    ends: Vec<u32>,
    #[serde(skip)]
    index: Index,
}

/// Finds names by their spelling. Known from lowering; made anew where names come from the cache.
#[derive(Debug, Default)]
struct Index(OnceLock<HashTable<Name>>);

impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Names {
    #[inline]
    pub fn get(&self, name: Name) -> &str {
        let (start, end) = self.place(name);
        &self.text[start..end]
    }

    /// The same as bytes: to compare them, nobody has to see whether they begin and end a character.
    #[inline]
    fn bytes(&self, name: Name) -> &[u8] {
        let (start, end) = self.place(name);
        &self.text.as_bytes()[start..end]
    }

    #[inline]
    fn place(&self, name: Name) -> (usize, usize) {
        let end = self.ends[name.0 as usize] as usize;
        let start = match name.0 {
            0 => 0,
            index => self.ends[index as usize - 1] as usize,
        };
        (start, end)
    }

    /// The name spelled so, if the file has it.
    pub fn find(&self, text: &str) -> Option<Name> {
        let index = self.index.0.get_or_init(|| self.indexed());
        let found = index.find(hash(text), |&name| self.bytes(name) == text.as_bytes());
        found.copied()
    }

    fn indexed(&self) -> HashTable<Name> {
        let count = self.ends.len() as u32;
        let mut table = HashTable::with_capacity(count as usize);
        for name in (0..count).map(Name) {
            let again = |&name: &Name| hash(self.get(name));
            table.insert_unique(hash(self.get(name)), name, again);
        }
        table
    }

    /// Whether one of the strings is `text`.
    pub fn has(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// Whether any string may hold `text`: quick, and wrong only where two strings make it up
    /// together.
    pub fn mention(&self, text: &str) -> bool {
        memchr::memmem::find(self.text.as_bytes(), text.as_bytes()).is_some()
    }

    /// Every string, in the order of first use.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len() as u32).map(|index| self.get(Name(index)))
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether every name is a piece of the text.
    pub(super) fn is_sound(&self) -> bool {
        self.ends.is_sorted()
            && self
                .ends
                .last()
                .is_none_or(|&end| end as usize <= self.text.len())
            && self
                .ends
                .iter()
                .all(|&end| self.text.is_char_boundary(end as usize))
    }
}

fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

/// Fills [`Names`] while a file is lowered.
pub(super) struct Interner {
    names: Names,
    table: HashTable<Name>,
}

impl Interner {
    /// For the names of a text of so many bytes: in real projects one in eighty begins a new name, and all of
    /// them make up a fifth.
    pub(super) fn with_room_for(bytes: usize) -> Self {
        Self {
            names: Names {
                text: String::with_capacity(bytes / 5),
                ends: Vec::with_capacity(bytes / 80),
                index: Index::default(),
            },
            table: HashTable::with_capacity(bytes / 80),
        }
    }

    pub(super) fn intern(&mut self, text: &str) -> Name {
        let Self { names, table } = self;
        let hash_of_text = hash(text);
        let is_it = |&name: &Name| names.bytes(name) == text.as_bytes();
        if let Some(&name) = table.find(hash_of_text, is_it) {
            return name;
        }
        let name = Name(names.ends.len() as u32);
        names.text.push_str(text);
        names.ends.push(names.text.len() as u32);
        table.insert_unique(hash_of_text, name, |&name| hash(names.get(name)));
        name
    }

    pub(super) fn finish(self) -> Names {
        let Self { mut names, table } = self;
        names.text.shrink_to_fit();
        names.ends.shrink_to_fit();
        names.index = Index(OnceLock::from(table));
        names
    }
}
