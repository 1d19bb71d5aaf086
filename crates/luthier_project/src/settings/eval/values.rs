//! Values while settings are evaluated: containers live in the heap, so that two names for one
//! list see each other's changes.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::facts::{ClassId, FunctionId, PythonFacts};
use crate::modules::ModuleId;
use crate::place::Place;
use crate::settings::condition::Condition;
use crate::settings::value::Cast;

/// A list, tuple, set, dict or instance, by its place in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ObjId(pub(super) u32);

/// A module's, class's or call's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ScopeId(pub(super) u32);

#[derive(Clone, Debug)]
pub(super) struct V<'a> {
    pub(super) kind: K<'a>,
    pub(super) place: Option<Place>,
}

#[derive(Clone, Debug)]
pub(super) enum K<'a> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Arc<str>),
    Bytes,
    Path(Arc<str>),
    /// Microseconds.
    Duration(i64),
    Text(Rc<[V<'a>]>),
    Sequence(ObjId),
    Dict(ObjId),
    Instance(ObjId),
    Environment(Rc<Environment<'a>>),
    OneOf(Rc<[(Condition, V<'a>)]>),
    /// A module that was, or is being, evaluated.
    Module(ModuleId),
    Function(Rc<Function<'a>>),
    Class(Rc<Class<'a>>),
    /// Something outside the repository, by its dotted name.
    External(Arc<str>),
    /// A method looked up on a value.
    Method(Rc<(V<'a>, Arc<str>)>),
    /// `os.environ`
    Environ,
    /// `globals()`, `locals()`, `vars()`, or a module's `__dict__`.
    Names(ScopeId),
    /// A reader of the environment that a library gives: `environ.Env()`, `config` ...
    Reader(Rc<Reader<'a>>),
    /// The result of a call that is not followed.
    Object(Rc<Object<'a>>),
    /// Among alternatives: no value at all.
    Unset,
    Unknown(Arc<str>),
}

#[derive(Clone, Debug)]
pub(super) struct Environment<'a> {
    pub(super) variables: Vec<Arc<str>>,
    pub(super) cast: Cast,
    pub(super) unset: Unset<'a>,
}

#[derive(Clone, Debug)]
pub(super) enum Unset<'a> {
    Value(V<'a>),
    Fails,
    Unknown,
}

#[derive(Clone, Debug)]
pub(super) struct Function<'a> {
    pub(super) facts: &'a PythonFacts,
    pub(super) module: ModuleId,
    pub(super) id: FunctionId,
    /// Where its free names are looked up, innermost first.
    pub(super) scopes: Vec<ScopeId>,
    pub(super) defaults: Vec<(Arc<str>, V<'a>)>,
    pub(super) is_property: bool,
    /// A method bound to this.
    pub(super) receiver: Option<V<'a>>,
}

#[derive(Clone, Debug)]
pub(super) struct Class<'a> {
    pub(super) facts: &'a PythonFacts,
    pub(super) module: ModuleId,
    pub(super) id: ClassId,
    pub(super) name: Arc<str>,
    pub(super) bases: Vec<V<'a>>,
    pub(super) scope: ScopeId,
}

#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    pub(super) callee: Arc<str>,
    pub(super) arguments: Vec<(Option<Arc<str>>, V<'a>)>,
}

/// Which library reads the environment, and how it was told to.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    pub(super) library: Library,
    pub(super) prefix: Arc<str>,
    /// Casts and defaults by variable.
    pub(super) scheme: Vec<(Arc<str>, Option<V<'a>>, Option<V<'a>>)>,
}

impl Reader<'_> {
    /// As a library gives it, nothing told.
    pub(super) fn plain(library: Library) -> Self {
        Self {
            library,
            prefix: "".into(),
            scheme: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// django-environ
    DjangoEnviron,
    Environs,
    /// python-decouple
    Decouple,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SequenceKind {
    List,
    Tuple,
    Set,
}

/// What is in the heap.
#[derive(Clone, Debug)]
pub(super) enum Obj<'a> {
    Sequence {
        kind: SequenceKind,
        items: Rc<Vec<Item<'a>>>,
    },
    Dict(Rc<Dict<'a>>),
    Instance {
        class: Rc<Class<'a>>,
        attributes: Rc<Dict<'a>>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    pub(super) value: V<'a>,
    pub(super) when: Condition,
    /// Stands for any number of elements.
    pub(super) many: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) key: V<'a>,
    pub(super) value: V<'a>,
    pub(super) when: Condition,
}

/// A dict in order of insertion.
#[derive(Clone, Debug, Default)]
pub(super) struct Dict<'a> {
    pub(super) entries: Vec<Option<Entry<'a>>>,
    index: FxHashMap<Key, u32>,
    /// There may be keys that are not known.
    pub(super) open: bool,
}

/// A key that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    None,
    Int(i64),
    Str(Arc<str>),
}

impl<'a> V<'a> {
    pub(super) fn new(kind: K<'a>, place: Option<Place>) -> Self {
        Self { kind, place }
    }

    pub(super) fn str(text: &str, place: Option<Place>) -> Self {
        Self::new(K::Str(text.into()), place)
    }

    pub(super) fn bool(value: bool, place: Option<Place>) -> Self {
        Self::new(K::Bool(value), place)
    }

    pub(super) fn none() -> Self {
        Self::new(K::None, None)
    }

    pub(super) fn unknown(why: &str, place: Option<Place>) -> Self {
        Self::new(K::Unknown(why.into()), place)
    }

    pub(super) fn at(mut self, place: Option<Place>) -> Self {
        self.place = place.or(self.place);
        self
    }

    pub(super) fn as_str(&self) -> Option<&Arc<str>> {
        match &self.kind {
            K::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string or path.
    pub(super) fn as_text(&self) -> Option<&Arc<str>> {
        match &self.kind {
            K::Str(text) | K::Path(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self.kind {
            K::Int(value) => Some(value),
            K::Bool(value) => Some(i64::from(value)),
            _ => None,
        }
    }

    pub(super) fn as_float(&self) -> Option<f64> {
        match self.kind {
            K::Float(value) => Some(value),
            _ => self.as_int().map(|value| value as f64),
        }
    }

    pub(super) fn key(&self) -> Option<Key> {
        match &self.kind {
            K::None => Some(Key::None),
            K::Str(text) => Some(Key::Str(text.clone())),
            _ => self.as_int().map(Key::Int),
        }
    }

    pub(super) fn is_unset(&self) -> bool {
        matches!(self.kind, K::Unset)
    }
}

impl<'a> Item<'a> {
    pub(super) fn one(value: V<'a>) -> Self {
        Self {
            value,
            when: Condition::ALWAYS,
            many: false,
        }
    }

    pub(super) fn many(value: V<'a>) -> Self {
        Self {
            value,
            when: Condition::ALWAYS,
            many: true,
        }
    }
}

impl<'a> Dict<'a> {
    pub(super) fn new(open: bool) -> Self {
        Self {
            open,
            ..Self::default()
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Entry<'a>> {
        self.entries[*self.index.get(key)? as usize].as_ref()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().flatten()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty() && self.entries().next().is_none()
    }

    /// Sets what is at a key; a key that is not known makes the dict open.
    pub(super) fn set(&mut self, key: V<'a>, value: V<'a>) {
        self.insert(Entry {
            key,
            value,
            when: Condition::ALWAYS,
        });
    }

    pub(super) fn insert(&mut self, entry: Entry<'a>) {
        let Some(key) = entry.key.key() else {
            self.open = true;
            self.entries.push(Some(entry));
            return;
        };
        if let Some(&index) = self.index.get(&key) {
            // The key stays the one that was first given, as in Python.
            let old = self.entries[index as usize]
                .as_mut()
                .expect("indexed entries are there");
            old.value = entry.value;
            old.when = entry.when;
        } else {
            self.index.insert(key, self.entries.len() as u32);
            self.entries.push(Some(entry));
        }
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<Entry<'a>> {
        let index = self.index.remove(key)?;
        self.entries[index as usize].take()
    }
}
