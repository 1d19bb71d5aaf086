//! The queries that code makes, in the order in which it makes them.
//!
//! Kept beside the events where it is asked for how many queries there are, and not only for those
//! that grow: [`Run::record`] is empty otherwise. A queryset's rows are fetched once and a relation
//! of a row is followed once, however often code goes through them: what was asked has an
//! [`Identity`]. Ways that exclude each other stay apart, so that they can be compared.

use std::rc::Rc;

use luthier_source::Location;
use rustc_hash::FxHashSet;

use super::givens::Givens;
use super::path::Path;
use super::run::Run;
use super::sql::Statement;
use super::value::{Anchor, Source, Value};
use super::works::WrittenFork;

/// Queries on all ways together that one function tells its callers of at most.
const MOST_QUERIES: usize = 400;

/// How many calls of the way to a query are kept.
const MOST_CALLS: usize = 8;

/// One step of what code asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Query(Rc<Recorded>),
    /// One of several ways.
    Either(Rc<[Vec<Node>]>),
    /// Something that an end within it goes no further than.
    Within(End, Rc<[Node]>),
    /// What follows is not run any more.
    Ends(End),
    Unseen(Unseen),
}

/// How far code is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// `break` and `continue`.
    Round,
    /// `return`.
    Function,
    /// An exception.
    Raise,
}

/// Why there may be more queries than were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unseen {
    /// A function that calls itself.
    Recursion(Location),
    /// A loop over something of which is not known how much it is.
    Loop(Location),
    /// Rows of a model that is not known.
    Rows(Location),
    /// Code of a package that is given rows, or a base class outside that decides.
    Outside(Location),
    /// A template that was not found.
    Template(Location),
    /// More than is followed.
    TooMuch(Location),
}

impl Unseen {
    pub fn place(self) -> Location {
        match self {
            Self::Recursion(place)
            | Self::Loop(place)
            | Self::Rows(place)
            | Self::Outside(place)
            | Self::Template(place)
            | Self::TooMuch(place) => place,
        }
    }
}

/// How often code in a loop is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rounds {
    /// Once for each row.
    Rows(Location),
    /// So many times.
    Few(u32),
    /// It is not known how often.
    Unknown(Location),
}

/// One query as a function makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) statement: Rc<Statement>,
    pub(super) place: Location,
    /// The calls that lead there, outermost first.
    pub(super) calls: Rc<[Location]>,
    pub(super) anchor: Anchor,
    /// The loops around it, outermost first, counted from `anchor`.
    pub(super) times: Rc<[Rounds]>,
    /// What is not asked for a second time.
    pub(super) once: Option<Identity>,
}

/// What is asked for once and is in memory from then on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) source: Source,
    pub(super) instance: u32,
    pub(super) path: Path,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The rows of a queryset.
    Rows,
    /// A relation or column of a row.
    Of,
    /// How many rows a paginator has.
    Count,
    /// A new row is in the database: saving it another time changes it.
    Saved,
    /// What an object keeps once the code here has asked for it.
    Kept(Location),
}

/// What a run has recorded so far.
#[derive(Debug, Default)]
pub(super) struct Record {
    nodes: Vec<Node>,
    asked: FxHashSet<Identity>,
}

/// Ways that exclude each other are gone, one after the other.
#[derive(Debug)]
pub(super) struct Fork {
    written: WrittenFork,
    recorded: Option<RecordedFork>,
}

/// The same of what is recorded.
#[derive(Debug, Default)]
struct RecordedFork {
    before: Record,
    ways: Vec<Vec<Node>>,
    /// What was asked on all ways that go on.
    asked: Option<FxHashSet<Identity>>,
    /// The same on any of them.
    asked_somewhere: FxHashSet<Identity>,
}

impl Run<'_, '_> {
    pub(super) fn records(&self) -> bool {
        self.record.is_some()
    }

    /// A number for a queryset or row that is made here.
    pub(super) fn new_instance(&self) -> u32 {
        if self.record.is_none() {
            return 0;
        }
        let next = self.instances.get() + 1;
        self.instances.set(next);
        next
    }

    pub(super) fn was_asked(&self, identity: &Identity) -> bool {
        let record = self.record.as_ref();
        record.is_some_and(|record| record.asked.contains(identity))
    }

    /// A query that is made here, in the loops around the place where its rows were made.
    pub(super) fn note(
        &mut self,
        statement: Statement,
        place: Location,
        (anchor, depth): (Anchor, u8),
        once: Option<Identity>,
    ) {
        if self.record.is_none() {
            return;
        }
        let times = match anchor {
            Anchor::Here => {
                let depth = usize::from(depth).min(self.loops.len());
                self.loops[..depth]
                    .iter()
                    .map(|around| around.rounds)
                    .collect()
            }
            Anchor::Given(_) => Rc::new([]) as Rc<[Rounds]>,
        };
        self.push(Recorded {
            statement: Rc::new(statement),
            place,
            calls: Rc::new([]),
            anchor,
            times,
            once,
        });
    }

