//! What is known about a value.

use std::sync::Arc;

use super::condition::{Condition, Fact};
use crate::place::Place;

/// A value, and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub kind: Kind,
    /// The expression that gave it; `None` outside the repository.
    pub place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Arc<str>),
    Bytes,
    /// A path; the repository's root is written [`super::ROOT`].
    Path(Arc<str>),
    /// A `timedelta`.
    Duration {
        microseconds: i64,
    },
    /// A string known in parts, which are strings or anything that becomes one.
    Text(Vec<Value>),
    List(Vec<Item>),
    Tuple(Vec<Item>),
    Set(Vec<Item>),
    Dict(Dict),
    Environment(Box<Environment>),
    /// Which one, a branch decides that is not decided by the code alone.
    OneOf(Vec<Alternative>),
    /// A class, function or module, by its dotted name.
    Reference(Arc<str>),
    /// What calling something gave that is not followed.
    Object(Box<Object>),
    /// Only among alternatives: not set at all.
    Unset,
    /// Why.
    Unknown(Arc<str>),
}

/// One element of a list, tuple or set.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub value: Value,
    pub when: Condition,
    /// Stands for any number of elements that are not known one by one.
    pub many: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dict {
    /// In order of insertion; a key may come more than once only under different conditions.
    pub entries: Vec<Entry>,
    /// Whether there may be keys that are not known.
    pub open: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: Value,
    pub value: Value,
    pub when: Condition,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    pub when: Condition,
    pub value: Value,
}

/// The result of a call that is not followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub callee: Arc<str>,
    pub arguments: Vec<(Option<Arc<str>>, Value)>,
}

/// A value that environment variables decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// The variables read; the first is the one that matters most.
    pub variables: Vec<Arc<str>>,
    pub cast: Cast,
    pub unset: WhenUnset,
}

/// What becomes of the variable's text.
#[derive(Clone, Debug, PartialEq)]
pub enum Cast {
    /// Nothing: a string.
    Raw,
    /// Words such as `true` and `off` are understood.
    Bool,
    /// `bool(text)`: any text but the empty one is true, `"False"` too.
    Truthy,
    /// Compared with these texts: a bool.
    Compared(Vec<Arc<str>>),
    /// Whether it is set at all: a bool.
    Presence,
    Int,
    Float,
    /// Split at the separator; `drops_empty` where an unset or empty variable gives no element.
    List {
        separator: Arc<str>,
        drops_empty: bool,
    },
    Dict,
    Json,
    Path,
    Duration,
    /// Parsed as the URL of a database, cache, mail server ...
    Url(&'static str),
    /// A string made from it.
    Text,
    /// Something else made from it.
    Derived,
}

/// What comes out where the variable is not set.
#[derive(Clone, Debug, PartialEq)]
pub enum WhenUnset {
    Value(Value),
    /// Loading the settings fails.
    Fails,
    Unknown,
}

/// Whether something is true.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    True,
    False,
    /// Environment variables decide.
    DependsOn(DependsOn),
    Unknown,
}

/// Which variables decide, and what comes out where they are not set.
#[derive(Clone, Debug, PartialEq)]
pub struct DependsOn {
    pub variables: Vec<Arc<str>>,
    /// `None` where that is not known, or loading fails then.
    pub when_unset: Option<bool>,
}

impl Value {
    pub fn new(kind: Kind, place: Option<Place>) -> Self {
        Self { kind, place }
    }

