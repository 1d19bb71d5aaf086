//! A second column that follows another one: a trigger keeps both in step while two releases write,
//! and the rows there are are copied in batches.

use std::fmt::Write;

use luthier_project::django::operations::Column;
use luthier_project::migrations::Code;

use super::add_column::{Naming, slow_parts};
use super::cast::Cast;
use super::not_null;
use super::recipe::{Part, Written};
use super::sql::{self, Sql, Table, name};
use super::subject::name_of_index;

/// Which of the two columns is written by code.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction<'a> {
    /// The old one only.
    Forth,
    /// The old one by the release before, the new one by this one.
    BothWays,
    /// The same, where each has values of its own.
    Cast(&'a Cast),
}

/// A column and the one that takes its place.
#[derive(Clone, Copy)]
pub(super) struct Shadow<'a> {
    pub(super) table: &'a Table,
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    pub(super) direction: Direction<'a>,
    /// A third column, with the values that both had before, which still follows.
    pub(super) followed_by: Option<(&'a str, &'a Cast)>,
}

impl Shadow<'_> {
    fn trigger_name(&self) -> String {
        name_of_index(self.table, self.new, "_follow")
    }

    /// Makes the trigger.
    pub(super) fn follow(&self) -> Written {
        let [forwards, backwards] = self.trigger();
        Sql::new(forwards, backwards).written(format!(
            "Keep {} and {} of {} in step",
            self.old, self.new, self.table.name
        ))
    }

    /// The statements that make the trigger, and those that take it away.
    pub(super) fn trigger(&self) -> [Vec<String>; 2] {
        let (old, new) = (name(self.old), name(self.new));
        let mut body = match self.direction {
            Direction::Forth => format!("    NEW.{new} := NEW.{old};\n"),
            // Who inserts a row gives one of the two a value, the other one stays NULL. A row that is not
            // copied yet stays as it is.
            Direction::BothWays => format!(
                "    IF TG_OP = 'INSERT' THEN\n\
                 \x20       IF NEW.{new} IS NOT NULL THEN\n\
                 \x20           NEW.{old} := NEW.{new};\n\
                 \x20       ELSE\n\
                 \x20           NEW.{new} := NEW.{old};\n\
                 \x20       END IF;\n\
                 \x20   ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN\n\
                 \x20       NEW.{old} := NEW.{new};\n\
                 \x20   ELSIF NEW.{old} IS DISTINCT FROM OLD.{old} THEN\n\
                 \x20       NEW.{new} := NEW.{old};\n\
                 \x20   END IF;\n"
            ),
            Direction::Cast(cast) => converted(&old, &new, cast),
        };
        if let Some((third, cast)) = self.followed_by {
            let (third, old) = (format!("NEW.{}", name(third)), format!("NEW.{old}"));
            let _ = write!(
                body,
                "    IF {} IS DISTINCT FROM {old} THEN\n\
                 \x20       {third} := {};\n\
                 \x20   END IF;\n",
                cast.forth(&third),
                cast.back(&old)
            );
        }
        trigger(self.table, &self.trigger_name(), &body)
    }

    /// What takes the trigger away.
    pub(super) fn release(&self) -> Vec<String> {
        let [_, backwards] = trigger(self.table, &self.trigger_name(), "");
        backwards
    }

    /// Copies what is there.
    pub(super) fn copy(&self, stem: &str, key: &str) -> Part {
        let value = match self.direction {
            Direction::Cast(cast) => cast.copied(self.table, self.old),
            Direction::Forth | Direction::BothWays => name(self.old),
        };
        sql::fill_by_sql(format!("{stem}_copy"), (self.table, key), self.new, &value)
    }
}

/// Each column follows the other one, and keeps what the other's type has no room for: a time that
/// a date is written back to stays where the day is the same.
fn converted(old: &str, new: &str, cast: &Cast) -> String {
    let (before, after) = (format!("NEW.{old}"), format!("NEW.{new}"));
    let (forth, back) = (cast.forth(&before), cast.back(&after));
    format!(
        "    IF TG_OP = 'INSERT' THEN\n\
         \x20       IF {after} IS NOT NULL THEN\n\
         \x20           {before} := {back};\n\
         \x20       ELSE\n\
         \x20           {after} := {forth};\n\
         \x20       END IF;\n\
         \x20   ELSIF {after} IS DISTINCT FROM OLD.{new} THEN\n\
         \x20       IF {forth} IS DISTINCT FROM {after} THEN\n\
         \x20           {before} := {back};\n\
         \x20       END IF;\n\
         \x20   ELSIF {before} IS DISTINCT FROM OLD.{old} THEN\n\
         \x20       IF {back} IS DISTINCT FROM {before} THEN\n\
         \x20           {after} := {forth};\n\
         \x20       END IF;\n\
         \x20   END IF;\n"
    )
}

/// The statements that make a trigger which runs before each row is written, and those that take it
/// away.
pub(super) fn trigger(table: &Table, trigger: &str, body: &str) -> [Vec<String>; 2] {
    let (rows, quoted) = (name(&table.name), name(trigger));
    let drop_trigger = format!("DROP TRIGGER IF EXISTS {quoted} ON {rows}");
    let drop_function = format!("DROP FUNCTION IF EXISTS {quoted}()");
    let forwards = vec![
        format!(
            "CREATE OR REPLACE FUNCTION {quoted}() RETURNS trigger AS $$\n\
             BEGIN\n{body}    RETURN NEW;\nEND\n$$ LANGUAGE plpgsql"
        ),
        drop_trigger.clone(),
        // EXECUTE PROCEDURE until PostgreSQL 10.
        format!(
            "CREATE TRIGGER {quoted} BEFORE INSERT OR UPDATE ON {rows}\n\
             FOR EACH ROW EXECUTE FUNCTION {quoted}()"
        ),
    ];
    [forwards, vec![drop_trigger, drop_function]]
}

/// What is left to be done to a column that got its values: indexes and checks, named after it or
/// otherwise, then NOT NULL.
pub(super) fn finished(
    table: &Table,
    column: &Column,
    stem: &str,
    naming: Option<Naming<'_>>,
    state: Option<Code>,
) -> Vec<Part> {
    let naming = naming.unwrap_or(Naming {
        column: &column.name,
        unique: "_uniq",
    });
    let mut parts = slow_parts(table, column, stem, naming);
    if !column.is_null {
        parts.extend(not_null::parts(stem, table, &column.name, state));
    } else if let Some(state) = state {
        parts.push(Part::quick(
            format!("{stem}_state"),
            vec![Written::told(
                sql::separate(Vec::new(), vec![state]),
                "Tell the models",
            )],
        ));
    }
    parts
}
