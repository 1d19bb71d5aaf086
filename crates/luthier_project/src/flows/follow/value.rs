//! What an expression may hold, as far as rows go.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::event::Extent;
use super::loads::{Columns, Loads};
use super::path::Path;
use super::sql::Said;
use crate::facts::Name;
use crate::models::ModelId;
use crate::modules::{ClassRef, FunctionRef, ModuleId, ValueRef};

/// More alternatives than this are not kept apart.
const MOST_ALTERNATIVES: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    /// No run gets here, or it is being worked out.
    Never,
    /// Something that is not followed.
    Unknown,
    None,
    /// A number, a date, a text that is not known: no query comes of it.
    Plain,
    /// A number by which going through rows is no growth: which one, where queries are recorded.
    Few(u8),
    /// Conditions of `Q(...)`: the lookups in them, which all hold but where queries are recorded.
    Lookups(Rc<[Arc<str>]>),
    /// What a client sends, and whatever is in it: as much as it likes.
    Input,
    Bool(bool),
    Text(Arc<str>),
    /// A manager, queryset or related manager.
    Rows(Rc<Rows>),
    /// An instance of a model.
    Row(Rc<Row>),
    Module(ModuleId),
    Class(ClassRef),
    /// A model that `apps.get_model()` of a data migration gives.
    Past(ModelId),
    Function(Rc<Callable>),
    /// An instance of a class that is no model.
    Object(Rc<Object>),
    /// `super()` in a class's method, and what `self` is.
    Super(ClassRef, Box<Value>),
    /// A list, set, iterator, generator: many of the same.
    Many(Rc<Many>),
    Tuple(Rc<[Value]>),
    Dict(Rc<Dict>),
    /// `attrgetter("customer.name", ...)`
    Getter(Rc<[Arc<str>]>),
    /// `Prefetch("lines", queryset=..., to_attr=...)`
    Prefetch(Rc<Prefetch>),
    /// A signal of the project's own, by where it is made.
    Signal(ValueRef),
    /// A class that makes a list of forms: `inlineformset_factory(...)`.
    FormSet(ClassRef),
    /// A paginator over rows.
    Paginator(Rc<Value>),
    /// What `sync_to_async` makes of a function: a call of it runs in a thread.
    Apart(Rc<Value>),
    /// Something outside the repository, by its dotted name.
    Outside(Arc<str>),
    /// An instance of a class outside.
    OutsideObject(Arc<str>),
    /// One of several.
    Either(Rc<[Value]>),
}

/// Where rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// The expression that builds the queryset.
    Code(ValueRef),
    /// The `n`th rows that the caller of the function gave.
    Given(u16),
    /// Not seen.
    Unknown,
}

/// What a number of loops is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Anchor {
    /// The start of the function.
    Here,
    /// Where the caller made what it gave.
    Given(u16),
}

/// A queryset or manager.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says another thing about the rows"
)]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rows {
    pub(super) model: ModelId,
    /// What each row will have loaded.
    pub(super) loads: Loads,
    pub(super) columns: Columns,
    /// Whether elements are instances; else they are values of columns.
    pub(super) is_plain: bool,
    pub(super) source: Source,
    /// The way from the rows of `source` to these.
    pub(super) path: Path,
    pub(super) anchor: Anchor,
    /// How many loops stand around the place that made it.
    pub(super) made: u8,
    /// Whether a literal slice or a unique condition bounds how many there are.
    pub(super) is_bounded: bool,
    /// Whether the rows are in memory already: of a prefetched relation.
    pub(super) is_fetched: bool,
    pub(super) is_ordered: bool,
    pub(super) manager: Manager,
    /// The relation of one row that the rows are of: whose it is, and the attribute.
    pub(super) relation: Option<Rc<(ModelId, Arc<str>)>>,
    /// Whether they are those of one user, or of one row that belongs to another, by a condition:
    /// `filter(user=user)`.
    pub(super) is_of_owner: bool,
    /// Whether they are all rows of the relation.
    pub(super) is_whole: bool,
    /// Whether the relation's rows are in memory, and these are asked for all the same.
    pub(super) discards: bool,
    pub(super) asked: Asked,
    pub(super) fetch: Fetch,
    /// Which of several that are made by one expression; 0 where queries are not recorded.
    pub(super) instance: u32,
    /// What its methods were told; only where queries are recorded.
    pub(super) said: Option<Rc<Said>>,
    pub(super) extent: Extent,
    /// How many there are at most, where that is written; only where queries are recorded.
    pub(super) limit: Option<u32>,
}

