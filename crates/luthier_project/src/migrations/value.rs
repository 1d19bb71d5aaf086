//! Values as migrations are compared by: exact, with unknown ones kept apart.

use std::sync::Arc;

use crate::constant::Constant;
use crate::modules::ValueRef;

/// A value of Python code, as far as Django's comparison of migrations and models sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// A float or a long integer, as written.
    Number(Arc<str>),
    Str(Arc<str>),
    /// Each byte as a letter.
    Bytes(Arc<str>),
    List(Arc<[Value]>),
    Tuple(Arc<[Value]>),
    /// In the order written, which does not matter.
    Set(Arc<[Value]>),
    /// A list, tuple or set, which of them is not known.
    Items(Arc<[Value]>),
    Dict(Arc<[(Value, Value)]>),
    /// A class, a function or a member of an enumeration, by its full dotted name.
    Object(Arc<str>),
    /// What a package that was not found has under a full dotted name of capitals: a class, which migrations
    /// name, or a constant, whose value they have.
    Foreign(Arc<str>),
    /// What a class makes of arguments.
    Made(Arc<Made>),
    /// `Q(...)`, its parts put together as Django does it.
    Condition(Arc<Condition>),
    /// A lambda: equal to no other one.
    Lambda(ValueRef),
    Unknown,
}

/// An object by what it was made from: what `deconstruct()` gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Full dotted name.
    pub class: Arc<str>,
    pub arguments: Vec<Value>,
    pub keywords: Vec<(Arc<str>, Value)>,
}

/// A node of a tree of conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub connector: Connector,
    pub is_negated: bool,
    /// Pairs of a lookup and a value, further conditions, and expressions.
    pub children: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    And,
    Or,
    Xor,
}

impl Value {
    pub fn text(text: &str) -> Self {
        Self::Str(text.into())
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list, tuple or set.
    pub fn elements(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) | Self::Tuple(items) | Self::Set(items) | Self::Items(items) => {
                Some(items)
            }
            _ => None,
        }
    }

    /// Whether all of it is known.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Foreign(_) | Self::Unknown => false,
            Self::List(items) | Self::Tuple(items) | Self::Set(items) | Self::Items(items) => {
                items.iter().all(Self::is_known)
            }
            Self::Dict(entries) => entries
                .iter()
                .all(|(key, value)| key.is_known() && value.is_known()),
            Self::Made(made) => {
                let keywords = made.keywords.iter().map(|(_, value)| value);
                made.arguments.iter().chain(keywords).all(Self::is_known)
            }
            Self::Condition(condition) => condition.children.iter().all(Self::is_known),
            _ => true,
        }
    }

    /// Whether it may turn out to be a plain value, such as a text or a number.
    pub(super) fn may_be_plain(&self) -> bool {
        match self {
            Self::Foreign(_) | Self::Unknown => true,
            Self::Made(made) => !made.is_known(),
            _ => false,
        }
    }

    /// Truth as Python sees it, where that is known.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::None => Some(false),
            Self::Bool(value) => Some(*value),
            Self::Int(value) => Some(*value != 0),
            Self::Str(text) | Self::Bytes(text) => Some(!text.is_empty()),
            Self::Dict(entries) => Some(!entries.is_empty()),
            Self::Condition(condition) => Some(!condition.children.is_empty()),
            Self::Object(_) | Self::Lambda(_) => Some(true),
            Self::Number(_) | Self::Foreign(_) | Self::Made(_) | Self::Unknown => None,
            Self::List(items) | Self::Tuple(items) | Self::Set(items) | Self::Items(items) => {
                Some(!items.is_empty())
            }
        }
    }

    /// What a plain value is, apart from the kind of its sequences.
    pub(super) fn of_constant(constant: &Constant) -> Self {
        match constant {
            Constant::None => Self::None,
            Constant::Bool(value) => Self::Bool(*value),
            Constant::Int(value) => Self::Int(*value),
            Constant::Number(text) => Self::Number(Arc::clone(text)),
            Constant::Str(text) => Self::Str(Arc::clone(text)),
            Constant::List(items) => Self::Items(items.iter().map(Self::of_constant).collect()),
            // Keys of dicts that are no text are not kept.
            Constant::Dict(_)
            | Constant::External(_)
            | Constant::Class(_)
            | Constant::Function(_)
            | Constant::Some(_)
            | Constant::Unknown => Self::Unknown,
        }
    }

    /// Whether two values are equal as Python has it; `None` where that is not known.
    pub fn same(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => None,
            (Self::Foreign(one), Self::Foreign(two)) if one == two => Some(true),
            (Self::Foreign(one), Self::Foreign(two) | Self::Object(two))
            | (Self::Object(one), Self::Foreign(two)) => {
                // A package may hand on what it defines elsewhere.
                let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
                (last(one) != last(two)).then_some(false)
            }
            (Self::Foreign(_), _) | (_, Self::Foreign(_)) => None,
            (Self::Number(one), Self::Number(two)) => same_number(one, two),
            (Self::Number(text), Self::Int(number)) | (Self::Int(number), Self::Number(text)) => {
                same_number(text, &number.to_string())
            }
            (Self::Number(text), Self::Bool(flag)) | (Self::Bool(flag), Self::Number(text)) => {
                same_number(text, if *flag { "1" } else { "0" })
            }
            (Self::Bool(flag), Self::Int(number)) | (Self::Int(number), Self::Bool(flag)) => {
                Some(i64::from(*flag) == *number)
            }
            (Self::List(one), Self::List(two)) | (Self::Tuple(one), Self::Tuple(two)) => {
                all_same(one, two)
            }
            (Self::Set(one), Self::Set(two)) => same_set(one, two),
            (Self::Items(one), _) => other
                .elements()
                .map_or(Some(false), |two| all_same(one, two)),
            (_, Self::Items(two)) => self
                .elements()
                .map_or(Some(false), |one| all_same(one, two)),
            (Self::Dict(one), Self::Dict(two)) => same_dict(one, two),
            (Self::Made(one), Self::Made(two)) => one.same(two),
            (Self::Condition(one), Self::Condition(two)) => one.same(two),
            // What a project's class makes may say for itself what it is equal to.
            (Self::Made(made), other) | (other, Self::Made(made)) => match other {
                Self::None | Self::Lambda(_) | Self::Dict(_) => Some(false),
                _ => made.is_known().then_some(false),
            },
            (Self::Object(one), Self::Object(two)) => Some(one == two),
            (one, two) => Some(one == two),
        }
    }
}

