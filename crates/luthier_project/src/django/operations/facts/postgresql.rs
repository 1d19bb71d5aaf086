//! PostgreSQL 12 to 18.
//!
//! Each row was measured on each of these releases with the statements that Django makes
//! (`cargo xtask oracle locks`); the source says where the manual states it.

use super::Fact;
use crate::django::operations::action::Action;
use crate::django::operations::database::Release;
use crate::django::operations::effect::{Lock, Touch, Transaction};

const ACCESS_EXCLUSIVE: Touch = Touch::locked(Lock::AccessExclusive);
const SHARE_UPDATE: Touch = Touch::locked(Lock::ShareUpdateExclusive);
const SHARE: Touch = Touch::locked(Lock::Share);
const SHARE_ROW: Touch = Touch::locked(Lock::ShareRowExclusive);

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

const fn lock_table(mode: Lock) -> Fact {
    fact(
        Action::LockTable(mode),
        Touch::locked(mode),
        "PostgreSQL 18 manual, LOCK",
    )
}

const fn with(fact: Fact, with: Touch) -> Fact {
    Fact { with, ..fact }
}

/// How the planner looks up the keys is its own affair: all rows or by the index.
const LOOKED_UP: Touch = Touch {
    scan: None,
    ..SHARE_ROW
};

const ALTER_TABLE: &str = "PostgreSQL 18 manual, ALTER TABLE, Description: \"An ACCESS EXCLUSIVE lock is acquired unless explicitly noted\"";
const REWRITES: &str =
    "PostgreSQL 18 manual, ALTER TABLE, Notes: when a table and its indexes are rewritten";
const CONSTRAINTS: &str = "PostgreSQL 18 manual, ALTER TABLE, Notes: adding a CHECK or NOT NULL constraint scans the table; ADD table_constraint";
const CREATE_INDEX: &str =
    "PostgreSQL 18 manual, 13.3.1 SHARE; CREATE INDEX, Building Indexes Concurrently";
const DROP_INDEX: &str =
    "PostgreSQL 18 manual, DROP INDEX: an exclusive lock on the table, CONCURRENTLY without";
const COMMENT: &str = "PostgreSQL 18 manual, 13.3.1 SHARE UPDATE EXCLUSIVE: COMMENT ON";
const FOREIGN_KEY: &str = "PostgreSQL 18 manual, ALTER TABLE, ADD table_constraint: SHARE ROW EXCLUSIVE on both tables of a foreign key";
const VALIDATE: &str =
    "PostgreSQL 18 manual, ALTER TABLE, VALIDATE CONSTRAINT: SHARE UPDATE EXCLUSIVE";
const SEQUENCE: &str = "PostgreSQL 18 manual, ALTER SEQUENCE, DROP SEQUENCE";
const NO_TABLE: &str = "PostgreSQL 18 manual: no table is touched";

