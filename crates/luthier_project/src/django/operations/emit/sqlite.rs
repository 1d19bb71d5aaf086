//! `django/db/backends/sqlite3/schema.py`: most changes are made by writing the rows to a new table.

use super::statement;
use crate::django::DjangoVersion;
use crate::django::operations::action::{Action, Role, Step};
use crate::django::operations::change::{Alteration, Change, Constraint};
use crate::django::operations::column::{Column, Default};
use crate::django::operations::database::Release;

/// Columns that may be NULL are added in place.
const ADDS_IN_PLACE: DjangoVersion = DjangoVersion::new(4, 1);
/// Constraints that SQLite cannot have leave a table alone.
const KNOWS_CONSTRAINTS: DjangoVersion = DjangoVersion::new(4, 0);
/// Columns without keys and indexes are dropped in place, where SQLite can.
const DROPS_IN_PLACE: (DjangoVersion, Release) = (DjangoVersion::new(4, 1), Release(3, 35, 5));

pub(super) fn steps(change: &Change, release: Release, django: DjangoVersion) -> Vec<Step> {
    let this = |action| vec![Step::on_this([action])];
    let created = |action| vec![Step::between(action, Role::Created, [])];
    match change {
        Change::CreateTable { .. } => created(Action::CreateTable),
        Change::DropTable { .. } => this(Action::DropTable),
        Change::Statement { actions, with } => statement(actions, with),
        Change::RenameTable => this(Action::RenameTable),
        // Another table is made, the rows are copied, the old one is dropped.
        Change::RenameThrough => this(Action::RemakeTable),
        Change::AddColumn(column) => add_column(column, django),
        Change::DropColumn(column) => this(match is_dropped_in_place(column, release, django) {
            true => Action::DropColumn,
            false => Action::RemakeTable,
        }),
        Change::AlterColumn(alteration) => alter_column(alteration),
        Change::AddIndex(_) => this(Action::CreateIndex),
        Change::RemoveIndex(_) => this(Action::DropIndex),
        Change::RenameIndex => vec![
            Step::on_this([Action::DropIndex]),
            Step::on_this([Action::CreateIndex]),
        ],
        Change::AddConstraint { constraint, .. } => {
            constrained(*constraint, Action::CreateIndex, django)
        }
        Change::RemoveConstraint(constraint) => constrained(*constraint, Action::DropIndex, django),
        // Comments are not kept, and the rest is of PostgreSQL.
        Change::CommentTable
        | Change::ValidateConstraint
        | Change::CreateExtension
        | Change::CreateCollation
        | Change::RemoveCollation => Vec::new(),
    }
}

/// A constraint that comes or goes: a table is remade, an index is not. Others are not kept.
fn constrained(constraint: Constraint, index: Action, django: DjangoVersion) -> Vec<Step> {
    match constraint {
        Constraint::Unique | Constraint::UniqueNulls | Constraint::Check => {
            vec![Step::on_this([Action::RemakeTable])]
        }
        Constraint::UniqueTogether | Constraint::UniqueWhere | Constraint::UniqueExpressions => {
            vec![Step::on_this([index])]
        }
        // Not kept, and the table remade all the same.
        Constraint::UniqueDeferrable | Constraint::UniqueCovering if django < KNOWS_CONSTRAINTS => {
            vec![Step::on_this([Action::RemakeTable])]
        }
        Constraint::UniqueDeferrable | Constraint::UniqueCovering | Constraint::Exclusion => {
            Vec::new()
        }
    }
}

/// A default of the database that is wrapped in `Value` could be added in place; it is taken for one
/// that is not.
fn add_column(column: &Column, django: DjangoVersion) -> Vec<Step> {
    let is_in_place = django >= ADDS_IN_PLACE
        && !column.is_unique
        && column.is_null
        && column.default == Default::Nothing
        && column.db_default.is_none();
    match is_in_place {
        false => vec![Step::on_this([Action::RemakeTable])],
        true if column.is_indexed => vec![
            Step::on_this([Action::AddColumn]),
            Step::on_this([Action::CreateIndex]),
        ],
        true => vec![Step::on_this([Action::AddColumn])],
    }
}

fn is_dropped_in_place(column: &Column, release: Release, django: DjangoVersion) -> bool {
    let (since, with) = DROPS_IN_PLACE;
    django >= since
        && release >= with
        && !column.is_unique
        && !column.is_indexed
        && !column.has_constraint()
}

fn alter_column(alteration: &Alteration) -> Vec<Step> {
    let Alteration { from, to, .. } = alteration;
    if !alteration.differs {
        return Vec::new();
    }
    let renamed = Column {
        name: to.name.clone(),
        ..from.clone()
    };
    let is_renamed_only = from.name != to.name && *to == renamed && !to.has_constraint();
    if is_renamed_only {
        return vec![Step::on_this([Action::RenameColumn])];
    }
    let mut steps = vec![Step::on_this([Action::RemakeTable])];
    // All columns that count up have one type.
    let are_auto = from.is_auto && to.is_auto;
    let changes_type = (from.kind != to.kind && !are_auto) || from.collation != to.collation;
    if to.is_unique && changes_type {
        for _ in 0..alteration.referenced_by {
            steps.push(Step::between(Action::RemakeTable, Role::Referencing, []));
        }
    }
    steps
}
