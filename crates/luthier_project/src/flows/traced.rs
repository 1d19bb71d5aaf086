//! What tracing one module came to, kept for everything that asks.

use super::ground::Ground;
use super::rows::{self, RowsCall};
use super::trace::Tracer;
use super::value::Value;
use super::{Call, Calls, Held};
use crate::facts::{BodyId, Expr, ExprId, ExprRef};
use crate::modules::ModuleId;

/// What the calls of one module lead to, which of them are on rows, and what its expressions hold.
#[derive(Debug, Default)]
pub(super) struct Traced {
    pub(super) calls: Calls,
    /// By body, then by expression.
    pub(super) on_rows: Vec<RowsCall>,
    /// The expressions that surely hold a row or rows, in the same order.
    held: Vec<((BodyId, ExprId), Held)>,
}

impl Traced {
    pub(super) fn of(ground: Ground<'_>, module: ModuleId) -> Self {
        let facts = ground.modules.facts(module);
        let mut tracer = Tracer::new(ground, module, facts);
        let mut traced = Self::default();
        let exprs = || {
            let bodies = facts.body_ids().map(|id| facts.body(id));
            bodies.flat_map(|body| body.exprs())
        };
        let calls = || exprs().filter_map(ExprRef::as_call);
        for call in calls() {
            let callee = tracer.value(call.callee);
            traced.calls.calls.push(Call {
                body: call.expr.body.id,
                expr: call.expr.id,
                receiver: tracer.receiver(call),
                target: tracer.target(callee),
            });
        }
        traced
            .on_rows
            .extend(calls().filter_map(|call| rows::call_on_rows(&mut tracer, call)));
        for expr in exprs().filter(|expr| may_hold_rows(expr.kind())) {
            let held = match tracer.sure(expr) {
                Value::Instance(class) => ground.models.by_class(class).map(Held::Row),
                Value::Rows(model) => Some(Held::Rows(model)),
                _ => None,
            };
            if let Some(held) = held {
                traced.held.push(((expr.body.id, expr.id), held));
            }
        }
        traced.calls.calls.shrink_to_fit();
        traced.held.shrink_to_fit();
        traced.calls.names = tracer.names.finish();
        traced
    }

    pub(super) fn held(&self, body: BodyId, expr: ExprId) -> Held {
        let found = self
            .held
            .binary_search_by_key(&(body, expr), |&(place, _)| place);
        found.map_or(Held::Unknown, |index| self.held[index].1)
    }
}

/// Whether an expression may be a row or rows by its kind.
fn may_hold_rows(expr: Expr) -> bool {
    matches!(
        expr,
        Expr::Name(_)
            | Expr::Attribute(..)
            | Expr::Call(..)
            | Expr::Subscript(..)
            | Expr::Await(_)
            | Expr::Named(..)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Conditional { .. }
            | Expr::Binary(..)
    )
}
