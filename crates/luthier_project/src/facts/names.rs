//! The strings of one file, each kept once.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::ids::Name;

/// All identifiers and string values of one file in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    text: String,
    ends: Vec<u32>,
}

impl Names {
    pub fn get(&self, name: Name) -> &str {
        let end = self.ends[name.0 as usize] as usize;
        let start = if name.0 == 0 {
            0
        } else {
            self.ends[name.0 as usize - 1] as usize
        };
        &self.text[start..end]
    }

    /// The name spelled so, if the file has it. Linear in the number of names.
    pub fn find(&self, text: &str) -> Option<Name> {
        (0..self.ends.len() as u32)
            .map(Name)
            .find(|&name| self.get(name) == text)
    }

    /// Whether any string may hold `text`: quick, and wrong only where two strings make it up
    /// together.
    pub fn mention(&self, text: &str) -> bool {
        self.text.contains(text)
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

/// Fills [`Names`] while a file is lowered.
#[derive(Default)]
pub(super) struct Interner {
    names: Names,
    table: HashTable<Name>,
}

impl Interner {
    pub(super) fn intern(&mut self, text: &str) -> Name {
        let Self { names, table } = self;
        let hash = FxBuildHasher.hash_one(text);
        if let Some(&name) = table.find(hash, |&name| names.get(name) == text) {
            return name;
        }
        let name = Name(names.ends.len() as u32);
        names.text.push_str(text);
        names.ends.push(names.text.len() as u32);
        table.insert_unique(hash, name, |&name| FxBuildHasher.hash_one(names.get(name)));
        name
    }

    pub(super) fn finish(mut self) -> Names {
        self.names.text.shrink_to_fit();
        self.names.ends.shrink_to_fit();
        self.names
    }
}
