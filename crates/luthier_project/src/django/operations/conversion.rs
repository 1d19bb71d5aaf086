//! What becomes of values when a column gets another type.

use super::column::{ColumnType, Digits};
use super::database::Engine;
use super::effect::{Condition, Loss, Outcome};

/// From one type to another one.
#[derive(Debug)]
pub(super) struct Conversion {
    /// Whether the rows there are can be converted.
    pub(super) rows: Option<Outcome>,
    /// Whether code that knows the old type can still write its values.
    pub(super) writes: Option<Outcome>,
    pub(super) loses: Option<Loss>,
}

impl Conversion {
    const KEEPS: Self = Self {
        rows: Some(Outcome::Works),
        writes: Some(Outcome::Works),
        loses: Some(Loss::Never),
    };

    const UNKNOWN: Self = Self {
        rows: None,
        writes: None,
        loses: None,
    };

    /// Some values do not fit.
    fn except(condition: Condition) -> Self {
        Self {
            rows: Some(Outcome::Depends(vec![condition])),
            writes: Some(Outcome::Depends(vec![condition])),
            loses: Some(Loss::Never),
        }
    }

    fn losing(self, condition: Condition) -> Self {
        Self {
            loses: Some(Loss::Of(vec![condition])),
            ..self
        }
    }
}

/// Measured on PostgreSQL with the casts that Django writes (`cargo xtask oracle locks`); for the
/// others only what strict types have in common. SQLite converts nothing.
pub(super) fn convert(from: &ColumnType, to: &ColumnType, engine: Engine) -> Conversion {
    use ColumnType as Type;
    let is_open = |kind: &Type| matches!(kind, Type::Unknown | Type::Named(_));
    if from == to && *from != Type::Unknown {
        return Conversion::KEEPS;
    }
    if engine == Engine::Sqlite || is_open(from) || is_open(to) {
        return Conversion::UNKNOWN;
    }
    match (from, to) {
        (Type::Varchar(from), Type::Varchar(to)) => match is_longer(*from, *to) {
            true => Conversion::KEEPS,
            false => Conversion::except(Condition::TooLong),
        },
        (Type::Varchar(_) | Type::Text | Type::Citext, Type::Text | Type::Citext) => {
            Conversion::KEEPS
        }
        // Written with a cast, which cuts texts off without a word; what is written later is refused.
        (Type::Text | Type::Citext, Type::Varchar(to)) if engine == Engine::PostgreSql => {
            match to {
                None => Conversion::KEEPS,
                Some(_) => Conversion {
                    rows: Some(Outcome::Works),
                    ..Conversion::except(Condition::TooLong).losing(Condition::TooLong)
                },
            }
        }
        (Type::Text, Type::Varchar(_)) => Conversion::except(Condition::TooLong),
        (Type::Decimal(from), Type::Decimal(to)) => decimals(*from, *to),
        _ => match bits(from).zip(bits(to)) {
            Some((from, to)) if from <= to => Conversion::KEEPS,
            Some(_) => Conversion::except(Condition::OutOfRange),
            None if engine == Engine::PostgreSql => cast(from, to),
            None => Conversion::UNKNOWN,
        },
    }
}

/// Pairs of types that have little in common.
fn cast(from: &ColumnType, to: &ColumnType) -> Conversion {
    use ColumnType as Type;
    match (from, to) {
        (Type::SmallInteger | Type::Integer, Type::Float) => Conversion::KEEPS,
        (Type::SmallInteger | Type::Integer, Type::Decimal(Some(_))) => {
            Conversion::except(Condition::OutOfRange)
        }
        (Type::SmallInteger | Type::Integer | Type::BigInteger, Type::Decimal(None)) => {
            Conversion::KEEPS
        }
        (Type::Float | Type::Decimal(_), Type::SmallInteger | Type::Integer | Type::BigInteger) => {
            Conversion::except(Condition::OutOfRange).losing(Condition::Fraction)
        }
        (Type::Float, Type::Decimal(Some(_))) => {
            Conversion::except(Condition::OutOfRange).losing(Condition::Fraction)
        }
        // Fifteen digits are kept by a double: "Floating-Point Types", section 8.1.3 of the manual.
        (Type::Decimal(Some(digits)), Type::Float) if digits.all <= 15 => Conversion::KEEPS,
        (Type::Date, Type::DateTime) => Conversion::KEEPS,
        (Type::DateTime, Type::Date) => Conversion::KEEPS.losing(Condition::Fraction),
        (Type::Boolean, Type::Integer) => Conversion {
            writes: Some(Outcome::Fails),
            ..Conversion::KEEPS
        },
        (Type::Integer, Type::Boolean) => Conversion {
            writes: Some(Outcome::Fails),
            ..Conversion::KEEPS.losing(Condition::OutOfRange)
        },
        (
            Type::SmallInteger | Type::Integer | Type::BigInteger | Type::Uuid,
            Type::Text | Type::Varchar(None),
        ) => Conversion::KEEPS,
        (
            Type::Text | Type::Varchar(_),
            Type::SmallInteger | Type::Integer | Type::BigInteger | Type::Uuid | Type::Json,
        ) => Conversion::except(Condition::Malformed),
        (Type::Json, Type::Text) => Conversion::KEEPS,
        (Type::Array(from), Type::Array(to)) => convert(from, to, Engine::PostgreSql),
        _ => Conversion::UNKNOWN,
    }
}

fn is_longer(from: Option<u32>, to: Option<u32>) -> bool {
    match (from, to) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(from), Some(to)) => from <= to,
    }
}

fn bits(kind: &ColumnType) -> Option<u32> {
    match kind {
        ColumnType::SmallInteger => Some(16),
        ColumnType::Integer => Some(32),
        ColumnType::BigInteger => Some(64),
        _ => None,
    }
}

fn decimals(from: Option<Digits>, to: Option<Digits>) -> Conversion {
    let (from, to) = match (from, to) {
        (_, None) => return Conversion::KEEPS,
        (None, Some(_)) => {
            return Conversion::except(Condition::OutOfRange).losing(Condition::Fraction);
        }
        (Some(from), Some(to)) => (from, to),
    };
    let before_point = |digits: Digits| digits.all.saturating_sub(digits.places);
    let kept = match before_point(from) <= before_point(to) {
        true => Conversion::KEEPS,
        false => Conversion::except(Condition::OutOfRange),
    };
    match from.places <= to.places {
        true => kept,
        false => kept.losing(Condition::Fraction),
    }
}