    pub(super) fn unseen(&mut self, unseen: Unseen) {
        if let Some(record) = &mut self.record
            && !record.nodes.contains(&Node::Unseen(unseen))
        {
            record.nodes.push(Node::Unseen(unseen));
        }
    }

    pub(super) fn ends(&mut self, end: End) {
        if let Some(record) = &mut self.record {
            record.nodes.push(Node::Ends(end));
        }
    }

    fn push(&mut self, mut query: Recorded) {
        let Some(record) = &mut self.record else {
            return;
        };
        if let Some(once) = &query.once {
            if !record.asked.insert(once.clone()) {
                if once.kind != Kind::Saved {
                    return;
                }
                query.statement = Rc::new(query.statement.again());
            }
            // On some of the ways here it was asked before: now it is on all.
            forget(&mut record.nodes, once);
        }
        self.recorded += 1;
        if self.recorded > MOST_QUERIES {
            if self.recorded == MOST_QUERIES + 1 {
                record
                    .nodes
                    .push(Node::Unseen(Unseen::TooMuch(query.place)));
            }
            return;
        }
        record.nodes.push(Node::Query(Rc::new(query)));
    }

    // ---- ways ----

    /// Ways begin that exclude each other: each ends with [`Run::way`], all with [`Run::meet`].
    pub(super) fn fork(&mut self) -> Fork {
        let recorded = self.record.as_mut().map(|record| {
            let before = std::mem::take(&mut **record);
            record.asked.clone_from(&before.asked);
            RecordedFork {
                before,
                ..RecordedFork::default()
            }
        });
        Fork {
            written: WrittenFork::of(&self.written),
            recorded,
        }
    }

    /// One way ends here; whether the code behind all ways is reached by it.
    pub(super) fn way(&mut self, fork: &mut Fork, goes_on: bool) {
        fork.written.way(&mut self.written, goes_on);
        let (Some(fork), Some(record)) = (&mut fork.recorded, &mut self.record) else {
            return;
        };
        let way = std::mem::take(&mut **record);
        record.asked.clone_from(&fork.before.asked);
        fork.ways.push(way.nodes);
        if goes_on {
            fork.asked_somewhere.extend(way.asked.iter().cloned());
            fork.asked = Some(match fork.asked.take() {
                None => way.asked,
                Some(asked) => asked.intersection(&way.asked).cloned().collect(),
            });
        }
    }

    pub(super) fn meet(&mut self, fork: Fork) {
        fork.written.meet(&mut self.written);
        let (Some(fork), Some(record)) = (fork.recorded, &mut self.record) else {
            return;
        };
        record.nodes = fork.before.nodes;
        record.asked = fork.asked.unwrap_or(fork.asked_somewhere);
        if fork.ways.iter().any(|way| !way.is_empty()) {
            record.nodes.push(Node::Either(fork.ways.into()));
        }
    }

    /// What each of several values comes to, each on a way of its own.
    pub(super) fn each(
        &mut self,
        value: &Value,
        mut change: impl FnMut(&mut Self, &Value) -> Value,
    ) -> Value {
        let [first, rest @ ..] = value.alternatives() else {
            return Value::Never;
        };
        if rest.is_empty() {
            return change(self, first);
        }
        let mut fork = self.fork();
        let mut joined = Value::Never;
        for value in value.alternatives() {
            let changed = change(self, value);
            joined = joined.join(changed);
            self.way(&mut fork, true);
        }
        self.meet(fork);
        joined
    }

    /// What was recorded since [`Run::open`] is put into one node.
    pub(super) fn open(&mut self) -> Vec<Node> {
        let record = self.record.as_mut();
        record.map_or_else(Vec::new, |record| std::mem::take(&mut record.nodes))
    }

    pub(super) fn close(&mut self, outer: Vec<Node>, end: End) {
        let Some(record) = &mut self.record else {
            return;
        };
        let inner = std::mem::replace(&mut record.nodes, outer);
        record.nodes.extend(within(end, inner));
    }

    /// A first round is gone once more: what it recorded does not count.
    pub(super) fn again(&mut self, asked: Option<FxHashSet<Identity>>) {
        if let (Some(record), Some(asked)) = (&mut self.record, asked) {
            record.nodes.clear();
            record.asked = asked;
        }
    }

