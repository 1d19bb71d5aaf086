//! Runs the code of URLconfs, as far as it can be known, without importing anything.
//!
//! URLconfs are programs: they build lists in loops, call helpers that return more patterns, hand
//! viewsets to routers and routers to `include()`. [`Machine`] runs a module's statements in order
//! over abstract values. What it does not understand becomes [`Value::Unknown`], and an unknown
//! element of a list of patterns later makes that URLconf open; nothing is guessed. Work is bounded
//! by a number of steps.

mod builtins;
pub(in crate::routes) mod calls;
mod expressions;
mod names;
mod natives;
mod statements;
mod urls;
pub(in crate::routes) mod value;

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::surroundings::{Literal, Surroundings};
use crate::facts::ExprRef;
use crate::modules::{Ancestor, ClassRef, ModuleId, Modules};

use self::value::{CodePlace, FrameId, Heap, Item, Kind, ObjectId, Value, When};

/// Expressions and statements that one project may take. The largest of the public projects needs
/// 70,000; one that branches without end stops here, and what it leads to is open.
const FUEL: u32 = 500_000;

/// Calls within calls.
const MAX_DEPTH: u32 = 40;

pub(in crate::routes) struct Machine<'a> {
    pub(in crate::routes) modules: &'a Modules,
    pub(in crate::routes) world: &'a Surroundings,
    pub(in crate::routes) heap: Heap<'a>,
    /// Modules that are running or have run.
    running: FxHashMap<ModuleId, FrameId>,
    /// Modules whose imports were followed.
    imported: FxHashSet<ModuleId>,
    /// First parts of the repository's module names.
    own_packages: FxHashSet<&'a str>,
    /// Class attributes that were evaluated: instances share them.
    class_values: FxHashMap<ClassRef, FxHashMap<Rc<str>, Value>>,
    /// Resolution orders that were asked for: methods are looked up all the time.
    class_steps: RefCell<FxHashMap<ClassRef, Rc<[Step]>>>,
    /// Singletons and class attributes of what is known here only.
    pub(in crate::routes) native_values: FxHashMap<String, Value>,
    /// Converters that were registered, by name.
    pub(in crate::routes) converters: Vec<(Rc<str>, Value)>,
    /// Under which circumstances the present statement runs.
    pub(in crate::routes) when: When,
    fuel: u32,
    depth: u32,
    /// Modules of which it is not known that something imports them.
    pub(in crate::routes) late: FxHashSet<ModuleId>,
    /// Names that are being looked up for other names.
    hops: u32,
}

impl<'a> Machine<'a> {
    pub(in crate::routes) fn new(modules: &'a Modules, world: &'a Surroundings) -> Self {
        let own = modules.repository().map(|id| {
            let name = modules.get(id).name.as_str();
            name.split('.').next().unwrap_or(name)
        });
        Self {
            modules,
            world,
            heap: Heap::default(),
            running: FxHashMap::default(),
            imported: FxHashSet::default(),
            own_packages: own.collect(),
            class_values: FxHashMap::default(),
            class_steps: RefCell::default(),
            native_values: FxHashMap::default(),
            converters: Vec::new(),
            when: When::default(),
            fuel: FUEL,
            depth: 0,
            late: FxHashSet::default(),
            hops: 0,
        }
    }

    /// Counts one step; false once there were too many.
    fn step(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0
    }

    /// Runs `work` with one more condition.
    fn under<T>(&mut self, when: When, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.when;
        self.when = outer.and(when);
        let result = work(self);
        self.when = outer;
        result
    }

    pub(in crate::routes) fn item(&self, value: Value, place: CodePlace) -> Item {
        Item {
            value,
            when: self.when,
            place,
        }
    }

    pub(in crate::routes) fn place(&self, frame: FrameId, expr: ExprRef<'_>) -> CodePlace {
        CodePlace {
            module: self.frame(frame).module,
            span: expr.span(),
        }
    }

    fn frame(&self, id: FrameId) -> &value::Frame<'a> {
        &self.heap.frames[id.0 as usize]
    }

    fn frame_mut(&mut self, id: FrameId) -> &mut value::Frame<'a> {
        &mut self.heap.frames[id.0 as usize]
    }

    /// A new list of values that all come from one place.
    pub(in crate::routes) fn list_of(&mut self, values: Vec<Value>, place: CodePlace) -> Value {
        let items = values
            .into_iter()
            .map(|value| self.item(value, place))
            .collect();
        self.heap.list(items)
    }

    pub(in crate::routes) fn literal(&mut self, literal: &Literal) -> Value {
        let nowhere = CodePlace::NOWHERE;
        let many = |machine: &mut Self, literals: &[Literal]| -> Vec<Item> {
            let values = literals.iter().map(|literal| machine.literal(literal));
            let values: Vec<_> = values.collect();
            values
                .into_iter()
                .map(|value| machine.item(value, nowhere))
                .collect()
        };
        match literal {
            Literal::Unknown => Value::Unknown,
            Literal::None => Value::None,
            Literal::Bool(value) => Value::Bool(*value),
            Literal::Int(value) => Value::Int(*value),
            Literal::Str(text) => Value::str(text),
            Literal::List(literals) => {
                let items = many(self, literals);
                self.heap.list(items)
            }
            Literal::Tuple(literals) => Value::Tuple(many(self, literals).into()),
            Literal::Dict(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (self.literal(key), self.literal(value)));
                let entries = entries.collect();
                self.heap.dict(entries)
            }
        }
    }

    // ---- classes and instances ----

    /// The resolution order of an instance's class, as native names where the meaning is known here.
    pub(in crate::routes) fn steps(&self, object: ObjectId) -> Rc<[Step]> {
        match self.heap.get(object).kind {
            Kind::Native(name) => natives::with_bases(name).map(Step::Native).collect(),
            Kind::Class(class) => self.class_steps(class),
        }
    }

    pub(in crate::routes) fn class_steps(&self, class: ClassRef) -> Rc<[Step]> {
        if let Some(steps) = self.class_steps.borrow().get(&class) {
            return steps.clone();
        }
        let steps: Rc<[Step]> = self.find_class_steps(class).into();
        self.class_steps.borrow_mut().insert(class, steps.clone());
        steps
    }

    fn find_class_steps(&self, class: ClassRef) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for ancestor in &self.modules.mro(class).ancestors {
            let native = match ancestor {
                Ancestor::Class(class) => natives::class(&self.modules.qualified_class(*class)),
                Ancestor::External(name) => natives::class(name),
                Ancestor::Unknown => None,
            };
            match (native, ancestor) {
                // Where the code was not found, what it inherits from is known all the same.
                (Some(native), _) => {
                    for name in natives::with_bases(native).map(Step::Native) {
                        if !steps.contains(&name) {
                            steps.push(name);
                        }
                    }
                }
                (None, Ancestor::Class(class)) => steps.push(Step::Class(*class)),
                (None, Ancestor::External(name)) if name.starts_with("builtins.") => {}
                (None, _) => steps.push(Step::Unknown),
            }
        }
        steps
    }

    /// Whether an instance's class is or inherits from one known here.
    pub(in crate::routes) fn is_a(&self, object: ObjectId, native: &'static str) -> bool {
        self.steps(object).contains(&Step::Native(native))
    }
}

/// One entry of a resolution order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::routes) enum Step {
    Class(ClassRef),
    Native(&'static str),
    Unknown,
}
