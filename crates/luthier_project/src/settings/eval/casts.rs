//! What `bool()`, `int()`, `float()`, words and JSON make of a value.

use std::rc::Rc;

use super::calls::Site;
use super::values::{Dict, Environment, Item, K, Unset, V};
use super::{Evaluator, Frame, Outcome, Raise, Verdict};
use crate::place::Place;
use crate::settings::value::Cast;

impl<'a> Evaluator<'a> {
    pub(super) fn to_bool(&mut self, frame: &Frame<'a>, value: &V<'a>, site: Site<'a>) -> V<'a> {
        if let K::Environment(environment) = &value.kind
            && matches!(environment.cast, Cast::Raw | Cast::Text)
        {
            let environment = environment.clone();
            return self.cast_environment(&environment, Cast::Truthy, site.place, |own, value| {
                Ok(match own.verdict_plain(&value) {
                    Some(Verdict::True) => V::bool(true, site.place),
                    Some(Verdict::False) => V::bool(false, site.place),
                    _ => V::unknown("a bool", site.place),
                })
            });
        }
        let verdict = self.verdict(frame, value, site.expr);
        self.truth_value(verdict, site.place)
    }

    pub(super) fn to_number(
        &mut self,
        whole: bool,
        value: &V<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        match &value.kind {
            K::Environment(environment) => {
                let environment = environment.clone();
                let cast = if whole { Cast::Int } else { Cast::Float };
                Ok(
                    self.cast_environment(&environment, cast, place, |own, value| {
                        own.to_number(whole, &value, place)
                    }),
                )
            }
            K::Str(text) => {
                let plain: String = text
                    .trim()
                    .chars()
                    .filter(|letter| *letter != '_')
                    .collect();
                let kind = if whole {
                    plain.parse().ok().map(K::Int)
                } else {
                    plain.parse().ok().map(K::Float)
                };
                kind.map(|kind| V::new(kind, place)).ok_or(Raise {
                    exception: "ValueError",
                })
            }
            K::None => Err(Raise {
                exception: "TypeError",
            }),
            _ => Ok(match (value.as_float(), whole) {
                (Some(number), false) => V::new(K::Float(number), place),
                (Some(number), true) => V::new(K::Int(number as i64), place),
                (None, _) => V::unknown("a number", place),
            }),
        }
    }

    /// The variable's text after a cast; `cast_default` makes the same of what stands in for it.
    pub(super) fn cast_environment(
        &mut self,
        environment: &Environment<'a>,
        cast: Cast,
        place: Option<Place>,
        cast_default: impl FnOnce(&mut Self, V<'a>) -> Outcome<V<'a>>,
    ) -> V<'a> {
        let unset = match &environment.unset {
            Unset::Value(value) => match cast_default(self, value.clone()) {
                Ok(value) => Unset::Value(value),
                Err(_) => Unset::Fails,
            },
            Unset::Fails => Unset::Fails,
            Unset::Unknown => Unset::Unknown,
        };
        let variables = environment.variables.clone();
        V::new(
            K::Environment(Rc::new(Environment {
                variables,
                cast,
                unset,
            })),
            place,
        )
    }

    /// Text that is true if it is one of some words.
    pub(super) fn words_to_bool(
        &mut self,
        value: &V<'a>,
        words: &[&str],
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        Ok(match &value.kind {
            K::Str(text) => V::bool(words.contains(&text.to_lowercase().trim()), place),
            K::Bool(value) => V::bool(*value, place),
            K::None => V::bool(false, place),
            K::Int(number) => V::bool(*number != 0, place),
            K::Environment(environment) => {
                let environment = environment.clone();
                self.cast_environment(&environment, Cast::Bool, place, |own, value| {
                    own.words_to_bool(&value, words, place)
                })
            }
            K::OneOf(alternatives) => {
                return self.each(alternatives.clone(), place, |own, value| {
                    own.words_to_bool(&value, words, place)
                });
            }
            _ => V::unknown("a bool", place),
        })
    }

    pub(super) fn parsed_json(&mut self, text: &str, place: Option<Place>) -> V<'a> {
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(parsed) => self.read_json(&parsed, place),
            Err(_) => V::unknown("text that does not parse", place),
        }
    }

    fn read_json(&mut self, parsed: &serde_json::Value, place: Option<Place>) -> V<'a> {
        use serde_json::Value as Json;
        let kind = match parsed {
            Json::Null => K::None,
            Json::Bool(value) => K::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(number) => K::Int(number),
                None => K::Float(number.as_f64().unwrap_or(0.0)),
            },
            Json::String(text) => K::Str(text.as_str().into()),
            Json::Array(values) => {
                let items = values
                    .iter()
                    .map(|value| Item::one(self.read_json(value, place)));
                let items = items.collect();
                return self.new_list(items, place);
            }
            Json::Object(entries) => {
                let mut dict = Dict::default();
                for (key, value) in entries {
                    let value = self.read_json(value, place);
                    dict.set(V::str(key, place), value);
                }
                return self.new_dict(dict, place);
            }
        };
        V::new(kind, place)
    }
}
