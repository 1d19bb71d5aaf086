//! Values in Python's notation; what is not known stands in angle brackets.

use std::fmt::{self, Display, Formatter, Write};

use super::value::{Cast, Environment, Item, Kind, Value, WhenUnset};

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::None => f.write_str("None"),
            Kind::Bool(true) => f.write_str("True"),
            Kind::Bool(false) => f.write_str("False"),
            Kind::Int(value) => write!(f, "{value}"),
            Kind::Float(value) => write!(f, "{value:?}"),
            Kind::Str(text) => quoted(f, text),
            Kind::Bytes => f.write_str("<bytes>"),
            Kind::Path(path) => {
                f.write_str("Path(")?;
                quoted(f, path)?;
                f.write_str(")")
            }
            Kind::Duration { microseconds } => duration(f, *microseconds),
            Kind::Text(parts) => {
                f.write_str("f\"")?;
                for part in parts {
                    match &part.kind {
                        Kind::Str(text) => f.write_str(text)?,
                        _ => write!(f, "{{{part}}}")?,
                    }
                }
                f.write_str("\"")
            }
            Kind::List(items) => sequence(f, "[", items, "]"),
            Kind::Tuple(items) if items.len() == 1 => sequence(f, "(", items, ",)"),
            Kind::Tuple(items) => sequence(f, "(", items, ")"),
            Kind::Set(items) if items.is_empty() => f.write_str("set()"),
            Kind::Set(items) => sequence(f, "{", items, "}"),
            Kind::Dict(dict) => {
                f.write_str("{")?;
                for (index, entry) in dict.entries.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{}: {}", entry.key, entry.value)?;
                    if !entry.when.is_always() {
                        write!(f, " <if {}>", entry.when)?;
                    }
                }
                if dict.open {
                    f.write_str(if dict.entries.is_empty() {
                        "<more>"
                    } else {
                        ", <more>"
                    })?;
                }
                f.write_str("}")
            }
            Kind::Environment(environment) => environment.fmt(f),
            Kind::OneOf(alternatives) => {
                for (index, alternative) in alternatives.iter().enumerate() {
                    if index > 0 {
                        f.write_str(" | ")?;
                    }
                    write!(f, "{}", alternative.value)?;
                    if !alternative.when.is_always() {
                        write!(f, " <if {}>", alternative.when)?;
                    }
                }
                Ok(())
            }
            Kind::Reference(name) => f.write_str(name),
            Kind::Object(object) => {
                write!(f, "{}(", object.callee)?;
                for (index, (name, value)) in object.arguments.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    match name {
                        Some(name) => write!(f, "{name}={value}")?,
                        None => write!(f, "{value}")?,
                    }
                }
                f.write_str(")")
            }
            Kind::Unset => f.write_str("<not set>"),
            Kind::Unknown(why) => write!(f, "<{why}>"),
        }
    }
}

impl Display for Environment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.variables.join(", "))?;
        match &self.cast {
            Cast::Raw | Cast::Text | Cast::Derived => {}
            Cast::Bool | Cast::Truthy => f.write_str(" as bool")?,
            Cast::Presence => f.write_str(" is set")?,
            Cast::Compared(words) => match &words[..] {
                [word] => write!(f, " == {word:?}")?,
                _ => write!(f, " in {words:?}")?,
            },
            Cast::Int => f.write_str(" as int")?,
            Cast::Float => f.write_str(" as float")?,
            Cast::List { .. } => f.write_str(" as list")?,
            Cast::Dict => f.write_str(" as dict")?,
            Cast::Json => f.write_str(" as JSON")?,
            Cast::Path => f.write_str(" as path")?,
            Cast::Duration => f.write_str(" as duration")?,
            Cast::Url(kind) => write!(f, " as {kind} URL")?,
        }
        match &self.unset {
            WhenUnset::Value(value) => write!(f, ", else {value}>"),
            WhenUnset::Fails => f.write_str(", required>"),
            WhenUnset::Unknown => f.write_str(">"),
        }
    }
}

fn sequence(f: &mut Formatter<'_>, open: &str, items: &[Item], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        if item.many {
            f.write_char('*')?;
        }
        write!(f, "{}", item.value)?;
        if !item.when.is_always() {
            write!(f, " <if {}>", item.when)?;
        }
    }
    f.write_str(close)
}

/// A string as Python's `repr` writes it, as far as settings need.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    f.write_char(quote)?;
    for letter in text.chars() {
        match letter {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\\' => f.write_str("\\\\")?,
            _ if letter == quote => write!(f, "\\{letter}")?,
            _ => f.write_char(letter)?,
        }
    }
    f.write_char(quote)
}

fn duration(f: &mut Formatter<'_>, microseconds: i64) -> fmt::Result {
    const SECOND: i64 = 1_000_000;
    const UNITS: [(&str, i64); 4] = [
        ("days", 86_400 * SECOND),
        ("hours", 3_600 * SECOND),
        ("minutes", 60 * SECOND),
        ("seconds", SECOND),
    ];
    let exact = UNITS.iter().find(|(_, unit)| microseconds % unit == 0);
    match exact {
        Some((name, unit)) => write!(f, "timedelta({name}={})", microseconds / unit),
        None => write!(f, "timedelta(microseconds={microseconds})"),
    }
}
