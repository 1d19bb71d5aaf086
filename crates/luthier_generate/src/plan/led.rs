//! A model of which another field becomes the primary key, and columns that hold its keys.

use luthier_project::django::operations::Column;

use super::cast::Cast;
use super::recipe::Part;
use super::shadow::{Direction, Shadow};
use super::sql::{Sql, Table, drop_foreign_keys, name};
use super::subject::{Subject, name_of_index};

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
    pub(super) fn constraint(&self, column: &str) -> String {
        self.named(column, self.led.new)
    }

    fn named(&self, column: &str, key: &str) -> String {
        let led = self.led.table.name.trim_matches('"');
        name_of_index(&self.table, column, &format!("_fk_{led}_{key}"))
    }

    /// Lets the column beside lead to the new key. Its values may still be changed by the release before, which
    /// takes them for nothing but values: from the start, what leads there goes along.
    pub(super) fn bound_beside(&self) -> Part {
        let to = format!(
            "{} ({}) ON UPDATE CASCADE",
            name(&self.led.table.name),
            name(self.led.new)
        );
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

    /// A constraint that rows there are meet only when it is validated.
    fn bound(&self, stem: &str, column: &str, to: &str) -> Part {
        let constraint = name(&self.constraint(column));
        let bind = self.table.alter(&format!(
            "ADD CONSTRAINT {constraint} FOREIGN KEY ({}) REFERENCES {to} DEFERRABLE INITIALLY DEFERRED NOT VALID",
            name(column)
        ));
        let unbind = self
            .table
            .alter(&format!("DROP CONSTRAINT IF EXISTS {constraint}"));
        Part::alone(
            format!("{stem}_foreign_key"),
            vec![Sql::new([bind], [unbind]).written(format!(
                "Let {column} of {} lead to {}",
                self.table.name, self.led.table.name
            ))],
        )
    }

    pub(super) fn validated(&self, stem: &str, column: &str) -> Part {
        let constraint = name(&self.constraint(column));
        let validate = self
            .table
            .alter(&format!("VALIDATE CONSTRAINT {constraint}"));
        Part::alone(
            format!("{stem}_validate"),
            vec![
                Sql::one_way([validate])
                    .written(format!(
                        "Look up {column} of all rows of {}, while others write",
                        self.table.name
                    ))
                    .waiting_for_nobody(),
            ],
        )
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
        statements.push(self.table.alter(&format!(
            "ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) DEFERRABLE INITIALLY DEFERRED NOT VALID",
            name(&self.named(kept, self.led.old)),
            name(kept),
            name(&self.led.table.name),
            name(self.led.old)
        )));
        statements
    }

    /// What is slow of taking it back: it has to come before what is taken back.
    pub(super) fn validated_again(&self) -> Part {
        let kept = &*self.to.name;
        let constraint = name(&self.named(kept, self.led.old));
        let validate = self
            .table
            .alter(&format!("VALIDATE CONSTRAINT {constraint}"));
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
