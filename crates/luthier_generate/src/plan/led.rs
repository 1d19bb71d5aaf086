//! A model of which another field becomes the primary key, and columns that hold its keys.

use luthier_project::django::operations::Column;

use super::cast::Cast;
use super::foreign_key::{Constraint, referenced};
use super::recipe::Part;
use super::shadow::{Direction, Shadow};
use super::sql::{Sql, Table, drop_foreign_keys, name};
use super::subject::Subject;

/// A model that gets another key.
pub(super) struct Led<'a> {
    /// The operation that makes a field the key.
    pub(super) subject: Subject<'a>,
    pub(super) table: &'a Table,
    /// The fields of the old key and of the new one.
    pub(super) fields: (&'a str, &'a str),
    /// Their columns.
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    pub(super) column: Column,
}

/// A column of another table, or of the same, that leads there.
pub(super) struct Holding<'a> {
    pub(super) led: &'a Led<'a>,
    pub(super) table: Table,
    /// The column as it is in the end.
    pub(super) to: Column,
    /// The column of the primary key, along which rows are gone through.
    pub(super) key: String,
    pub(super) stem: String,
    pub(super) cast: Cast,
}

impl Holding<'_> {
    /// The column of the new keys beside the one of the old ones.
    pub(super) fn column_beside(&self) -> String {
        format!("{}_new", self.to.name)
    }

    /// What the column of the old keys is called when that of the new ones has its name.
    pub(super) fn column_left(&self) -> String {
        format!("{}_old", self.to.name)
    }

    pub(super) fn stem_in_place(&self) -> String {
        format!("{}_in_place", self.stem)
    }

    /// Keeps two columns in step that hold keys of either kind.
    pub(super) fn shadow<'s>(&'s self, old: &'s str, new: &'s str) -> Shadow<'s> {
        Shadow {
            table: &self.table,
            old,
            new,
            direction: Direction::Cast(&self.cast),
            followed_by: None,
        }
    }

    /// The constraint of a column of new keys.
    pub(super) fn constraint<'s>(&'s self, column: &'s str) -> Constraint<'s> {
        Constraint::of(&self.table, column, (self.led.table, self.led.new))
    }

    /// The constraint of the column that holds the old keys.
    fn constraint_of_old(&self) -> Constraint<'_> {
        Constraint::of(&self.table, &self.to.name, (self.led.table, self.led.old))
    }

    /// Lets the column beside lead to the new key. Its values may still be changed by the release before, which
    /// takes them for nothing but values: from the start, what leads there goes along.
    pub(super) fn bound_beside(&self) -> Part {
        let to = referenced(self.led.table, self.led.new);
        let to = format!("{to} ON UPDATE CASCADE");
        self.bound(&self.stem, &self.column_beside(), &to)
    }

    /// Lets the last column lead to what is the primary key by now: without columns, it is the index of that
    /// key that the constraint hangs on, and no other.
    pub(super) fn bound_to_key(&self) -> Vec<Part> {
        let stem = self.stem_in_place();
        let to = name(&self.led.table.name);
        vec![
            self.bound(&stem, &self.to.name, &to),
            self.validated(&stem, &self.to.name),
        ]
    }

    fn bound(&self, stem: &str, column: &str, to: &str) -> Part {
        let bound = self.constraint(column).bound(to).written(format!(
            "Let {column} of {} lead to {}",
            self.table.name, self.led.table.name
        ));
        Part::alone(format!("{stem}_foreign_key"), vec![bound])
    }

    pub(super) fn validated(&self, stem: &str, column: &str) -> Part {
        self.constraint(column).validated(stem)
    }

    /// Lets go of the old key, and gives the column that held it another name.
    pub(super) fn freed(&self) -> Vec<String> {
        let kept = &*self.to.name;
        let mut statements = self.shadow(kept, &self.column_beside()).release();
        statements.push(drop_foreign_keys(&self.table.name, Some(kept)));
        statements.push(self.renamed(kept, &self.column_left()));
        statements
    }

    /// What takes that back.
    pub(super) fn bound_again(&self) -> Vec<String> {
        let kept = &*self.to.name;
        let mut statements = vec![self.renamed(&self.column_left(), kept)];
        let [follow, _] = self.shadow(kept, &self.column_beside()).trigger();
        statements.extend(follow);
        let to = referenced(self.led.table, self.led.old);
        statements.push(self.constraint_of_old().bind(&to));
        statements
    }

    /// What is slow of taking it back: it has to come before what is taken back.
    pub(super) fn validated_again(&self) -> Part {
        let kept = &*self.to.name;
        let validate = self.constraint_of_old().validate();
        Part::alone(
            format!("{}_if_taken_back", self.stem),
            vec![
                Sql::new([], [validate])
                    .written(format!(
                        "Nothing; taken back, look up {kept} of all rows of {}",
                        self.table.name
                    ))
                    .waiting_for_nobody(),
            ],
        )
    }

    pub(super) fn renamed(&self, from: &str, to: &str) -> String {
        self.table
            .alter(&format!("RENAME COLUMN {} TO {}", name(from), name(to)))
    }
}
