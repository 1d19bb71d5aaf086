//! `django/db/backends/postgresql/schema.py`, on top of `base/schema.py`.

use super::{drop_table, referenced, statement};
use crate::django::DjangoVersion;
use crate::django::operations::action::{Action, Role, Step};
use crate::django::operations::change::{Alteration, Change, Constraint};
use crate::django::operations::column::{Column, ColumnType, Default, Generated, Volatility};

/// Django counts up with identity columns instead of sequences.
const IDENTITY: DjangoVersion = DjangoVersion::new(4, 1);
/// A column that becomes the key is not made unique before.
const KEY_IS_UNIQUE: DjangoVersion = DjangoVersion::new(4, 1);
/// Foreign keys to a column are made anew when its collation changes.
const COLLATION_COUNTS: DjangoVersion = DjangoVersion::new(4, 1);
/// The index for `LIKE` is not only dropped but made anew when a text becomes another one.
const KEEPS_LIKE_INDEX: DjangoVersion = DjangoVersion::new(5, 2);
/// The check of a positive number is kept when its column is renamed.
const RENAME_KEEPS_CHECK: DjangoVersion = DjangoVersion::new(5, 0);

pub(super) fn steps(change: &Change, django: DjangoVersion) -> Vec<Step> {
    let this = |action| vec![Step::on_this([action])];
    match change {
        Change::CreateTable {
            columns,
            unique_together,
            indexes,
        } => create_table(columns, *unique_together, *indexes),
        Change::DropTable {
            has_foreign_keys,
            is_referenced,
        } => drop_table(*has_foreign_keys, *is_referenced),
        Change::Statement { actions, with } => statement(actions, with),
        Change::RenameTable | Change::RenameThrough => this(Action::RenameTable),
        Change::CommentTable => this(Action::CommentTable),
        Change::AddColumn(column) => add_column(column, django),
        Change::DropColumn(column) => drop_column(column),
        Change::AlterColumn(alteration) => Altering { alteration, django }.steps(),
        Change::AddIndex(index) => this(match index.is_concurrent {
            true => Action::CreateIndexConcurrently,
            false => Action::CreateIndex,
        }),
        Change::RemoveIndex(index) => this(match index.is_concurrent {
            true => Action::DropIndexConcurrently,
            false => Action::DropIndex,
        }),
        Change::RenameIndex => this(Action::RenameIndex),
        Change::AddConstraint {
            constraint,
            is_not_valid,
        } => this(match constraint {
            Constraint::Check if *is_not_valid => Action::AddCheckNotValid,
            Constraint::Check => Action::AddCheck,
            Constraint::Exclusion => Action::AddExclusion,
            _ if is_index(*constraint) => Action::CreateIndex,
            _ => Action::AddUnique,
        }),
        Change::ValidateConstraint => this(Action::ValidateConstraint),
        Change::RemoveConstraint(constraint) => this(match is_index(*constraint) {
            true => Action::DropIndex,
            false => Action::DropConstraint,
        }),
        Change::CreateExtension => this(Action::CreateExtension),
        Change::CreateCollation => this(Action::CreateCollation),
        Change::RemoveCollation => this(Action::DropCollation),
    }
}

/// Whether a constraint is kept as a unique index and no constraint of the table.
fn is_index(constraint: Constraint) -> bool {
    matches!(
        constraint,
        Constraint::UniqueWhere | Constraint::UniqueCovering | Constraint::UniqueExpressions
    )
}

fn create_table(columns: &[Column], unique_together: u32, indexes: u32) -> Vec<Step> {
    let per_column = |column: &Column| {
        let plain = column.is_indexed && !column.is_unique;
        u32::from(plain) + u32::from(column.has_like_index())
    };
    let mut steps = super::create_table(columns, unique_together, indexes, per_column);
    let comments = columns.iter().filter(|column| column.comment.is_some());
    let comments = comments.map(|_| Step::between(Action::CommentColumn, Role::Created, []));
    steps.splice(1..1, comments);
    steps
}

