//! What statements are made of: the keys of the tables of facts.

use super::effect::Lock;

/// One thing that a statement does. Those of one `ALTER TABLE` come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    CreateTable,
    DropTable,
    RenameTable,
    CommentTable,
    /// Rows there are get NULL.
    AddColumn,
    /// Rows there are get one value.
    AddColumnFilled,
    /// Rows there are get a value each.
    AddColumnEachRow,
    /// Nothing is known of the expression that fills it.
    AddColumnFilledSomehow,
    AddColumnIdentity,
    AddColumnSerial,
    AddColumnStored,
    AddColumnVirtual,
    /// With the column that it is about.
    AddColumnCheck,
    AddColumnUnique,
    AddColumnPrimaryKey,
    AddColumnForeignKey,
    /// As before, where rows there are get a value that has to be looked up.
    AddColumnForeignKeyFilled,
    CommentColumn,
    DropColumn,
    RenameColumn,
    SetDefault,
    DropDefault,
    SetNotNull,
    /// Where a constraint already says so.
    SetNotNullChecked,
    DropNotNull,
    /// Values stay as they are.
    AlterTypeKept,
    /// As before, with a check that is made anew.
    AlterTypeKeptChecked,
    /// As before, with indexes that are built anew.
    AlterTypeKeptIndexed,
    AlterTypeConverted,
    /// Nothing is known of the types.
    AlterTypeSomehow,
    AddIdentity,
    DropIdentity,
    CreateSequence,
    AlterSequence,
    /// With the default that counts with it.
    DropSequence,
    /// One that is not there.
    DropMissingSequence,
    /// Sets it to the largest value of the column.
    SetSequence,
    OwnSequence,
    /// Fills rows that have NULL.
    UpdateRows,
    /// By hand, as the next two.
    InsertRows,
    TruncateRows,
    /// `LOCK TABLE` in this mode.
    LockTable(Lock),
    CreateIndex,
    CreateIndexConcurrently,
    DropIndex,
    /// One that is not there.
    DropMissingIndex,
    DropIndexConcurrently,
    RenameIndex,
    AddUnique,
    /// Of an index that is there already. Written by hand only, as the next two and those that say so.
    AddUniqueUsingIndex,
    AddForeignKeyNotValid,
    ValidateForeignKey,
    /// `ADD CONSTRAINT .. NOT NULL .. NOT VALID`; by hand.
    AddNotNullNotValid,
    AddPrimaryKey,
    AddCheck,
    AddCheckNotValid,
    AddExclusion,
    AddForeignKey,
    ValidateConstraint,
    DropConstraint,
    DropForeignKey,
    CreateExtension,
    CreateCollation,
    DropCollation,
    /// Django writes the rows to a new table and puts it in place of the old one.
    RemakeTable,
    /// `MODIFY` that the database does in the table there is, as widening a short text.
    ModifyInPlace,
    /// `MODIFY` so that a column may be NULL.
    ModifyNull,
    /// `MODIFY` so that it may not.
    ModifyNotNull,
    /// `MODIFY` to another type.
    ModifyType,
    /// `MODIFY` of the comment only.
    ModifyComment,
    /// A `MODIFY` of which too little is known.
    ModifySomehow,
}

/// Which table of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The one that the change is of.
    This,
    /// One that its foreign keys lead to.
    Referenced,
    /// The one that a column of a new table leads to, by the column's place.
    ReferencedBy(usize),
    /// One whose foreign keys lead to it.
    Referencing,
    /// One that the change makes; nobody else uses it yet.
    Created,
}

/// One statement as Django makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) actions: Vec<Action>,
    pub(super) on: Role,
    /// Tables that are at the other end of foreign keys that it makes or drops.
    pub(super) with: Vec<Role>,
}

impl Step {
    pub(super) fn on_this(actions: impl Into<Vec<Action>>) -> Self {
        Self {
            actions: actions.into(),
            on: Role::This,
            with: Vec::new(),
        }
    }

    pub(super) fn between(action: Action, on: Role, with: impl Into<Vec<Role>>) -> Self {
        Self {
            actions: vec![action],
            on,
            with: with.into(),
        }
    }
}
