//! One run through the code of a function, and what all runs share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use hashbrown::HashTable;
use luthier_source::{FileId, Location};
use rustc_hash::{FxHashMap, FxHashSet};

use super::declared::Declared;
use super::event::{Ask, Consumer, Event, Extent, Growing, MadeQuery, Through};
use super::frame::Outer;
use super::givens::{Givens, taken};
use super::members::KnownAttribute;
use super::path::Path;
use super::record::{Record, Rounds, Unseen};
use super::serializers::ShownField;
use super::steps::{AllSteps, Steps};
use super::summary::{Key, Summary};
use super::told::Places;
use super::value::{Anchor, Dict, Fetch, Growth, Row, Rows, Source, Value};
use super::works::{Works, Written};
use crate::facts::{BodyId, Name};
use crate::models::{Model, ModelId};
use crate::modules::{ClassRef, FunctionRef, ModuleId, ValueRef};
use crate::{ModelGraph, Project};

/// Calls within calls deeper than this are not followed.
const MAX_CALLS: usize = 40;

/// Rounds in which functions that call each other are worked out.
const MAX_ROUNDS: u32 = 3;

/// Kinds of arguments that every function is worked out for in full.
const MOST_KINDS: usize = 24;

/// Expressions that a small function may come to with more of them: what passes rows on is called
/// with many kinds, and costs little.
const MOST_WORK: usize = 8_000;

/// Steps that one entry into the code may take with all that it calls.
const FUEL: u32 = 400_000;

/// Values by name: the context of a template.
pub(super) type Named = Vec<(Arc<str>, Value)>;

/// What all runs share.
pub(super) struct Engine<'a> {
    pub(super) project: &'a Project,
    /// The models that `apps` of a data migration has, where that is what is run.
    pub(super) past: Option<&'a ModelGraph>,
    steps: AllSteps,
    pub(super) declared: RefCell<FxHashMap<FunctionRef, Declared>>,
    summaries: FxHashMap<Rc<Key>, Rc<Summary>>,
    /// How many kinds of arguments each function was given.
    kinds: FxHashMap<FunctionRef, usize>,
    /// Functions that are being worked out, with what is known of them so far.
    open: Vec<(Rc<Key>, Rc<Summary>)>,
    /// The outermost of them that was met again.
    lowest: usize,
    /// What was worked out in this round and hangs on an open one, with the outermost of those.
    round: FxHashMap<Rc<Key>, (Rc<Summary>, usize)>,
    /// Its keys, in the order in which they were worked out.
    rounded: Vec<Rc<Key>>,
    /// The same of the round before.
    earlier: FxHashMap<Rc<Key>, Rc<Summary>>,
    fuel: u32,
    /// Values of modules and classes.
    pub(super) values: FxHashMap<ValueRef, Value>,
    /// What names mean that a scope takes from around it.
    pub(super) outer: FxHashMap<(ModuleId, BodyId, Name), Outer>,
    /// The same of names of modules, and of what is outside.
    pub(super) module_members: FxHashMap<ModuleId, FxHashMap<Box<str>, Outer>>,
    pub(super) outside_members: FxHashMap<Arc<str>, FxHashMap<Box<str>, Outer>>,
    /// What any key of a large dict leads to, by where the dict is.
    pub(super) large: FxHashMap<*const Dict, (Rc<Dict>, Value)>,
    /// What the bodies of classes and of their bases say of a name; of those after one of them.
    pub(super) class_attributes: RefCell<HashTable<KnownAttribute>>,
    /// Attributes that methods set on instances of a class.
    pub(super) attributes: FxHashMap<ClassRef, FxHashMap<Box<str>, Value>>,
    /// Attributes that code sets on requests.
    pub(super) on_request: FxHashMap<Arc<str>, Value>,
    /// The fields that serializers show.
    pub(super) shown_fields: FxHashMap<ClassRef, Rc<[ShownField]>>,
    /// Whether serializers show their fields, or nothing but what their own methods do is asked for.
    pub(super) shows_fields: bool,
    /// How many serializers are being followed within each other.
    pub(super) nested: u32,
    /// What context processors give to every page, once asked for.
    pub(super) processed: Option<Rc<Named>>,
    pub(super) found: FxHashSet<FoundKey>,
    pub(super) growing: Vec<Growing>,
    pub(super) blocking: Vec<MadeQuery>,
    /// The places that go through the rows of a queryset of a known model.
    pub(super) consumers: FxHashSet<Location>,
    pub(super) works: Works,
    /// Of which models the rows are that methods of querysets are called on, over all kinds of
    /// arguments that their function is given.
    pub(super) called: FxHashSet<(ValueRef, ModelId)>,
    /// Whether all queries are recorded.
    pub(super) records: bool,
}

