//! What is made of values that are only known in part.

use std::rc::Rc;
use std::sync::Arc;

use super::values::{Environment, K, Unset, V};
use super::{Evaluator, Outcome, Raise};
use crate::place::Place;
use crate::settings::condition::Condition;
use crate::settings::value::Cast;

impl<'a> Evaluator<'a> {
    /// Does the same to each alternative.
    pub(super) fn each(
        &mut self,
        alternatives: Rc<[(Condition, V<'a>)]>,
        place: Option<Place>,
        mut work: impl FnMut(&mut Self, V<'a>) -> Outcome<V<'a>>,
    ) -> Outcome<V<'a>> {
        let mut results = Vec::new();
        let mut failure = None;
        for (when, value) in alternatives.iter() {
            match self.holds(when) {
                Some(false) => continue,
                Some(true) => return work(self, value.clone()),
                None => {}
            }
            let mark = self.path.len();
            self.path.extend_from_slice(when.facts());
            let result = if value.is_unset() {
                Err(Raise {
                    exception: "NameError",
                })
            } else {
                work(self, value.clone())
            };
            self.path.truncate(mark);
            match result {
                Ok(value) => match value.kind {
                    K::OneOf(inner) => results.extend(
                        inner
                            .iter()
                            .filter_map(|(more, value)| Some((when.and_all(more)?, value.clone()))),
                    ),
                    _ => results.push((when.clone(), value)),
                },
                Err(raise) => failure = Some(raise),
            }
        }
        if results.is_empty()
            && let Some(raise) = failure
        {
            return Err(raise);
        }
        Ok(self.join_alternatives(results, place))
    }

    /// One of several values; containers of one kind become one container with conditions.
    /// Does to each alternative what changes the state: under its condition, and merged.
    pub(super) fn each_merged(
        &mut self,
        alternatives: &[(Condition, V<'a>)],
        mut work: impl FnMut(&mut Self, V<'a>) -> Outcome<V<'a>>,
    ) -> Outcome<V<'a>> {
        let mut failure = None;
        for (when, value) in alternatives {
            self.under_condition(when, |own| failure = work(own, value.clone()).err());
        }
        failure.map_or_else(|| Ok(V::none()), Err)
    }

    fn join_alternatives(
        &mut self,
        results: Vec<(Condition, V<'a>)>,
        place: Option<Place>,
    ) -> V<'a> {
        let are_two = results.len() == 2 && results.iter().all(|(when, _)| when.facts().len() == 1);
        if are_two && results[0].0.facts()[0].contradicts(&results[1].0.facts()[0]) {
            let fact = results[0].0.facts()[0].clone();
            return self.merge_values(&fact, results[0].1.clone(), results[1].1.clone());
        }
        self.one_of(results, place)
    }

    /// What is made from values of which some come from the environment: still from there, with
    /// what comes out where the variables are not set.
    pub(super) fn derived(
        &mut self,
        values: &[&V<'a>],
        place: Option<Place>,
        why: &str,
        work: impl FnOnce(&mut Self, Vec<V<'a>>) -> Option<V<'a>>,
    ) -> V<'a> {
        let mut variables: Vec<Arc<str>> = Vec::new();
        let mut unset = Some(Vec::new());
        let mut fails = false;
        for value in values {
            let K::Environment(environment) = &value.kind else {
                if matches!(value.kind, K::Unknown(_) | K::Object(_)) {
                    return V::unknown(why, place);
                }
                unset = unset.map(|mut parts| {
                    parts.push((*value).clone());
                    parts
                });
                continue;
            };
            for variable in &environment.variables {
                if !variables.contains(variable) {
                    variables.push(variable.clone());
                }
            }
            match &environment.unset {
                Unset::Value(value) => {
                    unset = unset.map(|mut parts| {
                        parts.push(value.clone());
                        parts
                    });
                }
                Unset::Fails => fails = true,
                Unset::Unknown => unset = None,
            }
        }
        if variables.is_empty() {
            return V::unknown(why, place);
        }
        let unset = match unset.filter(|_| !fails) {
            _ if fails => Unset::Fails,
            Some(parts) => work(self, parts).map_or(Unset::Unknown, Unset::Value),
            None => Unset::Unknown,
        };
        V::new(
            K::Environment(Rc::new(Environment {
                variables,
                cast: Cast::Derived,
                unset,
            })),
            place,
        )
    }
}
