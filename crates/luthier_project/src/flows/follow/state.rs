//! What the names of a function hold at a point of its code.

use std::rc::Rc;

use super::value::Value;
use crate::facts::Name;

/// What names and their attributes hold. A copy shares all of it until one of both changes: there
/// is one for each branch of the code.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    names: Held<Name>,
    /// What attributes of names were set to: `self.rows`.
    set: Held<(Name, Name)>,
}

impl State {
    pub(super) fn get(&self, name: Name) -> Option<&Value> {
        self.names.get(name)
    }

    /// What an attribute of a name was set to.
    pub(super) fn attribute(&self, object: Name, name: Name) -> Option<&Value> {
        self.set.get((object, name))
    }

    /// The name holds something else than before, of which no attribute was set.
    pub(super) fn assign(&mut self, name: Name, value: Value) {
        self.set.drop_all(|(object, _)| object == name);
        self.names.set(name, value);
    }

    /// What the name holds is known better, or has changed.
    pub(super) fn change(&mut self, name: Name, value: Value) {
        self.names.set(name, value);
    }

    pub(super) fn set_attribute(&mut self, object: Name, name: Name, value: Value) {
        self.set.set((object, name), value);
    }

    pub(super) fn delete(&mut self, name: Name) {
        self.names.drop_all(|known| known == name);
    }

    /// Names hold again what they held before a comprehension, whose names are its own.
    pub(super) fn restore_names(&mut self, before: Self) {
        self.names = before.names;
    }

    /// Whether every name holds the same in another state.
    pub(super) fn has_same_names(&self, other: &Self) -> bool {
        self.names.is_within(&other.names)
    }

    /// What holds behind both of two ways.
    #[must_use]
    pub(super) fn join(mut self, other: &Self) -> Self {
        self.names.join(&other.names);
        self.set.join(&other.set);
        self
    }
}

/// Values by key, in the order of the keys: there are few, and most copies are only looked at.
#[derive(Clone, Debug)]
struct Held<K>(Option<Rc<Vec<(K, Value)>>>);

impl<K> Default for Held<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Copy + Ord> Held<K> {
    fn entries(&self) -> &[(K, Value)] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    fn changed(&mut self) -> &mut Vec<(K, Value)> {
        Rc::make_mut(self.0.get_or_insert_default())
    }

    fn position(&self, key: K) -> Result<usize, usize> {
        self.entries().binary_search_by_key(&key, |(key, _)| *key)
    }

    fn get(&self, key: K) -> Option<&Value> {
        let position = self.position(key).ok()?;
        Some(&self.entries()[position].1)
    }

    fn set(&mut self, key: K, value: Value) {
        match self.position(key) {
            Ok(position) if self.entries()[position].1 == value => {}
            Ok(position) => self.changed()[position].1 = value,
            Err(position) => self.changed().insert(position, (key, value)),
        }
    }

    fn drop_all(&mut self, is_dropped: impl Fn(K) -> bool) {
        if self.entries().iter().any(|(key, _)| is_dropped(*key)) {
            self.changed().retain(|(key, _)| !is_dropped(*key));
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(two)) => Rc::ptr_eq(one, two),
            (one, two) => one.is_none() && two.is_none(),
        }
    }

    fn is_within(&self, other: &Self) -> bool {
        let mut all = self.entries().iter();
        self.is_same(other)
            || all.all(|(key, value)| other.get(*key).is_some_and(|other| other == value))
    }

    fn join(&mut self, others: &Self) {
        if self.is_same(others) {
            return;
        }
        // Both ways mostly know the same names: what differs is at the same position.
        let is_known = |(position, entry): (usize, &(K, Value))| {
            self.entries().get(position) == Some(entry) || self.get(entry.0) == Some(&entry.1)
        };
        let differing: Vec<(K, Value)> = others
            .entries()
            .iter()
            .enumerate()
            .filter(|&entry| !is_known(entry))
            .map(|(_, entry)| entry.clone())
            .collect();
        for (key, value) in differing {
            let joined = match self.get(key) {
                Some(known) => known.clone().join(value),
                None => value,
            };
            self.set(key, joined);
        }
    }
}