type FoundKey = (Location, Option<Location>, Ask, Location, bool);

impl<'a> Engine<'a> {
    pub(super) fn new(project: &'a Project) -> Self {
        Self {
            project,
            past: None,
            steps: AllSteps::default(),
            declared: RefCell::default(),
            summaries: FxHashMap::default(),
            kinds: FxHashMap::default(),
            open: Vec::new(),
            lowest: usize::MAX,
            round: FxHashMap::default(),
            rounded: Vec::new(),
            earlier: FxHashMap::default(),
            fuel: FUEL,
            values: FxHashMap::default(),
            outer: FxHashMap::default(),
            module_members: FxHashMap::default(),
            outside_members: FxHashMap::default(),
            large: FxHashMap::default(),
            class_attributes: RefCell::default(),
            attributes: FxHashMap::default(),
            on_request: FxHashMap::default(),
            shown_fields: FxHashMap::default(),
            shows_fields: true,
            nested: 0,
            processed: None,
            found: FxHashSet::default(),
            growing: Vec::new(),
            blocking: Vec::new(),
            consumers: FxHashSet::default(),
            works: Works::default(),
            called: FxHashSet::default(),
            records: false,
        }
    }

    /// Whether nothing is left to go on with.
    pub(super) fn is_out_of_fuel(&self) -> bool {
        self.fuel == 0
    }

    /// Whether a function is being worked out with these arguments.
    fn is_open(&self, key: &Key) -> bool {
        self.open.iter().any(|(open, _)| **open == *key)
    }

    pub(super) fn refuel(&mut self) {
        self.fuel = FUEL;
    }

    /// Uses up one step; gives whether there are any left.
    pub(super) fn burn(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0
    }

    /// What a function does with what it is given.
    ///
    /// Functions that call each other in a circle are worked out together: what hangs on one that is
    /// still open is kept for the round, and for good once the outermost of them finds nothing new.
    fn summary(&mut self, key: Key) -> Rc<Summary> {
        if let Some(known) = self.summaries.get(&key) {
            return Rc::clone(known);
        }
        if let Some(position) = self.open.iter().position(|(open, _)| **open == key) {
            self.lowest = self.lowest.min(position);
            return Rc::clone(&self.open[position].1);
        }
        if let Some((known, lowest)) = self.round.get(&key) {
            self.lowest = self.lowest.min(*lowest);
            return Rc::clone(known);
        }
        if !self.earlier.contains_key(&key) {
            let body = self.project.modules.function_body(key.function);
            let size = body.exprs().len().max(1);
            let most = MOST_KINDS.max(MOST_WORK / size);
            let kinds = self.kinds.entry(key.function).or_default();
            if *kinds >= most {
                let widened = key.clone().widened();
                if widened != key {
                    return self.summary(widened);
                }
                // A base class of hundreds has as many kinds of `self`, however little is said of it.
                let of_any_class = key.clone().of_any_class();
                if *kinds >= 2 * most && of_any_class != key {
                    return self.summary(of_any_class);
                }
            }
            *kinds += 1;
        }
        if self.open.len() >= MAX_CALLS || self.fuel == 0 {
            self.lowest = 0;
            return Rc::new(Summary::unknown());
        }
        let key = Rc::new(key);
        let before = std::mem::replace(&mut self.lowest, usize::MAX);
        let position = self.open.len();
        let start = self.rounded.len();
        // The outer round before this one knew something already.
        let first = self.earlier.get(&key).map(Rc::clone);
        self.open
            .push((key, first.unwrap_or_else(|| Rc::new(Summary::never()))));
        for _ in 0..MAX_ROUNDS {
            let key = Rc::clone(&self.open[position].0);
            let found = Rc::new(super::frame::interpret(self, &key));
            let is_same = *found == *self.open[position].1;
            self.open[position].1 = found;
            // Only the outermost of a circle goes round again: it takes the others along.
            if is_same || self.lowest != position || self.fuel == 0 {
                break;
            }
            self.forget(start);
        }
        let (key, found) = self.open.pop().expect("it was pushed above");
        if self.lowest >= position {
            self.settle(start);
            self.summaries.insert(key, Rc::clone(&found));
            self.lowest = before;
        } else {
            self.round
                .insert(Rc::clone(&key), (Rc::clone(&found), self.lowest));
            self.rounded.push(key);
            self.lowest = before.min(self.lowest);
        }
        found
    }