    pub fn unknown(why: &str) -> Self {
        Self::new(Kind::Unknown(why.into()), None)
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A known integer; `True` and `False` count as such, as in Python.
    pub fn as_int(&self) -> Option<i64> {
        match self.kind {
            Kind::Int(value) => Some(value),
            Kind::Bool(value) => Some(i64::from(value)),
            _ => None,
        }
    }

    pub fn is_none(&self) -> bool {
        self.kind == Kind::None
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }

    pub fn environment(&self) -> Option<&Environment> {
        match &self.kind {
            Kind::Environment(environment) => Some(environment),
            _ => None,
        }
    }

    /// The elements of a list, tuple or set.
    pub fn items(&self) -> Option<&[Item]> {
        match &self.kind {
            Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_dict(&self) -> Option<&Dict> {
        match &self.kind {
            Kind::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The value itself, or each of the values that it may be, with the conditions; alternatives
    /// that are not set are left out.
    pub fn alternatives(&self) -> impl Iterator<Item = (Condition, &Value)> {
        let several: &[Alternative] = match &self.kind {
            Kind::OneOf(alternatives) => alternatives,
            _ => &[],
        };
        let one = several.is_empty().then_some((Condition::ALWAYS, self));
        let several = several
            .iter()
            .map(|alternative| (alternative.when.clone(), &alternative.value));
        one.into_iter()
            .chain(several)
            .filter(|(_, value)| value.kind != Kind::Unset)
    }

    /// Every string that the elements may be, with the element; of alternatives, all of them.
    pub fn strings(&self) -> Vec<(&str, &Item)> {
        let mut found = Vec::new();
        for (_, value) in self.alternatives() {
            for item in value.items().unwrap_or(&[]) {
                for (_, text) in item.value.alternatives() {
                    if let Some(text) = text.as_str() {
                        found.push((text, item));
                    }
                }
            }
        }
        found
    }

    /// What is at a path of string keys: of alternatives each, with their conditions;
    /// [`Kind::Unset`] where nothing is there, unknown where something may be.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Value {
        let Some((key, rest)) = path.split_first() else {
            return self.clone();
        };
        match &self.kind {
            Kind::Dict(dict) => match dict.entry(key) {
                Some(entry) if entry.when.is_always() => entry.value.at(rest),
                Some(entry) => {
                    let mut alternatives = vec![Alternative {
                        when: entry.when.clone(),
                        value: entry.value.at(rest),
                    }];
                    if let [fact] = entry.when.facts() {
                        let not = Fact {
                            test: fact.test.clone(),
                            holds: !fact.holds,
                        };
                        let (when, value) = (Condition::of(&[not]), Value::new(Kind::Unset, None));
                        alternatives.push(Alternative { when, value });
                    } else {
                        let value = Value::unknown("there only under conditions");
                        alternatives.push(Alternative {
                            when: Condition::ALWAYS,
                            value,
                        });
                    }
                    Value::new(Kind::OneOf(alternatives), entry.value.place)
                }
                None if dict.lacks(key) => Value::new(Kind::Unset, None),
                None => Value::unknown("an entry of a dict that is not known in all parts"),
            },
            Kind::OneOf(alternatives) => {
                let within = alternatives.iter().map(|alternative| Alternative {
                    when: alternative.when.clone(),
                    value: alternative.value.at(path),
                });
                Value::new(Kind::OneOf(within.collect()), self.place)
            }
            Kind::Environment(environment) => Value::new(
                Kind::Environment(Box::new(Environment {
                    variables: environment.variables.clone(),
                    cast: Cast::Derived,
                    unset: match &environment.unset {
                        WhenUnset::Value(value) => WhenUnset::Value(value.at(path)),
                        other => other.clone(),
                    },
                })),
                self.place,
            ),
            Kind::Unknown(_) | Kind::Object(_) => self.clone(),
            _ => Value::new(Kind::Unset, None),
        }
    }

    /// Whether all elements are known strings that are always there.
    pub fn is_closed_list(&self) -> bool {
        self.items().is_some_and(|items| {
            items.iter().all(|item| {
                !item.many && item.when.is_always() && matches!(item.value.kind, Kind::Str(_))
            })
        })
    }

    /// Whether a list may hold `text`: as an element, or among what is not known.
    pub fn may_contain(&self, text: &str) -> bool {
        match &self.kind {
            Kind::OneOf(alternatives) => alternatives
                .iter()
                .any(|alternative| alternative.value.may_contain(text)),
            Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => items
                .iter()
                .any(|item| item.many || item.value.may_be(text)),
            Kind::Environment(_) | Kind::Unknown(_) | Kind::Object(_) | Kind::Text(_) => true,
            _ => false,
        }
    }

    /// Whether a list always holds `text`.
    pub fn surely_contains(&self, text: &str) -> bool {
        match &self.kind {
            Kind::OneOf(alternatives) => alternatives
                .iter()
                .all(|alternative| alternative.value.surely_contains(text)),
            _ => self.items().is_some_and(|items| {
                items
                    .iter()
                    .any(|item| item.when.is_always() && item.value.as_str() == Some(text))
            }),
        }
    }

    fn may_be(&self, text: &str) -> bool {
        match &self.kind {
            Kind::Str(own) => **own == *text,
            Kind::OneOf(alternatives) => alternatives
                .iter()
                .any(|alternative| alternative.value.may_be(text)),
            Kind::Environment(_) | Kind::Unknown(_) | Kind::Object(_) | Kind::Text(_) => true,
            _ => false,
        }
    }

    /// What Python's `bool()` says of the value.
    pub fn truth(&self) -> Truth {
        match &self.kind {
            Kind::None | Kind::Unset => Truth::False,
            Kind::Bool(value) => Truth::from(*value),
            Kind::Int(value) => Truth::from(*value != 0),
            Kind::Float(value) => Truth::from(*value != 0.0),
            Kind::Str(text) => Truth::from(!text.is_empty()),
            Kind::Duration { microseconds } => Truth::from(*microseconds != 0),
            Kind::Path(_) | Kind::Reference(_) => Truth::True,
            Kind::Text(parts) => {
                let solid = |part: &Value| part.as_str().is_some_and(|text| !text.is_empty());
                if parts.iter().any(solid) {
                    Truth::True
                } else {
                    depends_on(self)
                }
            }
            Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => {
                if items.is_empty() {
                    Truth::False
                } else if items.iter().any(|item| !item.many && item.when.is_always()) {
                    Truth::True
                } else {
                    depends_on(self)
                }
            }
            Kind::Dict(dict) => match dict.entries.iter().any(|entry| entry.when.is_always()) {
                true => Truth::True,
                false if dict.open => Truth::Unknown,
                false if dict.entries.is_empty() => Truth::False,
                false => depends_on(self),
            },
            Kind::OneOf(alternatives) => {
                let mut outcomes = alternatives
                    .iter()
                    .map(|alternative| alternative.value.truth());
                let Some(first) = outcomes.next() else {
                    return Truth::Unknown;
                };
                let agree = matches!(first, Truth::True | Truth::False)
                    && outcomes.all(|outcome| outcome == first);
                if agree { first } else { depends_on(self) }
            }
            Kind::Environment(_) => depends_on(self),
            Kind::Bytes | Kind::Object(_) | Kind::Unknown(_) => Truth::Unknown,
        }
    }

    pub fn is_definitely_true(&self) -> bool {
        self.truth() == Truth::True
    }

    pub fn is_definitely_false(&self) -> bool {
        self.truth() == Truth::False
    }

    /// All environment variables that the value depends on, in order, each once.
    pub fn variables(&self) -> Vec<Arc<str>> {
        let mut found = Vec::new();
        self.collect_variables(&mut found);
        found
    }

    /// Whether nothing but environment variables is missing to know the value.
    pub fn is_known_given_environment(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) | Kind::Object(_) | Kind::Bytes => false,
            Kind::Text(parts) => parts.iter().all(Self::is_known_given_environment),
            Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => items.iter().all(|item| {
                !item.many && item.when.is_environment() && item.value.is_known_given_environment()
            }),
            Kind::Dict(dict) => {
                !dict.open
                    && dict.entries.iter().all(|entry| {
                        entry.when.is_environment() && entry.value.is_known_given_environment()
                    })
            }
            Kind::OneOf(alternatives) => alternatives.iter().all(|alternative| {
                alternative.when.is_environment() && alternative.value.is_known_given_environment()
            }),
            _ => true,
        }
    }

    fn collect_variables(&self, found: &mut Vec<Arc<str>>) {
        let mut add = |variable: &Arc<str>| {
            if !found.contains(variable) {
                found.push(variable.clone());
            }
        };
        match &self.kind {
            Kind::Environment(environment) => environment.variables.iter().for_each(add),
            Kind::Text(parts) => parts.iter().for_each(|part| part.collect_variables(found)),
            Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => {
                for item in items {
                    item.when.variables().for_each(&mut add);
                }
                for item in items {
                    item.value.collect_variables(found);
                }
            }
            Kind::Dict(dict) => {
                for entry in &dict.entries {
                    entry.when.variables().for_each(&mut add);
                }
                dict.entries
                    .iter()
                    .for_each(|entry| entry.value.collect_variables(found));
            }
            Kind::OneOf(alternatives) => {
                for alternative in alternatives {
                    alternative.when.variables().for_each(&mut add);
                }
                for alternative in alternatives {
                    alternative.value.collect_variables(found);
                }
            }
            _ => {}
        }
    }

    /// The value where no environment variable is set; `None` where that is not known.
    pub fn when_unset(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Environment(environment) => match &environment.unset {
                WhenUnset::Value(value) => Some(value),
                WhenUnset::Fails | WhenUnset::Unknown => None,
            },
            Kind::OneOf(alternatives) => alternatives
                .iter()
                .find(|alternative| alternative.when.when_unset() == Some(true))
                .and_then(|alternative| alternative.value.when_unset()),
            Kind::Unknown(_) | Kind::Object(_) => None,
            _ => Some(self),
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// The truth of a value that is not decided, by what it depends on.
fn depends_on(value: &Value) -> Truth {
    let variables = value.variables();
    if variables.is_empty() || !is_decided_by_environment(value) {
        return Truth::Unknown;
    }
    let when_unset = value.when_unset().filter(|unset| *unset != value);
    let when_unset = match when_unset.map(Value::truth) {
        Some(Truth::True) => Some(true),
        Some(Truth::False) => Some(false),
        _ => None,
    };
    Truth::DependsOn(DependsOn {
        variables,
        when_unset,
    })
}

/// Whether the variables alone decide if the value is true.
fn is_decided_by_environment(value: &Value) -> bool {
    match &value.kind {
        Kind::OneOf(alternatives) => alternatives.iter().all(|alternative| {
            alternative.when.is_environment() && alternative.value.truth() != Truth::Unknown
        }),
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => items
            .iter()
            .all(|item| !item.many && item.when.is_environment()),
        Kind::Dict(dict) => dict.entries.iter().all(|entry| entry.when.is_environment()),
        Kind::Unknown(_) | Kind::Object(_) => false,
        _ => true,
    }
}

impl Dict {
    /// What is at a string key, with the conditions under which it is; `None` where nothing is
    /// known to be there.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.key.as_str() == Some(key))
    }

    /// Whether `key` is surely not there.
    pub fn lacks(&self, key: &str) -> bool {
        !self.open && self.entries.iter().all(|entry| !entry.key.may_be(key))
    }
}
