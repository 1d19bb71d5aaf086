//! `for` and `while`.

use std::sync::Arc;

use super::forks::fact;
use super::statements::Flow;
use super::values::{Item, V};
use super::{Evaluator, Frame, Outcome, Raise, Verdict};
use crate::facts::{ExprRef, Run, StmtRef};
use crate::settings::condition::Fact;

impl<'a> Evaluator<'a> {
    pub(super) fn for_loop(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        target: ExprRef<'a>,
        iterable: V<'a>,
        body: Run,
        orelse: Run,
    ) -> Outcome<Flow<'a>> {
        let items = self.iterate(&iterable, Self::place_of(frame, target));
        let flow = self.iterations(frame, statement, target, &items, body);
        Ok(self.after_loop(frame, flow, statement, orelse))
    }

    /// Runs the `else` of a loop on those ways that did not break out of it.
    fn after_loop(
        &mut self,
        frame: &mut Frame<'a>,
        flow: Flow<'a>,
        statement: StmtRef<'a>,
        orelse: Run,
    ) -> Flow<'a> {
        match flow {
            Flow::Break => Flow::Next,
            Flow::Next => self.run(frame, orelse, statement),
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                self.both_ways(
                    frame,
                    &fact,
                    |own, frame| own.after_loop(frame, first, statement, orelse),
                    |own, frame| own.after_loop(frame, second, statement, orelse),
                )
            }
            ended => ended,
        }
    }

    fn iterations(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        target: ExprRef<'a>,
        items: &[Item<'a>],
        body: Run,
    ) -> Flow<'a> {
        for (index, item) in items.iter().enumerate() {
            if !self.step() {
                return Flow::Raise(Raise {
                    exception: "too many steps",
                });
            }
            let flow = self.iteration(frame, statement, target, item.clone(), body);
            match flow {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Break,
                Flow::Split(_) if self.path.len() < MAX_NESTED_BREAKS => {
                    let rest = &items[index + 1..];
                    return self.after_iteration(frame, flow, statement, target, rest, body);
                }
                Flow::Split(_) => return Flow::Next,
                ended => return ended,
            }
        }
        Flow::Next
    }

    /// The rest of a loop, on those ways that did not leave it.
    fn after_iteration(
        &mut self,
        frame: &mut Frame<'a>,
        flow: Flow<'a>,
        statement: StmtRef<'a>,
        target: ExprRef<'a>,
        rest: &[Item<'a>],
        body: Run,
    ) -> Flow<'a> {
        match flow {
            Flow::Next | Flow::Continue => self.iterations(frame, statement, target, rest, body),
            Flow::Break => Flow::Break,
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                self.both_ways(
                    frame,
                    &fact,
                    |own, frame| own.after_iteration(frame, first, statement, target, rest, body),
                    |own, frame| own.after_iteration(frame, second, statement, target, rest, body),
                )
            }
            ended => ended,
        }
    }

    fn iteration(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        target: ExprRef<'a>,
        item: Item<'a>,
        body: Run,
    ) -> Flow<'a> {
        let once = |own: &mut Self, frame: &mut Frame<'a>, value: V<'a>| {
            let place = value.place;
            match own.assign_target(frame, target, value, place) {
                Ok(()) => own.run(frame, body, statement),
                Err(raise) => Flow::Raise(raise),
            }
        };
        let mut conditions = item.when.facts().to_vec();
        if item.many {
            // Runs any number of times: at least it may run, and it may not.
            let test = self.opaque_test(frame, target, Vec::new());
            conditions.push(fact(&Arc::new(test), true));
        }
        self.under(frame, &conditions, &mut |own, frame| {
            once(own, frame, item.value.clone())
        })
    }

    /// Runs `work` under several conditions, one within the other.
    fn under(
        &mut self,
        frame: &mut Frame<'a>,
        conditions: &[Fact],
        work: &mut dyn FnMut(&mut Self, &mut Frame<'a>) -> Flow<'a>,
    ) -> Flow<'a> {
        let Some((first, rest)) = conditions.split_first() else {
            return work(self, frame);
        };
        match self.assumed(&first.test) {
            Some(holds) if holds == first.holds => self.under(frame, rest, work),
            Some(_) => Flow::Next,
            None => self.both_ways(
                frame,
                first,
                |own, frame| own.under(frame, rest, work),
                |_, _| Flow::Next,
            ),
        }
    }

    /// `while`: run as long as its test is decided; then at most once more.
    pub(super) fn while_loop(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        test: ExprRef<'a>,
        body: Run,
        orelse: Run,
    ) -> Outcome<Flow<'a>> {
        for _ in 0..1000 {
            match self.verdict_of(frame, test)? {
                Verdict::False => return Ok(self.run(frame, orelse, statement)),
                Verdict::True => match self.run(frame, body, statement) {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break | Flow::Split(_) => return Ok(Flow::Next),
                    other => return Ok(other),
                },
                Verdict::When(fact) => {
                    return Ok(self.both_ways(
                        frame,
                        &fact,
                        |own, frame| match own.run(frame, body, statement) {
                            Flow::Break | Flow::Continue | Flow::Split(_) => Flow::Next,
                            other => other,
                        },
                        |own, frame| own.run(frame, orelse, statement),
                    ));
                }
            }
        }
        Ok(Flow::Next)
    }
}

/// Undecided `break`s, one within the other, before a loop is given up.
const MAX_NESTED_BREAKS: usize = 48;
