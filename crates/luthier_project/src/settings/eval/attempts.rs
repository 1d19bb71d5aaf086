//! `with` and `try`: blocks whose exceptions something catches.

use std::sync::Arc;

use super::statements::Flow;
use super::values::{K, V};
use super::{Evaluator, Frame, Outcome, Raise, Risk};
use crate::facts::{ExprRef, Run, StmtRef};
use crate::settings::condition::Fact;

impl<'a> Evaluator<'a> {
    pub(super) fn with_block(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        items: Run,
        body: Run,
    ) -> Outcome<Flow<'a>> {
        let mut suppressed = false;
        let mut rebound = Vec::new();
        for item in &statement.body.body().with_items[items.range()] {
            let context = statement.body.expr(item.context);
            let value = self.expr(frame, context)?;
            suppressed |= matches!(
                &value.kind,
                K::Object(object) if &*object.callee == "contextlib.suppress"
            );
            if let Some(target) = item.target {
                let place = Self::place_of(frame, context);
                self.assign_target(frame, statement.body.expr(target), value.clone(), place)?;
            }
            // `with env.prefixed("APP_"):` changes `env` itself as long as the block runs.
            let receiver = context
                .as_call()
                .and_then(|call| call.callee.as_attribute());
            if let K::Reader(_) = value.kind
                && let Some((name, _)) = receiver
                && let Some(name) = name.as_name()
            {
                let name: Arc<str> = name.into();
                let scope = frame.scope_for(&name);
                rebound.push((scope, name.clone(), self.state.name(scope, &name).cloned()));
                self.assign(scope, &name, value, None);
            }
        }
        let flow = if suppressed {
            let statements: Vec<_> = statement.body.block(body).collect();
            self.guarded(frame, &statements, &|_, _, _| Some(Flow::Next))
        } else {
            self.run(frame, body, statement)
        };
        for (scope, name, before) in rebound {
            self.state.bind(scope, &name, before);
        }
        Ok(flow)
    }

    pub(super) fn attempt(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        attempt: crate::facts::ir::Try,
    ) -> Flow<'a> {
        let handlers = &statement.body.body().handlers[attempt.handlers.range()];
        let mut body: Vec<_> = statement.body.block(attempt.body).collect();
        body.extend(statement.body.block(attempt.orelse));
        let handle = |own: &mut Self, frame: &mut Frame<'a>, raise: &Raise| {
            let handler = handlers.iter().find(|handler| {
                let exception = handler.exception.map(|id| statement.body.expr(id));
                exception.is_none_or(|exception| catches(exception, raise.exception))
            })?;
            if let Some(name) = handler.name {
                let name: Arc<str> = frame.facts.text(name).into();
                let value = V::unknown("an exception", None);
                own.assign(frame.scope_for(&name), &name, value, None);
            }
            Some(own.run(frame, handler.body, statement))
        };
        let flow = self.guarded(frame, &body, &handle);
        let finally: Vec<_> = statement.body.block(attempt.finally).collect();
        if finally.is_empty() {
            return flow;
        }
        match (self.block(frame, &finally), flow) {
            (Flow::Next, flow) => flow,
            (ended, _) => ended,
        }
    }

    /// Runs statements whose exceptions `handle` catches; it gives `None` for those it does not.
    fn guarded(
        &mut self,
        frame: &mut Frame<'a>,
        statements: &[StmtRef<'a>],
        handle: Handle<'_, 'a>,
    ) -> Flow<'a> {
        for (index, &statement) in statements.iter().enumerate() {
            let risks_before = self.risks.len();
            self.guards += 1;
            self.begin();
            let flow = self.statement(frame, statement);
            self.guards -= 1;
            let risks = self.risks.split_off(risks_before);
            let mut risks = risks.into_iter();
            let Some((fact, raise)) = risks.find_map(|risk| self.open_question(risk)) else {
                self.commit();
                if flow.is_next() {
                    continue;
                }
                return self.after_guarded(frame, flow, &statements[index + 1..], handle);
            };
            self.rollback();
            let rest = &statements[index..];
            return self.both_ways(
                frame,
                &fact,
                |own, frame| own.guarded(frame, rest, handle),
                |own, frame| match raise {
                    Some(raise) => own.after_guarded(frame, Flow::Raise(raise), &[], handle),
                    None => own.guarded(frame, rest, handle),
                },
            );
        }
        Flow::Next
    }

    /// What has to be asked first to know whether a statement raises, and what it raises where
    /// that does not hold; `None` where what was assumed here decides that it does not raise.
    fn open_question(&self, risk: Risk) -> Option<(Fact, Option<Raise>)> {
        if self.assumed(&risk.safe.test).is_some() {
            return None;
        }
        for fact in risk.under {
            match self.assumed(&fact.test) {
                None => return Some((fact, None)),
                Some(holds) if holds != fact.holds => return None,
                Some(_) => {}
            }
        }
        let exception = risk.exception;
        Some((risk.safe, Some(Raise { exception })))
    }

    /// What comes after a statement of a guarded block: its handler where it raised.
    fn after_guarded(
        &mut self,
        frame: &mut Frame<'a>,
        flow: Flow<'a>,
        rest: &[StmtRef<'a>],
        handle: Handle<'_, 'a>,
    ) -> Flow<'a> {
        match flow {
            Flow::Next => self.guarded(frame, rest, handle),
            Flow::Raise(raise) => handle(self, frame, &raise).unwrap_or(Flow::Raise(raise)),
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                self.both_ways(
                    frame,
                    &fact,
                    |own, frame| own.after_guarded(frame, first, rest, handle),
                    |own, frame| own.after_guarded(frame, second, rest, handle),
                )
            }
            ended => ended,
        }
    }
}

/// What catches: gives how the handler ends, or `None` where none fits.
type Handle<'h, 'a> = &'h dyn Fn(&mut Evaluator<'a>, &mut Frame<'a>, &Raise) -> Option<Flow<'a>>;

/// Whether a handler for `exception` catches what was raised.
fn catches(exception: ExprRef<'_>, raised: &str) -> bool {
    if let Some(mut several) = exception.elements() {
        return several.any(|one| catches(one, raised));
    }
    let dotted = exception.dotted().unwrap_or_default();
    let name = dotted.rsplit('.').next().unwrap_or("");
    match name {
        "BaseException" => true,
        "Exception" => raised != "SystemExit",
        "ImportError" => matches!(raised, "ImportError" | "ModuleNotFoundError"),
        "LookupError" => matches!(raised, "KeyError" | "IndexError"),
        "OSError" | "IOError" | "EnvironmentError" => {
            matches!(raised, "OSError" | "FileNotFoundError")
        }
        "EnvError" => matches!(raised, "EnvError" | "ValidationError"),
        "ValueError" => matches!(raised, "ValueError" | "EnvError"),
        _ => name == raised,
    }
}
