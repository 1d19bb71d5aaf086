//! What callers give, named by number within the function, and put back in what it returns.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;
use rustc_hash::FxHashMap;

use super::event::Event;
use super::loads::{Load, Loads};
use super::path::Path;
use super::record::Identity;
use super::value::{
    Anchor, Asked, Callable, Dict, Many, Object, Prefetch, Row, Rows, Source, Value,
};
use crate::facts::Name;

/// Containers within containers deeper than this are not followed.
const MAX_DEPTH: u32 = 6;

/// Relations loaded within relations deeper than this are not told apart.
const MAX_LOADS: u32 = 6;

/// What the caller knows of rows that it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    source: Source,
    path: Path,
    anchor: Anchor,
    made: u8,
    instance: u32,
}

/// All rows that one call gives, by number.
#[derive(Debug, Default)]
pub(super) struct Givens {
    all: Vec<Given>,
    /// What the function made itself, by its numbers, with the numbers of the caller.
    instances: RefCell<FxHashMap<u32, u32>>,
    /// How many the caller has; nothing where queries are not recorded.
    made: Option<Rc<Cell<u32>>>,
}

impl Givens {
    /// What a call gives in a run that numbers what it makes.
    pub(super) fn of(made: Option<Rc<Cell<u32>>>) -> Self {
        Self {
            made,
            ..Self::default()
        }
    }

    /// The caller's number of what the function made, or was given.
    fn instance(&self, source: Source, instance: u32) -> u32 {
        if let (Source::Given(number), 0) = (source, instance) {
            return match self.all.get(usize::from(number)) {
                Some(given) => given.instance,
                None => 0,
            };
        }
        let Some(made) = self.made.as_ref().filter(|_| instance != 0) else {
            return instance;
        };
        let mut known = self.instances.borrow_mut();
        *known.entry(instance).or_insert_with(|| {
            made.set(made.get() + 1);
            made.get()
        })
    }

    /// What is asked for once, as the caller sees it.
    pub(super) fn show_identity(&self, identity: &Identity) -> Identity {
        let (source, path) = self.origin(identity.source, &identity.path);
        Identity {
            source,
            path,
            instance: self.instance(identity.source, identity.instance),
            kind: identity.kind,
        }
    }

    fn number(&mut self, given: Given) -> u16 {
        let known = self.all.iter().position(|known| *known == given);
        let number = known.unwrap_or_else(|| {
            self.all.push(given);
            self.all.len() - 1
        });
        number as u16
    }

    /// A value as the function sees it.
    pub(super) fn hide(&mut self, value: &Value) -> Value {
        let mut hide = |source, path: &Path, anchor, made, instance| {
            let number = self.number(Given {
                source,
                path: path.clone(),
                anchor,
                made,
                instance,
            });
            Moved {
                source: Source::Given(number),
                path: Path::start(),
                anchor: Anchor::Given(number),
                made: 0,
                instance: 0,
            }
        };
        let hidden = moved(value, &mut hide, MAX_DEPTH);
        match hidden {
            // What a function asks of one row hangs on the row alone.
            Value::Row(row) if row.is_of_one => Value::Row(Rc::new(Row {
                is_of_one: false,
                ..Row::clone(&row)
            })),
            hidden => hidden,
        }
    }

    pub(super) fn hide_captured(&mut self, captured: &[(Name, Value)]) -> Rc<[(Name, Value)]> {
        let captured = captured.iter();
        captured
            .map(|(name, value)| (*name, self.hide(value)))
            .collect()
    }

    /// A value of the function as the caller sees it, who stands in so many loops.
    pub(super) fn show(&self, value: &Value, loops: u8) -> Value {
        let mut show = |source, path: &Path, anchor, made, instance| {
            let instance = self.instance(source, instance);
            let (source, path) = self.origin(source, path);
            let (anchor, made) = self.counted(anchor, made, loops);
            Moved {
                source,
                path,
                anchor,
                made,
                instance,
            }
        };
        moved(value, &mut show, MAX_DEPTH)
    }

