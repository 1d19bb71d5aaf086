//! The constraint of a foreign key on a table that is in use: it binds what is written from now on, and rows
//! that are there are looked up afterwards, while others write.

use super::recipe::Part;
use super::sql::{Sql, Table, name};
use super::subject::name_of_index;

/// The constraint of one column.
pub(super) struct Constraint<'a> {
    pub(super) table: &'a Table,
    pub(super) column: &'a str,
    named: String,
}

impl<'a> Constraint<'a> {
    /// With the name that Django gives it, by the table and the column that it leads to.
    pub(super) fn of(table: &'a Table, column: &'a str, (target, key): (&Table, &str)) -> Self {
        let suffix = format!("_fk_{}_{key}", target.name.trim_matches('"'));
        Self {
            table,
            column,
            named: name(&name_of_index(table, column, &suffix)),
        }
    }

    /// Its name, in quotes.
    pub(super) fn quoted(&self) -> &str {
        &self.named
    }

    /// What makes it, for new rows alone. `to` is a table, with a column where that is not its primary key.
    pub(super) fn bind(&self, to: &str) -> String {
        self.table.alter(&format!(
            "ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {to} DEFERRABLE INITIALLY DEFERRED NOT VALID",
            self.named,
            name(self.column)
        ))
    }

    /// The same with what takes it back.
    pub(super) fn bound(&self, to: &str) -> Sql {
        let unbind = format!("DROP CONSTRAINT IF EXISTS {}", self.named);
        Sql::new([self.bind(to)], [self.table.alter(&unbind)])
    }

    /// What looks up the rows that were there before.
    pub(super) fn validate(&self) -> String {
        let validate = format!("VALIDATE CONSTRAINT {}", self.named);
        self.table.alter(&validate)
    }

    pub(super) fn validated(&self, stem: &str) -> Part {
        let looked_up = Sql::one_way([self.validate()]).written(format!(
            "Look up {} of all rows of {}, while others write",
            self.column, self.table.name
        ));
        Part::alone(
            format!("{stem}_validate"),
            vec![looked_up.waiting_for_nobody()],
        )
    }
}

/// A column of a table, as a constraint leads to it.
pub(super) fn referenced(table: &Table, column: &str) -> String {
    format!("{} ({})", name(&table.name), name(column))
}
