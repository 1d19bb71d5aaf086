//! What running the code of a URLconf yields.

use std::rc::Rc;

use luthier_source::Span;
use rustc_hash::FxHashMap;

use crate::modules::{ClassRef, FunctionRef, ModuleId, Modules};
use crate::place::Place;
use crate::routes::pattern::Segment;

macro_rules! handle {
    ($(#[doc = $doc:expr] $name:ident),* $(,)?) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(in crate::routes) struct $name(pub(in crate::routes) u32);
    )*};
}

handle! {
    /// A list of [`Heap::lists`]; names share it, as in Python.
    ListId,
    /// A dict of [`Heap::dicts`].
    DictId,
    /// An instance of [`Heap::objects`].
    ObjectId,
    /// A URL pattern of [`Heap::patterns`].
    PatternId,
    /// The names of one running module or function, in [`Heap::frames`].
    FrameId,
}

/// A place in one module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodePlace {
    pub module: ModuleId,
    pub span: Span,
}

impl CodePlace {
    /// The same as a place of the repository; `None` for what is written elsewhere.
    pub fn in_repository(self, modules: &Modules) -> Option<Place> {
        if self == Self::NOWHERE {
            return None;
        }
        let file = modules.get(self.module).file?;
        Some(Place {
            file,
            span: self.span,
        })
    }

    /// Of what no line of the project makes: the pages of the admin, say.
    pub(in crate::routes) const NOWHERE: Self = Self {
        module: ModuleId::FIRST,
        span: Span {
            start: u32::MAX,
            end: u32::MAX,
        },
    };
}

/// A value, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::routes) enum Value {
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    Str(Rc<str>),
    List(ListId),
    /// Also sets: their order is that of the text.
    Tuple(Rc<[Item]>),
    Dict(DictId),
    Module(ModuleId),
    Class(ClassRef),
    /// The frame is that of the function around it.
    Function(FunctionRef, Option<FrameId>),
    /// The dotted name of something whose code is not looked at.
    External(Rc<str>),
    /// Something whose meaning is known here, by its dotted name.
    Native(&'static str),
    /// A method or function-like attribute of a value.
    Bound(Rc<(Value, Rc<str>)>),
    /// A method of a project class, found at this step of its resolution order.
    Method {
        object: ObjectId,
        function: FunctionRef,
        step: u32,
    },
    /// `super()` in a method: lookups go on after this step.
    Super {
        object: ObjectId,
        step: u32,
    },
    Object(ObjectId),
    Pattern(PatternId),
    Include(Rc<Include>),
    View(Rc<View>),
    /// What a call of something external gave: often a decorator, by the callee's dotted name.
    Made(Rc<str>),
    /// `settings`
    Settings,
    /// `settings.DEBUG`
    Debug,
}

impl Value {
    pub(in crate::routes) fn str(text: &str) -> Self {
        Self::Str(Rc::from(text))
    }

    pub(in crate::routes) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }
}

/// Under which circumstances something holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When {
    /// `Some(true)`: only while `settings.DEBUG` is on; `Some(false)`: only while it is off.
    pub debug: Option<bool>,
    /// Under some other condition that is not decided here.
    pub maybe: bool,
}

impl When {
    pub(in crate::routes) fn and(self, other: Self) -> Self {
        Self {
            debug: self.debug.or(other.debug),
            maybe: self.maybe || other.maybe,
        }
    }
}

/// An element of a list; an unknown one may stand for any number of elements.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::routes) struct Item {
    pub(in crate::routes) value: Value,
    pub(in crate::routes) when: When,
    pub(in crate::routes) place: CodePlace,
}

/// What `include()` gives.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::routes) struct Include {
    pub(in crate::routes) patterns: Value,
    pub(in crate::routes) app_name: Value,
    pub(in crate::routes) namespace: Value,
    /// The URLconf's module, where it is one.
    pub(in crate::routes) module: Option<ModuleId>,
    /// The dotted name of a URLconf that was not found.
    pub(in crate::routes) missing: Option<Rc<str>>,
}

/// One pattern: a view or an include behind a segment.
#[derive(Clone, Debug)]
pub(in crate::routes) struct Pattern {
    pub(in crate::routes) segment: Segment,
    /// A [`Value::Include`], a list, or what serves as view.
    pub(in crate::routes) target: Value,
    /// A string, `None` or unknown.
    pub(in crate::routes) name: Value,
    /// A dict, `None` or unknown.
    pub(in crate::routes) kwargs: Value,
    pub(in crate::routes) place: CodePlace,
}

