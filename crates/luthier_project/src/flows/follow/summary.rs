//! What a function does with a kind of arguments.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::event::Event;
use super::value::Value;
use crate::facts::Name;
use crate::modules::FunctionRef;

/// A function with what it is given: rows among that are named by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) function: FunctionRef,
    /// By parameter.
    pub(super) bound: Box<[Value]>,
    pub(super) captured: Option<Rc<[(Name, Value)]>>,
}

/// What calling it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) returned: Value,
    /// The queries that it makes.
    pub(super) events: Vec<Event>,
    /// Attributes that it sets on what it is given first.
    pub(super) sets: BTreeMap<Arc<str>, Value>,
}

impl Summary {
    /// Before anything is known.
    pub(super) fn never() -> Self {
        Self {
            returned: Value::Never,
            events: Vec::new(),
            sets: BTreeMap::new(),
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