impl Made {
    /// Whether its class is one of Django or of Python's library, none of which is equal to a plain
    /// value.
    fn is_known(&self) -> bool {
        const MODULES: &[&str] = &[
            "datetime.",
            "django.",
            "functools.",
            "pathlib.",
            "re.",
            "uuid.",
        ];
        !self.is_of_function() && MODULES.iter().any(|module| self.class.starts_with(module))
    }

    /// Whether it is what a function of Django or of Python itself returns, which may be anything: that of
    /// `format_lazy()` is a text, that of `int_list_validator()` a `RegexValidator`.
    fn is_of_function(&self) -> bool {
        let last = self.class.rsplit('.').next().unwrap_or_default();
        let is_theirs = self.class.starts_with("django.") || self.class.starts_with("builtins.");
        is_theirs && !last.starts_with(char::is_uppercase)
    }

    pub fn keyword(&self, name: &str) -> Option<&Value> {
        let mut keywords = self.keywords.iter();
        keywords
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    fn same(&self, other: &Self) -> Option<bool> {
        if self.class != other.class {
            let is_open = self.is_of_function() || other.is_of_function();
            return (!is_open).then_some(false);
        }
        let count = |made: &Self| made.arguments.len() + made.keywords.len();
        let is_expression = self.class.starts_with("django.db.models.")
            && !self.class.ends_with("Index")
            && !self.class.ends_with("Constraint");
        if is_expression
            && self.arguments.len() != other.arguments.len()
            && count(self) == count(other)
        {
            // Expressions are equal whether arguments come by position or by name.
            return None;
        }
        let positional = all_same(&self.arguments, &other.arguments);
        let keywords = same_keywords(&self.keywords, &other.keywords);
        both(positional, keywords)
    }
}

impl Condition {
    fn same(&self, other: &Self) -> Option<bool> {
        if self.is_negated != other.is_negated || self.connector != other.connector {
            return Some(false);
        }
        all_same(&self.children, &other.children)
    }
}

/// Whether two numbers as written are equal; `None` where one is not understood.
fn same_number(one: &str, two: &str) -> Option<bool> {
    Some(Decimal::read(one)? == Decimal::read(two)?)
}

/// A decimal number without trailing zeros: `digits` times ten to the power of `exponent`.
#[derive(PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i32,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let text = text.replace('_', "").to_ascii_lowercase();
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let (number, exponent) = match text.split_once('e') {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let kept = digits.trim_start_matches('0').trim_end_matches('0');
        let zeros = digits.len() - digits.trim_end_matches('0').len();
        if kept.is_empty() {
            return Some(Self {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        Some(Self {
            is_negative,
            digits: kept.to_owned(),
            exponent: exponent.checked_add(i32::try_from(zeros).ok()?)?,
        })
    }
}

/// Whether both hold, where at least one is known not to or both are known.
pub(super) fn both(one: Option<bool>, two: Option<bool>) -> Option<bool> {
    match (one, two) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Whether all hold.
pub(super) fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut sum = Some(true);
    for answer in answers {
        sum = both(sum, answer);
    }
    sum
}

/// Whether two sequences are equal, element by element.
pub(super) fn all_same(one: &[Value], two: &[Value]) -> Option<bool> {
    if one.len() != two.len() {
        return Some(false);
    }
    all(one.iter().zip(two).map(|(one, two)| one.same(two)))
}

/// Whether arguments by name are the same, in whatever order.
pub(super) fn same_keywords(one: &[(Arc<str>, Value)], two: &[(Arc<str>, Value)]) -> Option<bool> {
    if one.len() != two.len() {
        return Some(false);
    }
    all(one.iter().map(|(name, value)| {
        let other = two.iter().find(|(key, _)| key == name);
        other.map_or(Some(false), |(_, other)| value.same(other))
    }))
}

fn same_set(one: &[Value], two: &[Value]) -> Option<bool> {
    let is_within =
        |one: &[Value], two: &[Value]| all(one.iter().map(|value| any_same(value, two)));
    both(is_within(one, two), is_within(two, one))
}

/// Whether a value is among others.
fn any_same(value: &Value, others: &[Value]) -> Option<bool> {
    let mut found = Some(false);
    for other in others {
        match value.same(other) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => found = None,
        }
    }
    found
}

fn same_dict(one: &[(Value, Value)], two: &[(Value, Value)]) -> Option<bool> {
    let one_keys: Vec<Value> = one.iter().map(|(key, _)| key.clone()).collect();
    let two_keys: Vec<Value> = two.iter().map(|(key, _)| key.clone()).collect();
    let keys = same_set(&one_keys, &two_keys);
    if keys != Some(true) {
        return keys;
    }
    all(one.iter().map(|(key, value)| {
        let other = two.iter().find(|(other, _)| key.same(other) == Some(true));
        other.map_or(Some(false), |(_, other)| value.same(other))
    }))
}