/// What a URL leads to.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::routes) struct View {
    pub(in crate::routes) target: Target,
    /// Dotted names of what was put around it, outermost last; `None` where not known.
    pub(in crate::routes) wrappers: Vec<Option<Rc<str>>>,
    /// Arguments of `as_view()` or of `partial()`.
    pub(in crate::routes) keywords: Vec<(Rc<str>, Value)>,
    /// Number of positional arguments that `partial()` fills in.
    pub(in crate::routes) filled: usize,
    /// HTTP method and method of the class.
    pub(in crate::routes) actions: Vec<(Rc<str>, Rc<str>)>,
}

/// The code behind a view.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::routes) enum Target {
    Function(FunctionRef),
    /// `as_view()` of it, or an instance of it that is called.
    Class(ClassRef),
    /// A method bound to an instance: of an admin class, say.
    Method(ClassRef, Rc<str>),
    External(Rc<str>),
    Unknown,
}

impl View {
    pub(in crate::routes) fn new(target: Target) -> Self {
        Self {
            target,
            wrappers: Vec::new(),
            keywords: Vec::new(),
            filled: 0,
            actions: Vec::new(),
        }
    }
}

/// An instance.
#[derive(Clone, Debug)]
pub(in crate::routes) struct Object {
    pub(in crate::routes) kind: Kind,
    pub(in crate::routes) attributes: FxHashMap<Rc<str>, Value>,
}

/// What an instance is an instance of.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::routes) enum Kind {
    Class(ClassRef),
    /// A class whose code is not looked at, by its dotted name.
    Native(&'static str),
}

/// The names of a running module or function.
#[derive(Clone, Debug)]
pub(in crate::routes) struct Frame<'a> {
    pub(in crate::routes) module: ModuleId,
    /// The function around it; names are then looked for in the module.
    pub(in crate::routes) parent: Option<FrameId>,
    pub(in crate::routes) names: FxHashMap<&'a str, Value>,
    /// The instance and the step of its resolution order, in methods.
    pub(in crate::routes) receiver: Option<(ObjectId, u32)>,
    /// Under which circumstances it runs at all.
    pub(in crate::routes) base: When,
    /// What was returned, and under which circumstances.
    pub(in crate::routes) returns: Vec<(Value, When)>,
    /// What a generator yielded.
    pub(in crate::routes) yields: Vec<Item>,
}

/// Everything that values refer to.
#[derive(Debug, Default)]
pub(in crate::routes) struct Heap<'a> {
    pub(in crate::routes) lists: Vec<Vec<Item>>,
    pub(in crate::routes) dicts: Vec<Vec<(Value, Value)>>,
    pub(in crate::routes) objects: Vec<Object>,
    pub(in crate::routes) patterns: Vec<Pattern>,
    pub(in crate::routes) frames: Vec<Frame<'a>>,
}

impl<'a> Heap<'a> {
    pub(in crate::routes) fn list(&mut self, items: Vec<Item>) -> Value {
        self.lists.push(items);
        Value::List(ListId(self.lists.len() as u32 - 1))
    }

    pub(in crate::routes) fn dict(&mut self, entries: Vec<(Value, Value)>) -> Value {
        self.dicts.push(entries);
        Value::Dict(DictId(self.dicts.len() as u32 - 1))
    }

    pub(in crate::routes) fn object(&mut self, kind: Kind) -> ObjectId {
        self.objects.push(Object {
            kind,
            attributes: FxHashMap::default(),
        });
        ObjectId(self.objects.len() as u32 - 1)
    }

    pub(in crate::routes) fn pattern(&mut self, pattern: Pattern) -> Value {
        self.patterns.push(pattern);
        Value::Pattern(PatternId(self.patterns.len() as u32 - 1))
    }

    pub(in crate::routes) fn frame(&mut self, frame: Frame<'a>) -> FrameId {
        self.frames.push(frame);
        FrameId(self.frames.len() as u32 - 1)
    }

    /// The elements of a list or tuple.
    pub(in crate::routes) fn items<'v>(&'v self, value: &'v Value) -> Option<&'v [Item]> {
        match value {
            Value::List(id) => Some(&self.lists[id.0 as usize]),
            Value::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Gives a list other elements, for everyone who holds it.
    pub(in crate::routes) fn replace(&mut self, list: ListId, items: Vec<Item>) {
        self.lists[list.0 as usize] = items;
    }

    pub(in crate::routes) fn entries(&self, value: &Value) -> Option<&[(Value, Value)]> {
        match value {
            Value::Dict(id) => Some(&self.dicts[id.0 as usize]),
            _ => None,
        }
    }

    pub(in crate::routes) fn get(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    pub(in crate::routes) fn get_mut(&mut self, id: ObjectId) -> &mut Object {
        &mut self.objects[id.0 as usize]
    }

    pub(in crate::routes) fn get_pattern(&self, id: PatternId) -> &Pattern {
        &self.patterns[id.0 as usize]
    }

    pub(in crate::routes) fn get_pattern_mut(&mut self, id: PatternId) -> &mut Pattern {
        &mut self.patterns[id.0 as usize]
    }
}
