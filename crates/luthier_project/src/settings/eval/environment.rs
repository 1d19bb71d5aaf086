//! Environment variables: their texts, what becomes of these, and what stands in for them.

use std::rc::Rc;
use std::sync::Arc;

use super::calls::{Arguments, Site};
use super::remembered::Watch;
use super::values::{Environment, Item, K, SequenceKind, Unset, V};
use super::{Evaluator, Frame, Outcome, Raise, Written};
use crate::place::Place;
use crate::settings::condition::{Fact, Test, TestKind};
use crate::settings::value::Cast;

/// The words that stand for true, of all libraries that read bools.
pub(super) const BOOLEAN_TRUE: &[&str] = &["y", "yes", "t", "true", "on", "ok", "1"];

/// What becomes of a variable's text.
#[derive(Clone, Debug)]
pub(super) enum Conversion<'a> {
    Text,
    Bool(&'static [&'static str]),
    Int,
    Float,
    Sequence {
        kind: SequenceKind,
        separator: Arc<str>,
        empty: Empty,
        item: Option<V<'a>>,
    },
    Dict,
    Json,
    Path,
    Duration,
    Url(&'static str),
    /// A function of the project, or something that is not understood.
    Function(V<'a>),
}

/// What becomes of empty parts of a text that is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    Kept,
    Dropped,
    /// Kept, but an empty text has no parts.
    OnlyWhole,
}

