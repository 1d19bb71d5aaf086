//! MySQL 5.7 and later, MariaDB 10.6 and later, with InnoDB, strict mode and `foreign_key_checks`, as
//! Django's backend has them.
//!
//! MySQL's part is from its manual, and not measured. Every statement needs the metadata lock of the table at both ends,
//! and waits there for transactions that have used it.

use super::Fact;
use crate::django::operations::action::Action;
use crate::django::operations::database::Release;
use crate::django::operations::effect::{Lock, Touch, Transaction};

/// `ALGORITHM=INSTANT`, and `INPLACE` that only changes metadata.
const METADATA: Touch = Touch::locked(Lock::Metadata);
/// `ALGORITHM=COPY`.
const COPY: Touch = Touch::locked(Lock::MetadataShared).rewritten();
const UNKNOWN: Touch = Touch {
    update: Some(false),
    ..Touch::UNKNOWN
};

const fn fact(action: Action, touch: Touch, source: &'static str) -> Fact {
    Fact {
        action,
        since: Release::FIRST,
        touch,
        with: Touch::NOTHING,
        transaction: Transaction::CommitsItself,
        source,
    }
}

const fn with(fact: Fact) -> Fact {
    Fact {
        // The manuals do not say how long the other table's metadata lock is held.
        with: Touch {
            lock: None,
            ..Touch::NOTHING
        },
        ..fact
    }
}

const fn since(release: Release, fact: Fact) -> Fact {
    Fact {
        since: release,
        ..fact
    }
}

const COLUMNS: &str = "MySQL 8.4 manual, 17.12.1 Online DDL Operations, Column Operations";
const INDEXES: &str = "MySQL 8.4 manual, 17.12.1 Online DDL Operations, Index Operations";
const KEYS: &str = "MySQL 8.4 manual, 17.12.1 Online DDL Operations, Primary Key Operations";
const GENERATED: &str =
    "MySQL 8.4 manual, 17.12.1 Online DDL Operations, Generated Column Operations";
const FOREIGN: &str = "MySQL 8.4 manual, 17.12.1 Online DDL Operations, Foreign Key Operations";
const TABLES: &str = "MySQL 8.4 manual, 17.12.1 Online DDL Operations, Table Operations";
const OLD_COLUMNS: &str = "MySQL 5.7 manual, 14.13.1 Online DDL Operations, Column Operations";
const UPDATE: &str = "MySQL 8.4 manual, 17.7.3 Locks Set by Different SQL Statements in InnoDB";

pub(super) static MYSQL: &[Fact] = &[
    fact(
        Action::CreateTable,
        Touch::NOTHING,
        "MySQL 8.4 manual, CREATE TABLE",
    ),
    with(fact(
        Action::DropTable,
        METADATA,
        "MySQL 8.4 manual, DROP TABLE",
    )),
    fact(Action::RenameTable, METADATA, TABLES),
    fact(
        Action::CommentTable,
        METADATA,
        "MySQL 8.4 manual, ALTER TABLE, Performance: table options are metadata",
    ),
    fact(Action::AddColumn, METADATA.rewritten(), OLD_COLUMNS),
    since(
        Release(8, 0, 12),
        fact(Action::AddColumn, METADATA, COLUMNS),
    ),
    fact(Action::AddColumnFilled, METADATA.rewritten(), OLD_COLUMNS),
    since(
        Release(8, 0, 12),
        fact(Action::AddColumnFilled, METADATA, COLUMNS),
    ),
    fact(
        Action::AddColumnFilledSomehow,
        UNKNOWN,
        "not stated for expressions",
    ),
    fact(Action::AddColumnIdentity, COPY, COLUMNS),
    fact(Action::AddColumnStored, COPY, GENERATED),
    fact(Action::AddColumnVirtual, METADATA, GENERATED),
    fact(
        Action::AddColumnCheck,
        COPY,
        "MySQL bug 117450, on 8.4.3: ADD COLUMN with CHECK is COPY",
    ),
    fact(Action::AddColumnUnique, METADATA.rewritten(), INDEXES),
    fact(Action::AddColumnPrimaryKey, METADATA.rewritten(), KEYS),
    with(fact(Action::AddColumnForeignKey, COPY, FOREIGN)),
    fact(Action::DropColumn, METADATA.rewritten(), OLD_COLUMNS),
    since(
        Release(8, 0, 29),
        fact(Action::DropColumn, METADATA, COLUMNS),
    ),
    fact(Action::RenameColumn, METADATA, COLUMNS),
    fact(Action::SetDefault, METADATA, COLUMNS),
    fact(Action::DropDefault, METADATA, COLUMNS),
    fact(Action::ModifyNull, METADATA.rewritten(), COLUMNS),
    fact(Action::ModifyNotNull, METADATA.rewritten(), COLUMNS),
    fact(Action::ModifyType, COPY, COLUMNS),
    fact(Action::ModifyInPlace, METADATA, COLUMNS),
    fact(
        Action::ModifyComment,
        METADATA,
        "MySQL 8.4 manual, ALTER TABLE, Performance: metadata only",
    ),
    fact(Action::ModifySomehow, UNKNOWN, "not stated"),
    fact(Action::UpdateRows, METADATA.updated(), UPDATE),
    fact(Action::CreateIndex, METADATA.indexed(), INDEXES),
    fact(Action::DropIndex, METADATA, INDEXES),
    fact(Action::RenameIndex, METADATA, INDEXES),
    fact(Action::AddUnique, METADATA.indexed(), INDEXES),
    fact(Action::AddPrimaryKey, METADATA.rewritten(), KEYS),
    fact(Action::AddCheck, UNKNOWN, "not stated"),
    fact(Action::DropConstraint, UNKNOWN, "not stated"),
    with(fact(Action::AddForeignKey, COPY, FOREIGN)),
    with(fact(Action::DropForeignKey, METADATA, FOREIGN)),
];

