//! Values that code spells out, as far as no running is needed to tell.

use std::sync::Arc;

use crate::facts::ir::{BinaryOp, CompareOp};
use crate::modules::{ClassRef, FunctionRef, ValueRef};

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    None,
    Bool(bool),
    Int(i64),
    /// A float or a long integer, as written.
    Number(Arc<str>),
    Str(Arc<str>),
    List(Vec<Constant>),
    /// Keys that are no strings are left out.
    Dict(Vec<(Arc<str>, Constant)>),
    Class(ClassRef),
    Function(FunctionRef),
    /// Something whose code was not found, by its dotted name.
    External(Arc<str>),
    /// Something that is surely not `None`: a call, a lambda, a display with unknown parts.
    Some(ValueRef),
    Unknown,
}

impl Constant {
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// What `str()` of text or a whole number gives.
    pub(crate) fn as_text(&self) -> Option<Arc<str>> {
        match self {
            Self::Str(text) => Some(Arc::clone(text)),
            Self::Int(value) => Some(value.to_string().into()),
            _ => None,
        }
    }

    /// Truth as Python sees it, where that is known.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::None => Some(false),
            Self::Bool(value) => Some(*value),
            Self::Int(value) => Some(*value != 0),
            Self::Str(text) => Some(!text.is_empty()),
            Self::List(items) => Some(!items.is_empty()),
            Self::Dict(items) => Some(!items.is_empty()),
            Self::Class(_) | Self::Function(_) => Some(true),
            Self::Number(_) | Self::External(_) | Self::Some(_) | Self::Unknown => None,
        }
    }

    /// Whether it is `None`, where that is known.
    pub fn is_none(&self) -> Option<bool> {
        match self {
            Self::None => Some(true),
            Self::Unknown | Self::External(_) => None,
            _ => Some(false),
        }
    }
}

/// The text of an f-string from its parts.
pub(crate) fn join(parts: &[Constant]) -> Option<Constant> {
    let mut text = String::new();
    for part in parts {
        match part {
            Constant::Str(part) => text.push_str(part),
            Constant::Int(value) => text.push_str(&value.to_string()),
            _ => return None,
        }
    }
    Some(Constant::Str(text.into()))
}

/// What an operator gives, where both sides are known.
pub(crate) fn binary(op: BinaryOp, left: &Constant, right: &Constant) -> Option<Constant> {
    Some(match (op, left, right) {
        (BinaryOp::Add, Constant::Str(left), Constant::Str(right)) => {
            Constant::Str(format!("{left}{right}").into())
        }
        (BinaryOp::Add, Constant::List(left), Constant::List(right)) => {
            Constant::List(left.iter().chain(right).cloned().collect())
        }
        (BinaryOp::Add, Constant::Int(left), Constant::Int(right)) => {
            Constant::Int(left.checked_add(*right)?)
        }
        (BinaryOp::Sub, Constant::Int(left), Constant::Int(right)) => {
            Constant::Int(left.checked_sub(*right)?)
        }
        (BinaryOp::Mult, Constant::Int(left), Constant::Int(right)) => {
            Constant::Int(left.checked_mul(*right)?)
        }
        (BinaryOp::Pow, Constant::Int(left), Constant::Int(right)) => {
            Constant::Int(left.checked_pow(u32::try_from(*right).ok()?)?)
        }
        (BinaryOp::LShift, Constant::Int(left), Constant::Int(right)) => {
            Constant::Int(left.checked_shl(u32::try_from(*right).ok()?)?)
        }
        (BinaryOp::BitOr, Constant::Dict(left), Constant::Dict(right)) => {
            let mut entries = left.clone();
            entries.retain(|(key, _)| right.iter().all(|(other, _)| other != key));
            entries.extend(right.iter().cloned());
            Constant::Dict(entries)
        }
        (BinaryOp::Mod, Constant::Str(format), right) => {
            let mut words = match right {
                Constant::List(words) => words.iter(),
                word => std::slice::from_ref(word).iter(),
            };
            let mut parts = format.split('%');
            let mut text = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let word = words.next()?;
                let rest = match word {
                    Constant::Int(_) => part.strip_prefix(['s', 'd'])?,
                    _ => part.strip_prefix('s')?,
                };
                text.push_str(&word.as_text()?);
                text.push_str(rest);
            }
            words.next().is_none().then_some(())?;
            Constant::Str(text.into())
        }
        _ => return None,
    })
}

/// What a comparison gives, where both sides are known.
pub(crate) fn compare(op: CompareOp, left: &Constant, right: &Constant) -> Option<bool> {
    let is_plain = |value: &Constant| {
        matches!(
            value,
            Constant::None | Constant::Bool(_) | Constant::Int(_) | Constant::Str(_)
        )
    };
    match (op, right) {
        (CompareOp::Is, Constant::None) => left.is_none(),
        (CompareOp::IsNot, Constant::None) => left.is_none().map(|is_none| !is_none),
        (CompareOp::Eq | CompareOp::NotEq, _) if is_plain(left) && is_plain(right) => {
            Some((left == right) == (op == CompareOp::Eq))
        }
        (CompareOp::In | CompareOp::NotIn, Constant::List(items)) if is_plain(left) => {
            let is_in = items.contains(left);
            if !is_in && !items.iter().all(is_plain) {
                return None;
            }
            Some(is_in == (op == CompareOp::In))
        }
        _ => None,
    }
}
