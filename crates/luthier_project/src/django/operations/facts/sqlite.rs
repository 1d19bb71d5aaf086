//! SQLite, whose tables Django remakes for most changes. One writer at a time holds the database.

use super::Fact;
use crate::django::operations::action::Action;
use crate::django::operations::database::Release;
use crate::django::operations::effect::{Lock, Touch, Transaction};

const WRITER: Touch = Touch::locked(Lock::Database);

const fn fact(action: Action, touch: Touch, source: &'static str) -> Fact {
    Fact {
        action,
        since: Release::FIRST,
        touch,
        with: Touch::NOTHING,
        transaction: Transaction::Inside,
        source,
    }
}

const ALTER_TABLE: &str =
    "SQLite, ALTER TABLE: renaming and adding change the text of the schema only";
const REMAKE: &str = "Django, DatabaseSchemaEditor._remake_table; SQLite, ALTER TABLE, section 7";

pub(super) static FACTS: &[Fact] = &[
    fact(Action::CreateTable, Touch::NOTHING, "SQLite, CREATE TABLE"),
    fact(Action::DropTable, WRITER, "SQLite, DROP TABLE"),
    fact(Action::RenameTable, WRITER, ALTER_TABLE),
    fact(Action::AddColumn, WRITER, ALTER_TABLE),
    fact(
        Action::DropColumn,
        WRITER.rewritten(),
        "SQLite, ALTER TABLE DROP COLUMN: rewrites the table to purge the data",
    ),
    fact(Action::RenameColumn, WRITER, ALTER_TABLE),
    fact(Action::RemakeTable, WRITER.rewritten(), REMAKE),
    fact(
        Action::CreateIndex,
        WRITER.indexed(),
        "SQLite, CREATE INDEX",
    ),
    fact(Action::DropIndex, WRITER, "SQLite, DROP INDEX"),
];
