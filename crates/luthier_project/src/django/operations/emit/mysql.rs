//! `django/db/backends/mysql/schema.py`, on top of `base/schema.py`, with InnoDB.

use super::{drop_table, foreign_keys, referenced};
use crate::django::operations::action::{Action, Role, Step};
use crate::django::operations::change::{Alteration, Change, Constraint};
use crate::django::operations::column::{Column, ColumnType, Default, Generated, Volatility};

pub(super) fn steps(change: &Change) -> Vec<Step> {
    let this = |action| vec![Step::on_this([action])];
    match change {
        Change::CreateTable { columns, .. } => create_table(columns),
        Change::DropTable {
            has_foreign_keys,
            is_referenced,
        } => drop_table(*has_foreign_keys, *is_referenced),
        Change::RenameTable => this(Action::RenameTable),
        Change::CommentTable => this(Action::CommentTable),
        Change::AddColumn(column) => add_column(column),
        Change::DropColumn(column) => drop_column(column),
        Change::AlterColumn(alteration) => alter_column(alteration),
        Change::AddIndex { .. } => this(Action::CreateIndex),
        Change::RemoveIndex { .. } => this(Action::DropIndex),
        Change::RenameIndex => this(Action::RenameIndex),
        Change::AddConstraint { constraint, .. } => match constraint {
            Constraint::Unique => this(Action::AddUnique),
            Constraint::Check => this(Action::AddCheck),
            // A condition cannot be kept: Django warns and leaves the index out. An expression can.
            Constraint::UniqueIndex => this(Action::CreateIndex),
            Constraint::Exclusion => Vec::new(),
        },
        Change::RemoveConstraint(constraint) => match constraint {
            Constraint::Unique | Constraint::UniqueIndex => this(Action::DropIndex),
            Constraint::Check => this(Action::DropConstraint),
            Constraint::Exclusion => Vec::new(),
        },
        Change::ValidateConstraint
        | Change::CreateExtension
        | Change::CreateCollation
        | Change::RemoveCollation => Vec::new(),
    }
}

fn create_table(columns: &[Column]) -> Vec<Step> {
    let mut steps = vec![Step::between(Action::CreateTable, Role::Created, [])];
    steps.extend(foreign_keys(columns));
    steps
}

fn add_column(column: &Column) -> Vec<Step> {
    let filled = match (column.generated, column.db_default) {
        (Some(Generated::Stored), _) => Action::AddColumnStored,
        (Some(Generated::Virtual), _) => Action::AddColumnVirtual,
        _ if column.is_auto => Action::AddColumnIdentity,
        (None, Some(Volatility::Literal)) => Action::AddColumnFilled,
        (None, Some(_)) => Action::AddColumnFilledSomehow,
        (None, None) if column.default == Default::Nothing => Action::AddColumn,
        (None, None) => Action::AddColumnFilled,
    };
    let mut actions = vec![filled];
    if column.is_primary_key {
        actions.push(Action::AddColumnPrimaryKey);
    } else if column.is_unique {
        actions.push(Action::AddColumnUnique);
    }
    if column.is_positive {
        actions.push(Action::AddColumnCheck);
    }
    let mut with = Vec::new();
    if column.has_constraint() {
        actions.push(Action::AddColumnForeignKey);
        with = referenced(column);
    }
    let mut steps = vec![Step {
        actions,
        on: Role::This,
        with,
    }];
    if column.db_default.is_none() && column.default != Default::Nothing {
        steps.push(Step::on_this([Action::DropDefault]));
    }
    // InnoDB makes the index of a foreign key by itself.
    if column.is_indexed && !column.is_unique && !column.has_constraint() && is_limited(column) {
        steps.push(Step::on_this([Action::CreateIndex]));
    }
    steps
}

/// Whether an index can be on it: Django leaves those on texts without a length out.
fn is_limited(column: &Column) -> bool {
    let unlimited = [ColumnType::Text, ColumnType::Binary, ColumnType::Json];
    !unlimited.contains(&column.kind)
}

fn drop_column(column: &Column) -> Vec<Step> {
    let mut steps = Vec::new();
    if column.has_constraint() {
        let with = referenced(column);
        steps.push(Step::between(Action::DropForeignKey, Role::This, with));
    }
    steps.push(Step::on_this([Action::DropColumn]));
    steps
}

