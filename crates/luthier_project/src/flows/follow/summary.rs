//! What a function does with a kind of arguments.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use super::event::Event;
use super::loads::{Columns, Loads};
use super::record::Node;
use super::value::{Row, Rows, Value};
use crate::facts::Name;
use crate::modules::FunctionRef;

/// A function with what it is given: rows among that are named by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Of all that follows: values are deep, and each key is looked for several times.
    hash: u64,
    pub(super) function: FunctionRef,
    /// By parameter.
    pub(super) bound: Box<[Value]>,
    pub(super) captured: Option<Rc<[(Name, Value)]>>,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Key {
    pub(super) fn new(
        function: FunctionRef,
        bound: Box<[Value]>,
        captured: Option<Rc<[(Name, Value)]>>,
    ) -> Self {
        Self {
            hash: FxBuildHasher.hash_one((function, &bound, &captured)),
            function,
            bound,
            captured,
        }
    }

    /// The same with less said of what is given: for functions that are given too much that differs.
    pub(super) fn widened(self) -> Self {
        let captured = self.captured.map(|captured| {
            let captured = captured.iter();
            captured
                .map(|(name, value)| (*name, widened(value)))
                .collect()
        });
        let bound = self.bound.iter().map(widened).collect();
        Self::new(self.function, bound, captured)
    }

    /// The same with nothing said of what instance `self` is.
    pub(super) fn of_any_class(mut self) -> Self {
        if let Some(own @ Value::Object(_)) = self.bound.first_mut() {
            *own = Value::Unknown;
        }
        Self::new(self.function, self.bound, self.captured)
    }
}

/// A value of which is known what it is, and no more: everything may be loaded with a row.
pub(super) fn widened(value: &Value) -> Value {
    match value {
        Value::Row(row) => Value::Row(Rc::new(Row {
            loads: Loads::Open,
            columns: Columns::All,
            ..Row::clone(row)
        })),
        Value::Rows(rows) => Value::Rows(Rc::new(Rows {
            loads: Loads::Open,
            columns: Columns::All,
            ..Rows::clone(rows)
        })),
        Value::Object(object) => Value::object(object.class),
        Value::Class(_) | Value::Past(_) | Value::Module(_) | Value::None => value.clone(),
        _ => Value::Unknown,
    }
}

/// What calling it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) returned: Value,
    /// The queries that it makes.
    pub(super) events: Vec<Event>,
    /// Attributes that it sets on what it is given first.
    pub(super) sets: BTreeMap<Arc<str>, Value>,
    /// Attributes that it sets on what it calls `request`.
    pub(super) on_request: BTreeMap<Arc<str>, Value>,
    /// Whether it sends something out of the process.
    pub(super) sends: bool,
    /// Whether it may write with several statements.
    pub(super) writes_much: bool,
    /// All queries in order, where they are recorded.
    pub(super) record: Option<Rc<[Node]>>,
}

impl Summary {
    /// Before anything is known.
    pub(super) fn never() -> Self {
        Self {
            returned: Value::Never,
            events: Vec::new(),
            sets: BTreeMap::new(),
            on_request: BTreeMap::new(),
            sends: false,
            writes_much: false,
            record: None,
        }
    }

    /// Given up.
    pub(super) fn unknown() -> Self {
        Self {
            returned: Value::Unknown,
            ..Self::never()
        }
    }
}
