//! What rows get in a column that they have no value for.

use luthier_project::migrations::StateField;
use luthier_project::migrations::{Code, Made, Value};
use luthier_project::models::FieldKind;

use super::recipe::Because;
use super::sql::literal;
use super::subject::Subject;

/// Where the value comes from.
#[derive(Debug)]
pub(super) enum Filling {
    /// Nothing gives one: NULL.
    Nothing,
    /// The same for each row, as SQL.
    Literal(String),
    /// Worked out by the database for each row, by what does what Python does.
    EachRow(String),
    /// `db_default`, and whether the database works it out for each row.
    Database { is_each_row: bool },
    /// Worked out in Python for each row: code, with what it imports.
    Python(Code),
}

impl Filling {
    /// What fills a field that an operation brings.
    pub(super) fn of(
        subject: &Subject<'_>,
        field: &StateField,
        made: &Made,
    ) -> Result<Self, Because> {
        let known = field.field.as_deref();
        if let Some(given) = made.keyword("db_default") {
            return Ok(Self::Database {
                is_each_row: literal(given).is_none() && !is_once(given),
            });
        }
        let kind = field.kind();
        let default = made
            .keyword("default")
            .filter(|given| **given != Value::None);
        let Some(default) = default else {
            let is_moment = known.is_some_and(|known| known.is_set_by_itself() == Some(true));
            if is_moment {
                return Ok(moment(kind));
            }
            let is_empty_text = kind.is_text()
                && known.is_some_and(|known| {
                    known.blank() == Some(true) && known.null() == Some(false)
                });
            return Ok(match is_empty_text {
                true => Self::Literal("''".to_owned()),
                false => Self::Nothing,
            });
        };
        if let Some(sql) = literal(default) {
            // A value of another type is one of the column's, written as a text.
            return Ok(Self::Literal(sql));
        }
        if let Some(sql) = equivalent(subject, default, kind) {
            return Ok(sql);
        }
        let code = subject.project.code_of_value(default).ok_or_else(|| {
            "the default of the field cannot be written in a migration".to_owned()
        })?;
        let is_called = match default {
            Value::Object(_) => true,
            Value::Made(made) => &*made.class == "functools.partial",
            _ => false,
        };
        Ok(Self::Python(match is_called {
            true => code.called(),
            false => code,
        }))
    }
}

/// What does in PostgreSQL what a callable does in Python.
fn equivalent(subject: &Subject<'_>, default: &Value, kind: FieldKind) -> Option<Filling> {
    let Value::Object(name) = default else {
        return None;
    };
    Some(match &**name {
        // Since PostgreSQL 13: "UUID Functions", section 9.14 of the manual.
        "uuid.uuid4" if kind == FieldKind::Uuid && subject.is_postgresql(13) => {
            Filling::EachRow("gen_random_uuid()".to_owned())
        }
        "django.utils.timezone.now" if kind == FieldKind::DateTime => moment(kind),
        "builtins.dict" if kind == FieldKind::Json => Filling::Literal("'{}'".to_owned()),
        "builtins.list" if kind == FieldKind::Json => Filling::Literal("'[]'".to_owned()),
        "builtins.list" if kind == FieldKind::Array => Filling::Literal("'{}'".to_owned()),
        _ => return None,
    })
}

/// Now, as Django's `Now()` has it on PostgreSQL.
fn moment(kind: FieldKind) -> Filling {
    match kind {
        FieldKind::DateTime => Filling::EachRow("STATEMENT_TIMESTAMP()".to_owned()),
        FieldKind::Date => Filling::EachRow("CURRENT_DATE".to_owned()),
        // Without a zone, in the one that the connection has.
        _ => Filling::EachRow("LOCALTIME".to_owned()),
    }
}

/// Whether the database works an expression out once for all rows.
fn is_once(value: &Value) -> bool {
    let Value::Made(made) = value else {
        return false;
    };
    matches!(
        made.class.rsplit('.').next(),
        Some("Value" | "Now" | "TransactionNow")
    )
}
