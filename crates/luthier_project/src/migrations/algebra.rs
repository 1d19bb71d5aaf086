//! What Python's operators and classes make of values.

use std::sync::Arc;

use super::value::{Condition, Connector, Made, Value};
use crate::facts::ir::{BinaryOp, UnaryOp};

/// `-value`, `not value`, `~condition`
pub(super) fn unary(op: UnaryOp, operand: &Value) -> Value {
    match (op, operand) {
        (UnaryOp::Minus, Value::Int(value)) => {
            value.checked_neg().map_or(Value::Unknown, Value::Int)
        }
        (UnaryOp::Minus, Value::Number(text)) => Value::Number(format!("-{text}").into()),
        (UnaryOp::Not, operand) => operand
            .truth()
            .map_or(Value::Unknown, |truth| Value::Bool(!truth)),
        (UnaryOp::Invert, Value::Condition(condition)) => {
            let mut negated = (**condition).clone();
            negated.is_negated = !negated.is_negated;
            Value::Condition(Arc::new(negated))
        }
        _ => Value::Unknown,
    }
}

/// Lists and tuples put together, conditions, and expressions of a query.
pub(super) fn binary(op: BinaryOp, left: &Value, right: &Value) -> Value {
    match (op, left, right) {
        (BinaryOp::Add, Value::List(one), Value::List(two)) => {
            Value::List(one.iter().chain(two.iter()).cloned().collect())
        }
        (BinaryOp::Add, Value::Tuple(one), Value::Tuple(two)) => {
            Value::Tuple(one.iter().chain(two.iter()).cloned().collect())
        }
        (_, Value::Condition(one), Value::Condition(two)) => {
            let connector = match op {
                BinaryOp::BitAnd => Connector::And,
                BinaryOp::BitOr => Connector::Or,
                BinaryOp::BitXor => Connector::Xor,
                _ => return Value::Unknown,
            };
            Value::Condition(Arc::new(combine(connector, one, two)))
        }
        _ if is_expression(left) || is_expression(right) => {
            let sign = match op {
                BinaryOp::Add => "+",
                BinaryOp::Sub => "-",
                BinaryOp::Mult => "*",
                BinaryOp::Div => "/",
                BinaryOp::Mod => "%%",
                BinaryOp::Pow => "^",
                _ => return Value::Unknown,
            };
            let wrapped = |value: &Value| match value {
                value if is_expression(value) => value.clone(),
                Value::Unknown => Value::Unknown,
                plain => Value::Made(Arc::new(Made {
                    class: "django.db.models.Value".into(),
                    arguments: vec![plain.clone()],
                    keywords: Vec::new(),
                })),
            };
            Value::Made(Arc::new(Made {
                class: "django.db.models.CombinedExpression".into(),
                arguments: vec![wrapped(left), Value::text(sign), wrapped(right)],
                keywords: Vec::new(),
            }))
        }
        _ => Value::Unknown,
    }
}

/// What classes of Python's library make, in one form each: by whatever arguments it was made.
pub(super) fn library(made: Made) -> Value {
    let numbers = |parameters: &[&str]| {
        let mut numbers: Vec<Value> = made.arguments.clone();
        for name in parameters.iter().skip(numbers.len()) {
            numbers.push(made.keyword(name).cloned().unwrap_or(Value::Int(0)));
        }
        numbers
    };
    let plain = |arguments: Vec<Value>| {
        Value::Made(Arc::new(Made {
            class: Arc::clone(&made.class),
            arguments,
            keywords: Vec::new(),
        }))
    };
    match &*made.class {
        "datetime.timedelta" => {
            const UNITS: &[(&str, i64)] = &[
                ("days", 86_400_000_000),
                ("seconds", 1_000_000),
                ("microseconds", 1),
                ("milliseconds", 1_000),
                ("minutes", 60_000_000),
                ("hours", 3_600_000_000),
                ("weeks", 604_800_000_000),
            ];
            let names: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
            let mut sum = Some(0_i64);
            for (number, (_, unit)) in numbers(&names).iter().zip(UNITS) {
                sum = match (number, sum) {
                    (Value::Int(number), Some(sum)) => number
                        .checked_mul(*unit)
                        .and_then(|product| sum.checked_add(product)),
                    _ => None,
                };
            }
            plain(vec![sum.map_or(Value::Unknown, Value::Int)])
        }
        "datetime.date" => plain(numbers(&["year", "month", "day"])),
        "datetime.time" if made.keyword("tzinfo").is_none() => {
            plain(numbers(&["hour", "minute", "second", "microsecond"]))
        }
        "datetime.datetime" if made.keyword("tzinfo").is_none() => plain(numbers(&[
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "microsecond",
        ])),
        "decimal.Decimal" => match &made.arguments[..] {
            [Value::Str(text) | Value::Number(text)] => Value::Number(Arc::clone(text)),
            [Value::Int(number)] => Value::Int(*number),
            _ => Value::Unknown,
        },
        name if is_choices(name) => {
            let choices = made
                .arguments
                .iter()
                .map(|it| Choice::of(it).map(Choice::pair));
            let choices: Option<Arc<[Value]>> = choices.collect();
            choices.map_or(Value::Unknown, Value::List)
        }
        "builtins.bytes" if made.arguments.is_empty() => Value::Bytes("".into()),
        // Compiled when it is first used.
        "django.utils.regex_helper._lazy_re_compile" => Value::Made(Arc::new(Made {
            class: "re.compile".into(),
            arguments: made.arguments,
            keywords: made.keywords,
        })),
        _ => Value::Made(Arc::new(made)),
    }
}

