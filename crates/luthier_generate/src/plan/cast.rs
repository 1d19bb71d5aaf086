//! How PostgreSQL makes values of one type of those of another, and back.

use luthier_project::django::operations::ColumnType;

/// Two types whose values come from each other by a cast.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    forth: String,
    back: String,
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
            Some(Self {
                forth: type_name(to)?,
                back: type_name(from)?,
            })
        };
        has_both.then(cast).flatten()
    }

    /// The value as one of the new type.
    pub(super) fn forth(&self, value: &str) -> String {
        format!("{value}::{}", self.forth)
    }

    /// A value of the new type as one of the old type.
    pub(super) fn back(&self, value: &str) -> String {
        format!("{value}::{}", self.back)
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