fn add_column(column: &Column, django: DjangoVersion) -> Vec<Step> {
    let filled = match (column.generated, column.db_default) {
        (Some(Generated::Stored), _) => Action::AddColumnStored,
        (Some(Generated::Virtual), _) => Action::AddColumnVirtual,
        _ if column.is_auto && django >= IDENTITY => Action::AddColumnIdentity,
        _ if column.is_auto => Action::AddColumnSerial,
        (None, Some(Volatility::Literal | Volatility::Once)) => Action::AddColumnFilled,
        (None, Some(Volatility::EachRow)) => Action::AddColumnEachRow,
        (None, Some(Volatility::Unknown)) => Action::AddColumnFilledSomehow,
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
        with = referenced(column);
        actions.push(match column.is_filled() {
            true => Action::AddColumnForeignKeyFilled,
            false => Action::AddColumnForeignKey,
        });
    }
    let mut steps = vec![Step {
        actions,
        on: Role::This,
        with,
    }];
    if column.db_default.is_none() && column.default != Default::Nothing {
        steps.push(Step::on_this([Action::DropDefault]));
    }
    if column.comment.is_some() {
        steps.push(Step::on_this([Action::CommentColumn]));
    }
    if column.is_indexed && !column.is_unique {
        steps.push(Step::on_this([Action::CreateIndex]));
    }
    if column.has_like_index() {
        steps.push(Step::on_this([Action::CreateIndex]));
    }
    steps
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
struct Altering<'c> {
    alteration: &'c Alteration,
    django: DjangoVersion,
}

