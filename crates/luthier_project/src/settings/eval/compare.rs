//! Comparison, `and`, `or`.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use super::forks::fact;
use super::values::{Environment, K, Unset, V};
use super::verdicts::negate;
use super::{Evaluator, Frame, Outcome, Verdict};
use crate::facts::ir::CompareOp;
use crate::facts::{ExprRef, Run};
use crate::place::Place;
use crate::settings::condition::Fact;
use crate::settings::value::Cast;

impl<'a> Evaluator<'a> {
    pub(super) fn all_of(
        &mut self,
        frame: &mut Frame<'a>,
        run: Run,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let operands: Vec<_> = expr.body.list(run).collect();
        self.chain(frame, &operands, false)
    }

    pub(super) fn any_of(
        &mut self,
        frame: &mut Frame<'a>,
        run: Run,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let operands: Vec<_> = expr.body.list(run).collect();
        self.chain(frame, &operands, true)
    }

    /// The first operand whose truth is `stops_at`, else the last.
    fn chain(
        &mut self,
        frame: &mut Frame<'a>,
        operands: &[ExprRef<'a>],
        stops_at: bool,
    ) -> Outcome<V<'a>> {
        let Some((&first, rest)) = operands.split_first() else {
            return Ok(V::none());
        };
        let value = self.expr(frame, first)?;
        if rest.is_empty() {
            return Ok(value);
        }
        let fact = match self.verdict(frame, &value, first) {
            Verdict::True if stops_at => return Ok(value),
            Verdict::False if !stops_at => return Ok(value),
            Verdict::True | Verdict::False => return self.chain(frame, rest, stops_at),
            Verdict::When(fact) => fact,
        };
        if let K::Environment(environment) = &value.kind
            && stops_at
        {
            return self.variable_or(frame, &environment.clone(), &value, rest);
        }
        let fact = Fact {
            holds: fact.holds == stops_at,
            ..fact
        };
        // Where it does not stop, a bool is what it is; so `a and b` over bools stays simple.
        let stopped = match stops_at {
            false if is_bool(&value) => V::bool(false, value.place),
            true if is_bool(&value) => V::bool(true, value.place),
            _ => value,
        };
        self.fork(
            &fact,
            |_| Ok(stopped),
            |own| own.chain(frame, rest, stops_at),
        )
    }

    /// `os.environ.get("X") or default`: the default is what comes out where X is not set.
    fn variable_or(
        &mut self,
        frame: &mut Frame<'a>,
        environment: &Environment<'a>,
        value: &V<'a>,
        rest: &[ExprRef<'a>],
    ) -> Outcome<V<'a>> {
        let default = match &environment.unset {
            Unset::Value(unset) => match self.verdict_plain(&unset.clone()) {
                Some(Verdict::True) => return Ok(value.clone()),
                _ => Some(self.chain(frame, rest, true)),
            },
            Unset::Fails | Unset::Unknown => None,
        };
        let unset = match default {
            Some(Ok(default)) => Unset::Value(default),
            Some(Err(_)) => Unset::Fails,
            None => environment.unset.clone(),
        };
        let environment = Environment {
            unset,
            ..environment.clone()
        };
        Ok(V::new(K::Environment(Rc::new(environment)), value.place))
    }

    // ---- comparison ----

