//! A second column that follows another one: a trigger keeps both in step while two releases write,
//! and the rows there are are copied in batches.

use luthier_project::django::operations::Column;
use luthier_project::migrations::Code;

use super::recipe::{Part, Written};
use super::sql::{self, Sql, Table, name};
use super::subject::name_of_index;

/// Which of the two columns is written by code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// The old one only.
    Forth,
    /// The old one by the release before, the new one by this one.
    BothWays,
}

/// A column and the one that takes its place.
pub(super) struct Shadow<'a> {
    pub(super) table: &'a Table,
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    pub(super) direction: Direction,
}

impl Shadow<'_> {
    fn trigger_name(&self) -> String {
        name_of_index(self.table, self.new, "_follow")
    }

    /// Makes the trigger.
    pub(super) fn follow(&self) -> Written {
        let (old, new) = (name(self.old), name(self.new));
        let body = match self.direction {
            Direction::Forth => format!("    NEW.{new} := NEW.{old};\n"),
            // Who inserts a row gives one of the two a value, the other one stays NULL.
            Direction::BothWays => format!(
                "    IF TG_OP = 'INSERT' THEN\n\
                 \x20       IF NEW.{new} IS NOT NULL THEN\n\
                 \x20           NEW.{old} := NEW.{new};\n\
                 \x20       ELSE\n\
                 \x20           NEW.{new} := NEW.{old};\n\
                 \x20       END IF;\n\
                 \x20   ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN\n\
                 \x20       NEW.{old} := NEW.{new};\n\
                 \x20   ELSE\n\
                 \x20       NEW.{new} := NEW.{old};\n\
                 \x20   END IF;\n"
            ),
        };
        let [forwards, backwards] = trigger(self.table, &self.trigger_name(), &body);
        Sql::new(forwards, backwards).written(format!(
            "Keep {} and {} of {} in step",
            self.old, self.new, self.table.name
        ))
    }

    /// What takes the trigger away, and what makes it again.
    pub(super) fn release(&self) -> [Vec<String>; 2] {
        let [_, backwards] = trigger(self.table, &self.trigger_name(), "");
        [backwards, Vec::new()]
    }

    /// Copies what is there.
    pub(super) fn copy(&self, stem: &str, key: &str) -> Part {
        sql::fill_by_sql(
            format!("{stem}_copy"),
            (self.table, key),
            self.new,
            &name(self.old),
        )
    }
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

/// What is left to be done to a column that got its values: indexes and checks, then NOT NULL.
pub(super) fn finished(
    table: &Table,
    column: &Column,
    stem: &str,
    state: Option<Code>,
) -> Vec<Part> {
    let mut parts = super::add_column::slow_parts(table, column, stem, "_uniq");
    if !column.is_null {
        parts.extend(super::not_null::parts(stem, table, &column.name, state));
    } else if let Some(state) = state {
        parts.push(Part::quick(
            format!("{stem}_state"),
            vec![Written::new(
                sql::separate(Vec::new(), vec![state]),
                "Tell the models",
            )],
        ));
    }
    parts
}
