//! Changes of the state that reach the database: what is given to [`super::effect`].
//!
//! A change says what differs between the states before and after an operation, not how the
//! operation is written. Some operations come to several changes, or to other ones than they say:
//!
//! - `AddField`, `RemoveField` and `RenameField` of a many-to-many relation without a `through` of its
//!   own create, drop and rename a table.
//! - `RenameModel` renames its table, those of its own many-to-many relations with their columns, and
//!   alters each foreign key that leads to it, which `differs`.
//! - `AlterUniqueTogether` adds and removes constraints, `AlterIndexTogether` indexes.
//! - `AlterOrderWithRespectTo` adds the column `_order`, filled with 0: a default that is given.
//! - `RenameField` is an alteration to another name of the column.

use super::action::{Action, Role};
use super::column::{Column, Default};

/// One change of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A table that was not there; that between the two of a many-to-many relation, too.
    CreateTable {
        columns: Vec<Column>,
        /// How many entries `unique_together` has.
        unique_together: u32,
        /// How many entries `Meta.indexes` has.
        indexes: u32,
    },
    DropTable {
        /// Whether it refers to other tables.
        has_foreign_keys: bool,
        /// Whether other tables refer to it.
        is_referenced: bool,
    },
    RenameTable,
    /// The table between the two of a many-to-many relation.
    RenameThrough,
    CommentTable,
    AddColumn(Box<Column>),
    DropColumn(Box<Column>),
    AlterColumn(Box<Alteration>),
    AddIndex(Index),
    RemoveIndex(Index),
    RenameIndex,
    AddConstraint {
        constraint: Constraint,
        /// `AddConstraintNotValid`.
        is_not_valid: bool,
    },
    ValidateConstraint,
    RemoveConstraint(Constraint),
    CreateExtension,
    CreateCollation,
    RemoveCollation,
    /// A statement that is written by hand. What it means for rows is not said.
    Statement {
        actions: Vec<Action>,
        /// Tables at the other end of foreign keys.
        with: Vec<Role>,
    },
}

/// An index that comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Index {
    /// `AddIndexConcurrently`, `RemoveIndexConcurrently`.
    pub is_concurrent: bool,
    /// Whether it is on expressions.
    pub has_expressions: bool,
}

/// A column that is there before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "answers to separate questions about the state"
)]
pub struct Alteration {
    pub from: Column,
    pub to: Column,
    /// Whether Django takes the fields for different: their `deconstruct()` differs in more than
    /// `non_db_attrs`. It then drops a foreign key and makes it anew, whatever it is that differs.
    pub differs: bool,
    /// Whether both have the same `default`.
    pub has_same_default: bool,
    /// How many foreign keys of other tables lead to the column. Those without a way back
    /// (`related_name="+"`) are lost by Django before 4.0, which is not said.
    pub referenced_by: u32,
    /// Whether a check constraint speaks of it, other than that of a positive number.
    pub is_in_check: bool,
    /// Whether a validated constraint says that it is not NULL.
    pub is_checked_not_null: bool,
}

impl Alteration {
    fn forbids_null(&self) -> bool {
        self.from.is_null && !self.to.is_null
    }

    /// Whether the default is put into the database while NULL is forbidden, and dropped again.
    pub(super) fn needs_default(&self) -> bool {
        let is_same = self.from.default.is_given() && self.has_same_default;
        self.forbids_null()
            && self.to.db_default.is_none()
            && self.to.default != Default::Nothing
            && !is_same
    }

    /// Whether NULLs are replaced before they are forbidden.
    pub(super) fn fills_rows(&self) -> bool {
        self.forbids_null() && self.to.replaces_nulls()
    }
}

/// What a constraint of `Meta` comes to. Only PostgreSQL has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// An entry of `unique_together`.
    UniqueTogether,
    /// `UniqueConstraint` of plain columns.
    Unique,
    /// `UniqueConstraint` with `deferrable`.
    UniqueDeferrable,
    /// `UniqueConstraint` with `nulls_distinct`.
    UniqueNulls,
    /// `UniqueConstraint` with a condition: a unique index, as the next two.
    UniqueWhere,
    /// `UniqueConstraint` with `include` or `opclasses`.
    UniqueCovering,
    /// `UniqueConstraint` of expressions.
    UniqueExpressions,
    Check,
    Exclusion,
}