impl Altering<'_> {
    fn steps(&self) -> Vec<Step> {
        if !self.alteration.differs {
            return Vec::new();
        }
        let mut steps = Vec::new();
        self.drop_what_stands_in_the_way(&mut steps);
        self.alter(&mut steps);
        self.make_what_is_new(&mut steps);
        steps
    }

    fn columns(&self) -> (&Column, &Column) {
        (&self.alteration.from, &self.alteration.to)
    }

    fn becomes_key(&self) -> bool {
        let (from, to) = self.columns();
        !from.is_primary_key && to.is_primary_key
    }

    fn changes_only_comment(&self) -> bool {
        let (from, to) = self.columns();
        from.comment != to.comment
            && *to
                == Column {
                    comment: to.comment.clone(),
                    ..from.clone()
                }
    }

    fn drops_foreign_key(&self) -> bool {
        self.alteration.from.has_constraint() && !self.changes_only_comment()
    }

    fn changes_check(&self) -> bool {
        let (from, to) = self.columns();
        from.is_positive != to.is_positive
            || (from.is_positive && from.name != to.name && self.django < RENAME_KEEPS_CHECK)
    }

    /// The type by its name: before identity columns, one that counts was another one.
    fn changes_type(&self) -> bool {
        let (from, to) = self.columns();
        from.kind != to.kind || (self.django < IDENTITY && from.is_auto != to.is_auto)
    }

    fn drops_foreign_keys_to_it(&self) -> bool {
        let (from, to) = self.columns();
        let is_target =
            (from.is_primary_key && to.is_primary_key) || (from.is_unique && to.is_unique);
        let changes_collation = from.collation != to.collation && self.django >= COLLATION_COUNTS;
        is_target && (self.changes_type() || changes_collation)
    }

    /// Whether the second index, for `LIKE`, does not go with the new type.
    fn changes_like_index(&self) -> bool {
        let (from, to) = self.columns();
        (from.is_indexed || from.is_unique)
            && (from.kind.has_like_index() || from.kind == ColumnType::Citext)
            && !from.kind.is_text_of_same_name(&to.kind)
    }

    fn drop_what_stands_in_the_way(&self, steps: &mut Vec<Step>) {
        let (from, to) = self.columns();
        if self.drops_foreign_key() {
            let with = referenced(from);
            steps.push(Step::between(Action::DropForeignKey, Role::This, with));
        }
        if from.is_unique && !from.is_primary_key && (!to.is_unique || self.becomes_key()) {
            steps.push(Step::on_this([Action::DropConstraint]));
        }
        if self.drops_foreign_keys_to_it() {
            for _ in 0..self.alteration.referenced_by {
                let key = Step::between(Action::DropForeignKey, Role::Referencing, [Role::This]);
                steps.push(key);
            }
        }
        if from.is_indexed && !from.is_unique && (!to.is_indexed || to.is_unique) {
            steps.push(Step::on_this([Action::DropIndex]));
            if from.has_like_index() {
                steps.push(Step::on_this([Action::DropIndex]));
            }
        }
        if from.is_positive && self.changes_check() {
            steps.push(Step::on_this([Action::DropConstraint]));
        }
        if from.name != to.name {
            steps.push(Step::on_this([Action::RenameColumn]));
        }
    }

    fn alter(&self, steps: &mut Vec<Step>) {
        let (from, to) = self.columns();
        let mut actions = Vec::new();
        let mut after = Vec::new();
        let changes_suffix = self.django >= IDENTITY && from.is_auto != to.is_auto;
        if self.changes_type()
            || changes_suffix
            || from.collation != to.collation
            || from.comment != to.comment
        {
            if self.changes_like_index() {
                let drop = match from.has_like_index() {
                    true => Action::DropIndex,
                    false => Action::DropMissingIndex,
                };
                steps.push(Step::on_this([drop]));
            }
            self.count(steps, &mut after);
            actions.push(self.alter_type());
            if from.comment != to.comment {
                after.push(Action::CommentColumn);
            }
        }
        match (from.db_default, to.db_default) {
            (Some(_), None) => actions.push(Action::DropDefault),
            // One that stays is set again where fields differ in something else only if it is
            // another one; volatility says too little of that.
            (None, Some(_)) => actions.push(Action::SetDefault),
            (Some(_), Some(_)) if self.changes_nothing_else() => actions.push(Action::SetDefault),
            _ => {}
        }
        if self.alteration.needs_default() {
            actions.push(Action::SetDefault);
        }
        let null = match (from.is_null, to.is_null) {
            (true, false) if self.alteration.is_checked_not_null => Some(Action::SetNotNullChecked),
            (true, false) => Some(Action::SetNotNull),
            (false, true) => Some(Action::DropNotNull),
            _ => None,
        };
        let fills_rows = self.alteration.fills_rows();
        if !fills_rows {
            actions.extend(null);
        }
        if !actions.is_empty() {
            steps.push(Step::on_this(actions));
        }
        if fills_rows {
            steps.push(Step::on_this([Action::UpdateRows]));
            steps.extend(null.map(|action| Step::on_this([action])));
        }
        steps.extend(after.into_iter().map(|action| Step::on_this([action])));
        if from.is_primary_key && !to.is_primary_key {
            steps.push(Step::on_this([Action::DropConstraint]));
        }
    }

    /// What makes the database count a column up, or no longer.
    fn count(&self, steps: &mut Vec<Step>, after: &mut Vec<Action>) {
        let (from, to) = self.columns();
        let with_identity = self.django >= IDENTITY;
        match (from.is_auto, to.is_auto) {
            (false, true) if with_identity => after.push(Action::AddIdentity),
            (true, false) if with_identity => steps.push(Step::on_this([Action::DropIdentity])),
            (true, true) if with_identity && from.kind != to.kind => {
                after.push(Action::AlterSequence);
            }
            (_, true) if !with_identity => after.extend([
                match from.is_auto {
                    true => Action::DropSequence,
                    false => Action::DropMissingSequence,
                },
                Action::CreateSequence,
                Action::SetDefault,
                Action::SetSequence,
                Action::OwnSequence,
            ]),
            (true, false) => after.push(Action::DropSequence),
            _ => {}
        }
    }

    fn make_what_is_new(&self, steps: &mut Vec<Step>) {
        let (from, to) = self.columns();
        let is_new = !from.is_unique || (from.is_primary_key && !to.is_primary_key);
        let is_key = to.is_primary_key && self.django >= KEY_IS_UNIQUE;
        if to.is_unique && is_new && !is_key {
            steps.push(Step::on_this([Action::AddUnique]));
        }
        if (!from.is_indexed || from.is_unique) && to.is_indexed && !to.is_unique {
            steps.push(Step::on_this([Action::CreateIndex]));
        }
        if self.becomes_key() {
            steps.push(Step::on_this([Action::AddPrimaryKey]));
        }
        let drops_foreign_keys = self.drops_foreign_keys_to_it();
        if drops_foreign_keys || self.becomes_key() {
            for _ in 0..self.alteration.referenced_by {
                let alter = self.alter_type();
                steps.push(Step::between(alter, Role::Referencing, []));
            }
        }
        if to.has_constraint() && (self.drops_foreign_key() || !from.has_constraint()) {
            let with = referenced(to);
            steps.push(Step::between(Action::AddForeignKey, Role::This, with));
        }
        if drops_foreign_keys {
            for _ in 0..self.alteration.referenced_by {
                let key = Step::between(Action::AddForeignKey, Role::Referencing, [Role::This]);
                steps.push(key);
            }
        }
        if to.is_positive && self.changes_check() {
            steps.push(Step::on_this([Action::AddCheck]));
        }
        if self.alteration.needs_default() {
            steps.push(Step::on_this([Action::DropDefault]));
        }
        self.make_like_index(steps);
    }

    fn make_like_index(&self, steps: &mut Vec<Step>) {
        let (from, to) = self.columns();
        let was_found = from.is_indexed || from.is_unique;
        let is_new = (!was_found && to.is_indexed) || (!from.is_unique && to.is_unique);
        let is_made_anew = self.django >= KEEPS_LIKE_INDEX && self.changes_like_index();
        if (is_new || is_made_anew) && to.has_like_index() {
            steps.push(Step::on_this([Action::CreateIndex]));
        }
        if from.is_unique && !to.is_indexed && !to.is_unique {
            steps.push(Step::on_this([match from.kind.has_like_index() {
                true => Action::DropIndex,
                false => Action::DropMissingIndex,
            }]));
        }
    }

    /// Whether two columns that Django takes for different look the same: their expressions differ.
    fn changes_nothing_else(&self) -> bool {
        self.alteration.from == self.alteration.to
    }

    /// "Changing Column Types" as PostgreSQL judges it: values stay as they are where the old type is
    /// binary coercible to the new one, and where a length only grows.
    fn alter_type(&self) -> Action {
        let (from, to) = self.columns();
        let kept = is_kept(&from.kind, &to.kind);
        let changes_order = from.collation != to.collation
            || (from.kind == ColumnType::Citext) != (to.kind == ColumnType::Citext);
        let has_index = from.is_indexed || from.is_unique;
        match kept {
            None => Action::AlterTypeSomehow,
            Some(false) => Action::AlterTypeConverted,
            Some(true) if has_index && changes_order => Action::AlterTypeKeptIndexed,
            Some(true) if self.alteration.is_in_check => Action::AlterTypeKeptChecked,
            Some(true) => Action::AlterTypeKept,
        }
    }
}

/// Whether PostgreSQL takes values of one type for values of the other one without a change.
pub fn is_kept(from: &ColumnType, to: &ColumnType) -> Option<bool> {
    use ColumnType as Type;
    Some(match (from, to) {
        (Type::Unknown | Type::Named(_), _) | (_, Type::Unknown | Type::Named(_)) => {
            return (from == to && *from != Type::Unknown).then_some(true);
        }
        (from, to) if from == to => true,
        (Type::Varchar(Some(from)), Type::Varchar(Some(to))) => from <= to,
        (Type::Varchar(_) | Type::Text | Type::Citext, Type::Varchar(None)) => true,
        (Type::Varchar(_) | Type::Text | Type::Citext, Type::Text | Type::Citext) => true,
        (Type::Decimal(Some(from)), Type::Decimal(Some(to))) => {
            from.places == to.places && from.all <= to.all
        }
        (Type::Decimal(_), Type::Decimal(None)) => true,
        _ => false,
    })
}
