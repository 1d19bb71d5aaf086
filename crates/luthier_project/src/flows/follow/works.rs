//! What loops do besides the query that grows.

use std::collections::{BTreeMap, BTreeSet};

use luthier_source::Location;
use rustc_hash::FxHashSet;

use super::event::Ask;
use super::run::Run;
use super::value::Value;
use crate::flows::slow::slow_method;
use crate::models::ModelId;

/// Methods that hand a task to a queue.
const QUEUING: &[&str] = &["apply_async", "delay", "enqueue", "send_task"];

/// Those of them that nothing else is called.
const SURELY_QUEUING: &[&str] = &["apply_async", "send_task"];

/// What loops do for each row, by the loop.
#[derive(Debug, Default)]
pub(super) struct Works {
    /// Those that write.
    writing: FxHashSet<Location>,
    /// Those that may write with several statements for one row.
    writing_much: FxHashSet<Location>,
    /// Those that make queries of their own.
    asking: FxHashSet<Location>,
    /// Those that send mail, requests over the network or tasks to a queue: for each row, or in blocks
    /// that are run for some.
    sending: BTreeMap<Location, BTreeSet<Option<Location>>>,
}

impl Works {
    pub(super) fn add(&mut self, other: Self) {
        self.writing.extend(other.writing);
        self.writing_much.extend(other.writing_much);
        self.asking.extend(other.asking);
        for (looped, blocks) in other.sending {
            self.sending.entry(looped).or_default().extend(blocks);
        }
    }

    pub(super) fn is_writing(&self, place: Location) -> bool {
        self.writing.contains(&place)
    }

    pub(super) fn is_writing_much(&self, looped: Location) -> bool {
        self.writing_much.contains(&looped)
    }

    pub(super) fn is_asking(&self, looped: Location) -> bool {
        self.asking.contains(&looped)
    }

    /// Whether a loop sends for each row for which it asks, at one of the places of the way there.
    pub(super) fn is_sending(&self, looped: Location, way: &[Location]) -> bool {
        let asks_in = |block: &Location| {
            let mut own = way.iter().filter(|place| place.file == block.file);
            own.any(|place| block.span.encloses(place.span))
        };
        let mut blocks = self.sending.get(&looped).into_iter().flatten();
        blocks.any(|block| block.as_ref().is_none_or(asks_in))
    }
}

/// A place that writes, and whether it does so itself or by what it calls.
pub(super) type Place = (Location, bool);

/// Where a run has written on the way to where it is, by the loop; `None` for the function itself.
#[derive(Debug, Default)]
pub(super) struct Written {
    places: Vec<(Option<Location>, Place)>,
    /// Whether the function writes at several places on one of its ways.
    pub(super) is_much: bool,
}

impl Written {
    /// A place to go back to by [`Written::truncate`].
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// What was written since has not been.
    pub(super) fn truncate(&mut self, len: usize) {
        self.places.truncate(len);
    }

    /// Gives whether another place has written on this way.
    fn add(&mut self, looped: Option<Location>, place: Place) -> bool {
        let mut own = self.places.iter().filter(|(known, _)| *known == looped);
        let is_second = own.any(|(_, known)| *known != place);
        let writing = (looped, place);
        if !self.places.contains(&writing) {
            self.places.push(writing);
        }
        is_second
    }
}

/// What ways that exclude each other write.
#[derive(Debug, Default)]
pub(super) struct WrittenFork {
    before: usize,
    after: Vec<(Option<Location>, Place)>,
}

impl WrittenFork {
    pub(super) fn of(written: &Written) -> Self {
        Self {
            before: written.len(),
            after: Vec::new(),
        }
    }

    pub(super) fn way(&mut self, written: &mut Written, goes_on: bool) {
        for writing in written.places.drain(self.before..) {
            if goes_on && !self.after.contains(&writing) {
                self.after.push(writing);
            }
        }
    }

    pub(super) fn meet(self, written: &mut Written) {
        written.places.extend(self.after);
    }
}

impl Run<'_, '_> {
    /// The code writes in a way that is not followed.
    pub(super) fn notes_writing(&mut self, place: Location) {
        self.notes_transaction();
        self.note_written_at((place, true), self.loops.len());
    }

    /// What is done in one transaction is there to write.
    pub(super) fn notes_transaction(&mut self) {
        let around = self.loops.iter().map(|around| around.at);
        self.engine.works.writing.extend(around);
    }

    /// What is called here writes at several places.
    pub(super) fn notes_writing_much(&mut self) {
        self.written.is_much = true;
        let around = self.loops.iter().map(|around| around.at);
        self.engine.works.writing_much.extend(around);
    }

    /// The function writes, and so do the outermost `depth` loops.
    fn note_written_at(&mut self, place: Place, depth: usize) {
        self.written.is_much |= self.written.add(None, place);
        for around in self.loops.iter().take(depth) {
            if self.written.add(Some(around.at), place) {
                self.engine.works.writing_much.insert(around.at);
            }
        }
    }

    /// The loops around a query do what it does, so many of them; what one call leads to is weighed where
    /// it stands.
    pub(super) fn note_loops(&mut self, ask: &Ask, depth: u8, place: Place) {
        let depth = usize::from(depth);
        let loops = self.loops.iter().take(depth);
        match ask {
            Ask::Write { model, name, .. } => {
                let is_much = self.takes_several(*model, name);
                for (outer, around) in loops.enumerate() {
                    let works = &mut self.engine.works;
                    works.writing.insert(around.at);
                    if is_much || outer + 1 < depth {
                        works.writing_much.insert(around.at);
                    }
                }
                self.note_written_at(place, depth);
            }
            Ask::Method { .. } => {
                let loops = loops.map(|around| around.at);
                self.engine.works.asking.extend(loops);
            }
            Ask::Relation { .. } | Ask::Column { .. } => {}
        }
    }

    /// Whether writing a row is more than one statement: what may be there is asked for first, and
    /// what hangs on a row that goes is gone through.
    fn takes_several(&self, model: ModelId, method: &str) -> bool {
        match method {
            "get_or_create" | "update_or_create" => true,
            "delete" => !self.models_of(model).reverse(model).is_empty(),
            _ => false,
        }
    }

    /// Something leaves the process for each row, which takes longer than a query. Where it does for
    /// some rows only, that says nothing of what is asked of the others.
    pub(super) fn notes_sending(&mut self) {
        // Where something went wrong, as it should not.
        if self.caches > 0 {
            return;
        }
        self.is_sending |= self.conditions == 0;
        for around in &self.loops {
            let block = match self.conditions > around.conditions {
                true if self.conditional.is_none() => continue,
                true => self.conditional,
                false => None,
            };
            let sending = &mut self.engine.works.sending;
            sending.entry(around.at).or_default().insert(block);
        }
    }

    /// The same, if a method does so.
    pub(super) fn note_sending_method(&mut self, object: &Value, method: &str) {
        let sends = match object {
            Value::OutsideObject(dotted) => {
                slow_method(dotted, method) || QUEUING.contains(&method)
            }
            Value::Function(_) | Value::Class(_) | Value::Outside(_) => QUEUING.contains(&method),
            Value::Unknown => SURELY_QUEUING.contains(&method),
            _ => false,
        };
        if sends {
            self.notes_sending();
        }
    }
}
