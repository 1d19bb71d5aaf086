//! What loops do besides the query that grows.

use luthier_source::Location;
use rustc_hash::{FxHashMap, FxHashSet};

use super::event::{Ask, Event};
use super::run::Run;
use super::value::Value;
use crate::flows::slow::slow_method;
use crate::models::ModelId;

/// Methods that hand a task to a queue.
const QUEUING: &[&str] = &["apply_async", "delay", "enqueue", "send_task"];

/// What loops do for each row, by the loop.
#[derive(Debug, Default)]
pub(super) struct Works {
    /// Those that write, with one place that does.
    writing: FxHashMap<Location, Location>,
    /// Those where writing one row takes several statements.
    writing_much: FxHashSet<Location>,
    /// Those that make queries of their own.
    asking: FxHashSet<Location>,
    /// Those that send mail, requests over the network or tasks to a queue.
    sending: FxHashSet<Location>,
}

impl Works {
    pub(super) fn add(&mut self, other: Self) {
        self.writing.extend(other.writing);
        self.writing_much.extend(other.writing_much);
        self.asking.extend(other.asking);
        self.sending.extend(other.sending);
    }

    pub(super) fn is_writing(&self, place: Location) -> bool {
        self.writing.contains_key(&place)
    }

    pub(super) fn is_writing_much(&self, looped: Location) -> bool {
        self.writing_much.contains(&looped)
    }

    pub(super) fn is_asking(&self, looped: Location) -> bool {
        self.asking.contains(&looped)
    }

    pub(super) fn is_sending(&self, looped: Location) -> bool {
        self.sending.contains(&looped)
    }

    /// A loop writes at a place, with one statement or with `much` more.
    fn note_writing(&mut self, looped: Location, place: Location, much: bool) {
        let first = *self.writing.entry(looped).or_insert(place);
        if much || first != place {
            self.writing_much.insert(looped);
        }
    }
}

impl Run<'_, '_> {
    /// The code writes, or keeps what it does in one transaction, in a way that is not followed.
    pub(super) fn notes_writing(&mut self, place: Location) {
        for around in &self.loops {
            self.engine.works.note_writing(around.at, place, false);
        }
    }

    /// The loops around a query do what it does.
    pub(super) fn note_loops(&mut self, event: &Event) {
        let loops = self.loops.iter().take(usize::from(event.depth));
        match &event.ask {
            Ask::Write { model, name, .. } => {
                let is_much = self.takes_several(*model, name);
                for (outer, around) in loops.enumerate() {
                    let is_inner = outer + 1 < usize::from(event.depth);
                    let works = &mut self.engine.works;
                    works.note_writing(around.at, event.place, is_much || is_inner);
                }
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

    /// Something leaves the process for each row, which takes longer than a query.
    pub(super) fn notes_sending(&mut self) {
        // Where something went wrong, as it should not.
        if self.caches > 0 {
            return;
        }
        self.is_sending = true;
        let around = self.loops.iter().map(|around| around.at);
        self.engine.works.sending.extend(around);
    }

    /// The same, if a method does so.
    pub(super) fn note_sending_method(&mut self, object: &Value, method: &str) {
        let sends = match object {
            Value::OutsideObject(dotted) => {
                slow_method(dotted, method) || QUEUING.contains(&method)
            }
            Value::Function(_) | Value::Class(_) | Value::Outside(_) | Value::Unknown => {
                QUEUING.contains(&method)
            }
            _ => false,
        };
        if sends {
            self.notes_sending();
        }
    }
}