    /// Another round begins: what the last one found is where this one starts.
    fn forget(&mut self, start: usize) {
        for key in self.rounded.drain(start..) {
            if let Some((found, _)) = self.round.remove(&key) {
                self.earlier.insert(key, found);
            }
        }
    }

    /// Nothing that is open is hung on any more by what was found since `start`.
    fn settle(&mut self, start: usize) {
        for key in self.rounded.drain(start..) {
            self.earlier.remove(&key);
            if let Some((found, _)) = self.round.remove(&key) {
                self.summaries.insert(key, found);
            }
        }
    }
}

pub(super) struct Run<'e, 'a> {
    pub(super) engine: &'e mut Engine<'a>,
    /// The loops around the code whose rounds grow with the number of rows.
    pub(super) loops: Vec<Loop>,
    pub(super) events: Vec<Event>,
    /// Where they ask.
    pub(super) asked_at: Places,
    /// The expression that is being worked out, for querysets that it builds.
    pub(super) site: Source,
    /// What the code is that goes through rows here.
    pub(super) consumer: Consumer,
    /// The expression that is a statement of its own: nobody uses what it gives.
    pub(super) alone: Option<Location>,
    /// How many conditions stand around the code.
    pub(super) conditions: u32,
    /// The innermost block that stands under one.
    pub(super) conditional: Option<Location>,
    /// How many of them ask whether something is there already.
    pub(super) caches: u32,
    /// Whether what is run is awaited, or runs in a thread.
    pub(super) is_apart: bool,
    pub(super) written: Written,
    /// Whether something was sent out of the process.
    pub(super) is_sending: bool,
    /// All queries, where they are recorded.
    pub(super) record: Option<Box<Record>>,
    /// How many queries were, on all ways.
    pub(super) recorded: usize,
    /// How many querysets and rows were made.
    pub(super) instances: Rc<Cell<u32>>,
    /// How many elements the collection has that was gone through last.
    pub(super) size: Option<u32>,
    /// Of which rows it is.
    pub(super) through: Option<Through>,
    /// Where those come from.
    gone_through: Source,
}

/// A loop around the code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loop {
    pub(super) at: Location,
    /// Whether it surely goes through more the more rows there are, and not through what a caller
    /// may give.
    pub(super) is_sure: bool,
    pub(super) by: Consumer,
    pub(super) rounds: Rounds,
    pub(super) through: Option<Through>,
    /// Where its rows come from.
    pub(super) source: Source,
    /// How many conditions stand around it.
    pub(super) conditions: u32,
}

/// What a call is given.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Value>,
    pub(super) keywords: Vec<(Arc<str>, Value)>,
    /// Whether `*args` or `**kwargs` may give more.
    pub(super) is_open: bool,
    /// The row that a keyword is given, or something of it.
    pub(super) row: Option<GivenRow>,
}

/// How a row is given by keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GivenRow {
    /// `pk=book.pk`, with the model.
    ItsKey(ModelId),
    Otherwise,
}

