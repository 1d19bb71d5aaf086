//! Truth, comparison, `and`, `or`, `not`.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use super::forks::fact;
use super::values::{Environment, K, Unset, V};
use super::{Evaluator, Frame, Outcome, Verdict};
use crate::facts::ir::CompareOp;
use crate::facts::{ExprRef, Run};
use crate::place::Place;
use crate::settings::condition::{Condition, Fact, Test, TestKind};
use crate::settings::value::Cast;

impl<'a> Evaluator<'a> {
    pub(super) fn verdict_of(
        &mut self,
        frame: &mut Frame<'a>,
        expr: ExprRef<'a>,
    ) -> Outcome<Verdict> {
        let value = self.expr(frame, expr)?;
        Ok(self.verdict(frame, &value, expr))
    }

    /// Whether a value is true; where nothing says so, a test about `expr`.
    pub(super) fn verdict(
        &mut self,
        frame: &Frame<'a>,
        value: &V<'a>,
        expr: ExprRef<'a>,
    ) -> Verdict {
        let verdict = self.verdict_plain(value).unwrap_or_else(|| {
            let variables = super::freeze::variables(value);
            Verdict::When(fact(
                &Arc::new(self.opaque_test(frame, expr, variables)),
                true,
            ))
        });
        self.settle(verdict)
    }