    /// A query of the function as one of the caller, who calls it at a place.
    pub(super) fn show_event(&self, event: &Event, at: Location, counted: (Anchor, u8)) -> Event {
        let (source, path) = self.origin(event.source, &event.path);
        Event {
            place: event.place,
            ask: event.ask.clone(),
            source,
            path,
            depth: counted.1,
            anchor: counted.0,
            looped: event.looped,
            by: event.by,
            through: event.through,
            calls: event.called_at(at),
            is_branched: event.is_branched,
            is_conditional: event.is_conditional,
            is_apart: event.is_apart,
        }
    }

    fn origin(&self, source: Source, path: &Path) -> (Source, Path) {
        match source {
            Source::Given(number) => match self.all.get(usize::from(number)) {
                Some(given) => (given.source, given.path.then(path)),
                None => (Source::Unknown, path.clone()),
            },
            source => (source, path.clone()),
        }
    }

    pub(super) fn counted(&self, anchor: Anchor, made: u8, loops: u8) -> (Anchor, u8) {
        match anchor {
            Anchor::Here => (Anchor::Here, made.saturating_add(loops)),
            Anchor::Given(number) => match self.all.get(usize::from(number)) {
                Some(given) => (given.anchor, made.saturating_add(given.made)),
                None => (Anchor::Here, made),
            },
        }
    }
}

/// A value that leaves the loops of its function: made once a call.
pub(super) fn leaving(value: &Value) -> Value {
    let mut leave = |source, path: &Path, anchor, made, instance| Moved {
        source,
        path: path.clone(),
        anchor,
        made: if anchor == Anchor::Here { 0 } else { made },
        instance,
    };
    moved(value, &mut leave, MAX_DEPTH)
}

/// A value that was taken out of a collection where so many loops stand around.
pub(super) fn taken(value: &Value, loops: u8) -> Value {
    let mut take = |source, path: &Path, _, _, instance| Moved {
        source,
        path: path.clone(),
        anchor: Anchor::Here,
        made: loops,
        instance,
    };
    moved(value, &mut take, MAX_DEPTH)
}

/// A value of which is not known where and how often it was made.
pub(super) fn of_unknown_origin(value: &Value) -> Value {
    let mut hide = |_, path: &Path, _, _, instance| Moved {
        source: Source::Unknown,
        path: path.clone(),
        anchor: Anchor::Here,
        made: 0,
        instance,
    };
    moved(value, &mut hide, MAX_DEPTH)
}

struct Moved {
    source: Source,
    path: Path,
    anchor: Anchor,
    made: u8,
    instance: u32,
}

type Move<'m> = dyn FnMut(Source, &Path, Anchor, u8, u32) -> Moved + 'm;

/// The same value with its rows coming from elsewhere.
fn moved(value: &Value, change: &mut Move<'_>, depth: u32) -> Value {
    if stays(value, depth) {
        value.clone()
    } else {
        made_anew(value, change, depth)
    }
}

/// Whether moving a value leaves it as it is: no rows are in it.
fn stays(value: &Value, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let within = |value: &Value| stays(value, depth);
    match value {
        Value::Rows(_) | Value::Row(_) | Value::Prefetch(_) | Value::Either(_) => false,
        Value::Function(callable) => {
            let captured = callable
                .captured
                .iter()
                .flat_map(|captured| captured.iter());
            callable.own.iter().all(within)
                && callable.given.iter().all(within)
                && captured.map(|(_, value)| value).all(within)
        }
        Value::Object(object) => object.fields.values().all(within),
        Value::Super(_, own) => within(own),
        Value::Many(many) => within(&many.element),
        Value::Tuple(values) => values.iter().all(within),
        Value::Dict(dict) => dict.known.values().chain(&dict.other).all(within),
        Value::Paginator(inner) | Value::Apart(inner) => within(inner),
        _ => true,
    }
}

