//! What a row has in memory: relations that are loaded with it, and the columns that are not.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::models::ModelId;

/// Relations that are loaded with a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Loads {
    /// By the attribute that leads there.
    Known(Rc<BTreeMap<Arc<str>, Load>>),
    /// Whatever is asked for may be loaded: not followed.
    Open,
}

/// One loaded relation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Load {
    pub(super) loads: Loads,
    pub(super) columns: Columns,
    pub(super) how: How,
    /// Whether the rows that were prefetched have an order.
    pub(super) is_ordered: bool,
    /// Whether it is loaded in some cases only.
    pub(super) is_maybe: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum How {
    /// By `select_related`, or because the row was reached from there.
    Joined,
    /// Because the row was reached from there, as one of many: all of them have the same instance.
    Parent,
    /// Because code followed it before, or set it.
    Followed,
    /// By `prefetch_related`.
    Prefetched,
    /// Into a list of rows of the model, by `to_attr`.
    Listed(ModelId),
}

/// The columns of a row that are in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Columns {
    All,
    Only(Rc<BTreeSet<Arc<str>>>),
    Except(Rc<BTreeSet<Arc<str>>>),
}

impl Loads {
    pub(super) fn none() -> Self {
        Self::Known(Rc::default())
    }

    /// Whether nothing is loaded further away than so many relations.
    pub(super) fn is_within(&self, relations: u32) -> bool {
        let Self::Known(known) = self else {
            return true;
        };
        if known.is_empty() {
            return true;
        }
        let inner = relations.checked_sub(1);
        inner.is_some_and(|inner| known.values().all(|load| load.loads.is_within(inner)))
    }

    /// The relation that an attribute leads to, where it is known to be loaded.
    pub(super) fn known(&self, name: &str) -> Option<&Load> {
        match self {
            Self::Known(known) => known.get(name),
            Self::Open => None,
        }
    }

    /// The relation that an attribute leads to, where it is loaded.
    pub(super) fn get(&self, name: &str) -> Option<Load> {
        match self {
            Self::Known(known) => known.get(name).cloned(),
            Self::Open => Some(Load {
                loads: Self::Open,
                columns: Columns::All,
                how: How::Joined,
                is_ordered: false,
                is_maybe: false,
            }),
        }
    }

    /// The same with one more; what is there already keeps what it has loaded.
    #[must_use]
    pub(super) fn with(&self, name: &Arc<str>, load: Load) -> Self {
        let Self::Known(known) = self else {
            return Self::Open;
        };
        let mut known = BTreeMap::clone(known);
        match known.get_mut(name) {
            Some(there) => there.loads = there.loads.and(&load.loads),
            None => {
                known.insert(Arc::clone(name), load);
            }
        }
        Self::Known(Rc::new(known))
    }

    /// The same, with a relation loaded in place of what was.
    #[must_use]
    pub(super) fn set(&self, name: &Arc<str>, load: Load) -> Self {
        let Self::Known(known) = self else {
            return Self::Open;
        };
        let mut known = BTreeMap::clone(known);
        known.insert(Arc::clone(name), load);
        Self::Known(Rc::new(known))
    }

    /// What either loads.
    #[must_use]
    pub(super) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Known(_), Self::Known(others)) => {
                let others = others.iter();
                others.fold(self.clone(), |loads, (name, load)| {
                    loads.with(name, load.clone())
                })
            }
            _ => Self::Open,
        }
    }

    /// What is loaded where one or the other is. What a queryset loads in one case only may not be
    /// needed in the other; what was followed in one case only is not loaded.
    #[must_use]
    pub(super) fn or(&self, other: &Self) -> Self {
        let (Self::Known(known), Self::Known(others)) = (self, other) else {
            return Self::Open;
        };
        let mut joined: BTreeMap<Arc<str>, Load> = BTreeMap::new();
        for (name, load) in known.iter() {
            let load = match others.get(name) {
                Some(other) => Load {
                    loads: load.loads.or(&other.loads),
                    is_maybe: load.is_maybe || other.is_maybe,
                    ..load.clone()
                },
                None if load.how == How::Followed => continue,
                None => load.maybe(),
            };
            joined.insert(Arc::clone(name), load);
        }
        for (name, load) in others.iter() {
            if !known.contains_key(name) && load.how != How::Followed {
                joined.insert(Arc::clone(name), load.maybe());
            }
        }
        Self::Known(Rc::new(joined))
    }

    /// The same without what was loaded in some way: `select_related(None)`.
    #[must_use]
    pub(super) fn without(&self, is_dropped: impl Fn(How) -> bool) -> Self {
        let Self::Known(known) = self else {
            return Self::Open;
        };
        let kept = known.iter().filter(|(_, load)| !is_dropped(load.how));
        Self::Known(Rc::new(
            kept.map(|(name, load)| (Arc::clone(name), load.clone()))
                .collect(),
        ))
    }
}

impl Load {
    fn maybe(&self) -> Self {
        Self {
            is_maybe: true,
            ..self.clone()
        }
    }

    pub(super) fn new(how: How) -> Self {
        Self {
            loads: Loads::none(),
            columns: Columns::All,
            how,
            is_ordered: false,
            is_maybe: false,
        }
    }
}

impl Columns {
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
            Self::Except(names) => !names.contains(name),
        }
    }

    /// `only()`: replaces what was asked before.
    pub(super) fn only(names: impl Iterator<Item = Arc<str>>) -> Self {
        Self::Only(Rc::new(names.collect()))
    }

    /// `defer()`: adds to what was left out before.
    #[must_use]
    pub(super) fn defer(&self, names: impl Iterator<Item = Arc<str>>) -> Self {
        match self {
            Self::All => Self::Except(Rc::new(names.collect())),
            Self::Except(known) => {
                let mut all = BTreeSet::clone(known);
                all.extend(names);
                Self::Except(Rc::new(all))
            }
            Self::Only(known) => {
                let mut left = BTreeSet::clone(known);
                for name in names {
                    left.remove(&name);
                }
                Self::Only(Rc::new(left))
            }
        }
    }
}