    /// Decides a verdict by what was assumed.
    fn settle(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::When(fact) => match self.assumed(&fact.test) {
                Some(holds) if holds == fact.holds => Verdict::True,
                Some(_) => Verdict::False,
                None => Verdict::When(fact),
            },
            decided => decided,
        }
    }

    /// Whether a value is true; `None` where that needs a test of its own.
    pub(super) fn verdict_plain(&mut self, value: &V<'a>) -> Option<Verdict> {
        Some(match &value.kind {
            K::None | K::Unset => Verdict::False,
            K::Bool(value) => Verdict::from(*value),
            K::Int(value) | K::Duration(value) => Verdict::from(*value != 0),
            K::Float(value) => Verdict::from(*value != 0.0),
            K::Str(text) => Verdict::from(!text.is_empty()),
            K::Path(_)
            | K::Module(_)
            | K::Function(_)
            | K::Class(_)
            | K::Environ
            | K::Instance(_) => Verdict::True,
            K::External(name) if !name.starts_with("builtins.") => Verdict::True,
            K::Text(parts) => {
                let solid = |part: &V<'a>| part.as_str().is_some_and(|text| !text.is_empty());
                if parts.iter().any(solid) {
                    Verdict::True
                } else {
                    return None;
                }
            }
            &K::Sequence(id) => {
                let items = self.state.items(id);
                if items.is_empty() {
                    Verdict::False
                } else if items
                    .iter()
                    .any(|item| !item.many && self.holds(&item.when) == Some(true))
                {
                    Verdict::True
                } else {
                    return None;
                }
            }
            &K::Dict(id) => {
                let dict = self.state.dict(id);
                if dict
                    .entries()
                    .any(|entry| self.holds(&entry.when) == Some(true))
                {
                    Verdict::True
                } else if dict.is_empty() && !dict.open {
                    Verdict::False
                } else {
                    return None;
                }
            }
            K::Environment(environment) => {
                self.environment_verdict(&environment.clone(), value.place)
            }
            K::OneOf(alternatives) => {
                let mut verdicts = Vec::new();
                for (when, value) in alternatives.clone().iter() {
                    if self.holds(when) != Some(false) {
                        verdicts.push((when.clone(), self.verdict_plain(value)?));
                    }
                }
                self.combine(verdicts, value.place)
            }
            _ => return None,
        })
    }

    fn environment_verdict(
        &mut self,
        environment: &Environment<'a>,
        place: Option<Place>,
    ) -> Verdict {
        let variable = environment.variables.join(", ");
        let (key, compared): (String, _) = match &environment.cast {
            Cast::Raw | Cast::Truthy | Cast::Text => (variable, None),
            Cast::Compared(words) => match &words[..] {
                [word] => (format!("{variable} == {word:?}"), Some(words.clone())),
                _ => (format!("{variable} in {words:?}"), Some(words.clone())),
            },
            Cast::Presence => (format!("{variable} is set"), None),
            Cast::Bool => (format!("{variable} is true"), None),
            Cast::Int | Cast::Float => (format!("{variable} is not 0"), None),
            Cast::List { .. } | Cast::Dict | Cast::Json => {
                (format!("{variable} is not empty"), None)
            }
            Cast::Url(_) | Cast::Path | Cast::Duration => (format!("{variable} is given"), None),
            Cast::Derived => match place {
                Some(place) => (
                    format!("{variable} at {}:{}", place.file.0, place.span.start),
                    None,
                ),
                None => (format!("something made from {variable}"), None),
            },
        };
        let text: Arc<str> = match &environment.cast {
            Cast::Derived => environment.variables.join(", ").into(),
            _ => key.as_str().into(),
        };
        let mut beside = Vec::new();
        let when_unset = match &environment.unset {
            Unset::Value(value) => match self.verdict_plain(&value.clone()) {
                Some(Verdict::True) => Some(true),
                Some(Verdict::False) => Some(false),
                Some(Verdict::When(fact)) => {
                    beside.push(fact.test);
                    None
                }
                None => None,
            },
            Unset::Fails | Unset::Unknown => None,
        };
        let test = Test {
            key: key.into(),
            text,
            variables: environment.variables.clone(),
            place,
            kind: TestKind::Environment,
            compared,
            when_unset,
            parts: Vec::new(),
            beside,
        };
        self.settle(Verdict::When(fact(&Arc::new(test), true)))
    }

    /// One verdict of several under conditions.
    fn combine(&mut self, verdicts: Vec<(Condition, Verdict)>, place: Option<Place>) -> Verdict {
        if verdicts
            .iter()
            .all(|(_, verdict)| matches!(verdict, Verdict::True))
        {
            return Verdict::True;
        }
        if verdicts
            .iter()
            .all(|(_, verdict)| matches!(verdict, Verdict::False))
        {
            return Verdict::False;
        }
        let mut ways: Vec<Condition> = Vec::new();
        for (when, verdict) in verdicts {
            match verdict {
                Verdict::True => ways.push(when),
                Verdict::False => {}
                Verdict::When(fact) => ways.extend(when.and(&fact)),
            }
        }
        match &ways[..] {
            [] => Verdict::False,
            [only] if only.facts().len() == 1 => {
                self.settle(Verdict::When(only.facts()[0].clone()))
            }
            _ => {
                let text = ways
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" or ");
                let keys: Vec<String> = ways.iter().map(canonical).collect();
                let mut variables: Vec<Arc<str>> = Vec::new();
                for variable in ways.iter().flat_map(Condition::variables) {
                    if !variables.contains(variable) {
                        variables.push(variable.clone());
                    }
                }
                let parts = ways.iter().flat_map(Condition::facts);
                let parts = parts.map(|fact| fact.test.clone()).collect();
                let is_environment = ways.iter().all(Condition::is_environment);
                let outcomes: Vec<Option<bool>> = ways.iter().map(Condition::when_unset).collect();
                let when_unset = if outcomes.contains(&Some(true)) {
                    Some(true)
                } else {
                    outcomes
                        .iter()
                        .all(|outcome| *outcome == Some(false))
                        .then_some(false)
                };
                let test = Test {
                    key: keys.join(" or ").into(),
                    text: text.replace('`', "").into(),
                    variables,
                    place,
                    kind: if is_environment {
                        TestKind::Environment
                    } else {
                        TestKind::Unknown
                    },
                    compared: None,
                    when_unset,
                    parts,
                    beside: Vec::new(),
                };
                self.settle(Verdict::When(fact(&Arc::new(test), true)))
            }
        }
    }

    /// A bool, or one of both by a test.
    pub(super) fn truth_value(&self, verdict: Verdict, place: Option<Place>) -> V<'a> {
        match self.settle(verdict) {
            Verdict::True => V::bool(true, place),
            Verdict::False => V::bool(false, place),
            Verdict::When(fact) => {
                let not = Fact {
                    test: fact.test.clone(),
                    holds: !fact.holds,
                };
                let ways = vec![
                    (Condition::of(&[fact]), V::bool(true, place)),
                    (Condition::of(&[not]), V::bool(false, place)),
                ];
                V::new(K::OneOf(ways.into()), place)
            }
        }
    }

    pub(super) fn both(&mut self, first: Verdict, second: Verdict) -> Verdict {
        match (first, second) {
            (Verdict::False, _) | (_, Verdict::False) => Verdict::False,
            (Verdict::True, other) | (other, Verdict::True) => other,
            (Verdict::When(a), Verdict::When(b)) => {
                let Some(when) = Condition::of(std::slice::from_ref(&a)).and(&b) else {
                    return Verdict::False;
                };
                let place = a.test.place;
                self.combine(
                    vec![(when, Verdict::True), (Condition::ALWAYS, Verdict::False)],
                    place,
                )
            }
        }
    }

    pub(super) fn either(&mut self, first: Verdict, second: Verdict) -> Verdict {
        let both = self.both(negate(first), negate(second));
        negate(both)
    }

    // ---- and, or ----

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

    fn condition_verdict(&mut self, condition: &Condition, place: Option<Place>) -> Verdict {
        let ways = vec![
            (condition.clone(), Verdict::True),
            (Condition::ALWAYS, Verdict::False),
        ];
        if condition.is_always() {
            Verdict::True
        } else {
            self.combine(ways, place)
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

pub(super) fn negate(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::True => Verdict::False,
        Verdict::False => Verdict::True,
        Verdict::When(fact) => Verdict::When(Fact {
            holds: !fact.holds,
            ..fact
        }),
    }
}

impl From<bool> for Verdict {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
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

fn canonical(condition: &Condition) -> String {
    let parts: Vec<String> = condition
        .facts()
        .iter()
        .map(|fact| format!("{}{}", if fact.holds { "" } else { "not " }, fact.test.key))
        .collect();
    format!("({})", parts.join(" and "))
}
