//! Branches that are not decided: both ways are run, and their changes merged.

use std::rc::Rc;
use std::sync::Arc;

use super::state::{Content, Delta, HeapEntry, Slot, Trail, Variable};
use super::values::{Dict, Entry, Environment, Item, K, Obj, ObjId, SequenceKind, Unset, V};
use super::{Evaluator, MAX_ALTERNATIVES, Outcome, Raise, Risk};
use crate::settings::condition::{Condition, Fact, Test};

/// What one way of a branch came to.
pub(super) struct Way<'a, T> {
    pub(super) result: T,
    pub(super) delta: Delta<'a>,
    /// What had to hold there, for all else raised.
    pub(super) settled: Vec<Fact>,
}

/// Elements and entries that a merge compares deeply before it takes them for different.
const MAX_COMPARED: u32 = 400;

impl<'a> Evaluator<'a> {
    /// What was assumed on the way here says about a test.
    pub(super) fn assumed(&self, test: &Test) -> Option<bool> {
        self.state.watched(|watch| watch.test(test));
        self.path.iter().rev().find_map(|fact| fact.decides(test))
    }

    /// Whether a condition holds here; `None` where what was assumed does not decide it.
    pub(super) fn holds(&self, condition: &Condition) -> Option<bool> {
        let mut known = true;
        for fact in condition.facts() {
            match self.assumed(&fact.test) {
                Some(holds) if holds != fact.holds => return Some(false),
                Some(_) => {}
                None => known = false,
            }
        }
        known.then_some(true)
    }