impl Arguments {
    pub(super) fn of(positional: impl IntoIterator<Item = Value>) -> Self {
        Self {
            positional: positional.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Whether rows are among what is given.
    pub(super) fn gives_rows(&self) -> bool {
        let keywords = self.keywords.iter().map(|(_, value)| value);
        let mut all = self.positional.iter().chain(keywords);
        all.any(|value| matches!(value, Value::Row(_) | Value::Rows(_)))
    }

    /// The names of all conditions that it is given, those of `Q` included.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Arc<str>> {
        let positional = self.positional.iter();
        let within = positional.filter_map(|value| match value {
            Value::Lookups(names) => Some(names.iter()),
            _ => None,
        });
        let keywords = self.keywords.iter().map(|(name, _)| name);
        keywords.chain(within.flatten())
    }

    pub(super) fn keyword(&self, name: &str) -> Option<&Value> {
        let mut keywords = self.keywords.iter();
        keywords
            .find(|(keyword, _)| &**keyword == name)
            .map(|(_, value)| value)
    }

    pub(super) fn get(&self, position: usize, name: &str) -> Option<&Value> {
        self.positional.get(position).or_else(|| self.keyword(name))
    }
}

impl<'e, 'a> Run<'e, 'a> {
    pub(super) fn new(engine: &'e mut Engine<'a>) -> Self {
        Self {
            record: engine.records.then(Box::default),
            recorded: 0,
            instances: Rc::default(),
            size: None,
            through: None,
            gone_through: Source::Unknown,
            engine,
            loops: Vec::new(),
            events: Vec::new(),
            asked_at: Places::default(),
            site: Source::Unknown,
            consumer: Consumer::Code,
            alone: None,
            conditions: 0,
            conditional: None,
            caches: 0,
            is_apart: false,
            written: Written::default(),
            is_sending: false,
        }
    }

    pub(super) fn project(&self) -> &'a Project {
        self.engine.project
    }

