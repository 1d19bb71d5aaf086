//! Which lookups and transforms the fields of Django know.

use crate::models::FieldKind;

/// What every column knows: the classes that `django.db.models.lookups` registers on `Field`
/// (Django 4.2 to 6.1).
const OF_COLUMNS: &[&str] = &[
    "contains",
    "endswith",
    "exact",
    "gt",
    "gte",
    "icontains",
    "iendswith",
    "iexact",
    "in",
    "iregex",
    "isnull",
    "istartswith",
    "lt",
    "lte",
    "range",
    "regex",
    "startswith",
];

/// What a relation knows: `django.db.models.fields.related_lookups`.
const OF_RELATIONS: &[&str] = &["exact", "gt", "gte", "in", "isnull", "lt", "lte"];

const OF_DATES: &[&str] = &[
    "day",
    "iso_week_day",
    "iso_year",
    "month",
    "quarter",
    "week",
    "week_day",
    "year",
];

const OF_TIMES: &[&str] = &["hour", "minute", "second"];

/// What a name behind a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// Compares: the last of a path.
    Compares,
    /// Gives another value, of a kind of its own.
    Transforms(FieldKind),
    /// Neither, on a field of this kind.
    Nothing,
    /// Fields of this kind know names that are not in these tables.
    Open,
}

/// What a name means behind a column of some kind.
pub(super) fn of_column(kind: FieldKind, name: &str) -> Lookup {
    match kind {
        FieldKind::Date | FieldKind::DateTime if OF_DATES.contains(&name) => {
            Lookup::Transforms(FieldKind::Integer)
        }
        FieldKind::Time | FieldKind::DateTime if OF_TIMES.contains(&name) => {
            Lookup::Transforms(FieldKind::Integer)
        }
        FieldKind::DateTime if name == "date" => Lookup::Transforms(FieldKind::Date),
        FieldKind::DateTime if name == "time" => Lookup::Transforms(FieldKind::Time),
        _ if !is_closed(kind) => Lookup::Open,
        _ if OF_COLUMNS.contains(&name) => Lookup::Compares,
        _ => Lookup::Nothing,
    }
}

/// Whether every column can be compared so.
pub(crate) fn is_lookup(name: &str) -> bool {
    OF_COLUMNS.contains(&name)
}

/// Whether a relation can be compared so.
pub(super) fn is_of_relation(name: &str) -> bool {
    OF_RELATIONS.contains(&name)
}

/// Whether a field of this kind knows no more than the tables here.
fn is_closed(kind: FieldKind) -> bool {
    match kind {
        FieldKind::Auto
        | FieldKind::BigAuto
        | FieldKind::SmallAuto
        | FieldKind::Binary
        | FieldKind::Boolean
        | FieldKind::Char
        | FieldKind::Date
        | FieldKind::DateTime
        | FieldKind::Decimal
        | FieldKind::Duration
        | FieldKind::Email
        | FieldKind::File
        | FieldKind::FilePath
        | FieldKind::Float
        | FieldKind::Image
        | FieldKind::Integer
        | FieldKind::BigInteger
        | FieldKind::SmallInteger
        | FieldKind::PositiveInteger
        | FieldKind::PositiveBigInteger
        | FieldKind::PositiveSmallInteger
        | FieldKind::IpAddress
        | FieldKind::GenericIpAddress
        | FieldKind::Slug
        | FieldKind::Text
        | FieldKind::Time
        | FieldKind::Url
        | FieldKind::Uuid
        | FieldKind::CommaSeparatedInteger
        | FieldKind::NullBoolean
        | FieldKind::OrderWrt => true,
        // Keys of documents, ranges, geometries, and what packages and projects make.
        FieldKind::Json
        | FieldKind::Generated
        | FieldKind::CompositePrimaryKey
        | FieldKind::Array
        | FieldKind::HStore
        | FieldKind::Range
        | FieldKind::SearchVector
        | FieldKind::Geometry
        | FieldKind::ForeignKey
        | FieldKind::OneToOne
        | FieldKind::ManyToMany
        | FieldKind::ForeignObject
        | FieldKind::GenericForeignKey
        | FieldKind::GenericRelation
        | FieldKind::Tags
        | FieldKind::Other
        | FieldKind::Unknown => false,
    }
}