    pub(super) fn asked(&self) -> Option<FxHashSet<Identity>> {
        self.record.as_ref().map(|record| record.asked.clone())
    }

    /// What was recorded on this way comes last in a loop that is then left: it runs once.
    pub(super) fn recorded_last(&mut self) {
        let index = self.loops.len().checked_sub(1);
        if let (Some(record), Some(index)) = (&mut self.record, index) {
            for node in &mut record.nodes {
                out_of_loop(node, index);
            }
        }
    }

    /// Takes what was recorded on this way: it is asked when an object first needs it, and kept. To
    /// be put behind all ways by [`Run::put_kept`].
    pub(super) fn take_kept(&mut self) -> Vec<Node> {
        let loops = self.loops.len();
        let mut nodes = self.open();
        for node in &mut nodes {
            keep(node, loops);
        }
        nodes
    }

    pub(super) fn put_kept(&mut self, nodes: Vec<Node>) {
        for node in nodes {
            match node {
                Node::Query(query) => self.push(Recorded::clone(&query)),
                Node::Ends(_) => {}
                node => self.put(vec![node]),
            }
        }
    }

    /// What the queries so far are, without ends; for what is run where they failed.
    pub(super) fn recorded_so_far(&self) -> Vec<Node> {
        let nodes = self.record.as_ref().map(|record| &record.nodes[..]);
        let nodes = nodes.unwrap_or_default().iter();
        nodes
            .filter(|node| !matches!(node, Node::Ends(_)))
            .cloned()
            .collect()
    }

    pub(super) fn put(&mut self, nodes: Vec<Node>) {
        let size: usize = nodes.iter().map(size).sum();
        if let Some(record) = &mut self.record
            && self.recorded + size <= MOST_QUERIES
        {
            self.recorded += size;
            record.nodes.extend(nodes);
        }
    }

    /// What a whole function has recorded.
    pub(super) fn take_record(&mut self) -> Option<Rc<[Node]>> {
        let record = self.record.take()?;
        let nodes = trimmed(record.nodes);
        (!nodes.is_empty()).then(|| nodes.into())
    }

    // ---- calls ----

    /// What a called function recorded happens here.
    pub(super) fn replay(&mut self, nodes: &[Node], givens: &Givens, at: Location, loops: u8) {
        if self.record.is_none() || self.recorded > MOST_QUERIES {
            return;
        }
        let outer = self.open();
        self.replay_all(nodes, givens, at, loops);
        self.close(outer, End::Function);
    }

    fn replay_all(&mut self, nodes: &[Node], givens: &Givens, at: Location, loops: u8) {
        for node in nodes {
            if self.recorded > MOST_QUERIES || !self.engine.burn() {
                return;
            }
            match node {
                Node::Query(query) => {
                    let query = self.of_caller(query, givens, at, loops);
                    self.push(query);
                }
                Node::Either(ways) => {
                    let mut fork = self.fork();
                    for way in ways.iter() {
                        self.replay_all(way, givens, at, loops);
                        let ends = way.iter().any(|node| matches!(node, Node::Ends(_)));
                        self.way(&mut fork, !ends);
                    }
                    self.meet(fork);
                }
                Node::Within(end, inner) => {
                    let outer = self.open();
                    self.replay_all(inner, givens, at, loops);
                    self.close(outer, *end);
                }
                Node::Ends(end) => self.ends(*end),
                Node::Unseen(unseen) => self.unseen(*unseen),
            }
        }
    }

    /// A query of a called function as one of this one's.
    fn of_caller(&self, query: &Recorded, givens: &Givens, at: Location, loops: u8) -> Recorded {
        let is_kept = matches!(
            query.once,
            Some(Identity {
                kind: Kind::Kept(_),
                ..
            })
        );
        let loops = if is_kept { 0 } else { loops };
        let depth = u8::try_from(query.times.len()).unwrap_or(u8::MAX);
        let (anchor, made) = givens.counted(query.anchor, depth, loops);
        let around = usize::from(made.saturating_sub(depth)).min(self.loops.len());
        let times = match anchor {
            Anchor::Here => {
                let around = self.loops[..around].iter().map(|around| around.rounds);
                around.chain(query.times.iter().copied()).collect()
            }
            Anchor::Given(_) => Rc::clone(&query.times),
        };
        let calls = std::iter::once(at).chain(query.calls.iter().copied());
        Recorded {
            statement: Rc::clone(&query.statement),
            place: query.place,
            calls: calls.take(MOST_CALLS).collect(),
            anchor,
            times,
            once: query.once.as_ref().map(|once| givens.show_identity(once)),
        }
    }
}