    /// The graph that has a model: that of the code, or that of a migration.
    pub(super) fn models_of(&self, model: ModelId) -> &'a ModelGraph {
        match self.engine.past {
            Some(past) if past.has(model) => past,
            _ => &self.engine.project.models,
        }
    }

    pub(super) fn model(&self, model: ModelId) -> &'a Model {
        self.models_of(model).get(model)
    }

    pub(super) fn depth(&self) -> u8 {
        u8::try_from(self.loops.len()).unwrap_or(u8::MAX)
    }

    pub(super) fn steps(&mut self, model: ModelId) -> Rc<Steps> {
        self.engine.steps.of(self.models_of(model), model)
    }

    // ---- loops ----

    /// Goes into a loop over a collection: gives one of its elements. To be left by [`Run::leave`].
    pub(super) fn enter(&mut self, many: &Value, at: Location) -> Value {
        let (element, growth) = self.elements(many, at);
        self.enter_elements(&element, growth, at)
    }

    pub(super) fn enter_elements(
        &mut self,
        element: &Value,
        growth: Growth,
        at: Location,
    ) -> Value {
        let size = self.size.take();
        let through = self.through.take();
        let source = std::mem::replace(&mut self.gone_through, Source::Unknown);
        let rounds = match growth {
            Growth::Given | Growth::Rows => Rounds::Rows(at),
            Growth::No | Growth::Unknown => size.map_or(Rounds::Unknown(at), Rounds::Few),
        };
        // Where queries are counted, a loop of three rounds is one too.
        if growth >= Growth::Given || self.records() && rounds != Rounds::Few(1) {
            let is_sure = growth == Growth::Rows;
            let by = self.consumer;
            self.loops.push(Loop {
                at,
                is_sure,
                by,
                rounds,
                through,
                source,
                conditions: self.conditions,
            });
        }
        taken(element, self.depth())
    }

    /// A small number, which counts where queries are recorded.
    pub(super) fn few(&self, number: i64) -> Value {
        let known = if self.records() { number } else { 0 };
        Value::Few(u8::try_from(known).unwrap_or_default())
    }

    /// Whether the code stands in a loop whose rounds grow.
    pub(super) fn is_in_growing_loop(&self) -> bool {
        let mut loops = self.loops.iter();
        loops.any(|around| matches!(around.rounds, Rounds::Rows(_)))
    }

    pub(super) fn leave(&mut self, loops: usize) {
        self.loops.truncate(loops);
    }

    /// What going through a collection gives, and whether that takes longer the more rows there are.
    pub(super) fn elements(&mut self, many: &Value, at: Location) -> (Value, Growth) {
        let found = self.elements_of(many, at);
        self.size = match many {
            Value::Tuple(values) => u32::try_from(values.len()).ok(),
            Value::Rows(rows) => rows.limit,
            Value::Class(class) if self.records() => self.members_of(*class),
            _ => None,
        };
        self.through = through(many);
        self.gone_through = super::scripts::source(many);
        found
    }

    fn elements_of(&mut self, many: &Value, at: Location) -> (Value, Growth) {
        match many {
            Value::Rows(rows) => {
                self.fetch(rows, at);
                self.engine.consumers.insert(at);
                let growth = if rows.is_bounded {
                    Growth::No
                } else {
                    Growth::Rows
                };
                let element = if rows.is_plain {
                    Value::Plain
                } else {
                    Value::Row(Rc::new(rows.row(self.depth())))
                };
                (element, growth)
            }
            Value::Many(many) => (many.element.clone(), many.growth),
            Value::Tuple(values) => {
                let values = values.iter().cloned();
                (values.fold(Value::Never, Value::join), Growth::No)
            }
            Value::Dict(dict) if dict.is_growing => (Value::Plain, Growth::Rows),
            Value::Dict(_) => (Value::Plain, Growth::No),
            Value::Text(_) => (Value::Plain, Growth::No),
            Value::Paginator(rows) => (Value::clone(rows), Growth::Unknown),
            Value::Either(values) => {
                let mut joined = (Value::Never, Growth::No);
                let mut fork = self.fork();
                for value in values.iter() {
                    let (element, growth) = self.elements(value, at);
                    joined = (joined.0.join(element), joined.1.max(growth));
                    self.way(&mut fork, true);
                }
                self.meet(fork);
                joined
            }
            Value::Object(_) => {
                let element = self.call_method(many, "__iter__", &Arguments::default(), at);
                match element {
                    Value::Many(many) => (many.element.clone(), many.growth),
                    Value::Rows(_) => self.elements(&element, at),
                    _ => (Value::Unknown, Growth::Unknown),
                }
            }
            Value::Class(_) if self.records() => (Value::Plain, Growth::No),
            Value::Never => (Value::Never, Growth::No),
            Value::Input => (Value::Input, Growth::Rows),
            _ => (Value::Unknown, Growth::Unknown),
        }
    }

    // ---- queries ----

    /// Goes through the rows of a queryset, which are then in memory.
    pub(super) fn fetch(&mut self, rows: &Rows, at: Location) {
        if rows.is_fetched {
            return;
        }
        self.note_rows(rows, at, None);
        let ask = super::rows::ask_for(rows, "");
        let origin = (rows.source, rows.path.clone());
        let counted = self.counted(rows.anchor, rows.made);
        self.add(Event::new(ask, at, origin, counted));
    }

    /// Asks the database here and now.
    pub(super) fn ask(&mut self, ask: Ask, source: Source, path: &Path, at: Location) {
        let origin = (source, path.clone());
        let counted = (Anchor::Here, self.depth());
        self.add(Event::new(ask, at, origin, counted));
    }

    /// Asks for something of a row, once for each such row.
    pub(super) fn touch(&mut self, row: &Row, ask: Ask, name: &str, at: Location) {
        let is_unknown =
            row.source == Source::Unknown && row.made == 0 && row.anchor == Anchor::Here;
        if is_unknown && !self.records() {
            return;
        }
        self.note_touch(row, name, at);
        let made = match (row.fetch, row.anchor) {
            (Fetch::One | Fetch::Alone | Fetch::Prefetched, _) => row.made,
            // How many others the caller's row has as peers is not known.
            (Fetch::Peers, Anchor::Given(_)) if row.made == 0 => return,
            // The first of the rows asks for all of them.
            (Fetch::Peers, _) => row.made.saturating_sub(1),
            (Fetch::Raise, _) => return,
        };
        let origin = (row.source, row.path.step(name, false));
        let counted = self.counted(row.anchor, made);
        self.add(Event::new(ask, at, origin, counted));
    }

    /// In how many loops something was made: what is used behind the loop is one.
    pub(super) fn counted(&self, anchor: Anchor, made: u8) -> (Anchor, u8) {
        match anchor {
            Anchor::Here => (anchor, made.min(self.depth())),
            Anchor::Given(_) => (anchor, made),
        }
    }

    pub(super) fn location(&self, value: ValueRef) -> Option<Location> {
        let file = self.file(value.module)?;
        Some(Location::new(
            file,
            self.project().modules.value(value).span(),
        ))
    }

    pub(super) fn file(&self, module: ModuleId) -> Option<FileId> {
        self.project().modules.get(module).file
    }

    // ---- calling code ----

    /// What a function does with values that are no rows.
    pub(super) fn summary_of(&mut self, function: FunctionRef, bound: Vec<Value>) -> Rc<Summary> {
        let declared = self.engine.declared(function);
        let bound = bound.into_iter().enumerate();
        let seen = bound.map(|(position, value)| match declared.seen(position, &value) {
            Some(_) => value,
            None => Value::Unknown,
        });
        self.engine
            .summary(Key::new(function, seen.collect(), None))
    }

    /// Calls a function of the repository with a value for each of its parameters.
    pub(super) fn enter_function(
        &mut self,
        function: FunctionRef,
        bound: &[Value],
        captured: Option<&Rc<[(Name, Value)]>>,
        at: Location,
    ) -> (Value, Rc<Summary>, Givens) {
        let made = self.records().then(|| Rc::clone(&self.instances));
        let mut givens = Givens::of(made);
        let is_alone = bound.is_empty();
        let declared = self.engine.declared(function);
        let bound = bound.iter().enumerate();
        let seen = bound.map(|(position, value)| match declared.seen(position, value) {
            Some(value) => givens.hide(value),
            None => Value::Unknown,
        });
        let bound = seen.collect();
        let captured = captured.map(|captured| givens.hide_captured(captured));
        let key = Key::new(function, bound, captured);
        if self.records() && self.engine.is_open(&key) {
            self.unseen(Unseen::Recursion(at));
        }
        let summary = self.engine.summary(key);
        let loops = self.depth();
        // What is kept is asked for once, or once for each kind of arguments.
        let is_kept = declared.is_kept;
        let is_once = is_kept && is_alone;
        let inner = if is_once { 0 } else { loops };
        self.add_called(
            &summary,
            &givens,
            (at, inner),
            (is_kept, declared.runs_apart),
        );
        if summary.sends {
            self.notes_sending();
        }
        if summary.writes_much {
            self.notes_writing_much();
        }
        if let Some(record) = &summary.record {
            self.replay(record, &givens, at, inner);
        }
        let returned = givens.show(&summary.returned, loops);
        (returned, summary, givens)
    }
}

/// The rows that a collection is of.
fn through(many: &Value) -> Option<Through> {
    match many {
        Value::Rows(rows) => Some(Through {
            model: rows.model,
            is_of_one: rows.relation.is_some(),
            is_of_owner: rows.is_of_owner,
            extent: rows.extent,
            is_picked: false,
        }),
        Value::Many(many) => many
            .element
            .alternatives()
            .iter()
            .find_map(|element| match element {
                Value::Row(row) => Some(Through {
                    model: row.model,
                    is_of_one: row.is_of_one || row.path.crosses_many(),
                    is_of_owner: false,
                    extent: Extent::Untold,
                    is_picked: false,
                }),
                _ => None,
            }),
        Value::Either(values) => values.iter().find_map(through),
        _ => None,
    }
}