/// Whether a class is `Choices` of `model_utils`.
pub(super) fn is_choices(class: &str) -> bool {
    matches!(class, "model_utils.Choices" | "model_utils.choices.Choices")
}

/// One of the arguments of `Choices` (`model_utils` 5.0): text, a pair with what is shown, or a triple
/// with the name of the attribute between them.
pub(super) struct Choice<'v> {
    pub(super) value: &'v Value,
    pub(super) name: &'v Value,
    shown: &'v Value,
}

impl<'v> Choice<'v> {
    /// `None` for groups, and for what is not understood.
    pub(super) fn of(argument: &'v Value) -> Option<Self> {
        let [value, name, shown] = match argument {
            Value::Str(_) => [argument; 3],
            Value::List(parts) | Value::Tuple(parts) => match &parts[..] {
                [value, shown @ (Value::Str(_) | Value::Int(_))] => [value, value, shown],
                [value, name, shown] => [value, name, shown],
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { value, name, shown })
    }

    fn pair(self) -> Value {
        Value::Tuple([self.value.clone(), self.shown.clone()].into())
    }
}

/// Whether a value is one of Django's query expressions.
pub(super) fn is_expression(value: &Value) -> bool {
    matches!(value, Value::Made(made) if made.class.starts_with("django.db.models."))
}

/// `Q(...)`: arguments by name come sorted, as pairs.
pub(super) fn condition(arguments: Vec<Value>, mut keywords: Vec<(Arc<str>, Value)>) -> Value {
    let mut take = |name: &str| {
        let index = keywords.iter().position(|(key, _)| &**key == name)?;
        Some(keywords.remove(index).1)
    };
    let connector = match take("_connector").as_ref().map(Value::as_str) {
        None | Some(Some("AND")) => Connector::And,
        Some(Some("OR")) => Connector::Or,
        Some(Some("XOR")) => Connector::Xor,
        Some(_) => return Value::Unknown,
    };
    let is_negated = match take("_negated") {
        None => false,
        Some(value) => match value.truth() {
            Some(truth) => truth,
            None => return Value::Unknown,
        },
    };
    keywords.sort_by(|one, two| one.0.cmp(&two.0));
    let pairs = keywords
        .into_iter()
        .map(|(name, value)| Value::Tuple([Value::Str(name), value].into()));
    Value::Condition(Arc::new(Condition {
        connector,
        is_negated,
        children: arguments.into_iter().chain(pairs).collect(),
    }))
}

/// What `&`, `|` and `^` make of two conditions (`Q._combine` and `Node.add` of Django 4.2 to 6.0).
fn combine(connector: Connector, one: &Condition, two: &Condition) -> Condition {
    if one.children.is_empty() {
        return two.clone();
    }
    if two.children.is_empty() {
        return one.clone();
    }
    let mut children = Vec::new();
    for part in [one, two] {
        let is_squashed =
            !part.is_negated && (part.connector == connector || part.children.len() == 1);
        if is_squashed {
            children.extend(part.children.iter().cloned());
        } else {
            children.push(Value::Condition(Arc::new(part.clone())));
        }
    }
    Condition {
        connector,
        is_negated: false,
        children,
    }
}
