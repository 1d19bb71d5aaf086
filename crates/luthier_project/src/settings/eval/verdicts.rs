//! Whether something is true, and the tests that decide it.

use std::sync::Arc;

use super::forks::fact;
use super::values::{Environment, K, Unset, V};
use super::{Evaluator, Frame, Outcome, Verdict};
use crate::facts::ExprRef;
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

    pub(super) fn environment_verdict(
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

    pub(super) fn condition_verdict(
        &mut self,
        condition: &Condition,
        place: Option<Place>,
    ) -> Verdict {
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

fn canonical(condition: &Condition) -> String {
    let parts: Vec<String> = condition
        .facts()
        .iter()
        .map(|fact| format!("{}{}", if fact.holds { "" } else { "not " }, fact.test.key))
        .collect();
    format!("({})", parts.join(" and "))
}
