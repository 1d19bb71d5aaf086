//! Lists, tuples, sets and dicts.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::Evaluator;
use super::values::{Dict, Entry, Environment, Item, K, Key, Obj, ObjId, SequenceKind, Unset, V};
use crate::facts::ir::BinaryOp;
use crate::place::Place;
use crate::settings::condition::Condition;
use crate::settings::value::Cast;

impl<'a> Evaluator<'a> {
    pub(super) fn new_sequence(
        &mut self,
        kind: SequenceKind,
        items: Vec<Item<'a>>,
        place: Option<Place>,
    ) -> V<'a> {
        let obj = Obj::Sequence {
            kind,
            items: Rc::new(items),
        };
        V::new(K::Sequence(self.state.allocate(obj, Rc::default())), place)
    }

    /// A sequence; equal elements of a set come once.
    pub(super) fn new_distinct(
        &mut self,
        kind: SequenceKind,
        items: Vec<Item<'a>>,
        place: Option<Place>,
    ) -> V<'a> {
        if kind != SequenceKind::Set {
            return self.new_sequence(kind, items, place);
        }
        let made = self.new_sequence(kind, Vec::new(), place);
        if let K::Sequence(id) = made.kind {
            self.extend_with(id, items);
        }
        made
    }

    pub(super) fn new_list(&mut self, items: Vec<Item<'a>>, place: Option<Place>) -> V<'a> {
        self.new_sequence(SequenceKind::List, items, place)
    }

    pub(super) fn new_tuple(&mut self, values: Vec<V<'a>>, place: Option<Place>) -> V<'a> {
        let items = values.into_iter().map(Item::one).collect();
        self.new_sequence(SequenceKind::Tuple, items, place)
    }

    pub(super) fn new_dict(&mut self, dict: Dict<'a>, place: Option<Place>) -> V<'a> {
        V::new(
            K::Dict(self.state.allocate(Obj::Dict(Rc::new(dict)), Rc::default())),
            place,
        )
    }

    pub(super) fn is_list(&self, id: ObjId) -> bool {
        self.state.sequence_kind(id) == SequenceKind::List
    }

    pub(super) fn is_set(&self, id: ObjId) -> bool {
        self.state.sequence_kind(id) == SequenceKind::Set
    }

    /// The values of a sequence or the keys of a dict, where each is known to be there.
    pub(super) fn closed_items(&self, value: &V<'a>) -> Option<Vec<V<'a>>> {
        match &value.kind {
            &K::Sequence(id) => {
                let mut values = Vec::new();
                for item in self.state.items(id).iter() {
                    match self.holds(&item.when) {
                        Some(true) if !item.many => values.push(item.value.clone()),
                        Some(false) => {}
                        _ => return None,
                    }
                }
                Some(values)
            }
            &K::Dict(id) => {
                let dict = self.state.dict(id);
                let is_closed = !dict.open && dict.entries().all(|entry| entry.when.is_always());
                is_closed.then(|| dict.entries().map(|entry| entry.key.clone()).collect())
            }
            K::Str(text) => Some(
                text.chars()
                    .map(|letter| V::str(&letter.to_string(), value.place))
                    .collect(),
            ),
            _ => None,
        }
    }

    /// What a loop over a value meets.
    pub(super) fn iterate(&mut self, value: &V<'a>, place: Option<Place>) -> Vec<Item<'a>> {
        let possible = |own: &Self, when: &Condition| match own.holds(when) {
            Some(true) => Some(Condition::ALWAYS),
            Some(false) => None,
            None => Some(when.clone()),
        };
        match &value.kind {
            &K::Sequence(id) => {
                let items = self.state.items(id).clone();
                let kept = items.iter().filter_map(|item| {
                    Some(Item {
                        when: possible(self, &item.when)?,
                        ..item.clone()
                    })
                });
                kept.collect()
            }
            &K::Dict(id) => {
                let dict = self.state.dict(id).clone();
                let kept = dict.entries().filter_map(|entry| {
                    let when = possible(self, &entry.when)?;
                    Some(Item {
                        value: entry.key.clone(),
                        when,
                        many: false,
                    })
                });
                let mut items: Vec<_> = kept.collect();
                if dict.open {
                    items.push(Item::many(V::unknown("keys that are not known", place)));
                }
                items
            }
            K::OneOf(alternatives) => {
                let mut items = Vec::new();
                for (when, alternative) in alternatives.clone().iter() {
                    let Some(when) = possible(self, when) else {
                        continue;
                    };
                    for item in self.iterate(alternative, place) {
                        if let Some(when) = when.and_all(&item.when) {
                            items.push(Item { when, ..item });
                        }
                    }
                }
                items
            }
            &K::Names(scope) => self.names_of(scope, place),
            K::None | K::Unset => Vec::new(),
            K::Str(_) => self
                .closed_items(value)
                .unwrap_or_default()
                .into_iter()
                .map(Item::one)
                .collect(),
            K::Environment(environment) => {
                let part = Environment {
                    variables: environment.variables.clone(),
                    cast: match environment.cast {
                        Cast::List { .. } | Cast::Raw | Cast::Text => Cast::Text,
                        _ => Cast::Derived,
                    },
                    unset: Unset::Unknown,
                };
                vec![Item::many(V::new(
                    K::Environment(Rc::new(part)),
                    value.place,
                ))]
            }
            _ => vec![Item::many(V::unknown(
                "elements that are not known",
                place.or(value.place),
            ))],
        }
    }

    pub(super) fn extend_with(&mut self, id: ObjId, more: Vec<Item<'a>>) {
        if self.is_set(id) {
            let before = self.state.items(id).clone();
            let always = before.iter().filter(|item| item.when.is_always());
            let mut known: FxHashSet<Key> = always.filter_map(|item| item.value.key()).collect();
            for item in more {
                let is_new = item.value.key().is_none_or(|key| {
                    if item.when.is_always() {
                        known.insert(key)
                    } else {
                        !known.contains(&key)
                    }
                });
                if is_new {
                    self.state.items_mut(id).push(item);
                }
            }
        } else {
            self.state.items_mut(id).extend(more);
        }
    }

    /// What led to `from` also leads to the container that took in its elements.
    pub(super) fn absorb_trail(&mut self, id: ObjId, from: &V<'a>) {
        let (K::Sequence(source) | K::Dict(source)) = from.kind else {
            return;
        };
        let trail = self.state.object(source).trail.clone();
        for contribution in trail.iter() {
            self.state.contribute(id, contribution.clone());
        }
    }

    /// Puts the entries of a mapping into a dict.
    pub(super) fn spread_into(&mut self, dict: &mut Dict<'a>, mapping: &V<'a>) {
        match &mapping.kind {
            &K::Dict(id) | &K::Instance(id) => {
                let other = self.state.dict(id).clone();
                dict.open |= other.open;
                for entry in other.entries() {
                    self.put(dict, entry);
                }
            }
            &K::Names(scope) => {
                let (entries, is_open) = self.names_as_dict(scope);
                dict.open |= is_open;
                for entry in &entries {
                    self.put(dict, entry);
                }
            }
            K::OneOf(alternatives) => {
                for (when, alternative) in alternatives.clone().iter() {
                    if self.holds(when) == Some(false) {
                        continue;
                    }
                    let mut inner = Dict::default();
                    self.spread_into(&mut inner, alternative);
                    dict.open |= inner.open;
                    for entry in inner.entries() {
                        if let Some(when) = when.and_all(&entry.when) {
                            self.put(
                                dict,
                                &Entry {
                                    when,
                                    ..entry.clone()
                                },
                            );
                        }
                    }
                }
            }
            &K::Sequence(_) => {
                // Pairs of keys and values.
                for item in self.iterate(mapping, mapping.place) {
                    match self
                        .closed_items(&item.value)
                        .filter(|pair| pair.len() == 2 && !item.many)
                    {
                        Some(pair) => {
                            let (key, value) = (pair[0].clone(), pair[1].clone());
                            self.put(
                                dict,
                                &Entry {
                                    key,
                                    value,
                                    when: item.when,
                                },
                            );
                        }
                        None => dict.open = true,
                    }
                }
            }
            K::None | K::Unset => {}
            _ => dict.open = true,
        }
    }

    /// Sets an entry that may only be there under a condition.
    pub(super) fn put(&mut self, dict: &mut Dict<'a>, entry: &Entry<'a>) {
        let old = entry.key.key().and_then(|key| dict.get(&key)).cloned();
        let Some(old) = old.filter(|_| !entry.when.is_always()) else {
            dict.insert(entry.clone());
            return;
        };
        let mut value = entry.value.clone();
        let before = self.present_or_unset(&old);
        for fact in entry.when.facts() {
            value = self.merge_values(fact, value, before.clone());
        }
        dict.insert(Entry {
            key: entry.key.clone(),
            value,
            when: Condition::ALWAYS,
        });
    }

    pub(super) fn update_dict(&mut self, id: ObjId, mapping: &V<'a>) {
        let mut dict = self.state.dict(id).as_ref().clone();
        self.spread_into(&mut dict, mapping);
        *self.state.dict_mut(id) = dict;
        self.absorb_trail(id, mapping);
    }

    /// `+`, `|`, `-`, `&`, `*` on containers; `None` where none is involved.
    pub(super) fn binary_containers(
        &mut self,
        op: BinaryOp,
        left: &V<'a>,
        right: &V<'a>,
        place: Option<Place>,
    ) -> Option<V<'a>> {
        let is_sequence = |value: &V<'a>| matches!(value.kind, K::Sequence(_));
        let is_dict = |value: &V<'a>| matches!(value.kind, K::Dict(_));
        match op {
            BinaryOp::Add if is_sequence(left) || is_sequence(right) => {
                let kind = match (&left.kind, &right.kind) {
                    (&K::Sequence(id), _) | (_, &K::Sequence(id)) => self.state.sequence_kind(id),
                    _ => SequenceKind::List,
                };
                let mut items = self.iterate(left, left.place);
                items.extend(self.iterate(right, right.place));
                Some(self.joined(kind, items, [left, right], place))
            }
            BinaryOp::BitOr if is_dict(left) || is_dict(right) => {
                let mut dict = Dict::default();
                self.spread_into(&mut dict, left);
                self.spread_into(&mut dict, right);
                let made = self.new_dict(dict, place);
                if let K::Dict(id) = made.kind {
                    self.absorb_trail(id, left);
                    self.absorb_trail(id, right);
                }
                Some(made)
            }
            BinaryOp::BitOr if is_sequence(left) => {
                let made = self.new_sequence(SequenceKind::Set, Vec::new(), place);
                let K::Sequence(id) = made.kind else {
                    return None;
                };
                for side in [left, right] {
                    let items = self.iterate(side, side.place);
                    self.extend_with(id, items);
                    self.absorb_trail(id, side);
                }
                Some(made)
            }
            BinaryOp::Sub | BinaryOp::BitAnd if is_sequence(left) => {
                let (own, others) = (self.closed_items(left)?, self.closed_items(right)?);
                let keeps_shared = op == BinaryOp::BitAnd;
                let kept = own.into_iter().filter(|value| {
                    others.iter().any(|other| self.same(value, other)) == keeps_shared
                });
                let items = kept.map(Item::one).collect();
                Some(self.new_sequence(SequenceKind::Set, items, place))
            }
            BinaryOp::Mult if is_sequence(left) => {
                let times = usize::try_from(right.as_int()?).unwrap_or(0);
                let K::Sequence(id) = left.kind else {
                    return None;
                };
                let items = self.state.items(id).as_ref().clone();
                let total = items
                    .len()
                    .checked_mul(times)
                    .filter(|total| *total < 100_000)?;
                let repeated = items.iter().cycle().take(total).cloned().collect();
                let kind = self.state.sequence_kind(id);
                Some(self.new_sequence(kind, repeated, place))
            }
            _ => None,
        }
    }

    fn joined(
        &mut self,
        kind: SequenceKind,
        items: Vec<Item<'a>>,
        from: [&V<'a>; 2],
        place: Option<Place>,
    ) -> V<'a> {
        let made = self.new_sequence(kind, items, place);
        if let K::Sequence(id) = made.kind {
            for value in from {
                self.absorb_trail(id, value);
            }
        }
        made
    }

    /// A copy one level deep, or all the way down.
    pub(super) fn copy(&mut self, value: &V<'a>, deep: bool, budget: &mut u32) -> V<'a> {
        let Some(left) = budget.checked_sub(1) else {
            return V::unknown("too large to copy", value.place);
        };
        *budget = left;
        match &value.kind {
            &K::Sequence(id) => {
                let kind = self.state.sequence_kind(id);
                let mut items = self.state.items(id).as_ref().clone();
                if deep {
                    for item in &mut items {
                        item.value = self.copy(&item.value.clone(), true, budget);
                    }
                }
                let trail = self.state.object(id).trail.clone();
                let obj = Obj::Sequence {
                    kind,
                    items: Rc::new(items),
                };
                V::new(K::Sequence(self.state.allocate(obj, trail)), value.place)
            }
            &K::Dict(id) => {
                let mut dict = self.state.dict(id).as_ref().clone();
                if deep {
                    for entry in dict.entries.iter_mut().flatten() {
                        entry.value = self.copy(&entry.value.clone(), true, budget);
                    }
                }
                let trail = self.state.object(id).trail.clone();
                V::new(
                    K::Dict(self.state.allocate(Obj::Dict(Rc::new(dict)), trail)),
                    value.place,
                )
            }
            K::OneOf(alternatives) => {
                let copied: Vec<_> = alternatives
                    .clone()
                    .iter()
                    .map(|(when, value)| (when.clone(), self.copy(value, deep, budget)))
                    .collect();
                V::new(K::OneOf(copied.into()), value.place)
            }
            _ => value.clone(),
        }
    }

    /// What is at a string key of a dict, where that is known.
    pub(super) fn entry(&self, value: &V<'a>, key: &str) -> Option<V<'a>> {
        let K::Dict(id) = value.kind else { return None };
        self.state
            .dict(id)
            .get(&Key::Str(key.into()))
            .map(|entry| entry.value.clone())
    }
}
