//! Names and heap, with a journal: a branch is run, what it changed is taken out again, the other
//! branch is run, and both changes are merged. The cost is that of the changes, not of the state.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::remembered::Watch;
use super::values::{Dict, Item, Obj, ObjId, ScopeId, SequenceKind, V};
use crate::settings::Contribution;

/// What a name is bound to, and what led to it.
#[derive(Clone, Debug)]
pub(super) struct Variable<'a> {
    pub(super) value: V<'a>,
    pub(super) trail: Trail,
}

/// The contributions to a value, in order.
pub(super) type Trail = Rc<Vec<Contribution>>;

#[derive(Clone, Debug)]
pub(super) struct HeapEntry<'a> {
    pub(super) obj: Obj<'a>,
    pub(super) trail: Trail,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    Name(ScopeId, Arc<str>),
    Object(ObjId),
}

/// What was, or is, in a slot.
#[derive(Clone, Debug)]
pub(super) enum Content<'a> {
    Name(Option<Variable<'a>>),
    Object(HeapEntry<'a>),
}

/// The slots that a branch changed, in order of the first change, with what they hold after it.
pub(super) type Delta<'a> = Vec<(Slot, Content<'a>)>;

#[derive(Debug, Default)]
struct Journal<'a> {
    order: Vec<Slot>,
    before: FxHashMap<Slot, Content<'a>>,
    /// Objects and scopes made later than this need no undoing.
    heap_mark: u32,
    scope_mark: u32,
}

impl Journal<'_> {
    fn is_new(&self, slot: &Slot) -> bool {
        match slot {
            Slot::Name(scope, _) => scope.0 >= self.scope_mark,
            Slot::Object(id) => id.0 >= self.heap_mark,
        }
    }
}

/// The names of one scope, in order of their first binding.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    names: FxHashMap<Arc<str>, Option<Variable<'a>>>,
    order: Vec<Arc<str>>,
}

#[derive(Debug, Default)]
pub(super) struct State<'a> {
    scopes: Vec<Scope<'a>>,
    heap: Vec<HeapEntry<'a>>,
    journals: Vec<Journal<'a>>,
    /// Set while somebody wants to know what a call looks at.
    watch: RefCell<Option<Watch>>,
}

impl<'a> State<'a> {
    pub(super) fn new_scope(&mut self) -> ScopeId {
        self.scopes.push(Scope::default());
        ScopeId(self.scopes.len() as u32 - 1)
    }

    /// The names ever bound in a scope, in order.
    pub(super) fn names(&self, scope: ScopeId) -> Vec<Arc<str>> {
        self.watched(|watch| watch.scope(scope));
        let scope = &self.scopes[scope.0 as usize];
        scope
            .order
            .iter()
            .filter(|&name| scope.names[name].is_some())
            .cloned()
            .collect()
    }

