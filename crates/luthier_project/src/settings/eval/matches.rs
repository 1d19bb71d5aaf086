//! `match`.

use std::sync::Arc;

use super::forks::fact;
use super::statements::Flow;
use super::values::V;
use super::{Evaluator, Frame, Outcome, Verdict};
use crate::facts::ir::{CompareOp, Expr};
use crate::facts::{ExprRef, Run, StmtRef};

impl<'a> Evaluator<'a> {
    pub(super) fn match_cases(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        subject: &V<'a>,
        cases: Run,
    ) -> Outcome<Flow<'a>> {
        let Some(case) = statement.body.body().cases[cases.range()].first() else {
            return Ok(Flow::Next);
        };
        let rest = Run {
            start: cases.start + 1,
            len: cases.len - 1,
        };
        let mut verdict = self.pattern(frame, statement.body.expr(case.pattern), subject)?;
        if let Some(guard) = case.guard
            && !matches!(verdict, Verdict::False)
        {
            let guarded = self.verdict_of(frame, statement.body.expr(guard))?;
            verdict = self.both(verdict, guarded);
        }
        match verdict {
            Verdict::True => Ok(self.run(frame, case.body, statement)),
            Verdict::False => self.match_cases(frame, statement, subject, rest),
            Verdict::When(fact) => Ok(self.both_ways(
                frame,
                &fact,
                |own, frame| own.run(frame, case.body, statement),
                |own, frame| match own.match_cases(frame, statement, subject, rest) {
                    Ok(flow) => flow,
                    Err(raise) => Flow::Raise(raise),
                },
            )),
        }
    }

    fn pattern(
        &mut self,
        frame: &mut Frame<'a>,
        pattern: ExprRef<'a>,
        subject: &V<'a>,
    ) -> Outcome<Verdict> {
        match pattern.kind() {
            Expr::Ellipsis => Ok(Verdict::True),
            Expr::Name(_) => {
                let place = Self::place_of(frame, pattern);
                self.assign_target(frame, pattern, subject.clone(), place)?;
                Ok(Verdict::True)
            }
            Expr::Named(name, inner) => {
                let place = Self::place_of(frame, pattern);
                self.assign_target(frame, pattern.at(name), subject.clone(), place)?;
                self.pattern(frame, pattern.at(inner), subject)
            }
            Expr::Binary(_, left, right) => {
                let left = self.pattern(frame, pattern.at(left), subject)?;
                let right = self.pattern(frame, pattern.at(right), subject)?;
                Ok(self.either(left, right))
            }
            Expr::Str(_) | Expr::Int(_) | Expr::Bool(_) | Expr::None | Expr::Attribute(..) => {
                let value = self.expr(frame, pattern)?;
                let equal = self.compare(frame, CompareOp::Eq, subject, &value, pattern);
                Ok(self.verdict(frame, &equal, pattern))
            }
            _ => {
                let test = self.opaque_test(frame, pattern, Vec::new());
                Ok(Verdict::When(fact(&Arc::new(test), true)))
            }
        }
    }
}
