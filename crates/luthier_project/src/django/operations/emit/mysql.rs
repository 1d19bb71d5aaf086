//! `django/db/backends/mysql/schema.py`, on top of `base/schema.py`, with InnoDB.

use super::{create_table, drop_table, referenced, statement};
use crate::django::operations::action::{Action, Role, Step};
use crate::django::operations::change::{Alteration, Change, Constraint};
use crate::django::operations::column::{Column, ColumnType, Default, Generated, Volatility};
use crate::django::operations::database::{Engine, Release};

/// Which of both, and what it can do: `django/db/backends/mysql/features.py`.
#[derive(Clone, Copy)]
struct Server {
    engine: Engine,
    release: Release,
}

impl Server {
    fn has_checks(self) -> bool {
        self.engine == Engine::MariaDb || self.release >= Release(8, 0, 16)
    }

    /// Texts cannot have a literal default in MySQL, and one in parentheses from here on.
    fn has_defaults_of(self, kind: &ColumnType) -> bool {
        !is_unlimited(kind) || self.engine == Engine::MariaDb
    }

    fn has_expression_defaults(self) -> bool {
        self.engine == Engine::MariaDb || self.release >= Release(8, 0, 13)
    }

    fn has_expression_indexes(self) -> bool {
        self.engine == Engine::MySql && self.release >= Release(8, 0, 13)
    }
}

pub(super) fn steps(change: &Change, engine: Engine, release: Release) -> Vec<Step> {
    let server = Server { engine, release };
    let this = |action| vec![Step::on_this([action])];
    match change {
        Change::CreateTable {
            columns,
            unique_together,
            indexes,
        } => create_table(columns, *unique_together, *indexes, |column| {
            u32::from(has_index(column))
        }),
        Change::DropTable {
            has_foreign_keys,
            is_referenced,
        } => drop_table(*has_foreign_keys, *is_referenced),
        Change::Statement { actions, with } => statement(actions, with),
        Change::RenameTable | Change::RenameThrough => this(Action::RenameTable),
        Change::CommentTable => this(Action::CommentTable),
        Change::AddColumn(column) => add_column(column, server),
        Change::DropColumn(column) => drop_column(column),
        Change::AlterColumn(alteration) => alter_column(alteration, server),
        Change::AddIndex(index) if index.has_expressions && !server.has_expression_indexes() => {
            Vec::new()
        }
        Change::RemoveIndex(index) if index.has_expressions && !server.has_expression_indexes() => {
            Vec::new()
        }
        Change::AddIndex(_) => this(Action::CreateIndex),
        Change::RemoveIndex(_) => this(Action::DropIndex),
        Change::RenameIndex => this(Action::RenameIndex),
        Change::AddConstraint { constraint, .. } => match constraint {
            Constraint::Unique | Constraint::UniqueTogether => this(Action::AddUnique),
            Constraint::Check if server.has_checks() => this(Action::AddCheck),
            Constraint::UniqueExpressions if server.has_expression_indexes() => {
                this(Action::CreateIndex)
            }
            // Django warns, and leaves it out.
            _ => Vec::new(),
        },
        Change::RemoveConstraint(constraint) => match constraint {
            Constraint::Unique | Constraint::UniqueTogether => this(Action::DropIndex),
            Constraint::Check if server.has_checks() => this(Action::DropConstraint),
            Constraint::UniqueExpressions if server.has_expression_indexes() => {
                this(Action::DropIndex)
            }
            _ => Vec::new(),
        },
        Change::ValidateConstraint
        | Change::CreateExtension
        | Change::CreateCollation
        | Change::RemoveCollation => Vec::new(),
    }
}

fn add_column(column: &Column, server: Server) -> Vec<Step> {
    let default = default_of(column, server);
    let filled = match (column.generated, column.db_default) {
        (Some(Generated::Stored), _) => Action::AddColumnStored,
        (Some(Generated::Virtual), _) => Action::AddColumnVirtual,
        _ if column.is_auto => Action::AddColumnIdentity,
        (None, Some(Volatility::Literal)) => Action::AddColumnFilled,
        (None, Some(_)) => Action::AddColumnFilledSomehow,
        (None, None) => match default {
            Kept::Nothing | Kept::Updated => Action::AddColumn,
            Kept::Dropped => Action::AddColumnFilled,
            Kept::Stays => Action::AddColumnFilledSomehow,
        },
    };
    let mut actions = vec![filled];
    if column.is_primary_key {
        actions.push(Action::AddColumnPrimaryKey);
    } else if column.is_unique {
        actions.push(Action::AddColumnUnique);
    }
    if column.is_positive && server.has_checks() {
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
    if default == Kept::Dropped {
        steps.push(Step::on_this([Action::DropDefault]));
    }
    if default == Kept::Updated {
        steps.push(Step::on_this([Action::UpdateRows]));
    }
    if has_index(column) {
        steps.push(Step::on_this([Action::CreateIndex]));
    }
    steps
}

/// What becomes of the default that rows there are get.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Nothing,
    Dropped,
    /// It cannot be dropped by itself: old code profits.
    Stays,
    /// There is none; rows are updated, if that is not what they have anyway.
    Updated,
}

/// `skip_default`, `skip_default_on_alter`.
fn default_of(column: &Column, server: Server) -> Kept {
    let is_text = matches!(column.kind, ColumnType::Text | ColumnType::Binary);
    match column.default {
        _ if column.db_default.is_some() => Kept::Nothing,
        Default::Nothing => Kept::Nothing,
        Default::Implied if is_text => Kept::Nothing,
        Default::GivenEmpty if is_text => Kept::Updated,
        _ if server.has_defaults_of(&column.kind) => Kept::Dropped,
        _ if server.has_expression_defaults() => Kept::Stays,
        _ => Kept::Updated,
    }
}

/// Whether Django makes an index for it: InnoDB makes that of a foreign key by itself.
fn has_index(column: &Column) -> bool {
    column.is_indexed && !column.is_unique && !column.has_constraint() && is_limited(column)
}

/// Whether an index can be on it: Django leaves those on texts without a length out.
fn is_limited(column: &Column) -> bool {
    !is_unlimited(&column.kind)
}

/// `_limited_data_types` of Django's backend, which says it the other way round.
fn is_unlimited(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Text | ColumnType::Binary | ColumnType::Json
    )
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
fn alter_column(alteration: &Alteration, server: Server) -> Vec<Step> {
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
    if from.is_positive && !to.is_positive && server.has_checks() {
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
        (Some(_), Some(_)) if from == to => this.push(Action::SetDefault),
        _ => {}
    }
    let needs_default = alteration.needs_default() && default_of(to, server) == Kept::Dropped;
    if needs_default {
        this.push(Action::SetDefault);
    }
    if alteration.fills_rows() {
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
    if to.is_positive && !from.is_positive && server.has_checks() {
        steps.push(Step::on_this([Action::AddCheck]));
    }
    if needs_default {
        steps.push(Step::on_this([Action::DropDefault]));
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
