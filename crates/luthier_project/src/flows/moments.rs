//! Moments without a time zone: what `datetime.now()` and its like give.

use super::locals::only_value;
use crate::Project;
use crate::facts::ir::BinaryOp;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::modules::{ModuleId, ValueRef};

/// How many steps lead from a value to the call that made it.
const MAX_STEPS: u32 = 8;

/// Where a moment without a time zone comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NaiveMoment {
    /// `datetime.now`, without the call.
    pub maker: ValueRef,
    /// Whether a name stands between: other code may use the moment too.
    pub is_named: bool,
}

impl Project {
    /// Whether an expression of the repository surely gives a moment without a time zone.
    pub fn naive_moment(&self, value: ValueRef) -> Option<NaiveMoment> {
        if !self.modules.is_repository(value.module) {
            return None;
        }
        self.naive(value.module, self.modules.value(value), MAX_STEPS)
    }

    /// Whether an expression is itself one of the functions that give such moments.
    pub fn makes_naive_moments(&self, value: ValueRef) -> bool {
        self.modules.is_repository(value.module)
            && self
                .is_maker(value.module, self.modules.value(value))
                .is_some()
    }

    fn naive(&self, module: ModuleId, value: ExprRef<'_>, steps: u32) -> Option<NaiveMoment> {
        let steps = steps.checked_sub(1)?;
        if let Some(call) = value.as_call() {
            return self.naive_call(module, call, steps);
        }
        match value.kind() {
            Expr::Binary(BinaryOp::Add | BinaryOp::Sub, left, right) => self
                .naive(module, value.at(left), steps)
                .or_else(|| self.naive(module, value.at(right), steps)),
            Expr::Name(_) => {
                let bound = only_value(value.body, value.as_name()?)?;
                let found = self.naive(module, bound, steps)?;
                Some(NaiveMoment {
                    is_named: true,
                    ..found
                })
            }
            _ => None,
        }
    }

    fn naive_call(&self, module: ModuleId, call: CallRef<'_>, steps: u32) -> Option<NaiveMoment> {
        match self.is_maker(module, call.callee) {
            Some(Maker::Always) => {}
            Some(Maker::WithoutZone) if call.arguments().is_empty() => {}
            Some(Maker::WithoutZone) => return None,
            None => {
                let (moment, "replace") = call.callee.as_attribute()? else {
                    return None;
                };
                let is_same = !call.is_open() && call.keyword("tzinfo").is_none();
                return is_same.then(|| self.naive(module, moment, steps))?;
            }
        }
        Some(NaiveMoment {
            maker: ValueRef::of(module, call.callee),
            is_named: false,
        })
    }

    fn is_maker(&self, module: ModuleId, callee: ExprRef<'_>) -> Option<Maker> {
        let (_, name) = callee.as_attribute()?;
        let maker = match name {
            "utcnow" | "today" => Maker::Always,
            "now" => Maker::WithoutZone,
            _ => return None,
        };
        let found = self
            .modules
            .resolve_in(module, callee.body.id, &callee.dotted()?);
        let found = self.modules.qualified(&found)?;
        (found.strip_prefix("datetime.datetime.") == Some(name)).then_some(maker)
    }
}

/// When a function's moments have no time zone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    Always,
    WithoutZone,
}
