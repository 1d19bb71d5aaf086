//! Columns as a schema editor sees them: what of a field reaches the database.

use std::sync::Arc;

/// What a column holds, apart from the name that each database has for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    Boolean,
    SmallInteger,
    Integer,
    BigInteger,
    Float,
    /// Without digits, only PostgreSQL and SQLite have it.
    Decimal(Option<Digits>),
    /// With its length in characters, if it has one.
    Varchar(Option<u32>),
    Text,
    /// Text without regard to case, of PostgreSQL's extension.
    Citext,
    Binary,
    Date,
    Time,
    DateTime,
    Duration,
    Uuid,
    Address,
    Json,
    Array(Box<ColumnType>),
    /// A type of which only the name is known.
    Named(Arc<str>),
    Unknown,
}

/// The size of a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digits {
    pub all: u32,
    /// Those after the point.
    pub places: u32,
}

/// The arguments of a field that decide its type.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes {
    pub max_length: Option<u32>,
    pub max_digits: Option<u32>,
    pub decimal_places: Option<u32>,
}

impl ColumnType {
    /// The type of a field by what its `get_internal_type` gives, as in `DatabaseWrapper.data_types`
    /// of Django 3.2 to 6.1. Arrays are put together by whoever knows their base.
    pub fn of_field(internal_type: &str, sizes: Sizes) -> Self {
        match internal_type {
            "BooleanField" | "NullBooleanField" => Self::Boolean,
            "SmallAutoField" | "SmallIntegerField" | "PositiveSmallIntegerField" => {
                Self::SmallInteger
            }
            "AutoField" | "IntegerField" | "PositiveIntegerField" | "OrderWrt" => Self::Integer,
            "BigAutoField" | "BigIntegerField" | "PositiveBigIntegerField" => Self::BigInteger,
            "FloatField" => Self::Float,
            "DecimalField" => Self::Decimal(
                sizes
                    .max_digits
                    .zip(sizes.decimal_places)
                    .map(|(all, places)| Digits { all, places }),
            ),
            "CharField" | "FileField" | "FilePathField" | "SlugField" => {
                Self::Varchar(sizes.max_length)
            }
            "TextField" => Self::Text,
            "BinaryField" => Self::Binary,
            "DateField" => Self::Date,
            "TimeField" => Self::Time,
            "DateTimeField" => Self::DateTime,
            "DurationField" => Self::Duration,
            "UUIDField" => Self::Uuid,
            "IPAddressField" | "GenericIPAddressField" => Self::Address,
            "JSONField" => Self::Json,
            _ => Self::Unknown,
        }
    }

    /// Whether PostgreSQL gives an index on it a second one, for `LIKE`: Django makes it for types
    /// whose names begin with `varchar` or `text`.
    pub(super) fn has_like_index(&self) -> bool {
        matches!(self, Self::Varchar(_) | Self::Text)
    }

    /// Whether two types are one to an index on them: to Django's way of naming them.
    pub(super) fn is_text_of_same_name(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Varchar(_), Self::Varchar(_))
                | (Self::Text, Self::Text)
                | (Self::Citext, Self::Citext)
        )
    }
}

/// The bounds of a number, `PositiveIntegerField` and its kin, by their internal type.
pub fn is_positive(internal_type: &str) -> bool {
    internal_type.starts_with("Positive") && internal_type.ends_with("IntegerField")
}

/// Whether the database counts up a field of this internal type.
pub fn is_auto(internal_type: &str) -> bool {
    matches!(
        internal_type,
        "AutoField" | "BigAutoField" | "SmallAutoField"
    )
}

/// Where a value comes from when a row does not bring it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Default {
    Nothing,
    /// `default`, other than `None`.
    Given,
    /// `default` is an empty text or empty bytes, which MySQL's texts cannot have.
    GivenEmpty,
    /// None is given, and Django takes one for the rows there are: the empty text of a field that
    /// may be blank and not null, the moment of `auto_now`.
    Implied,
}

impl Default {
    pub(super) fn is_given(self) -> bool {
        matches!(self, Self::Given | Self::GivenEmpty)
    }
}

/// How often the database works out an expression that fills the rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Volatility {
    /// A literal: `Value(..)`, or what is given in its place.
    Literal,
    /// The same within one statement, as `Now()` is.
    Once,
    /// Anew for each row, as `Random()` and `RandomUUID()` are.
    EachRow,
    Unknown,
}

/// `db_persist` of a `GeneratedField`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generated {
    Stored,
    Virtual,
}

/// A foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// `db_constraint`.
    pub has_constraint: bool,
    /// To the table that it is in.
    pub is_to_itself: bool,
}

/// What of a field reaches the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "options of a field, each of its own"
)]
pub struct Column {
    pub name: Arc<str>,
    /// Of a foreign key, that of the column it refers to.
    pub kind: ColumnType,
    /// Counted up by the database.
    pub is_auto: bool,
    /// May not be negative; of a foreign key never.
    pub is_positive: bool,
    pub is_null: bool,
    pub is_primary_key: bool,
    /// As Django's `Field.unique`: a primary key is, too.
    pub is_unique: bool,
    /// `db_index`.
    pub is_indexed: bool,
    pub reference: Option<Reference>,
    pub default: Default,
    pub db_default: Option<Volatility>,
    pub generated: Option<Generated>,
    pub collation: Option<Arc<str>>,
    pub comment: Option<Arc<str>>,
}

impl Column {
    pub(super) fn has_constraint(&self) -> bool {
        self.reference.is_some_and(|to| to.has_constraint)
    }

    /// Whether each row that there is gets a value other than NULL when the column comes.
    pub(super) fn is_filled(&self) -> bool {
        self.default != Default::Nothing || self.db_default.is_some()
    }

    /// Whether each row that there is gets the same value.
    pub(super) fn is_filled_alike(&self) -> bool {
        match self.db_default {
            Some(volatility) => matches!(volatility, Volatility::Literal | Volatility::Once),
            None => self.default != Default::Nothing,
        }
    }

    /// Whether Django replaces NULLs before it forbids them.
    pub(super) fn replaces_nulls(&self) -> bool {
        self.default.is_given() || self.db_default.is_some()
    }

    /// Whether rows come with a value that they do not bring.
    pub(super) fn fills_itself(&self) -> bool {
        self.is_null || self.is_auto || self.db_default.is_some() || self.generated.is_some()
    }

    /// Whether PostgreSQL gets a second index, for `LIKE`.
    pub(super) fn has_like_index(&self) -> bool {
        (self.is_indexed || self.is_unique) && self.kind.has_like_index()
    }
}

#[cfg(test)]
mod tests {
    use super::{ColumnType, Digits, Sizes, is_auto, is_positive};

    #[test]
    fn fields_have_types() {
        let sizes = Sizes {
            max_length: Some(50),
            max_digits: Some(8),
            decimal_places: Some(2),
        };
        let of = |name| ColumnType::of_field(name, sizes);
        assert_eq!(of("SlugField"), ColumnType::Varchar(Some(50)));
        let digits = Digits { all: 8, places: 2 };
        assert_eq!(of("DecimalField"), ColumnType::Decimal(Some(digits)));
        assert_eq!(of("PositiveBigIntegerField"), ColumnType::BigInteger);
        assert_eq!(of("MoneyField"), ColumnType::Unknown);
        assert!(is_positive("PositiveSmallIntegerField") && !is_positive("IntegerField"));
        assert!(is_auto("BigAutoField") && !is_auto("BigIntegerField"));
    }
}