fn made_anew(value: &Value, change: &mut Move<'_>, depth: u32) -> Value {
    let Some(depth) = depth.checked_sub(1) else {
        return Value::Unknown;
    };
    match value {
        Value::Rows(rows) => {
            let (anchor, made) = (rows.anchor, rows.made);
            let to = change(rows.source, &rows.path, anchor, made, rows.instance);
            Value::Rows(Rc::new(Rows {
                source: to.source,
                path: to.path,
                anchor: to.anchor,
                made: to.made,
                instance: to.instance,
                // Who asks for what callers give does not choose it.
                asked: match to.anchor {
                    Anchor::Given(_) => Asked::Otherwise,
                    Anchor::Here => rows.asked,
                },
                loads: shallow(&rows.loads, MAX_LOADS),
                ..Rows::clone(rows)
            }))
        }
        Value::Row(row) => {
            let to = change(row.source, &row.path, row.anchor, row.made, row.instance);
            Value::Row(Rc::new(Row {
                source: to.source,
                path: to.path,
                anchor: to.anchor,
                made: to.made,
                instance: to.instance,
                loads: shallow(&row.loads, MAX_LOADS),
                ..Row::clone(row)
            }))
        }
        Value::Function(callable) => {
            let is_plain =
                callable.own.is_none() && callable.captured.is_none() && callable.given.is_empty();
            if is_plain {
                return value.clone();
            }
            let captured = callable.captured.as_ref().map(|captured| {
                let captured = captured.iter();
                captured
                    .map(|(name, value)| (*name, moved(value, change, depth)))
                    .collect()
            });
            Value::Function(Rc::new(Callable {
                function: callable.function,
                own: callable.own.as_ref().map(|own| moved(own, change, depth)),
                captured,
                given: each(&callable.given, change, depth),
            }))
        }
        Value::Object(object) if !object.fields.is_empty() => Value::Object(Rc::new(Object {
            class: object.class,
            fields: fields(&object.fields, change, depth),
        })),
        Value::Super(class, own) => Value::Super(*class, Box::new(moved(own, change, depth))),
        Value::Many(many) => Value::Many(Rc::new(Many {
            element: moved(&many.element, change, depth),
            growth: many.growth,
        })),
        Value::Tuple(values) => Value::Tuple(each(values, change, depth)),
        Value::Dict(dict) => Value::Dict(Rc::new(Dict {
            known: fields(&dict.known, change, depth),
            other: dict.other.as_ref().map(|other| moved(other, change, depth)),
            is_growing: dict.is_growing,
        })),
        Value::Prefetch(prefetch) => Value::Prefetch(Rc::new(Prefetch {
            rows: moved(&prefetch.rows, change, depth),
            ..Prefetch::clone(prefetch)
        })),
        Value::Paginator(rows) => Value::Paginator(Rc::new(moved(rows, change, depth))),
        Value::Apart(callee) => Value::Apart(Rc::new(moved(callee, change, depth))),
        Value::Either(values) => {
            let values = values.iter().map(|value| moved(value, change, depth));
            values.fold(Value::Never, Value::join)
        }
        Value::Object(_)
        | Value::Never
        | Value::Unknown
        | Value::None
        | Value::Plain
        | Value::Few(_)
        | Value::Lookups(_)
        | Value::Input
        | Value::Bool(_)
        | Value::Text(_)
        | Value::Module(_)
        | Value::Class(_)
        | Value::Past(_)
        | Value::Getter(_)
        | Value::FormSet(_)
        | Value::Signal(_)
        | Value::Outside(_)
        | Value::OutsideObject(_) => value.clone(),
    }
}

fn each(values: &[Value], change: &mut Move<'_>, depth: u32) -> Rc<[Value]> {
    let values = values.iter();
    values.map(|value| moved(value, change, depth)).collect()
}

fn fields(
    fields: &BTreeMap<Arc<str>, Value>,
    change: &mut Move<'_>,
    depth: u32,
) -> BTreeMap<Arc<str>, Value> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (Arc::clone(name), moved(value, change, depth)))
        .collect()
}

/// What is loaded down to a depth; below it anything may be.
fn shallow(loads: &Loads, depth: u32) -> Loads {
    let Loads::Known(known) = loads else {
        return Loads::Open;
    };
    if known.is_empty() {
        return loads.clone();
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Loads::Open;
    };
    if loads.is_within(depth + 1) {
        return loads.clone();
    }
    let known = known.iter().map(|(name, load)| {
        let loads = shallow(&load.loads, depth);
        (
            Arc::clone(name),
            Load {
                loads,
                ..load.clone()
            },
        )
    });
    Loads::Known(Rc::new(known.collect()))
}