/// Takes a query out of the ways of nodes.
fn forget(nodes: &mut [Node], once: &Identity) {
    for node in nodes {
        if let Node::Within(_, inner) = node
            && inner.iter().any(|node| has(node, once))
        {
            let mut kept = inner.to_vec();
            forget(&mut kept, once);
            *inner = kept.into();
        }
        if let Node::Either(ways) = node
            && ways.iter().flatten().any(|node| has(node, once))
        {
            let mut kept: Vec<Vec<Node>> = ways.to_vec();
            for way in &mut kept {
                // A way that is left does not come here.
                if way.iter().any(|node| matches!(node, Node::Ends(_))) {
                    continue;
                }
                way.retain(
                    |node| !matches!(node, Node::Query(query) if query.once.as_ref() == Some(once)),
                );
                forget(way, once);
            }
            *ways = kept.into();
        }
    }
}

fn has(node: &Node, once: &Identity) -> bool {
    match node {
        Node::Query(query) => query.once.as_ref() == Some(once),
        Node::Either(ways) => ways.iter().flatten().any(|node| has(node, once)),
        Node::Within(_, nodes) => nodes.iter().any(|node| has(node, once)),
        Node::Ends(_) | Node::Unseen(_) => false,
    }
}

fn out_of_loop(node: &mut Node, index: usize) {
    match node {
        Node::Query(query) => {
            if query.anchor == Anchor::Here && query.times.len() > index {
                let mut changed = Recorded::clone(query);
                let mut times = changed.times.to_vec();
                times.remove(index);
                changed.times = times.into();
                *query = Rc::new(changed);
            }
        }
        Node::Either(ways) => {
            let mut changed: Vec<Vec<Node>> = ways.to_vec();
            for node in changed.iter_mut().flatten() {
                out_of_loop(node, index);
            }
            *ways = changed.into();
        }
        Node::Within(_, nodes) => {
            let mut changed = nodes.to_vec();
            for node in &mut changed {
                out_of_loop(node, index);
            }
            *nodes = changed.into();
        }
        Node::Ends(_) | Node::Unseen(_) => {}
    }
}

fn keep(node: &mut Node, loops: usize) {
    match node {
        Node::Query(query) => {
            let inner = match query.anchor {
                Anchor::Here => query.times.iter().skip(loops).copied().collect(),
                Anchor::Given(_) => Rc::clone(&query.times),
            };
            *query = Rc::new(Recorded {
                anchor: Anchor::Here,
                times: inner,
                once: Some(Identity {
                    source: Source::Unknown,
                    instance: 0,
                    path: Path::start(),
                    kind: Kind::Kept(query.place),
                }),
                ..Recorded::clone(query)
            });
        }
        Node::Either(ways) => {
            let mut changed: Vec<Vec<Node>> = ways.to_vec();
            for node in changed.iter_mut().flatten() {
                keep(node, loops);
            }
            *ways = changed.into();
        }
        Node::Within(_, nodes) => {
            let mut changed = nodes.to_vec();
            for node in &mut changed {
                keep(node, loops);
            }
            *nodes = changed.into();
        }
        Node::Ends(_) | Node::Unseen(_) => {}
    }
}

/// Nodes that an end of some kind goes no further than, as few as will do.
fn within(end: End, nodes: Vec<Node>) -> Vec<Node> {
    let nodes = trimmed(nodes);
    match nodes.iter().any(has_ends) {
        true => vec![Node::Within(end, nodes.into())],
        false => nodes,
    }
}

/// The nodes up to the last that asks for something.
fn trimmed(mut nodes: Vec<Node>) -> Vec<Node> {
    let last = nodes.iter().rposition(asks);
    nodes.truncate(last.map_or(0, |last| last + 1));
    nodes
}

/// How many queries there are on all ways.
fn size(node: &Node) -> usize {
    match node {
        Node::Query(_) => 1,
        Node::Either(ways) => ways.iter().flatten().map(size).sum(),
        Node::Within(_, nodes) => nodes.iter().map(size).sum(),
        Node::Ends(_) | Node::Unseen(_) => 0,
    }
}

fn asks(node: &Node) -> bool {
    match node {
        Node::Query(_) | Node::Unseen(_) => true,
        Node::Either(ways) => ways.iter().flatten().any(asks),
        Node::Within(_, nodes) => nodes.iter().any(asks),
        Node::Ends(_) => false,
    }
}

fn has_ends(node: &Node) -> bool {
    match node {
        Node::Ends(_) => true,
        Node::Either(ways) => ways.iter().flatten().any(has_ends),
        Node::Within(_, nodes) => nodes.iter().any(has_ends),
        Node::Query(_) | Node::Unseen(_) => false,
    }
}