/// What happens where a row is asked for a relation to one other or a column, and has it not in memory.
///
/// Source: `django.db.models.fetch_modes` (Django 6.1); what takes part was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Fetch {
    #[default]
    One,
    /// It is fetched for all rows of the queryset that are in memory.
    Peers,
    /// The same for a row that was fetched alone: what comes of it has peers again.
    Alone,
    /// Of rows that were prefetched for such rows: one, but the rows that they were prefetched for
    /// have their own.
    Prefetched,
    /// No query is made: Django raises. Also what is not known.
    Raise,
}

impl Fetch {
    /// Of a row that was fetched by itself.
    pub(super) fn alone(self) -> Self {
        match self {
            Self::Peers => Self::Alone,
            fetch => fetch,
        }
    }

    /// Of the rows of a relation.
    pub(super) fn of_many(self, is_prefetched: bool) -> Self {
        match self {
            Self::One => Self::One,
            _ if is_prefetched => Self::Prefetched,
            Self::Alone => Self::Peers,
            Self::Prefetched => Self::One,
            fetch => fetch,
        }
    }

    /// Of the one row that a relation leads to.
    pub(super) fn of_one(self, is_parent: bool) -> Self {
        match self {
            Self::Prefetched if is_parent => Self::Raise,
            Self::Prefetched => Self::One,
            fetch => fetch,
        }
    }
}

/// What the conditions of a queryset hang on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    #[default]
    Otherwise,
    /// What another row holds: one query could ask for what belongs to many of those.
    ByRow,
    /// It is asked for by itself on purpose: under a lock, or because the row that is there may be old.
    Alone,
}

/// What a set of rows is the manager of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Manager {
    /// A queryset.
    No,
    /// Of a model, by its name.
    Model(Arc<str>),
    /// Of a relation of one row.
    Related,
}

/// An instance of a model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) model: ModelId,
    pub(super) loads: Loads,
    pub(super) columns: Columns,
    pub(super) source: Source,
    pub(super) path: Path,
    pub(super) anchor: Anchor,
    /// How many loops stand around the place that made it.
    pub(super) made: u8,
    pub(super) fetch: Fetch,
    /// Whether it is one of those of one other row.
    pub(super) is_of_one: bool,
    /// Which of several that are made by one expression; 0 where queries are not recorded.
    pub(super) instance: u32,
}