    /// Runs `work` under the assumption that `fact` holds, and takes its changes out again.
    pub(super) fn branch<T>(
        &mut self,
        fact: Fact,
        work: impl FnOnce(&mut Self) -> T,
    ) -> Way<'a, T> {
        self.state.watched(|watch| watch.test(&fact.test));
        let mark = self.path.len();
        self.path.push(fact);
        self.begin();
        let result = stacker::maybe_grow(512 * 1024, 4 * 1024 * 1024, || work(self));
        let delta = self.rollback();
        let settled = self.path.split_off(mark + 1);
        self.path.truncate(mark);
        Way {
            result,
            delta,
            settled,
        }
    }

    pub(super) fn begin(&mut self) {
        self.state.begin();
        self.load_marks.push(self.load_log.len());
    }

    pub(super) fn commit(&mut self) {
        self.state.commit();
        self.load_marks.pop();
    }

    /// Takes changes out again; modules that were first loaded meanwhile will be loaded anew.
    pub(super) fn rollback(&mut self) -> Delta<'a> {
        let mark = self.load_marks.pop().expect("begun before");
        for module in self.load_log.split_off(mark) {
            self.loaded.remove(&module);
        }
        self.state.rollback()
    }

    /// One way raised where something may catch it; the other is where `safe` holds.
    pub(super) fn note_raise(&mut self, safe: &Fact, raise: &Raise) {
        if self.guards == 0 {
            self.path.push(safe.clone());
        } else {
            self.risks.push(Risk {
                exception: raise.exception,
                safe: safe.clone(),
                under: self.path.clone(),
            });
        }
    }

    /// Runs both ways; where one raises and nothing catches that, only the other is possible.
    pub(super) fn fork(
        &mut self,
        fact: &Fact,
        then: impl FnOnce(&mut Self) -> Outcome<V<'a>>,
        otherwise: impl FnOnce(&mut Self) -> Outcome<V<'a>>,
    ) -> Outcome<V<'a>> {
        let not = Fact {
            test: fact.test.clone(),
            holds: !fact.holds,
        };
        let first = self.branch(fact.clone(), then);
        let second = self.branch(not.clone(), otherwise);
        match (first.result, second.result) {
            (Ok(one), Ok(other)) => {
                let fact = fact.beside(&first.settled).beside(&second.settled);
                self.merge(&fact, first.delta, second.delta);
                Ok(self.merge_values(&fact, one, other))
            }
            (Err(raise), Err(_)) => Err(raise),
            (Err(raise), Ok(value)) => {
                self.survive(&not, &raise, second.delta, second.settled);
                Ok(value)
            }
            (Ok(value), Err(raise)) => {
                self.survive(fact, &raise, first.delta, first.settled);
                Ok(value)
            }
        }
    }

    /// The other way raised: goes on with the way where `fact` holds.
    fn survive(&mut self, fact: &Fact, raise: &Raise, delta: Delta<'a>, settled: Vec<Fact>) {
        self.note_raise(fact, raise);
        self.apply(delta);
        if self.guards == 0 {
            self.path.extend(settled);
        }
    }

    pub(super) fn apply(&mut self, delta: Delta<'a>) {
        for (slot, content) in delta {
            self.state.write(&slot, content);
        }
    }

    /// Merges what two ways changed, `first` where `fact` holds.
    pub(super) fn merge(&mut self, fact: &Fact, first: Delta<'a>, second: Delta<'a>) {
        let mut second: Vec<(Slot, Option<Content<'a>>)> = second
            .into_iter()
            .map(|(slot, content)| (slot, Some(content)))
            .collect();
        let places: rustc_hash::FxHashMap<Slot, usize> = second
            .iter()
            .enumerate()
            .map(|(index, (slot, _))| (slot.clone(), index))
            .collect();
        for (slot, content) in first {
            let other = places.get(&slot).and_then(|&index| second[index].1.take());
            let other = other.unwrap_or_else(|| self.state.content(&slot));
            let merged = self.merge_contents(fact, content, other);
            self.state.write(&slot, merged);
        }
        for (slot, content) in second {
            let Some(content) = content else { continue };
            let base = self.state.content(&slot);
            let merged = self.merge_contents(fact, base, content);
            self.state.write(&slot, merged);
        }
    }

    fn merge_contents(
        &mut self,
        fact: &Fact,
        first: Content<'a>,
        second: Content<'a>,
    ) -> Content<'a> {
        match (first, second) {
            (Content::Name(first), Content::Name(second)) => {
                Content::Name(self.merge_variables(fact, first, second))
            }
            (Content::Object(first), Content::Object(second)) => {
                let trail = merge_trails(&first.trail, &second.trail);
                let obj = self.merge_objects(fact, first, second);
                Content::Object(HeapEntry { obj, trail })
            }
            _ => unreachable!("slots keep their kind"),
        }
    }

    fn merge_variables(
        &mut self,
        fact: &Fact,
        first: Option<Variable<'a>>,
        second: Option<Variable<'a>>,
    ) -> Option<Variable<'a>> {
        if first.is_none() && second.is_none() {
            return None;
        }
        let missing = || Variable {
            value: K::Unset.into(),
            trail: Rc::default(),
        };
        let (first, second) = (
            first.unwrap_or_else(missing),
            second.unwrap_or_else(missing),
        );
        let trail = merge_trails(&first.trail, &second.trail);
        Some(Variable {
            value: self.merge_values(fact, first.value, second.value),
            trail,
        })
    }

    /// `first` where `fact` holds, else `second`.
    pub(super) fn merge_values(&mut self, fact: &Fact, first: V<'a>, second: V<'a>) -> V<'a> {
        if self.same(&first, &second) {
            return first;
        }
        match (&first.kind, &second.kind) {
            (&K::Sequence(a), &K::Sequence(b))
                if self.state.sequence_kind(a) == self.state.sequence_kind(b) =>
            {
                let kind = self.state.sequence_kind(a);
                let items = self.merge_items(fact, a, b);
                let id = self.new_joined(
                    Obj::Sequence {
                        kind,
                        items: Rc::new(items),
                    },
                    a,
                    b,
                );
                return V::new(K::Sequence(id), first.place);
            }
            (&K::Dict(a), &K::Dict(b)) => {
                let (a_dict, b_dict) = (self.state.dict(a).clone(), self.state.dict(b).clone());
                let dict = self.merge_dicts(fact, &a_dict, &b_dict);
                let id = self.new_joined(Obj::Dict(Rc::new(dict)), a, b);
                return V::new(K::Dict(id), first.place);
            }
            _ => {}
        }
        if let Some(read) = read_or_default(fact, &first, &second) {
            return read;
        }
        let place = first.place;
        let not = Fact {
            test: fact.test.clone(),
            holds: !fact.holds,
        };
        let mut alternatives = Vec::new();
        self.add_alternatives(&mut alternatives, fact, first);
        self.add_alternatives(&mut alternatives, &not, second);
        self.one_of(alternatives, place)
    }

    fn new_joined(&mut self, obj: Obj<'a>, a: ObjId, b: ObjId) -> ObjId {
        let trail = merge_trails(&self.state.object(a).trail, &self.state.object(b).trail);
        self.state.allocate(obj, trail)
    }

    fn add_alternatives(&self, into: &mut Vec<(Condition, V<'a>)>, fact: &Fact, value: V<'a>) {
        match &value.kind {
            K::OneOf(own) => {
                for (when, value) in own.iter() {
                    if let Some(when) = when.and(fact) {
                        into.push((when, value.clone()));
                    }
                }
            }
            _ => into.push((Condition::of(std::slice::from_ref(fact)), value)),
        }
    }

    /// One of several values; simpler where they are equal.
    pub(super) fn one_of(
        &self,
        alternatives: Vec<(Condition, V<'a>)>,
        place: Option<crate::place::Place>,
    ) -> V<'a> {
        let Some((_, first)) = alternatives.first() else {
            return V::unknown("nothing is possible here", place);
        };
        if alternatives
            .iter()
            .all(|(_, value)| self.same(value, first))
        {
            return first.clone();
        }
        if alternatives.len() > MAX_ALTERNATIVES {
            return V::unknown("too many alternatives", place);
        }
        V::new(K::OneOf(alternatives.into()), place)
    }

    fn merge_objects(
        &mut self,
        fact: &Fact,
        first: HeapEntry<'a>,
        second: HeapEntry<'a>,
    ) -> Obj<'a> {
        match (first.obj, second.obj) {
            (Obj::Sequence { kind, items: a }, Obj::Sequence { items: b, .. }) => Obj::Sequence {
                kind,
                items: Rc::new(self.join_items(fact, kind, &a, &b)),
            },
            (Obj::Dict(a), Obj::Dict(b)) => Obj::Dict(Rc::new(self.merge_dicts(fact, &a, &b))),
            (
                Obj::Instance {
                    class,
                    attributes: a,
                },
                Obj::Instance { attributes: b, .. },
            ) => {
                let attributes = Rc::new(self.merge_dicts(fact, &a, &b));
                Obj::Instance { class, attributes }
            }
            (first, _) => first,
        }
    }

    fn merge_items(&mut self, fact: &Fact, a: ObjId, b: ObjId) -> Vec<Item<'a>> {
        let (first, second) = (self.state.items(a).clone(), self.state.items(b).clone());
        self.join_items(fact, self.state.sequence_kind(a), &first, &second)
    }

    /// What both begin and end with stays; what only one has between gets a condition.
    fn join_items(
        &mut self,
        fact: &Fact,
        _kind: SequenceKind,
        first: &[Item<'a>],
        second: &[Item<'a>],
    ) -> Vec<Item<'a>> {
        let equal = |a: &Item<'a>, b: &Item<'a>| {
            a.many == b.many && a.when == b.when && self.same(&a.value, &b.value)
        };
        let prefix = first
            .iter()
            .zip(second)
            .take_while(|(a, b)| equal(a, b))
            .count();
        let (first_rest, second_rest) = (&first[prefix..], &second[prefix..]);
        let suffix = first_rest
            .iter()
            .rev()
            .zip(second_rest.iter().rev())
            .take_while(|(a, b)| equal(a, b))
            .count();
        let not = Fact {
            test: fact.test.clone(),
            holds: !fact.holds,
        };
        let mut merged = first[..prefix].to_vec();
        for (items, fact) in [(first_rest, fact), (second_rest, &not)] {
            for item in &items[..items.len() - suffix] {
                if let Some(when) = item.when.and(fact) {
                    merged.push(Item {
                        when,
                        ..item.clone()
                    });
                }
            }
        }
        merged.extend_from_slice(&first[first.len() - suffix..]);
        merged
    }

    fn merge_dicts(&mut self, fact: &Fact, first: &Dict<'a>, second: &Dict<'a>) -> Dict<'a> {
        let not = Fact {
            test: fact.test.clone(),
            holds: !fact.holds,
        };
        let mut merged = Dict::new(first.open || second.open);
        for entry in first.entries() {
            let other = entry.key.key().and_then(|key| second.get(&key));
            let joined = match other {
                Some(other) if entry.when == other.when => {
                    let value = self.merge_values(fact, entry.value.clone(), other.value.clone());
                    Some(Entry {
                        key: entry.key.clone(),
                        value,
                        when: entry.when.clone(),
                    })
                }
                Some(other) => {
                    // Present on both ways, on each under a condition of its own.
                    let (a, b) = (self.present_or_unset(entry), self.present_or_unset(other));
                    let value = self.merge_values(fact, a, b);
                    Some(Entry {
                        key: entry.key.clone(),
                        value,
                        when: Condition::ALWAYS,
                    })
                }
                None => entry.when.and(fact).map(|when| Entry {
                    when,
                    ..entry.clone()
                }),
            };
            if let Some(joined) = joined {
                merged.insert(joined);
            }
        }
        for entry in second.entries() {
            let is_shared = entry.key.key().is_some_and(|key| first.get(&key).is_some());
            if let Some(when) = entry.when.and(&not).filter(|_| !is_shared) {
                merged.insert(Entry {
                    when,
                    ..entry.clone()
                });
            }
        }
        without_vague(merged)
    }

    /// An entry's value, or that there is none, as its condition says.
    pub(super) fn present_or_unset(&mut self, entry: &Entry<'a>) -> V<'a> {
        let mut value = entry.value.clone();
        for fact in entry.when.facts() {
            value = self.merge_values(fact, value, K::Unset.into());
        }
        value
    }

    /// Of several alternatives, those that are possible under what was assumed.
    pub(super) fn select(&self, value: V<'a>) -> V<'a> {
        let K::OneOf(alternatives) = &value.kind else {
            return value;
        };
        if self.path.is_empty() {
            return value;
        }
        let possible: Vec<(Condition, V<'a>)> = alternatives
            .iter()
            .filter(|(when, _)| self.holds(when) != Some(false))
            .cloned()
            .collect();
        if possible.len() == alternatives.len() {
            return value;
        }
        let decided = possible
            .iter()
            .find(|(when, _)| self.holds(when) == Some(true));
        if let Some((_, only)) = decided {
            return only.clone();
        }
        self.one_of(possible, value.place)
    }

    /// Whether two values are surely the same.
    pub(super) fn same(&self, a: &V<'a>, b: &V<'a>) -> bool {
        self.same_within(a, b, &mut MAX_COMPARED.clone())
    }

    fn same_within(&self, a: &V<'a>, b: &V<'a>, budget: &mut u32) -> bool {
        let Some(left) = budget.checked_sub(1) else {
            return false;
        };
        *budget = left;
        match (&a.kind, &b.kind) {
            (K::None, K::None) | (K::Unset, K::Unset) | (K::Environ, K::Environ) => true,
            (K::Bool(a), K::Bool(b)) => a == b,
            (K::Int(a), K::Int(b)) | (K::Duration(a), K::Duration(b)) => a == b,
            (K::Float(a), K::Float(b)) => a.to_bits() == b.to_bits(),
            (K::Str(a), K::Str(b)) | (K::Path(a), K::Path(b)) => a == b,
            (K::External(a), K::External(b)) => a == b,
            (K::Module(a), K::Module(b)) => a == b,
            (K::Names(a), K::Names(b)) => a == b,
            (K::Function(a), K::Function(b)) => Rc::ptr_eq(a, b),
            (K::Class(a), K::Class(b)) => Rc::ptr_eq(a, b),
            (K::Object(a), K::Object(b)) => Rc::ptr_eq(a, b),
            (K::Environment(a), K::Environment(b)) => Rc::ptr_eq(a, b),
            (K::OneOf(a), K::OneOf(b)) => Rc::ptr_eq(a, b),
            (K::Text(a), K::Text(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b.iter())
                        .all(|(a, b)| self.same_within(a, b, budget))
            }
            (K::Instance(a), K::Instance(b)) => a == b,
            (&K::Sequence(a), &K::Sequence(b)) => {
                if a == b {
                    return true;
                }
                let (first, second) = (self.state.items(a), self.state.items(b));
                self.state.sequence_kind(a) == self.state.sequence_kind(b)
                    && first.len() == second.len()
                    && first.iter().zip(second.iter()).all(|(a, b)| {
                        a.many == b.many
                            && a.when == b.when
                            && self.same_within(&a.value, &b.value, budget)
                    })
            }
            (&K::Dict(a), &K::Dict(b)) => {
                if a == b {
                    return true;
                }
                let (first, second) = (self.state.dict(a), self.state.dict(b));
                first.open == second.open
                    && first.entries().count() == second.entries().count()
                    && first.entries().zip(second.entries()).all(|(a, b)| {
                        a.when == b.when
                            && self.same_within(&a.key, &b.key, budget)
                            && self.same_within(&a.value, &b.value, budget)
                    })
            }
            _ => false,
        }
    }
}

/// Both trails in order; what they share comes once.
fn merge_trails(first: &Trail, second: &Trail) -> Trail {
    if Rc::ptr_eq(first, second) || second.is_empty() {
        return first.clone();
    }
    let mut merged: Vec<_> = first.as_ref().clone();
    for contribution in second.iter() {
        if !merged
            .iter()
            .any(|own| own.place == contribution.place && own.what == contribution.what)
        {
            merged.push(contribution.clone());
        }
    }
    Rc::new(merged)
}

/// A fact about a test, the other way round.
pub(super) fn fact(test: &Arc<Test>, holds: bool) -> Fact {
    Fact {
        test: test.clone(),
        holds,
    }
}

/// A variable where it is set and something else where it is not: the variable with a default.
fn read_or_default<'a>(fact: &Fact, first: &V<'a>, second: &V<'a>) -> Option<V<'a>> {
    let (set, unset) = if fact.holds {
        (first, second)
    } else {
        (second, first)
    };
    let K::Environment(environment) = &set.kind else {
        return None;
    };
    let [variable] = &environment.variables[..] else {
        return None;
    };
    let is_presence = *fact.test.key == *format!("{variable} is set");
    let is_plain = !matches!(
        unset.kind,
        K::Unset | K::OneOf(_) | K::Environment(_) | K::Unknown(_)
    );
    (is_presence && is_plain).then(|| {
        let environment = Environment {
            unset: Unset::Value(unset.clone()),
            ..(**environment).clone()
        };
        V::new(K::Environment(Rc::new(environment)), set.place)
    })
}

/// A dict of which only so many entries have keys that are not known: each fork makes two of one.
/// What is left out stays possible, as the dict is open then.
fn without_vague(dict: Dict<'_>) -> Dict<'_> {
    let is_known = |entry: &&Entry<'_>| entry.key.key().is_some();
    let vague = dict.entries().filter(|entry| !is_known(entry));
    if vague.count() <= super::MAX_ALTERNATIVES {
        return dict;
    }
    let mut known = Dict::new(true);
    for entry in dict.entries().filter(is_known) {
        known.insert(entry.clone());
    }
    known
}
