//! `django/db/backends/sqlite3/schema.py`: most changes are made by writing the rows to a new table.

use super::statement;
use crate::django::DjangoVersion;
use crate::django::operations::action::{Action, Role, Step};
use crate::django::operations::change::{Alteration, Change, Constraint};
use crate::django::operations::column::{Column, Default, Volatility};
use crate::django::operations::database::Release;

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
        Change::AddColumn(column) => add_column(column),
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
        Change::AddConstraint { constraint, .. } => constrained(*constraint, Action::CreateIndex),
        Change::RemoveConstraint(constraint) => constrained(*constraint, Action::DropIndex),
        // Comments are not kept, and the rest is of PostgreSQL.
        Change::CommentTable
        | Change::ValidateConstraint
        | Change::CreateExtension
        | Change::CreateCollation
        | Change::RemoveCollation => Vec::new(),
    }
}

/// A constraint that comes or goes: a table is remade, an index is not. Others are not kept.
fn constrained(constraint: Constraint, index: Action) -> Vec<Step> {
    match constraint {
        Constraint::Unique | Constraint::UniqueNulls | Constraint::Check => {
            vec![Step::on_this([Action::RemakeTable])]
        }
        Constraint::UniqueWhere | Constraint::UniqueExpressions => vec![Step::on_this([index])],
        Constraint::UniqueDeferrable | Constraint::UniqueCovering | Constraint::Exclusion => {
            Vec::new()
        }
    }
}

fn add_column(column: &Column) -> Vec<Step> {
    let is_in_place = !column.is_unique
        && column.is_null
        && column.default == Default::Nothing
        && matches!(column.db_default, None | Some(Volatility::Literal));
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
    let changes_type = from.kind != to.kind || from.collation != to.collation;
    if to.is_unique && changes_type {
        for _ in 0..alteration.referenced_by {
            steps.push(Step::between(Action::RemakeTable, Role::Referencing, []));
        }
    }
    steps
}
