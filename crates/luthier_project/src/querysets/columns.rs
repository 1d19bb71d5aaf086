//! The columns that names of queries and attributes of rows stand for, and whether two of them hold
//! values of one kind.

use crate::Project;
use crate::models::{Field, FieldKind, Found, ModelId};

/// Relations that lead on longer than this are not followed.
const MAX_DEPTH: u32 = 16;

/// A column of a model's table.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// The model whose own the field is.
    pub owner: ModelId,
    pub field: &'a Field,
}

impl Project {
    /// The column that a path of a query compares; `None` where it is none, or behind a lookup.
    pub fn column(&self, model: ModelId, path: &str) -> Option<Column<'_>> {
        let mut current = model;
        let mut names = path.split("__").peekable();
        while let Some(name) = names.next() {
            let is_last = names.peek().is_none();
            match self.models.lookup(current, name) {
                Found::Field(owner, field) if is_last => return Some(Column { owner, field }),
                Found::Key(owner, field) => {
                    return is_last.then_some(Column { owner, field });
                }
                Found::Field(_, field) => current = field.relation()?.to.model()?,
                Found::Reverse(way) if is_last => return self.key(way.from),
                Found::Reverse(way) => current = way.from,
                Found::Nothing | Found::Unknown => return None,
            }
        }
        None
    }

    /// The primary key of a model.
    pub fn key(&self, model: ModelId) -> Option<Column<'_>> {
        match self.models.lookup(model, "pk") {
            Found::Field(owner, field) | Found::Key(owner, field) => Some(Column { owner, field }),
            _ => None,
        }
    }

    /// Whether two columns surely hold values of one kind: a subquery over the one can be compared
    /// with the other.
    pub fn hold_alike(&self, one: Column<'_>, other: Column<'_>) -> bool {
        let (one, other) = (self.stored(one, 0), self.stored(other, 0));
        one.is_some() && one == other
    }

    /// What a column stores: a relation's is that of the key at its far end.
    fn stored(&self, column: Column<'_>, depth: u32) -> Option<FieldKind> {
        use FieldKind as Kind;
        if depth > MAX_DEPTH {
            return None;
        }
        let kind = column.field.kind;
        if kind.is_relation() {
            let is_to_key = column.field.argument("to_field").is_none() && !column.field.is_open();
            let is_followed = is_to_key && (kind.is_foreign_key() || kind == Kind::ManyToMany);
            let to = column
                .field
                .relation()?
                .to
                .model()
                .filter(|_| is_followed)?;
            return self.stored(self.key(to)?, depth + 1);
        }
        Some(match kind {
            Kind::Auto
            | Kind::BigAuto
            | Kind::SmallAuto
            | Kind::Integer
            | Kind::BigInteger
            | Kind::SmallInteger
            | Kind::PositiveInteger
            | Kind::PositiveBigInteger
            | Kind::PositiveSmallInteger => Kind::Integer,
            Kind::Char | Kind::Email | Kind::Slug | Kind::Text | Kind::Url => Kind::Text,
            Kind::Uuid | Kind::Date | Kind::DateTime | Kind::Boolean => kind,
            _ => return None,
        })
    }

    /// Whether every query of the project surely goes to one database, as far as is known: without
    /// settings that say so, that of the one who installs it.
    pub fn has_one_database(&self) -> bool {
        let Some(production) = self.settings.production() else {
            return true;
        };
        let databases = production.at(&["DATABASES"]);
        let is_alone = databases
            .as_dict()
            .is_none_or(|databases| databases.entries.len() <= 1);
        let routers = production.at(&["DATABASE_ROUTERS"]);
        let is_routed = routers.items().is_some_and(|items| !items.is_empty());
        is_alone && !is_routed
    }

    /// Whether the database of production is one of these, by the end of its backend's name.
    pub fn is_on(&self, engines: &[&str]) -> bool {
        let production = self.settings.production();
        let engine = production.map(|production| {
            let value = production.at(&["DATABASES", "default", "ENGINE"]);
            value.as_str().unwrap_or_default().to_owned()
        });
        engine.is_some_and(|engine| engines.iter().any(|name| engine.contains(name)))
    }
}