/// A function or method, with what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Callable {
    pub(super) function: FunctionRef,
    /// `self` or `cls`.
    pub(super) own: Option<Value>,
    /// Names of the functions around it.
    pub(super) captured: Option<Rc<[(Name, Value)]>>,
    /// Arguments that `partial()` gave.
    pub(super) given: Rc<[Value]>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Object {
    pub(super) class: ClassRef,
    /// Attributes that were set on it.
    pub(super) fields: BTreeMap<Arc<str>, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Many {
    pub(super) element: Value,
    pub(super) growth: Growth,
}

/// Whether going through a collection takes longer the more rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Growth {
    No,
    Unknown,
    /// What a parameter holds that nothing is known of: a caller may give many.
    Given,
    Rows,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Dict {
    pub(super) known: BTreeMap<Arc<str>, Value>,
    /// What other keys lead to.
    pub(super) other: Option<Value>,
    pub(super) is_growing: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Prefetch {
    pub(super) lookup: Arc<str>,
    pub(super) rows: Value,
    pub(super) to_attr: Option<Arc<str>>,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn outside(dotted: &str) -> Self {
        Self::Outside(dotted.into())
    }

    pub(super) fn function(function: FunctionRef) -> Self {
        Self::Function(Rc::new(Callable {
            function,
            own: None,
            captured: None,
            given: Rc::new([]),
        }))
    }

    pub(super) fn method(function: FunctionRef, own: Value) -> Self {
        Self::Function(Rc::new(Callable {
            function,
            own: Some(own),
            captured: None,
            given: Rc::new([]),
        }))
    }

    pub(super) fn object(class: ClassRef) -> Self {
        Self::Object(Rc::new(Object {
            class,
            fields: BTreeMap::new(),
        }))
    }

    pub(super) fn many(element: Value, growth: Growth) -> Self {
        Self::Many(Rc::new(Many { element, growth }))
    }

    /// Whether rows may come of it.
    fn is_telling(&self) -> bool {
        !matches!(
            self,
            Self::Never
                | Self::Unknown
                | Self::None
                | Self::Plain
                | Self::Few(_)
                | Self::Lookups(_)
                | Self::Input
                | Self::Bool(_)
                | Self::OutsideObject(_)
        )
    }

    /// The alternatives, one where there is one only.
    pub(super) fn alternatives(&self) -> &[Value] {
        match self {
            Self::Either(values) => values,
            value => std::slice::from_ref(value),
        }
    }

    /// Rows of one model that come from either of several places, as one.
    pub(super) fn as_one(self) -> Self {
        match &self {
            Self::Either(all) => of_one_model(all).unwrap_or(self),
            _ => self,
        }
    }

    /// What each alternative becomes, joined.
    pub(super) fn each(&self, mut change: impl FnMut(&Value) -> Value) -> Value {
        let mut alternatives = self.alternatives().iter();
        let first = alternatives.next().map_or(Self::Never, &mut change);
        alternatives.fold(first, |joined, value| joined.join(change(value)))
    }

    /// What holds either. What says nothing of rows gives way to what does.
    pub(super) fn join(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        match (self, other) {
            (Self::Never, value) | (value, Self::Never) => value,
            (value, other) if !value.is_telling() || !other.is_telling() => {
                match (value.is_telling(), other.is_telling()) {
                    (true, _) => value,
                    (_, true) => other,
                    _ => match (value, other) {
                        (Self::Input, _) | (_, Self::Input) => Self::Input,
                        (Self::Few(_), Self::None) | (Self::None, Self::Few(_)) => Self::Plain,
                        (Self::Few(one), Self::Few(two)) => Self::Few(one.max(two)),
                        (Self::None, value) | (value, Self::None) => value,
                        (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
                        _ => Self::Plain,
                    },
                }
            }
            (Self::Many(one), Self::Many(two)) => {
                let one = Rc::unwrap_or_clone(one);
                let element = one.element.join(two.element.clone());
                Self::many(element, one.growth.max(two.growth))
            }
            (Self::Dict(mut one), Self::Dict(two)) => {
                Rc::make_mut(&mut one).take(&two);
                Self::Dict(one)
            }
            (Self::Tuple(one), Self::Tuple(two)) if one.len() == two.len() => {
                let pairs = one.iter().zip(two.iter());
                Self::Tuple(pairs.map(|(a, b)| a.clone().join(b.clone())).collect())
            }
            (Self::Object(mut one), Self::Object(two)) if one.class == two.class => {
                join_into(&mut Rc::make_mut(&mut one).fields, &two.fields);
                Self::Object(one)
            }
            (Self::Row(one), Self::Row(two)) if one.is_like(&two) => Self::Row(Rc::new(Row {
                loads: one.loads.or(&two.loads),
                is_of_one: one.is_of_one && two.is_of_one,
                ..Row::clone(&two)
            })),
            (Self::Rows(one), Self::Rows(two)) if one.is_like(&two) => Self::Rows(Rc::new(Rows {
                loads: one.loads.or(&two.loads),
                is_of_owner: one.is_of_owner && two.is_of_owner,
                is_bounded: one.is_bounded && two.is_bounded,
                limit: one.limit.zip(two.limit).map(|(one, two)| one.max(two)),
                ..Rows::clone(&two)
            })),
            (one, two) => either(&one, &two),
        }
    }
}

fn either(one: &Value, two: &Value) -> Value {
    let mut all: Vec<Value> = Vec::new();
    for value in one.alternatives().iter().chain(two.alternatives()) {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
    if all.len() > MOST_ALTERNATIVES {
        all = merged(all);
    }
    if all.len() > MOST_ALTERNATIVES
        && let Some(rows) = of_one_model(&all)
    {
        return rows;
    }
    match all.len() {
        1 => all.swap_remove(0),
        len if len <= MOST_ALTERNATIVES => Value::Either(all.into()),
        _ if all.iter().all(|value| matches!(value, Value::Text(_))) => Value::Plain,
        _ => Value::Unknown,
    }
}

/// Rows of one model as one, with what any of them has loaded.
fn of_one_model(all: &[Value]) -> Option<Value> {
    let mut joined: Option<Rows> = None;
    for value in all {
        let Value::Rows(rows) = value else {
            return None;
        };
        joined = Some(match joined {
            None => Rows::clone(rows),
            Some(known) => {
                let is_alike = known.model == rows.model
                    && known.is_plain == rows.is_plain
                    && known.is_fetched == rows.is_fetched;
                if !is_alike {
                    return None;
                }
                Rows {
                    loads: known.loads.or(&rows.loads),
                    is_of_owner: known.is_of_owner && rows.is_of_owner,
                    is_bounded: known.is_bounded && rows.is_bounded,
                    is_ordered: known.is_ordered && rows.is_ordered,
                    ..known
                }
            }
        });
    }
    joined.map(|rows| Value::Rows(Rc::new(rows)))
}

/// The same with rows as one that differ in where they are built only: the first place is kept.
fn merged(all: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for value in all {
        let Value::Rows(rows) = &value else {
            kept.push(value);
            continue;
        };
        let known = kept.iter_mut().find_map(|known| match known {
            Value::Rows(known) if known.is_built_like(rows) => Some(known),
            _ => None,
        });
        let Some(known) = known else {
            kept.push(value);
            continue;
        };
        *known = Rc::new(Rows {
            is_of_owner: known.is_of_owner && rows.is_of_owner,
            is_bounded: known.is_bounded && rows.is_bounded,
            is_ordered: known.is_ordered && rows.is_ordered,
            ..Rows::clone(known)
        });
    }
    kept
}

fn join_into(into: &mut BTreeMap<Arc<str>, Value>, from: &BTreeMap<Arc<str>, Value>) {
    for (name, value) in from {
        match into.get_mut(name) {
            Some(known) if known == value => {}
            Some(known) => {
                *known = std::mem::replace(known, Value::Never).join(value.clone());
            }
            None => {
                into.insert(Arc::clone(name), value.clone());
            }
        }
    }
}

impl Dict {
    pub(super) fn join(&self, other: &Self) -> Self {
        let mut joined = self.clone();
        joined.take(other);
        joined
    }

    /// It may be the other as well.
    fn take(&mut self, other: &Self) {
        join_into(&mut self.known, &other.known);
        self.other = match (self.other.take(), other.other.clone()) {
            (Some(one), Some(two)) => Some(one.join(two)),
            (one, two) => one.or(two),
        };
        self.is_growing |= other.is_growing;
    }

    /// What any of its keys leads to.
    pub(super) fn any(&self) -> Value {
        let other = self.other.clone().unwrap_or(Value::Never);
        let known = self.known.values().cloned();
        known.fold(other, Value::join)
    }
}

impl Rows {
    /// All rows of a model, by one of its managers.
    pub(super) fn of(model: ModelId, manager: &str, source: Source, made: u8) -> Self {
        Self {
            model,
            loads: Loads::none(),
            columns: Columns::All,
            is_plain: false,
            source,
            path: Path::start(),
            anchor: Anchor::Here,
            made,
            is_bounded: false,
            is_fetched: false,
            is_ordered: false,
            manager: Manager::Model(manager.into()),
            relation: None,
            is_of_owner: false,
            is_whole: false,
            discards: false,
            asked: Asked::Otherwise,
            fetch: Fetch::One,
            instance: 0,
            said: None,
            extent: Extent::Untold,
            limit: None,
        }
    }

    /// Whether others differ in what they load, and in where they come from at most.
    fn is_like(&self, other: &Self) -> bool {
        let is_other = self.loads != other.loads
            || self.instance != other.instance
            || self.is_of_owner != other.is_of_owner;
        is_other
            && *self
                == Self {
                    loads: self.loads.clone(),
                    source: self.source,
                    path: self.path.clone(),
                    asked: self.asked,
                    is_of_owner: self.is_of_owner,
                    instance: self.instance,
                    said: self.said.clone(),
                    limit: self.limit,
                    is_bounded: match self.instance {
                        0 => other.is_bounded,
                        _ => self.is_bounded,
                    },
                    is_ordered: match self.instance {
                        0 => other.is_ordered,
                        _ => self.is_ordered,
                    },
                    ..other.clone()
                }
    }

    /// Whether others differ in where they are built, and in their order, at most.
    fn is_built_like(&self, other: &Self) -> bool {
        *self
            == Self {
                source: self.source,
                asked: self.asked,
                is_of_owner: self.is_of_owner,
                is_bounded: self.is_bounded,
                is_ordered: self.is_ordered,
                ..other.clone()
            }
    }

    /// One of the rows, made where so many loops stand around.
    pub(super) fn row(&self, made: u8) -> Row {
        Row {
            model: self.model,
            loads: self.loads.clone(),
            columns: self.columns.clone(),
            source: self.source,
            path: self.path.clone(),
            anchor: Anchor::Here,
            made,
            fetch: self.fetch,
            is_of_one: self.relation.is_some(),
            instance: self.instance,
        }
    }
}

impl Row {
    /// Whether another differs in what it has loaded, and in where it comes from at most.
    fn is_like(&self, other: &Self) -> bool {
        let is_other = self.loads != other.loads
            || self.instance != other.instance
            || self.is_of_one != other.is_of_one;
        is_other
            && *self
                == Self {
                    loads: self.loads.clone(),
                    source: self.source,
                    path: self.path.clone(),
                    is_of_one: self.is_of_one,
                    instance: self.instance,
                    ..other.clone()
                }
    }
}