/// What stands in for a variable that is not set.
#[derive(Clone, Debug)]
pub(super) enum Fallback<'a> {
    /// Reading it fails with this exception.
    Fails(&'static str),
    /// As it is.
    Plain(V<'a>),
    /// After the same conversion.
    Converted(V<'a>),
}

impl<'a> Evaluator<'a> {
    /// Notes that the settings set a variable.
    pub(super) fn write_variable(
        &mut self,
        variable: Arc<str>,
        value: V<'a>,
        is_default: bool,
        place: Option<Place>,
    ) {
        let value = match self.path.is_empty() {
            true => V::new(value.kind, place),
            false => V::unknown("a variable that is set only under conditions", place),
        };
        self.state.watched(Watch::lose);
        self.written
            .retain(|written| is_default || written.variable != variable);
        self.written.push(Written {
            variable,
            value,
            is_default,
        });
    }

    /// What the settings set a variable to: that comes before the environment, or after it.
    fn written(&self, variable: &str, is_default: bool) -> Option<V<'a>> {
        let mut written = self.written.iter();
        let written = written
            .find(|written| *written.variable == *variable && written.is_default == is_default)?;
        self.state.watched(Watch::lose);
        Some(written.value.clone())
    }

    /// The text of a variable that is known: `Some(None)` where it is not set.
    pub(super) fn known_variable(&self, variable: &str) -> Option<Option<&str>> {
        let mut known = self.assumptions.environment.iter();
        let (_, text) = known.find(|(name, _)| name == variable)?;
        Some(text.as_deref())
    }

    /// Whether what was assumed here cannot hold where the variable is not set.
    fn is_surely_set(&self, variable: &Arc<str>) -> bool {
        self.path.iter().any(|fact| {
            let test = &fact.test;
            test.when_unset == Some(!fact.holds)
                && test.variables.len() == 1
                && test.variables[0] == *variable
        })
    }

    fn presence_test(variable: &Arc<str>, place: Option<Place>) -> Test {
        let text: Arc<str> = format!("{variable} is set").into();
        Test {
            key: text.clone(),
            text,
            variables: vec![variable.clone()],
            place,
            kind: TestKind::Environment,
            compared: None,
            when_unset: Some(false),
            parts: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// Whether a variable is set.
    pub(super) fn presence(&mut self, variable: &Arc<str>, place: Option<Place>) -> V<'a> {
        if self
            .written
            .iter()
            .any(|written| written.variable == *variable)
        {
            self.state.watched(Watch::lose);
            return V::bool(true, place);
        }
        if let Some(known) = self.asked_variable(variable) {
            return V::bool(known.is_some(), place);
        }
        let present = Environment {
            variables: vec![variable.clone()],
            cast: Cast::Presence,
            unset: Unset::Value(V::bool(false, place)),
        };
        V::new(K::Environment(Rc::new(present)), place)
    }

    /// A variable that must be set.
    pub(super) fn required_variable(
        &mut self,
        variable: &Arc<str>,
        exception: &'static str,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        self.variable(
            variable,
            &Conversion::Text,
            Fallback::Fails(exception),
            place,
        )
    }

    /// A variable after a conversion.
    pub(super) fn variable(
        &mut self,
        variable: &Arc<str>,
        conversion: &Conversion<'a>,
        fallback: Fallback<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        if let Some(text) = self.written(variable, false) {
            return self.convert(conversion, text, place);
        }
        let fallback = match self.written(variable, true) {
            Some(text) => Fallback::Converted(text),
            None => fallback,
        };
        if let Some(known) = self.asked_variable(variable) {
            return match (known.map(str::to_owned), fallback) {
                (Some(text), _) => self.convert(conversion, V::str(&text, place), place),
                (None, Fallback::Plain(value)) => Ok(value),
                (None, Fallback::Converted(value)) => self.convert(conversion, value, place),
                (None, Fallback::Fails(exception)) => Err(Raise { exception }),
            };
        }
        let unset = match fallback {
            // What stands in for it cannot come out where it was asked before whether it is set.
            Fallback::Plain(_) | Fallback::Converted(_) if self.is_surely_set(variable) => {
                Unset::Fails
            }
            Fallback::Plain(value) => Unset::Value(value),
            Fallback::Converted(value) => match self.convert(conversion, value, place) {
                Ok(value) => Unset::Value(value),
                Err(_) => Unset::Fails,
            },
            Fallback::Fails(exception) => {
                let fact = Fact {
                    test: Arc::new(Self::presence_test(variable, place)),
                    holds: true,
                };
                if self.assumed(&fact.test) == Some(false) {
                    return Err(Raise { exception });
                }
                self.note_raise(&fact, &Raise { exception });
                Unset::Fails
            }
        };
        let cast = self.cast_of(conversion, variable);
        let variables = vec![variable.clone()];
        Ok(V::new(
            K::Environment(Rc::new(Environment {
                variables,
                cast,
                unset,
            })),
            place,
        ))
    }

    fn cast_of(&mut self, conversion: &Conversion<'a>, variable: &Arc<str>) -> Cast {
        match conversion {
            Conversion::Text => Cast::Raw,
            Conversion::Bool(_) => Cast::Bool,
            Conversion::Int => Cast::Int,
            Conversion::Float => Cast::Float,
            Conversion::Sequence {
                separator, empty, ..
            } => Cast::List {
                separator: separator.clone(),
                drops_empty: *empty != Empty::Kept,
            },
            Conversion::Dict => Cast::Dict,
            Conversion::Json => Cast::Json,
            Conversion::Path => Cast::Path,
            Conversion::Duration => Cast::Duration,
            Conversion::Url(kind) => Cast::Url(kind),
            Conversion::Function(function) => {
                // What the function makes of a text tells what it is.
                let raw = Environment {
                    variables: vec![variable.clone()],
                    cast: Cast::Raw,
                    unset: Unset::Value(V::str("", None)),
                };
                let raw = V::new(K::Environment(Rc::new(raw)), None);
                match self.convert(&Conversion::Function(function.clone()), raw, None) {
                    Ok(V {
                        kind: K::Environment(made),
                        ..
                    }) => made.cast.clone(),
                    Ok(value) if self.verdict_is_bool(&value) => Cast::Bool,
                    _ => Cast::Derived,
                }
            }
        }
    }

    fn verdict_is_bool(&mut self, value: &V<'a>) -> bool {
        let all_bools = matches!(&value.kind, K::OneOf(ways) if ways.iter().all(|(_, way)| matches!(way.kind, K::Bool(_))));
        all_bools || matches!(value.kind, K::Bool(_))
    }

    /// A text after a conversion; what is no text stays what it is.
    pub(super) fn convert(
        &mut self,
        conversion: &Conversion<'a>,
        value: V<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let text = value.as_str().cloned();
        match (conversion, text) {
            (Conversion::Text, _) => Ok(value),
            (Conversion::Bool(words), _) => self.words_to_bool(&value, words, place),
            (Conversion::Int, _) => self.to_number(true, &value, place),
            (Conversion::Float, _) => self.to_number(false, &value, place),
            (
                Conversion::Sequence {
                    kind,
                    separator,
                    empty,
                    item,
                },
                Some(text),
            ) => {
                let mut items = Vec::new();
                let drops = *empty == Empty::Dropped;
                let nothing = *empty == Empty::OnlyWhole && text.is_empty();
                for part in text.split(&**separator).filter(|_| !nothing) {
                    let part = if drops { part.trim() } else { part };
                    if part.is_empty() && drops {
                        continue;
                    }
                    let mut part = V::str(part, value.place);
                    if let Some(function) = item {
                        part =
                            self.convert(&Conversion::Function(function.clone()), part, place)?;
                    }
                    items.push(Item::one(part));
                }
                Ok(self.new_sequence(*kind, items, value.place))
            }
            (Conversion::Json, Some(text)) => Ok(self.parsed_json(&text, place)),
            (Conversion::Path, Some(text)) => Ok(V::new(K::Path(text), place)),
            (Conversion::Dict, Some(text)) => {
                let mut dict = super::values::Dict::default();
                for part in text.split([',', ';']).filter(|part| !part.is_empty()) {
                    let (key, value) = part.split_once('=').unwrap_or((part, ""));
                    dict.set(V::str(key.trim(), place), V::str(value.trim(), place));
                }
                Ok(self.new_dict(dict, place))
            }
            (Conversion::Duration, Some(text)) => Ok(match text.parse::<i64>() {
                Ok(seconds) => V::new(K::Duration(seconds.saturating_mul(1_000_000)), place),
                Err(_) => V::unknown("a duration", place),
            }),
            (Conversion::Url(kind), Some(text)) => Ok(self.parsed_url(kind, &text, place)),
            (Conversion::Function(function), _) => self.convert_by(&function.clone(), value, place),
            _ => Ok(value),
        }
    }

    /// Calls what was given as a cast.
    fn convert_by(
        &mut self,
        function: &V<'a>,
        value: V<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        match &function.kind {
            K::Function(function) => {
                let arguments = Arguments {
                    positional: vec![value],
                    ..Arguments::default()
                };
                self.call_function(&function.clone(), arguments, place)
            }
            K::None => Ok(value),
            K::External(name) if matches!(&**name, "builtins.int" | "builtins.float") => {
                self.to_number(&**name == "builtins.int", &value, place)
            }
            K::External(name) if &**name == "builtins.str" => Ok(value),
            _ => Ok(match &value.kind {
                K::Environment(environment) => {
                    let environment = Environment {
                        cast: Cast::Derived,
                        ..(**environment).clone()
                    };
                    V::new(K::Environment(Rc::new(environment)), place)
                }
                _ => V::unknown("a cast that is not followed", place),
            }),
        }
    }

    pub(super) fn environ_method(
        &mut self,
        name: &str,
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let variable = arguments.get(0, "key").and_then(V::as_str).cloned();
        let default = arguments.get(1, "default").cloned();
        if let ("setdefault", Some(variable), Some(default)) = (name, &variable, &default) {
            self.write_variable(variable.clone(), default.clone(), true, place);
        }
        match (name, variable) {
            ("get" | "setdefault" | "pop", Some(variable)) => {
                let fallback = match (default, name) {
                    (None, "pop") => Fallback::Fails("KeyError"),
                    (default, _) => Fallback::Plain(default.unwrap_or_else(V::none)),
                };
                self.variable(&variable, &Conversion::Text, fallback, place)
            }
            ("copy", _) => Ok(V::new(K::Environ, place)),
            _ => Ok(V::unknown("all environment variables", place)),
        }
    }

    // ---- methods of a variable's text ----

    pub(super) fn variable_method(
        &mut self,
        frame: &mut Frame<'a>,
        environment: &Environment<'a>,
        name: &str,
        arguments: &Arguments<'a>,
        site: Site<'a>,
    ) -> V<'a> {
        let place = site.place;
        let is_text = matches!(environment.cast, Cast::Raw | Cast::Text);
        let first = arguments.first().and_then(V::as_str).cloned();
        let cast = match name {
            "lower" | "upper" | "strip" | "lstrip" | "rstrip" | "replace" | "removeprefix"
            | "removesuffix" | "casefold" | "title" | "capitalize" | "format" | "encode"
                if is_text =>
            {
                Cast::Text
            }
            "split" | "rsplit" if is_text => Cast::List {
                separator: first.clone().unwrap_or_else(|| " ".into()),
                drops_empty: first.is_none(),
            },
            "total_seconds" => Cast::Float,
            _ => Cast::Derived,
        };
        let (name, arguments) = (name.to_owned(), arguments.clone());
        self.cast_environment(environment, cast, place, |own, value| {
            own.method_of_default(frame, &value, &name, arguments, site)
        })
    }

    fn method_of_default(
        &mut self,
        frame: &mut Frame<'a>,
        value: &V<'a>,
        name: &str,
        arguments: Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        match value.kind {
            // `None.split(",")`
            K::None => Err(Raise {
                exception: "AttributeError",
            }),
            _ => self.call_method(frame, value, name, arguments, site),
        }
    }
}