pub(super) static FACTS: &[Fact] = &[
    fact(
        Action::CreateTable,
        Touch::NOTHING,
        "PostgreSQL 18 manual, CREATE TABLE",
    ),
    with(
        fact(
            Action::DropTable,
            ACCESS_EXCLUSIVE,
            "PostgreSQL 18 manual, 13.3.1 ACCESS EXCLUSIVE: DROP TABLE",
        ),
        ACCESS_EXCLUSIVE,
    ),
    fact(Action::RenameTable, ACCESS_EXCLUSIVE, ALTER_TABLE),
    fact(Action::CommentTable, SHARE_UPDATE, COMMENT),
    fact(Action::AddColumn, ACCESS_EXCLUSIVE, REWRITES),
    fact(Action::AddColumnFilled, ACCESS_EXCLUSIVE, REWRITES),
    fact(
        Action::AddColumnEachRow,
        ACCESS_EXCLUSIVE.rewritten(),
        REWRITES,
    ),
    fact(
        Action::AddColumnFilledSomehow,
        Touch {
            rewrite: None,
            scan: None,
            index: None,
            ..ACCESS_EXCLUSIVE
        },
        REWRITES,
    ),
    fact(
        Action::AddColumnIdentity,
        ACCESS_EXCLUSIVE.rewritten(),
        REWRITES,
    ),
    fact(
        Action::AddColumnSerial,
        ACCESS_EXCLUSIVE.rewritten(),
        REWRITES,
    ),
    fact(
        Action::AddColumnStored,
        ACCESS_EXCLUSIVE.rewritten(),
        REWRITES,
    ),
    Fact {
        since: Release(18, 0, 0),
        ..fact(Action::AddColumnVirtual, ACCESS_EXCLUSIVE, REWRITES)
    },
    fact(
        Action::AddColumnCheck,
        ACCESS_EXCLUSIVE.scanned(),
        CONSTRAINTS,
    ),
    fact(
        Action::AddColumnUnique,
        ACCESS_EXCLUSIVE.indexed(),
        ALTER_TABLE,
    ),
    fact(
        Action::AddColumnPrimaryKey,
        ACCESS_EXCLUSIVE.indexed(),
        ALTER_TABLE,
    ),
    with(
        fact(Action::AddColumnForeignKey, ACCESS_EXCLUSIVE, FOREIGN_KEY),
        SHARE_ROW,
    ),
    with(
        fact(
            Action::AddColumnForeignKeyFilled,
            ACCESS_EXCLUSIVE.scanned(),
            FOREIGN_KEY,
        ),
        LOOKED_UP,
    ),
    fact(Action::CommentColumn, SHARE_UPDATE, COMMENT),
    fact(
        Action::DropColumn,
        ACCESS_EXCLUSIVE,
        "PostgreSQL 18 manual, ALTER TABLE, Notes: DROP COLUMN makes the column invisible",
    ),
    fact(Action::RenameColumn, ACCESS_EXCLUSIVE, ALTER_TABLE),
    fact(Action::SetDefault, ACCESS_EXCLUSIVE, ALTER_TABLE),
    fact(Action::DropDefault, ACCESS_EXCLUSIVE, ALTER_TABLE),
    fact(Action::SetNotNull, ACCESS_EXCLUSIVE.scanned(), CONSTRAINTS),
    fact(
        Action::SetNotNullChecked,
        ACCESS_EXCLUSIVE,
        "PostgreSQL 12 release notes: SET NOT NULL without a scan where a CHECK constraint proves it",
    ),
    fact(Action::DropNotNull, ACCESS_EXCLUSIVE, ALTER_TABLE),
    fact(Action::AlterTypeKept, ACCESS_EXCLUSIVE, REWRITES),
    fact(
        Action::AlterTypeKeptChecked,
        ACCESS_EXCLUSIVE.scanned(),
        REWRITES,
    ),
    fact(
        Action::AlterTypeKeptIndexed,
        ACCESS_EXCLUSIVE.indexed(),
        REWRITES,
    ),
    fact(
        Action::AlterTypeConverted,
        ACCESS_EXCLUSIVE.rewritten(),
        REWRITES,
    ),
    fact(
        Action::AlterTypeSomehow,
        Touch {
            rewrite: None,
            scan: None,
            index: None,
            ..ACCESS_EXCLUSIVE
        },
        REWRITES,
    ),
    fact(Action::AddIdentity, ACCESS_EXCLUSIVE, ALTER_TABLE),
    fact(Action::DropIdentity, ACCESS_EXCLUSIVE, ALTER_TABLE),
    fact(Action::CreateSequence, Touch::NOTHING, SEQUENCE),
    fact(Action::AlterSequence, Touch::NOTHING, SEQUENCE),
    fact(Action::DropSequence, ACCESS_EXCLUSIVE, SEQUENCE),
    fact(Action::DropMissingSequence, Touch::NOTHING, SEQUENCE),
    fact(
        Action::SetSequence,
        Touch::locked(Lock::AccessShare),
        "PostgreSQL 18 manual, 13.3.1 ACCESS SHARE: SELECT",
    ),
    fact(
        Action::OwnSequence,
        Touch::locked(Lock::AccessShare),
        SEQUENCE,
    ),
    fact(
        Action::UpdateRows,
        Touch::locked(Lock::RowExclusive).updated(),
        "PostgreSQL 18 manual, 13.3.1 ROW EXCLUSIVE: UPDATE",
    ),
    fact(
        Action::InsertRows,
        // What `INSERT .. SELECT` reads may be the table itself.
        Touch {
            scan: None,
            ..Touch::locked(Lock::RowExclusive)
        },
        "PostgreSQL 18 manual, 13.3.1 ROW EXCLUSIVE: INSERT",
    ),
    fact(
        Action::TruncateRows,
        ACCESS_EXCLUSIVE,
        "PostgreSQL 18 manual, TRUNCATE, Notes: an ACCESS EXCLUSIVE lock on each table",
    ),
    lock_table(Lock::AccessShare),
    lock_table(Lock::RowShare),
    lock_table(Lock::RowExclusive),
    lock_table(Lock::ShareUpdateExclusive),
    lock_table(Lock::Share),
    lock_table(Lock::ShareRowExclusive),
    lock_table(Lock::Exclusive),
    lock_table(Lock::AccessExclusive),
    fact(Action::CreateIndex, SHARE.indexed(), CREATE_INDEX),
    Fact {
        transaction: Transaction::Outside,
        ..fact(
            Action::CreateIndexConcurrently,
            SHARE_UPDATE.indexed(),
            CREATE_INDEX,
        )
    },
    fact(Action::DropIndex, ACCESS_EXCLUSIVE, DROP_INDEX),
    fact(Action::DropMissingIndex, Touch::NOTHING, DROP_INDEX),
    Fact {
        transaction: Transaction::Outside,
        ..fact(Action::DropIndexConcurrently, SHARE_UPDATE, DROP_INDEX)
    },
    fact(
        Action::RenameIndex,
        Touch::NOTHING,
        "PostgreSQL 18 manual, ALTER INDEX: RENAME locks the index, SHARE UPDATE EXCLUSIVE",
    ),
    fact(Action::AddUnique, ACCESS_EXCLUSIVE.indexed(), ALTER_TABLE),
    fact(
        Action::AddUniqueUsingIndex,
        ACCESS_EXCLUSIVE,
        "PostgreSQL 18 manual, ALTER TABLE, ADD table_constraint_using_index",
    ),
    with(
        fact(Action::AddForeignKeyNotValid, SHARE_ROW, FOREIGN_KEY),
        SHARE_ROW,
    ),
    with(
        fact(Action::ValidateForeignKey, SHARE_UPDATE.scanned(), VALIDATE),
        Touch {
            scan: None,
            ..Touch::locked(Lock::RowShare)
        },
    ),
    Fact {
        since: Release(18, 0, 0),
        ..fact(
            Action::AddNotNullNotValid,
            ACCESS_EXCLUSIVE,
            "PostgreSQL 18 release notes: NOT NULL constraints as NOT VALID",
        )
    },
    fact(
        Action::AddPrimaryKey,
        ACCESS_EXCLUSIVE.indexed(),
        ALTER_TABLE,
    ),
    fact(Action::AddCheck, ACCESS_EXCLUSIVE.scanned(), CONSTRAINTS),
    fact(
        Action::AddCheckNotValid,
        ACCESS_EXCLUSIVE,
        "PostgreSQL 18 manual, ALTER TABLE, ADD table_constraint NOT VALID",
    ),
    fact(
        Action::AddExclusion,
        ACCESS_EXCLUSIVE.indexed(),
        ALTER_TABLE,
    ),
    with(
        fact(Action::AddForeignKey, SHARE_ROW.scanned(), FOREIGN_KEY),
        LOOKED_UP,
    ),
    fact(Action::ValidateConstraint, SHARE_UPDATE.scanned(), VALIDATE),
    fact(Action::DropConstraint, ACCESS_EXCLUSIVE, ALTER_TABLE),
    with(
        fact(Action::DropForeignKey, ACCESS_EXCLUSIVE, ALTER_TABLE),
        ACCESS_EXCLUSIVE,
    ),
    fact(Action::CreateExtension, Touch::NOTHING, NO_TABLE),
    fact(Action::CreateCollation, Touch::NOTHING, NO_TABLE),
    fact(Action::DropCollation, Touch::NOTHING, NO_TABLE),
];