    pub(super) fn compare(
        &mut self,
        frame: &mut Frame<'a>,
        op: CompareOp,
        left: &V<'a>,
        right: &V<'a>,
        expr: ExprRef<'a>,
    ) -> V<'a> {
        let place = Self::place_of(frame, expr);
        for (index, side) in [left, right].into_iter().enumerate() {
            let K::OneOf(alternatives) = &side.kind else {
                continue;
            };
            let (left, right) = (left.clone(), right.clone());
            let compared = self.each(alternatives.clone(), place, |own, value| {
                let (left, right) = if index == 0 {
                    (&value, &right)
                } else {
                    (&left, &value)
                };
                Ok(own.compare(frame, op, left, right, expr))
            });
            return compared.unwrap_or_else(|_| V::unknown("a comparison", place));
        }
        let positive = match op {
            CompareOp::NotEq => CompareOp::Eq,
            CompareOp::IsNot => CompareOp::Is,
            CompareOp::NotIn => CompareOp::In,
            other => other,
        };
        let value = match positive {
            CompareOp::Eq | CompareOp::Is => self.equal(left, right, place),
            CompareOp::In => self.contains(right, left, place),
            _ => self
                .order(left, right)
                .and_then(|order| holds_for(positive, order))
                .map(|holds| V::bool(holds, place)),
        };
        let value = value.unwrap_or_else(|| {
            let variables = [left, right]
                .into_iter()
                .flat_map(super::freeze::variables)
                .collect();
            let test = self.opaque_test(frame, expr, variables);
            self.truth_value(Verdict::When(fact(&Arc::new(test), true)), place)
        });
        if positive == op {
            return value;
        }
        let verdict = self.verdict(frame, &value, expr);
        self.truth_value(negate(verdict), place)
    }

    /// How two values are ordered; `None` where it cannot be said.
    pub(super) fn order(&self, left: &V<'a>, right: &V<'a>) -> Option<Ordering> {
        self.order_within(left, right, MAX_NESTING)
    }

    fn order_within(&self, left: &V<'a>, right: &V<'a>, nesting: u32) -> Option<Ordering> {
        match (&left.kind, &right.kind) {
            (K::Str(a), K::Str(b)) => Some(a.cmp(b)),
            (K::Duration(a), K::Duration(b)) => Some(a.cmp(b)),
            (K::Sequence(_), K::Sequence(_)) => {
                let nesting = nesting.checked_sub(1)?;
                let (a, b) = (self.closed_items(left)?, self.closed_items(right)?);
                for (a, b) in a.iter().zip(&b) {
                    match self.order_within(a, b, nesting)? {
                        Ordering::Equal => {}
                        decided => return Some(decided),
                    }
                }
                Some(a.len().cmp(&b.len()))
            }
            _ => left.as_float()?.partial_cmp(&right.as_float()?),
        }
    }

    /// `None` where it cannot be said.
    fn equal(&mut self, left: &V<'a>, right: &V<'a>, place: Option<Place>) -> Option<V<'a>> {
        for (side, other) in [(left, right), (right, left)] {
            let K::Environment(environment) = &side.kind else {
                continue;
            };
            let environment = environment.clone();
            if matches!(other.kind, K::None) {
                return self.absent(&environment, side, place);
            }
            let is_text = matches!(environment.cast, Cast::Raw | Cast::Text);
            if let (true, Some(text)) = (is_text, other.as_str()) {
                return Some(compare_words(
                    &environment,
                    std::slice::from_ref(text),
                    side,
                    place,
                ));
            }
            if let (Cast::Bool | Cast::Compared(_) | Cast::Presence, K::Bool(expected)) =
                (&environment.cast, &other.kind)
            {
                let verdict = self.environment_verdict(&environment, side.place);
                let verdict = if *expected { verdict } else { negate(verdict) };
                return Some(self.truth_value(verdict, place));
            }
            return None;
        }
        let known = |value: &V<'a>| {
            matches!(
                value.kind,
                K::None
                    | K::Bool(_)
                    | K::Int(_)
                    | K::Float(_)
                    | K::Str(_)
                    | K::Path(_)
                    | K::Duration(_)
            )
        };
        if known(left) && known(right) {
            let numbers = left.as_float().zip(right.as_float());
            let equal = numbers.map_or_else(
                || self.same(left, right),
                |(a, b)| a.to_bits() == b.to_bits(),
            );
            return Some(V::bool(equal, place));
        }
        if self.same(left, right) {
            return Some(V::bool(true, place));
        }
        // Nothing but None is None.
        let is_something = |value: &V<'a>| {
            !matches!(
                value.kind,
                K::Unknown(_) | K::Object(_) | K::None | K::Reader(_)
            )
        };
        let against_none = matches!(left.kind, K::None) && is_something(right)
            || matches!(right.kind, K::None) && is_something(left);
        against_none.then(|| V::bool(false, place))
    }

    /// Whether a variable's value is None.
    fn absent(
        &mut self,
        environment: &Environment<'a>,
        side: &V<'a>,
        place: Option<Place>,
    ) -> Option<V<'a>> {
        match &environment.unset {
            Unset::Value(value) if matches!(value.kind, K::None) => {
                let present = Environment {
                    variables: environment.variables.clone(),
                    cast: Cast::Presence,
                    unset: Unset::Value(V::bool(false, place)),
                };
                let verdict = self.environment_verdict(&present, side.place);
                Some(self.truth_value(negate(verdict), place))
            }
            Unset::Value(_) | Unset::Fails => Some(V::bool(false, place)),
            Unset::Unknown => None,
        }
    }

    /// Whether `container` holds `value`; `None` where it cannot be said.
    fn contains(
        &mut self,
        container: &V<'a>,
        value: &V<'a>,
        place: Option<Place>,
    ) -> Option<V<'a>> {
        match &container.kind {
            K::Environ => {
                let variable = value.as_str()?.clone();
                Some(self.presence(&variable, place))
            }
            // Production is not a test run.
            K::External(name) if &**name == "sys.modules" => {
                let module = value.as_str()?;
                let is_test_tool = matches!(&**module, "pytest" | "unittest" | "nose");
                is_test_tool.then(|| V::bool(false, place))
            }
            K::Str(text) => Some(V::bool(text.contains(&**value.as_str()?), place)),
            K::Text(parts) => {
                let wanted = value.as_str()?;
                let found = parts
                    .iter()
                    .any(|part| part.as_str().is_some_and(|text| text.contains(&**wanted)));
                found.then(|| V::bool(true, place))
            }
            K::Names(scope) => {
                let name = value.as_str()?.clone();
                let found = self.state.name(*scope, &name).is_some();
                (found || self.is_open(*scope).is_none()).then(|| V::bool(found, place))
            }
            &K::Dict(id) => {
                let dict = self.state.dict(id).clone();
                let key = value.key()?;
                match dict.get(&key) {
                    Some(entry) => {
                        let verdict = self.condition_verdict(&entry.when.clone(), place);
                        Some(self.truth_value(verdict, place))
                    }
                    None if dict.open => None,
                    None => Some(V::bool(false, place)),
                }
            }
            &K::Sequence(id) => {
                let items = self.state.items(id).clone();
                if let K::Environment(environment) = &value.kind
                    && matches!(environment.cast, Cast::Raw | Cast::Text)
                {
                    let words: Option<Vec<Arc<str>>> = self
                        .closed_items(container)?
                        .iter()
                        .filter(|item| !matches!(item.kind, K::Bool(_) | K::Int(_) | K::None))
                        .map(|item| item.as_str().cloned())
                        .collect();
                    return Some(compare_words(&environment.clone(), &words?, value, place));
                }
                let mut may = false;
                for item in items.iter() {
                    if item.many {
                        may = true;
                        continue;
                    }
                    let equal = self.equal(&item.value, value, place);
                    match (equal.map(|equal| equal.kind), item.when.is_always()) {
                        (Some(K::Bool(true)), true) => return Some(V::bool(true, place)),
                        (Some(K::Bool(true)), false) => {
                            let verdict = self.condition_verdict(&item.when.clone(), place);
                            return Some(self.truth_value(verdict, place));
                        }
                        (Some(K::Bool(false)), _) => {}
                        _ => may = true,
                    }
                }
                (!may).then(|| V::bool(false, place))
            }
            _ => None,
        }
    }
}