/// `_alter_field`, in its order.
fn alter_column(alteration: &Alteration) -> Vec<Step> {
    let Alteration { from, to, .. } = alteration;
    if !alteration.differs {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut this = Vec::new();
    if from.has_constraint() {
        let with = referenced(from);
        steps.push(Step::between(Action::DropForeignKey, Role::This, with));
    }
    let becomes_key = !from.is_primary_key && to.is_primary_key;
    if from.is_unique && !from.is_primary_key && (!to.is_unique || becomes_key) {
        this.push(Action::DropIndex);
    }
    let changes_type = from.kind != to.kind || from.is_positive != to.is_positive;
    let is_target = (from.is_primary_key && to.is_primary_key) || (from.is_unique && to.is_unique);
    let drops_foreign_keys = is_target && (changes_type || from.collation != to.collation);
    if drops_foreign_keys {
        for _ in 0..alteration.referenced_by {
            let key = Step::between(Action::DropForeignKey, Role::Referencing, [Role::This]);
            steps.push(key);
        }
    }
    if from.is_indexed && !from.is_unique && (!to.is_indexed || to.is_unique) {
        this.push(Action::DropIndex);
    }
    if from.is_positive && !to.is_positive {
        this.push(Action::DropConstraint);
    }
    if from.name != to.name {
        this.push(Action::RenameColumn);
    }
    if changes_type
        || from.is_auto != to.is_auto
        || from.collation != to.collation
        || from.comment != to.comment
    {
        this.push(modify(from, to));
    }
    match (from.db_default, to.db_default) {
        (Some(_), None) => this.push(Action::DropDefault),
        (None, Some(_)) => this.push(Action::SetDefault),
        _ => {}
    }
    let is_filled = to.default == Default::Given || to.db_default.is_some();
    if from.is_null && !to.is_null && is_filled {
        this.push(Action::UpdateRows);
    }
    match (from.is_null, to.is_null) {
        (true, false) => this.push(Action::ModifyNotNull),
        (false, true) => this.push(Action::ModifyNull),
        _ => {}
    }
    if from.is_primary_key && !to.is_primary_key {
        this.push(Action::DropConstraint);
    }
    if to.is_unique && !to.is_primary_key && (!from.is_unique || from.is_primary_key) {
        this.push(Action::AddUnique);
    }
    if (!from.is_indexed || from.is_unique) && to.is_indexed && !to.is_unique && is_limited(to) {
        this.push(Action::CreateIndex);
    }
    if becomes_key {
        this.push(Action::AddPrimaryKey);
    }
    steps.extend(this.into_iter().map(|action| Step::on_this([action])));
    if drops_foreign_keys || becomes_key {
        for _ in 0..alteration.referenced_by {
            steps.push(Step::between(modify(from, to), Role::Referencing, []));
        }
    }
    if to.has_constraint() {
        let with = referenced(to);
        steps.push(Step::between(Action::AddForeignKey, Role::This, with));
    }
    if drops_foreign_keys {
        for _ in 0..alteration.referenced_by {
            let key = Step::between(Action::AddForeignKey, Role::Referencing, [Role::This]);
            steps.push(key);
        }
    }
    if to.is_positive && !from.is_positive {
        steps.push(Step::on_this([Action::AddCheck]));
    }
    steps
}

/// The kind of `MODIFY` that another type, collation or comment comes to.
fn modify(from: &Column, to: &Column) -> Action {
    use ColumnType as Type;
    if from.is_auto != to.is_auto || from.collation != to.collation {
        return Action::ModifySomehow;
    }
    if from.kind == to.kind && from.is_positive == to.is_positive {
        return Action::ModifyComment;
    }
    match (&from.kind, &to.kind) {
        (Type::Unknown | Type::Named(_), _) | (_, Type::Unknown | Type::Named(_)) => {
            Action::ModifySomehow
        }
        (Type::Varchar(Some(from)), Type::Varchar(Some(to))) if from <= to => {
            match has_same_length_bytes(*from, *to) {
                Some(true) => Action::ModifyInPlace,
                Some(false) => Action::ModifyType,
                None => Action::ModifySomehow,
            }
        }
        _ => Action::ModifyType,
    }
}

/// Whether the length of both is kept in as many bytes: one for up to 255 bytes. A character has one
/// to four of them, which the character set of the table decides.
fn has_same_length_bytes(from: u32, to: u32) -> Option<bool> {
    let (from_most, to_most) = (from.saturating_mul(4), to.saturating_mul(4));
    match () {
        () if to_most <= 255 || from > 255 => Some(true),
        () if from_most <= 255 && to > 255 => Some(false),
        () => None,
    }
}
