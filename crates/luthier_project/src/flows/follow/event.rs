//! What goes to the database, and how often.

use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::path::Path;
use super::value::{Anchor, Source};
use crate::models::ModelId;
use crate::modules::ValueRef;

/// How many calls of the way to a query are kept.
const MOST_CALLS: usize = 5;

/// What code asks the database for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ask {
    /// The row or rows that a relation of one row leads to.
    Relation {
        /// The model whose relation it is.
        model: ModelId,
        /// The attribute: `customer`, `lines`.
        name: Arc<str>,
        /// Whether it leads to one row of a known model, which `select_related` can load.
        is_single: bool,
    },
    /// A column that `only()` or `defer()` left out.
    Column { model: ModelId, name: Arc<str> },
    /// A method of a manager or queryset.
    Method {
        model: ModelId,
        /// `count`, `get`; empty for going through the rows.
        name: Arc<str>,
        /// The relation of a row that the rows are of.
        relation: Option<Arc<str>>,
        /// Whether the relation's rows were prefetched, and this does not use them.
        discards: bool,
        /// Whether it asks for what belongs to a row: its relation, or rows that a column or relation
        /// of theirs leads to it by. What belongs to many rows can be asked for at once.
        is_by_row: bool,
    },
    /// `save()`, `create()` and the like.
    Write {
        model: ModelId,
        name: Arc<str>,
        /// Whether the code goes on with what it gives: with the row that `create()` made.
        is_used: bool,
        /// How much of the table it is, where a queryset is written.
        extent: Extent,
    },
}

/// What goes through rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Consumer {
    /// A loop in Python code, and all that iterates there.
    #[default]
    Code,
    Template,
    /// A serializer of the REST framework.
    Serializer,
    /// A list of the admin, or the rows of an inline.
    Admin,
    /// A list that clients ask for over GraphQL.
    GraphQl,
}

/// How much of a table a queryset has. Only told of data migrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extent {
    #[default]
    Untold,
    All,
    /// All, of which only some are in memory at a time.
    Streamed,
    Part,
}

/// Which rows a loop goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Through {
    pub model: ModelId,
    /// Whether they are those of one other row, by a relation: `order.lines.all()`.
    pub is_of_one: bool,
    /// Whether they are those of one user, or of one row that belongs to another, by a condition.
    pub is_of_owner: bool,
    pub extent: Extent,
    /// Whether only some of them are written. Only told of data migrations.
    pub is_picked: bool,
}

/// What speaks against mending a query that code grows: there are few rows, or it hardly matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A management command asks, which nobody waits for: of some rows only, or while it writes each.
    Command,
    /// The rows are those of one other, which may have a handful.
    OfOne,
    /// The loop writes and makes other queries as well, asks for the row itself each time, or sends
    /// something: one query more matters little.
    PartOfMore,
    /// The rows are what somebody sets up, of which there are few.
    Configuration,
    /// The same row is asked again, in a loop that goes through something else.
    SameRow,
    /// Code that calls itself goes through a tree: what is loaded above is not what is asked below.
    Tree,
}

/// One query of a function, as its callers need to know it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Event {
    /// Compared first: queries of different places are the rule.
    pub(super) place: Location,
    pub(super) ask: Ask,
    /// Where the rows come from that it is asked of.
    pub(super) source: Source,
    /// The way from those rows to what is asked.
    pub(super) path: Path,
    /// How many loops it stands in, counted from `anchor`.
    pub(super) depth: u8,
    pub(super) anchor: Anchor,
    /// The loop that makes it grow, once there is one.
    pub(super) looped: Option<Location>,
    /// What kind of loop that is.
    pub(super) by: Consumer,
    /// The rows that it goes through.
    pub(super) through: Option<Through>,
    /// The calls that lead there, outermost first.
    pub(super) calls: Rc<[Location]>,
    /// Whether the function where it stands may do without it.
    pub(super) is_branched: bool,
    /// Whether a function on the way to it may do without it.
    pub(super) is_conditional: bool,
    /// Whether the code around it goes on meanwhile: it is awaited, or runs in a thread.
    pub(super) is_apart: bool,
}

impl Event {
    /// A query that stands where no loop and no call is known yet.
    pub(super) fn new(
        ask: Ask,
        place: Location,
        (source, path): (Source, Path),
        (anchor, depth): (Anchor, u8),
    ) -> Self {
        Self {
            place,
            ask,
            source,
            path,
            depth,
            anchor,
            looped: None,
            by: Consumer::Code,
            through: None,
            calls: Rc::new([]),
            is_branched: false,
            is_conditional: false,
            is_apart: false,
        }
    }

    /// The calls that lead to it from a function that is called at a place.
    pub(super) fn called_at(&self, at: Location) -> Rc<[Location]> {
        let mut calls = [at; MOST_CALLS];
        let kept = self.calls.len().min(MOST_CALLS - 1);
        calls[1..=kept].copy_from_slice(&self.calls[..kept]);
        calls[..=kept].into()
    }
}

/// Queries that grow with the number of rows.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says another thing about the loop"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growing {
    pub ask: Ask,
    /// The code that makes each query.
    pub place: Location,
    /// Where the queryset is built whose rows are gone through, where that was seen.
    pub source: Option<Location>,
    /// The expression there.
    pub built: Option<ValueRef>,
    /// The way from those rows to what is asked; empty where it is no relation.
    pub path: Path,
    /// 1 for one query per row, 2 for one per row of each row.
    pub depth: u8,
    /// What goes through the rows.
    pub looped: Location,
    /// The rows that are gone through there; `None` for what is no rows of one model.
    pub through: Option<Through>,
    pub by: Consumer,
    /// The calls that lead from there to `place`, outermost first.
    pub calls: Vec<Location>,
    /// Whether code that is called there may do without the query: it looks into a cache first, or
    /// has another way.
    pub is_conditional: bool,
    /// Whether the loop writes as well, or what is asked for is gone through to write.
    pub writes_too: bool,
    /// Whether writing one row takes the loop several statements.
    pub writes_much: bool,
    /// Whether the loop makes queries that are more than relations of its rows.
    pub asks_too: bool,
    /// Whether it sends mail, a request over the network or a task to a queue.
    pub sends_too: bool,
    pub doubt: Option<Doubt>,
}

/// A query that code makes, as one function on the way to it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeQuery {
    pub ask: Ask,
    /// What makes it in that function: the query itself, or a call that leads there.
    pub place: Location,
    /// The calls that lead on from there, and the code that makes the query; empty where that is
    /// `place`.
    pub way: Vec<Location>,
    /// The way from rows to the relation that is asked for.
    pub path: Path,
    /// Whether code that is called there may do without the query.
    pub is_conditional: bool,
}

impl MadeQuery {
    pub(super) fn of(event: &Event) -> Self {
        let mut way: Vec<Location> = event.calls.to_vec();
        way.push(event.place);
        let place = way.remove(0);
        Self {
            ask: event.ask.clone(),
            place,
            is_conditional: !way.is_empty() && event.is_conditional,
            way,
            path: event.path.clone(),
        }
    }
}
