//! Changes of the state that reach the database: what is given to [`super::effect`].
//!
//! A change says what differs between the states before and after an operation, not how the
//! operation is written. `RenameModel` comes to several: its table, and each foreign key to it.

use super::column::Column;

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
    CommentTable,
    AddColumn(Box<Column>),
    DropColumn(Box<Column>),
    AlterColumn(Box<Alteration>),
    AddIndex {
        is_concurrent: bool,
    },
    RemoveIndex {
        is_concurrent: bool,
    },
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
    /// How many foreign keys of other tables lead to the column.
    pub referenced_by: u32,
    /// Whether a check constraint speaks of it, other than that of a positive number.
    pub is_in_check: bool,
    /// Whether a validated constraint says that it is not NULL.
    pub is_checked_not_null: bool,
}

/// What a constraint of `Meta` comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// `unique_together`, and `UniqueConstraint` of plain columns.
    Unique,
    /// `UniqueConstraint` with a condition, expressions, operator classes or included columns: a
    /// unique index. (`deferrable` and `nulls_distinct` make none.)
    UniqueIndex,
    Check,
    Exclusion,
}