/// A variable's text compared with words.
pub(super) fn compare_words<'a>(
    environment: &Environment<'a>,
    words: &[Arc<str>],
    side: &V<'a>,
    place: Option<Place>,
) -> V<'a> {
    let unset = match &environment.unset {
        Unset::Value(value) => match &value.kind {
            K::Str(text) => Unset::Value(V::bool(words.contains(text), place)),
            K::None | K::Bool(_) | K::Int(_) => Unset::Value(V::bool(false, place)),
            K::Environment(other) if matches!(other.cast, Cast::Raw | Cast::Text) => {
                Unset::Value(compare_words(other, words, value, place))
            }
            _ => Unset::Unknown,
        },
        Unset::Fails => Unset::Fails,
        Unset::Unknown => Unset::Unknown,
    };
    let compared = Environment {
        variables: environment.variables.clone(),
        cast: Cast::Compared(words.to_vec()),
        unset,
    };
    V::new(K::Environment(Rc::new(compared)), place.or(side.place))
}

/// Whether a value is a bool, though it may not be known which.
fn is_bool(value: &V<'_>) -> bool {
    match &value.kind {
        K::Bool(_) => true,
        K::Environment(environment) => matches!(
            environment.cast,
            Cast::Bool | Cast::Truthy | Cast::Compared(_) | Cast::Presence
        ),
        K::OneOf(alternatives) => alternatives.iter().all(|(_, value)| is_bool(value)),
        _ => false,
    }
}

/// Tuples within tuples that a comparison looks into.
const MAX_NESTING: u32 = 8;

fn holds_for(op: CompareOp, order: Ordering) -> Option<bool> {
    Some(match op {
        CompareOp::Lt => order.is_lt(),
        CompareOp::LtE => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::GtE => order.is_ge(),
        _ => return None,
    })
}