const INSTANT: &str =
    "MariaDB documentation, InnoDB Online DDL Operations with the INSTANT Alter Algorithm";
const NOCOPY: &str =
    "MariaDB documentation, InnoDB Online DDL Operations with the NOCOPY Alter Algorithm";
const INPLACE: &str =
    "MariaDB documentation, InnoDB Online DDL Operations with the INPLACE Alter Algorithm";
const ALGORITHMS: &str = "MariaDB documentation, InnoDB Online DDL Overview";

/// `ALGORITHM=COPY` lets others write since MariaDB 11.2, not in all cases: "ALTER TABLE", LOCK.
const COPY_ONLINE: Touch = Touch { lock: None, ..COPY };

/// What is done by copying, in older releases and since 11.2.
const fn copied(action: Action) -> Fact {
    fact(action, COPY, ALGORITHMS)
}

const fn copied_online(action: Action) -> Fact {
    since(Release(11, 2, 0), fact(action, COPY_ONLINE, ALGORITHMS))
}

/// Measured on 10.11 (`cargo xtask oracle locks-mariadb`): the algorithm and the lock that the server
/// accepts.
pub(super) static MARIADB: &[Fact] = &[
    fact(
        Action::CreateTable,
        Touch::NOTHING,
        "MariaDB documentation, CREATE TABLE",
    ),
    with(fact(
        Action::DropTable,
        METADATA,
        "MariaDB documentation, DROP TABLE",
    )),
    fact(Action::RenameTable, METADATA, INSTANT),
    fact(Action::CommentTable, METADATA, INSTANT),
    fact(Action::AddColumn, METADATA, INSTANT),
    fact(Action::AddColumnFilled, METADATA, INSTANT),
    fact(Action::AddColumnFilledSomehow, METADATA, INSTANT),
    fact(
        Action::AddColumnIdentity,
        Touch::locked(Lock::MetadataShared).rewritten(),
        INPLACE,
    ),
    copied(Action::AddColumnStored),
    copied_online(Action::AddColumnStored),
    fact(Action::AddColumnVirtual, METADATA, INSTANT),
    fact(Action::AddColumnCheck, METADATA, INSTANT),
    fact(Action::AddColumnUnique, METADATA.rewritten(), INPLACE),
    fact(Action::AddColumnPrimaryKey, METADATA.rewritten(), INPLACE),
    with(copied(Action::AddColumnForeignKey)),
    with(copied_online(Action::AddColumnForeignKey)),
    fact(Action::DropColumn, METADATA, INSTANT),
    fact(Action::RenameColumn, METADATA, INSTANT),
    fact(Action::SetDefault, METADATA, INSTANT),
    fact(Action::DropDefault, METADATA, INSTANT),
    fact(Action::ModifyNull, METADATA.rewritten(), INPLACE),
    fact(Action::ModifyNotNull, METADATA.rewritten(), INPLACE),
    copied(Action::ModifyType),
    copied_online(Action::ModifyType),
    fact(Action::ModifyInPlace, METADATA, INSTANT),
    fact(Action::ModifyComment, METADATA, INSTANT),
    fact(Action::ModifySomehow, UNKNOWN, "not stated"),
    fact(Action::UpdateRows, METADATA.updated(), UPDATE),
    fact(Action::CreateIndex, METADATA.indexed(), NOCOPY),
    fact(Action::DropIndex, METADATA, NOCOPY),
    fact(Action::RenameIndex, METADATA, INSTANT),
    fact(Action::AddUnique, METADATA.indexed(), NOCOPY),
    fact(Action::AddPrimaryKey, METADATA.rewritten(), INPLACE),
    copied(Action::AddCheck),
    copied_online(Action::AddCheck),
    fact(Action::DropConstraint, METADATA, INSTANT),
    with(copied(Action::AddForeignKey)),
    with(copied_online(Action::AddForeignKey)),
    with(fact(Action::DropForeignKey, METADATA, INSTANT)),
];
