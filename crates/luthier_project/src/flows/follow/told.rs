//! The queries of a function: noted where they are met, and told once it is known that they grow.

use std::hash::BuildHasher;

use luthier_source::Location;
use rustc_hash::FxBuildHasher;

use super::event::{Event, Growing, MadeQuery};
use super::givens::Givens;
use super::run::Run;
use super::summary::Summary;
use super::value::{Anchor, Source};

/// Queries that one function tells its callers of at most.
const MOST_EVENTS: usize = 200;

/// Bits of [`Places`].
const BITS: usize = 1024;

/// Places that may have been met: a bit for each, which several share.
#[derive(Debug)]
pub(super) struct Places([u64; BITS / 64]);

impl Default for Places {
    fn default() -> Self {
        Self([0; BITS / 64])
    }
}

impl Places {
    /// Adds one; gives whether it was surely not met before.
    fn add(&mut self, place: Location) -> bool {
        let bit = FxBuildHasher.hash_one(place) as usize % BITS;
        let (word, bit) = (&mut self.0[bit / 64], 1 << (bit % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

impl Run<'_, '_> {
    pub(super) fn add(&mut self, event: Event) {
        self.note_loops(&event.ask, event.depth, (event.place, true));
        if self.events.len() < MOST_EVENTS {
            self.keep_event(event);
        }
    }

    fn keep_event(&mut self, mut event: Event) {
        if event.depth > 0 && event.looped.is_none() {
            let index = usize::from(event.depth).min(self.loops.len());
            if let Some(around) = index.checked_sub(1).map(|index| self.loops[index]) {
                event.looped = Some(around.at);
                event.by = around.by;
                event.through = around.through;
                self.note_written(&mut event, index);
            }
            event.is_conditional |= !self.loops[..index].iter().any(|around| around.is_sure);
        }
        event.is_branched |= self.conditions > 0;
        event.is_conditional |= self.caches > 0;
        event.is_apart |= self.is_apart;
        let is_new = self.asked_at.add(event.place);
        if is_new || !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    /// Queries since the `first`th come last in a loop that is then left: they run once.
    pub(super) fn leave_after(&mut self, first: usize) {
        let depth = self.depth();
        if depth == 0 {
            return;
        }
        for event in self.events.iter_mut().skip(first) {
            if event.anchor == Anchor::Here && event.depth >= depth {
                event.depth -= 1;
                if event.depth == 0 {
                    event.looped = None;
                }
            }
        }
    }

    /// Runs something that the code around it does not wait for.
    pub(super) fn apart<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.is_apart, true);
        let result = work(self);
        self.is_apart = before;
        result
    }

    /// Notes the queries of an async function that nothing awaits. Whoever calls it awaits it.
    pub(super) fn tell_blocking(&mut self) {
        for event in &mut self.events {
            if std::mem::replace(&mut event.is_apart, true) {
                continue;
            }
            self.engine.blocking.push(MadeQuery::of(event));
        }
    }

    /// Notes the queries that grow, as far as it is known where their rows come from.
    pub(super) fn tell(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        for event in &mut events {
            self.tell_one(event);
            event.is_conditional |= std::mem::take(&mut event.is_branched);
        }
        // What was told is told: callers have nothing to add to it.
        events.retain(|event| {
            let is_given = matches!(event.source, Source::Given(_));
            event.looped.is_none() || event.depth == 0 || is_given
        });
        self.events = events;
    }

    fn tell_one(&mut self, event: &Event) {
        let (Some(looped), true) = (event.looped, event.depth > 0) else {
            return;
        };
        let built = match event.source {
            Source::Given(_) => return,
            Source::Unknown => None,
            Source::Code(value) => Some(value),
        };
        let source = built.and_then(|value| self.location(value));
        let ask = event.ask.clone();
        let key = (event.place, source, ask, looped, event.is_conditional);
        if !self.engine.found.insert(key) {
            return;
        }
        self.engine.growing.push(Growing {
            ask: event.ask.clone(),
            place: event.place,
            source,
            built,
            path: event.path.clone(),
            depth: event.depth,
            looped,
            through: event.through,
            by: event.by,
            calls: event.calls.to_vec(),
            is_conditional: event.is_conditional,
            writes_too: false,
            writes_much: false,
            asks_too: false,
            sends_too: false,
            doubt: None,
        });
    }

    /// The queries of a function that is called at a place, where so many loops stand around.
    pub(super) fn add_called(
        &mut self,
        called: &Summary,
        givens: &Givens,
        (at, loops): (Location, u8),
        (is_conditional, is_apart): (bool, bool),
    ) {
        for event in &called.events {
            let counted = givens.counted(event.anchor, event.depth, loops);
            self.note_loops(&event.ask, counted.1, (at, false));
            if self.events.len() < MOST_EVENTS {
                let mut event = givens.show_event(event, at, counted);
                event.is_conditional |= is_conditional;
                event.is_apart |= is_apart;
                self.keep_event(event);
            }
        }
    }
}
