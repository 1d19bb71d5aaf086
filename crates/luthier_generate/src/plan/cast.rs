//! How PostgreSQL makes values of one column of those of another one, and back.

use luthier_project::django::operations::ColumnType;

use super::sql::{Table, name};

/// Two columns whose values come from each other.
#[derive(Clone, Debug)]
pub(super) enum Cast {
    /// By a cast of one type to the other.
    Types { forth: String, back: String },
    /// Each leads to the same row, by another key of it.
    Keys(Keys),
}

/// Two keys of the rows of a table.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) table: Table,
    pub(super) old: String,
    pub(super) new: String,
    /// Whether it is rows of the same table that lead there: one that leads to itself is not there yet
    /// when it is looked up.
    pub(super) is_own: bool,
}

impl Keys {
    /// What the row that has a value as one key has as the other.
    fn looked_up(&self, (gives, by): (&str, &str), value: &str) -> String {
        let (rows, gives, by) = (name(&self.table.name), name(gives), name(by));
        format!("(SELECT target.{gives} FROM {rows} AS target WHERE target.{by} = {value})")
    }

    /// The same in a trigger.
    fn followed(&self, (gives, by): (&str, &str), value: &str) -> String {
        let there = self.looked_up((gives, by), value);
        match self.is_own {
            // In brackets, as PL/pgSQL would take its THEN for that of an IF around it.
            true => format!(
                "(CASE WHEN {value} = NEW.{} THEN NEW.{} ELSE {there} END)",
                name(by),
                name(gives)
            ),
            false => there,
        }
    }
}

impl Cast {
    /// `None` where PostgreSQL has no cast one way or the other: `\dC` of PostgreSQL 12 to 18. Every
    /// type can be cast to text and back.
    pub(super) fn between(from: &ColumnType, to: &ColumnType) -> Option<Self> {
        use ColumnType as Type;
        let is_number = |kind: &Type| {
            matches!(
                kind,
                Type::SmallInteger
                    | Type::Integer
                    | Type::BigInteger
                    | Type::Float
                    | Type::Decimal(_)
            )
        };
        let is_text = |kind: &Type| matches!(kind, Type::Varchar(_) | Type::Text | Type::Citext);
        let has_both = match (from, to) {
            (Type::Date, Type::DateTime)
            | (Type::DateTime, Type::Date)
            | (Type::Boolean, Type::Integer)
            | (Type::Integer, Type::Boolean) => true,
            // A text of bytes is one of letters and digits, which is not what is meant.
            (Type::Binary, _) | (_, Type::Binary) => false,
            (one, other) => is_number(one) && is_number(other) || is_text(one) != is_text(other),
        };
        let cast = || {
            Some(Self::Types {
                forth: type_name(to)?,
                back: type_name(from)?,
            })
        };
        has_both.then(cast).flatten()
    }

    /// The value of the new column in a trigger, by that of the old one.
    pub(super) fn forth(&self, value: &str) -> String {
        match self {
            Self::Types { forth, .. } => format!("{value}::{forth}"),
            Self::Keys(keys) => keys.followed((&keys.new, &keys.old), value),
        }
    }

    /// The value of the old column in a trigger, by that of the new one.
    pub(super) fn back(&self, value: &str) -> String {
        match self {
            Self::Types { back, .. } => format!("{value}::{back}"),
            Self::Keys(keys) => keys.followed((&keys.old, &keys.new), value),
        }
    }

    /// The value of the new column where rows of a table are written by that of the old one.
    pub(super) fn copied(&self, table: &Table, old: &str) -> String {
        match self {
            Self::Types { forth, .. } => format!("{}::{forth}", name(old)),
            Self::Keys(keys) => {
                // The table that is looked up may have a column of that name, too.
                let value = format!("{}.{}", name(&table.name), name(old));
                keys.looked_up((&keys.new, &keys.old), &value)
            }
        }
    }
}

/// What a type is called in SQL, for casts: `DatabaseWrapper.data_types` of Django 4.2 to 6.1. A text is cut off
/// by a cast to one that is too short, but refused where it is assigned.
pub(super) fn type_name(kind: &ColumnType) -> Option<String> {
    let name = match kind {
        ColumnType::Boolean => "boolean",
        ColumnType::SmallInteger => "smallint",
        ColumnType::Integer => "integer",
        ColumnType::BigInteger => "bigint",
        ColumnType::Float => "double precision",
        ColumnType::Decimal(Some(digits)) => {
            return Some(format!("numeric({}, {})", digits.all, digits.places));
        }
        ColumnType::Decimal(None) => "numeric",
        ColumnType::Varchar(_) | ColumnType::Text => "text",
        ColumnType::Citext => "citext",
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::DateTime => "timestamp with time zone",
        ColumnType::Duration => "interval",
        ColumnType::Uuid => "uuid",
        ColumnType::Address => "inet",
        ColumnType::Json => "jsonb",
        ColumnType::Array(base) => return Some(format!("{}[]", type_name(base)?)),
        ColumnType::Binary | ColumnType::Named(_) | ColumnType::Unknown => return None,
    };
    Some(name.to_owned())
}

/// The type of a column, for one that is made by hand.
pub(super) fn column_type(kind: &ColumnType) -> Option<String> {
    match kind {
        ColumnType::Varchar(Some(length)) => Some(format!("varchar({length})")),
        ColumnType::Varchar(None) => Some("varchar".to_owned()),
        other => type_name(other),
    }
}
