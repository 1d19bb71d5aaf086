//! What tracing one module came to, kept for everything that asks.

use super::ground::Ground;
use super::rows::{self, RowsCall};
use super::trace::Tracer;
use super::value::Value;
use super::{Call, Calls, Held};
use crate::facts::{BodyId, ExprId, ExprRef, PythonFacts};
use crate::modules::{ModuleId, ValueRef};
use crate::{ModelGraph, Project};

/// What the calls of one module lead to, which of them are on rows, and what holds rows of all that
/// was looked at for it.
#[derive(Debug, Default)]
pub(super) struct Traced {
    pub(super) calls: Calls,
    /// By body, then by expression.
    pub(super) on_rows: Vec<RowsCall>,
    /// The expressions that surely hold a row or rows, in the same order.
    held: Vec<((BodyId, ExprId), Held)>,
    looked_at: LookedAt,
}

/// The expressions of a module that were looked at.
#[derive(Debug, Default)]
struct LookedAt {
    /// Where the bits of each body begin.
    starts: Vec<usize>,
    bits: Vec<u64>,
}

impl LookedAt {
    fn nothing(facts: &PythonFacts) -> Self {
        let mut end = 0;
        let starts = facts.bodies.iter().map(|body| {
            let start = end;
            end += body.exprs.len();
            start
        });
        Self {
            starts: starts.collect(),
            bits: vec![0; end.div_ceil(64)],
        }
    }

    fn add(&mut self, body: BodyId, expr: ExprId) {
        let position = self.starts[body.index()] + expr.index();
        self.bits[position / 64] |= 1 << (position % 64);
    }

    fn has(&self, body: BodyId, expr: ExprId) -> bool {
        let position = self.starts[body.index()] + expr.index();
        self.bits[position / 64] & (1 << (position % 64)) != 0
    }
}

impl Traced {
    pub(super) fn of(ground: Ground<'_>, module: ModuleId) -> Self {
        let facts = ground.modules.facts(module);
        let mut tracer = Tracer::new(ground, module, facts);
        let mut traced = Self::default();
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for call in body.exprs().filter_map(ExprRef::as_call) {
                let callee = tracer.known(call.callee);
                traced.calls.calls.push(Call {
                    body: body.id,
                    expr: call.expr.id,
                    receiver: tracer.receiver(call),
                    target: tracer.target(callee.value),
                });
                let on_rows = rows::call_on_rows(&mut tracer, call, callee.sure());
                traced.on_rows.extend(on_rows);
            }
        }
        traced.looked_at = LookedAt::nothing(facts);
        for ((body, expr), value) in tracer.settled() {
            traced.looked_at.add(body, expr);
            let held = held(ground.models, value);
            if held != Held::Unknown {
                traced.held.push(((body, expr), held));
            }
        }
        traced.held.shrink_to_fit();
        traced.calls.calls.shrink_to_fit();
        traced.calls.names = tracer.names.finish();
        traced
    }

    fn held(&self, body: BodyId, expr: ExprId) -> Option<Held> {
        let place = |&(place, _): &((BodyId, ExprId), Held)| place;
        let found = self.held.binary_search_by_key(&(body, expr), place).ok()?;
        Some(self.held[found].1)
    }
}

fn held(models: &ModelGraph, value: Value) -> Held {
    match value {
        Value::Instance(class) => models.by_class(class).map_or(Held::Unknown, Held::Row),
        Value::Rows(model) => Held::Rows(model),
        _ => Held::Unknown,
    }
}

impl Project {
    /// What an expression of the repository holds.
    pub fn held(&self, value: ValueRef) -> Held {
        let traced = self.traced(value.module);
        traced.map_or(Held::Unknown, |traced| {
            if !traced.looked_at.has(value.body, value.expr) {
                return self.held_apart(value);
            }
            let known = traced.held(value.body, value.expr);
            known.unwrap_or(Held::Unknown)
        })
    }

    /// Whether something in a body was seen to hold a row or rows, or to be called on them.
    pub(super) fn meets_rows(&self, module: ModuleId, body: BodyId) -> bool {
        self.traced(module).is_some_and(|traced| {
            let (held, on_rows) = (&traced.held, &traced.on_rows);
            let first_held = held.partition_point(|((known, _), _)| *known < body);
            let first_call = on_rows.partition_point(|call| call.body < body);
            let is_held = held.get(first_held).is_some_and(|((at, _), _)| *at == body);
            is_held
                || on_rows
                    .get(first_call)
                    .is_some_and(|call| call.body == body)
        })
    }

    /// What an expression holds, as far as that came out while calls were traced.
    pub(super) fn held_before(&self, module: ModuleId, expr: ExprRef<'_>) -> Held {
        let traced = self.traced(module);
        let known = traced.and_then(|traced| traced.held(expr.body.id, expr.id));
        known.unwrap_or(Held::Unknown)
    }

    /// What an expression holds that no call is made on.
    fn held_apart(&self, value: ValueRef) -> Held {
        let ground = self.flows.ground(&self.modules, &self.models);
        let facts = self.modules.facts(value.module);
        let mut tracer = Tracer::new(ground, value.module, facts);
        let known = tracer.known(facts.body(value.body).expr(value.expr));
        held(&self.models, known.sure())
    }
}