    pub(super) fn name(&self, scope: ScopeId, name: &str) -> Option<&Variable<'a>> {
        self.watched(|watch| watch.name(scope, name));
        self.scopes[scope.0 as usize].names.get(name)?.as_ref()
    }

    pub(super) fn bind(&mut self, scope: ScopeId, name: &Arc<str>, variable: Option<Variable<'a>>) {
        if !self.journals.is_empty() {
            let slot = Slot::Name(scope, name.clone());
            self.record(&slot);
        }
        let scope = &mut self.scopes[scope.0 as usize];
        if scope.names.insert(name.clone(), variable).is_none() {
            scope.order.push(name.clone());
        }
    }

    // ---- who watches ----

    /// The scope that is made next.
    pub(super) fn next_scope(&self) -> ScopeId {
        ScopeId(self.scopes.len() as u32)
    }

    pub(super) fn watch(&mut self, watch: Watch) {
        self.watch = RefCell::new(Some(watch));
    }

    pub(super) fn unwatch(&mut self) -> Option<Watch> {
        self.watch.take()
    }

    /// Tells whoever watches what is looked at.
    pub(super) fn watched(&self, tell: impl FnOnce(&mut Watch)) {
        if let Some(watch) = self.watch.borrow_mut().as_mut() {
            tell(watch);
        }
    }

    /// Whether nothing was changed since [`State::begin`] that was there before.
    pub(super) fn is_unchanged(&self) -> bool {
        let journal = self.journals.last();
        journal.is_some_and(|journal| journal.order.is_empty())
    }

    // ---- heap ----

    pub(super) fn allocate(&mut self, obj: Obj<'a>, trail: Trail) -> ObjId {
        self.heap.push(HeapEntry { obj, trail });
        ObjId(self.heap.len() as u32 - 1)
    }

    pub(super) fn object(&self, id: ObjId) -> &HeapEntry<'a> {
        &self.heap[id.0 as usize]
    }

    fn object_mut(&mut self, id: ObjId) -> &mut HeapEntry<'a> {
        if !self.journals.is_empty() {
            self.record(&Slot::Object(id));
        }
        &mut self.heap[id.0 as usize]
    }

    pub(super) fn items(&self, id: ObjId) -> &Rc<Vec<Item<'a>>> {
        match &self.object(id).obj {
            Obj::Sequence { items, .. } => items,
            _ => unreachable!("sequences are made only for sequences"),
        }
    }

    pub(super) fn sequence_kind(&self, id: ObjId) -> SequenceKind {
        match &self.object(id).obj {
            Obj::Sequence { kind, .. } => *kind,
            _ => unreachable!("sequences are made only for sequences"),
        }
    }

    pub(super) fn items_mut(&mut self, id: ObjId) -> &mut Vec<Item<'a>> {
        match &mut self.object_mut(id).obj {
            Obj::Sequence { items, .. } => Rc::make_mut(items),
            _ => unreachable!("sequences are made only for sequences"),
        }
    }

    /// The entries of a dict, or the attributes of an instance.
    pub(super) fn dict(&self, id: ObjId) -> &Rc<Dict<'a>> {
        match &self.object(id).obj {
            Obj::Dict(dict)
            | Obj::Instance {
                attributes: dict, ..
            } => dict,
            Obj::Sequence { .. } => unreachable!("dicts are made only for dicts"),
        }
    }

    pub(super) fn dict_mut(&mut self, id: ObjId) -> &mut Dict<'a> {
        match &mut self.object_mut(id).obj {
            Obj::Dict(dict)
            | Obj::Instance {
                attributes: dict, ..
            } => Rc::make_mut(dict),
            Obj::Sequence { .. } => unreachable!("dicts are made only for dicts"),
        }
    }

    /// Remembers that something happened to an object.
    pub(super) fn contribute(&mut self, id: ObjId, contribution: Contribution) {
        let trail = &mut self.object_mut(id).trail;
        if trail
            .last()
            .is_none_or(|last| last.place != contribution.place)
        {
            Rc::make_mut(trail).push(contribution);
        }
    }

    // ---- branches ----

    fn record(&mut self, slot: &Slot) {
        let Some(journal) = self.journals.last() else {
            return;
        };
        if journal.is_new(slot) || journal.before.contains_key(slot) {
            return;
        }
        let before = self.content(slot);
        let journal = self.journals.last_mut().expect("just looked at");
        journal.order.push(slot.clone());
        journal.before.insert(slot.clone(), before);
    }

    pub(super) fn content(&self, slot: &Slot) -> Content<'a> {
        match slot {
            Slot::Name(scope, name) => Content::Name(self.name(*scope, name).cloned()),
            Slot::Object(id) => Content::Object(self.object(*id).clone()),
        }
    }

    pub(super) fn write(&mut self, slot: &Slot, content: Content<'a>) {
        match (slot, content) {
            (Slot::Name(scope, name), Content::Name(variable)) => self.bind(*scope, name, variable),
            (Slot::Object(id), Content::Object(entry)) => *self.object_mut(*id) = entry,
            _ => unreachable!("slots keep their kind"),
        }
    }

    /// From here on changes are remembered, until [`State::rollback`] or [`State::commit`].
    pub(super) fn begin(&mut self) {
        let heap_mark = self.heap.len() as u32;
        let scope_mark = self.scopes.len() as u32;
        self.journals.push(Journal {
            heap_mark,
            scope_mark,
            ..Journal::default()
        });
    }

    /// Takes the changes since [`State::begin`] out again.
    pub(super) fn rollback(&mut self) -> Delta<'a> {
        let mut journal = self.journals.pop().expect("begun before");
        let mut delta = Vec::with_capacity(journal.order.len());
        for slot in journal.order {
            let before = journal
                .before
                .remove(&slot)
                .expect("recorded with its order");
            let after = self.content(&slot);
            self.restore(&slot, before);
            delta.push((slot, after));
        }
        delta
    }

    /// Keeps the changes since [`State::begin`].
    pub(super) fn commit(&mut self) {
        let mut journal = self.journals.pop().expect("begun before");
        let Some(outer) = self.journals.last_mut() else {
            return;
        };
        for slot in journal.order {
            if !outer.is_new(&slot) && !outer.before.contains_key(&slot) {
                let before = journal
                    .before
                    .remove(&slot)
                    .expect("recorded with its order");
                outer.before.insert(slot.clone(), before);
                outer.order.push(slot);
            }
        }
    }

    fn restore(&mut self, slot: &Slot, content: Content<'a>) {
        match (slot, content) {
            (Slot::Name(scope, name), Content::Name(variable)) => {
                self.scopes[scope.0 as usize]
                    .names
                    .insert(name.clone(), variable);
            }
            (Slot::Object(id), Content::Object(entry)) => self.heap[id.0 as usize] = entry,
            _ => unreachable!("slots keep their kind"),
        }
    }
}
