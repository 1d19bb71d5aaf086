//! Statements, in the order in which Python runs them.

use std::sync::Arc;

use super::forks::fact;
use super::values::V;
use super::{Evaluator, Frame, Outcome, Raise, Verdict};
use crate::facts::ir::{Expr, Stmt};
use crate::facts::{ExprId, ExprRef, Run, StmtRef};
use crate::settings::What;
use crate::settings::condition::Fact;

/// How a statement ends.
#[derive(Clone, Debug)]
pub(super) enum Flow<'a> {
    Next,
    Break,
    Continue,
    Return(V<'a>),
    Raise(Raise),
    /// The first where the fact holds, else the second.
    Split(Box<(Fact, Flow<'a>, Flow<'a>)>),
}

impl<'a> Flow<'a> {
    pub(super) fn is_next(&self) -> bool {
        matches!(self, Self::Next)
    }

    /// Whether any way goes on with the next statement.
    fn may_go_on(&self) -> bool {
        match self {
            Self::Next => true,
            Self::Split(split) => split.1.may_go_on() || split.2.may_go_on(),
            _ => false,
        }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn block(&mut self, frame: &mut Frame<'a>, statements: &[StmtRef<'a>]) -> Flow<'a> {
        for (index, &statement) in statements.iter().enumerate() {
            if !self.step() {
                return Flow::Raise(Raise {
                    exception: "too many steps",
                });
            }
            let flow = self.statement(frame, statement);
            match flow {
                Flow::Next => {}
                Flow::Split(_) if flow.may_go_on() => {
                    return self.after_split(frame, flow, &statements[index + 1..]);
                }
                ended => return ended,
            }
        }
        Flow::Next
    }

    pub(super) fn run(&mut self, frame: &mut Frame<'a>, block: Run, of: StmtRef<'a>) -> Flow<'a> {
        let statements: Vec<_> = of.body.block(block).collect();
        self.block(frame, &statements)
    }

    /// The rest of a block, on those ways that go on.
    fn after_split(
        &mut self,
        frame: &mut Frame<'a>,
        flow: Flow<'a>,
        rest: &[StmtRef<'a>],
    ) -> Flow<'a> {
        match flow {
            Flow::Next => self.block(frame, rest),
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                self.both_ways(
                    frame,
                    &fact,
                    |own, frame| own.after_split(frame, first, rest),
                    |own, frame| own.after_split(frame, second, rest),
                )
            }
            ended => ended,
        }
    }

    /// Runs both ways and merges; where one raises and nothing catches that, only the other is possible.
    pub(super) fn both_ways(
        &mut self,
        frame: &mut Frame<'a>,
        when: &Fact,
        first: impl FnOnce(&mut Self, &mut Frame<'a>) -> Flow<'a>,
        second: impl FnOnce(&mut Self, &mut Frame<'a>) -> Flow<'a>,
    ) -> Flow<'a> {
        let not = fact(&when.test, !when.holds);
        let first = self.branch(when.clone(), |own| first(own, frame));
        let second = self.branch(not.clone(), |own| second(own, frame));
        match (first.result, second.result) {
            (Flow::Raise(_), other) if self.guards == 0 && !matches!(other, Flow::Raise(_)) => {
                self.path.push(not);
                self.path.extend(second.settled);
                self.apply(second.delta);
                other
            }
            (one, Flow::Raise(_)) if self.guards == 0 && !matches!(one, Flow::Raise(_)) => {
                self.path.push(when.clone());
                self.path.extend(first.settled);
                self.apply(first.delta);
                one
            }
            (one, other) => {
                let when = when.beside(&first.settled).beside(&second.settled);
                self.merge(&when, first.delta, second.delta);
                if one.is_next() && other.is_next() {
                    return Flow::Next;
                }
                Flow::Split(Box::new((when, one, other)))
            }
        }
    }

    pub(super) fn statement(&mut self, frame: &mut Frame<'a>, statement: StmtRef<'a>) -> Flow<'a> {
        match self.try_statement(frame, statement) {
            Ok(flow) => flow,
            Err(raise) => Flow::Raise(raise),
        }
    }

    fn try_statement(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
    ) -> Outcome<Flow<'a>> {
        let at = |id: ExprId| statement.body.expr(id);
        let place = Self::place(frame, statement.span());
        match statement.kind() {
            Stmt::Expr(value) => {
                self.expr(frame, at(value))?;
            }
            Stmt::Assign { targets, value } => {
                let value = self.expr(frame, at(value))?;
                for target in statement.body.list(targets) {
                    self.assign_target(frame, target, value.clone(), place)?;
                }
            }
            Stmt::Annotated { target, value, .. } => {
                if let Some(value) = value {
                    let value = self.expr(frame, at(value))?;
                    self.assign_target(frame, at(target), value, place)?;
                }
            }
            Stmt::Augmented { op, target, value } => {
                self.augmented(frame, op, at(target), at(value), place)?;
            }
            Stmt::Return(value) => {
                let value = match value {
                    Some(value) => self.expr(frame, at(value))?,
                    None => V::none(),
                };
                return Ok(Flow::Return(value));
            }
            Stmt::Delete(targets) => {
                for target in statement.body.list(targets) {
                    self.delete(frame, target, place)?;
                }
            }
            Stmt::Raise { exception, .. } => {
                return Err(Raise {
                    exception: exception_name(exception.map(at)),
                });
            }
            Stmt::Assert { test, .. } => match self.verdict_of(frame, at(test))? {
                Verdict::True => {}
                Verdict::False => {
                    return Err(Raise {
                        exception: "AssertionError",
                    });
                }
                Verdict::When(fact) if self.guards == 0 => self.path.push(fact),
                Verdict::When(_) => {}
            },
            Stmt::If { test, body, orelse } => {
                return match self.verdict_of(frame, at(test))? {
                    Verdict::True => Ok(self.run(frame, body, statement)),
                    Verdict::False => Ok(self.run(frame, orelse, statement)),
                    Verdict::When(fact) => Ok(self.both_ways(
                        frame,
                        &fact,
                        |own, frame| own.run(frame, body, statement),
                        |own, frame| own.run(frame, orelse, statement),
                    )),
                };
            }
            Stmt::For {
                target,
                iter,
                body,
                orelse,
                ..
            } => {
                let iterable = self.expr(frame, at(iter))?;
                return self.for_loop(frame, statement, at(target), iterable, body, orelse);
            }
            Stmt::While { test, body, orelse } => {
                return self.while_loop(frame, statement, at(test), body, orelse);
            }
            Stmt::With { items, body, .. } => {
                return self.with_block(frame, statement, items, body);
            }
            Stmt::Try(index) => {
                let attempt = statement.body.body().tries[index as usize];
                return Ok(self.attempt(frame, statement, attempt));
            }
            Stmt::Match { subject, cases } => {
                let subject = self.expr(frame, at(subject))?;
                return self.match_cases(frame, statement, &subject, cases);
            }
            Stmt::Class(class) => {
                let value = self.class_statement(frame, class)?;
                let name: Arc<str> = frame.facts.text(frame.facts.class(class).name).into();
                self.assign(frame.scope_for(&name), &name, value, place);
            }
            Stmt::Function(function) => {
                let value = self.function_statement(frame, function)?;
                let name: Arc<str> = frame.facts.text(frame.facts.function(function).name).into();
                self.assign(frame.scope_for(&name), &name, value, place);
            }
            Stmt::Import { first, count } => {
                for index in first.index()..first.index() + count as usize {
                    self.import(frame, &frame.facts.imports[index])?;
                }
            }
            Stmt::Global(names) => {
                for name in statement.body.list(names).filter_map(ExprRef::as_name) {
                    frame.globals.push(name.into());
                }
            }
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
            Stmt::Nonlocal(_) | Stmt::TypeAlias { .. } | Stmt::Pass => {}
        }
        Ok(Flow::Next)
    }

    /// Removes a name, an element or an entry.
    fn delete(
        &mut self,
        frame: &mut Frame<'a>,
        target: ExprRef<'a>,
        place: Option<crate::place::Place>,
    ) -> Outcome<()> {
        match target.kind() {
            Expr::Name(name) => {
                let name: Arc<str> = frame.facts.text(name).into();
                self.state.bind(frame.scope_for(&name), &name, None);
            }
            Expr::Subscript(value, index) => {
                let value = self.expr(frame, target.at(value))?;
                let index = self.expr(frame, target.at(index))?;
                self.delete_item(&value, &index);
                self.contribute_to(&value, place, What::Removed);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The exceptions that are told apart; any other is just one.
const EXCEPTIONS: &[&str] = &[
    "ImportError",
    "ModuleNotFoundError",
    "KeyError",
    "ImproperlyConfigured",
    "ValueError",
    "TypeError",
    "AttributeError",
    "NameError",
    "IndexError",
    "FileNotFoundError",
    "OSError",
    "SystemExit",
    "UndefinedValueError",
    "EnvError",
    "RuntimeError",
    "ValidationError",
];

fn exception_name(exception: Option<ExprRef<'_>>) -> &'static str {
    let dotted = exception.and_then(|exception| {
        exception
            .as_call()
            .map_or_else(|| exception.dotted(), |call| call.callee.dotted())
    });
    let name = dotted
        .as_deref()
        .and_then(|dotted| dotted.rsplit('.').next())
        .unwrap_or("");
    EXCEPTIONS
        .iter()
        .find(|known| **known == name)
        .copied()
        .unwrap_or("Exception")
}
