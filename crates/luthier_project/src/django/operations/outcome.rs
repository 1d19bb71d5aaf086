//! What a change means for rows and for code that knows the state before it.

use super::change::{Alteration, Change, Constraint};
use super::column::{Column, ColumnType, Default};
use super::conversion::convert;
use super::database::Engine;
use super::effect::{Condition, Loss, Outcome, Previous};
use crate::django::DjangoVersion;

/// All that is said of a change apart from its statements.
pub(super) struct Outcomes {
    pub(super) forwards: Option<Outcome>,
    pub(super) previous: Previous,
    pub(super) backwards: Option<Outcome>,
    pub(super) loses: Option<Loss>,
    pub(super) taking_back_loses: Option<Loss>,
}

impl Previous {
    fn all(outcome: &Outcome) -> Self {
        Self {
            select: Some(outcome.clone()),
            insert: Some(outcome.clone()),
            update: Some(outcome.clone()),
            delete: Some(outcome.clone()),
        }
    }

    /// Code that names a column which is not there.
    fn without_column() -> Self {
        Self {
            delete: Some(Outcome::Works),
            ..Self::all(&Outcome::Fails)
        }
    }

    fn writing(outcome: Option<Outcome>) -> Self {
        Self {
            insert: outcome.clone(),
            update: outcome,
            ..Self::all(&Outcome::Works)
        }
    }
}

impl Outcomes {
    const UNKNOWN: Self = Self {
        forwards: None,
        previous: Previous {
            select: None,
            insert: None,
            update: None,
            delete: None,
        },
        backwards: None,
        loses: None,
        taking_back_loses: None,
    };

    fn harmless() -> Self {
        Self {
            forwards: Some(Outcome::Works),
            previous: Previous::all(&Outcome::Works),
            backwards: Some(Outcome::Works),
            loses: Some(Loss::Never),
            taking_back_loses: Some(Loss::Never),
        }
    }
}

pub(super) fn outcomes(change: &Change, engine: Engine, django: DjangoVersion) -> Outcomes {
    match change {
        Change::CreateTable { .. } => Outcomes {
            taking_back_loses: Some(Loss::Certain),
            ..Outcomes::harmless()
        },
        Change::DropTable { .. } => Outcomes {
            previous: Previous::all(&Outcome::Fails),
            loses: Some(Loss::Certain),
            ..Outcomes::harmless()
        },
        Change::RenameTable | Change::RenameThrough => Outcomes {
            previous: Previous::all(&Outcome::Fails),
            ..Outcomes::harmless()
        },
        Change::AddColumn(column) => add_column(column, engine),
        Change::DropColumn(column) => drop_column(column, engine, django),
        Change::AlterColumn(alteration) => alter_column(alteration, engine),
        Change::AddConstraint {
            constraint,
            is_not_valid,
        } => add_constraint(*constraint, *is_not_valid, engine),
        Change::RemoveConstraint(constraint) => Outcomes {
            backwards: violated(*constraint, engine),
            ..Outcomes::harmless()
        },
        Change::ValidateConstraint => Outcomes {
            forwards: Some(Outcome::Depends(vec![Condition::Check])),
            ..Outcomes::harmless()
        },
        Change::Statement { .. } => Outcomes::UNKNOWN,
        Change::CommentTable
        | Change::AddIndex(_)
        | Change::RemoveIndex(_)
        | Change::RenameIndex
        | Change::CreateExtension
        | Change::CreateCollation
        | Change::RemoveCollation => Outcomes::harmless(),
    }
}

/// What rows that break a constraint do; nothing where the database has no such constraint.
fn violated(constraint: Constraint, engine: Engine) -> Option<Outcome> {
    let condition = match constraint {
        Constraint::Unique | Constraint::UniqueTogether => Condition::Duplicate,
        Constraint::Check => Condition::Check,
        _ if engine != Engine::PostgreSql => return other_constraint(constraint, engine),
        Constraint::Exclusion => Condition::Exclusion,
        _ => Condition::Duplicate,
    };
    Some(Outcome::Depends(vec![condition]))
}

/// Constraints that not every database has: without it, everything works.
fn other_constraint(constraint: Constraint, engine: Engine) -> Option<Outcome> {
    match constraint {
        // MySQL has it from some release on.
        Constraint::UniqueExpressions if engine == Engine::MySql => None,
        Constraint::UniqueExpressions | Constraint::UniqueWhere if engine == Engine::Sqlite => {
            Some(Outcome::Depends(vec![Condition::Duplicate]))
        }
        _ => Some(Outcome::Works),
    }
}

fn add_constraint(constraint: Constraint, is_not_valid: bool, engine: Engine) -> Outcomes {
    let violated = violated(constraint, engine);
    Outcomes {
        forwards: match is_not_valid {
            true => Some(Outcome::Works),
            false => violated.clone(),
        },
        previous: Previous::writing(violated),
        ..Outcomes::harmless()
    }
}

/// Whether a column can be added to a table with rows.
fn comes_to_rows(column: &Column, engine: Engine) -> Option<Outcome> {
    if column.is_unique && column.is_filled_alike() {
        return Some(Outcome::Fails);
    }
    if !column.fills_itself() && column.default == Default::Nothing {
        // MySQL and MariaDB put in 0 or an empty text, or refuse, as type and mode have it.
        return match engine {
            Engine::MySql | Engine::MariaDb => None,
            Engine::PostgreSql | Engine::Sqlite => Some(Outcome::Fails),
        };
    }
    Some(match column.has_constraint() && column.is_filled() {
        true => Outcome::Depends(vec![Condition::MissingReference]),
        false => Outcome::Works,
    })
}

fn add_column(column: &Column, engine: Engine) -> Outcomes {
    let insert = match column.fills_itself() {
        true if column.db_default.is_some() && column.has_constraint() => {
            Some(Outcome::Depends(vec![Condition::MissingReference]))
        }
        true => Some(Outcome::Works),
        // MySQL keeps some defaults: those of texts, from some release on.
        false if engine == Engine::MySql && column.default == Default::Given => {
            let has_literal_default = !matches!(
                column.kind,
                ColumnType::Text | ColumnType::Binary | ColumnType::Json
            );
            has_literal_default.then_some(Outcome::Fails)
        }
        // The default that fills the rows there are is dropped with the same operation.
        false => Some(Outcome::Fails),
    };
    Outcomes {
        forwards: comes_to_rows(column, engine),
        previous: Previous {
            insert,
            ..Previous::all(&Outcome::Works)
        },
        taking_back_loses: Some(match column.generated {
            Some(_) => Loss::Never,
            None => Loss::Certain,
        }),
        ..Outcomes::harmless()
    }
}

/// An UPDATE asks for the generated columns that it changes.
const UPDATE_READS_GENERATED: DjangoVersion = DjangoVersion::new(6, 0);

fn drop_column(column: &Column, engine: Engine, django: DjangoVersion) -> Outcomes {
    let update = match column.generated.is_some() && django < UPDATE_READS_GENERATED {
        true => Outcome::Works,
        false => Outcome::Fails,
    };
    Outcomes {
        previous: Previous {
            update: Some(update),
            ..Previous::without_column()
        },
        backwards: comes_to_rows(column, engine),
        loses: Some(match column.generated {
            Some(_) => Loss::Never,
            None => Loss::Certain,
        }),
        ..Outcomes::harmless()
    }
}

/// What an alteration may break on, one way or the other.
#[derive(Default)]
struct Conditions {
    /// Rows that there are.
    rows: Vec<Condition>,
    /// Values that code for the column as it was still writes.
    writes: Vec<Condition>,
}

fn alter_column(alteration: &Alteration, engine: Engine) -> Outcomes {
    if !alteration.differs {
        return Outcomes::harmless();
    }
    let Alteration { from, to, .. } = alteration;
    let forth = convert(&from.kind, &to.kind, engine);
    let back = convert(&to.kind, &from.kind, engine);
    let conditions = narrowed(alteration, from, to);
    let written = together(forth.writes.clone(), &conditions.writes);
    let previous = match from.name == to.name {
        false => Previous::without_column(),
        // A key that is not counted up any more has to be brought along.
        true if from.is_auto && !to.is_auto => Previous {
            insert: Some(Outcome::Fails),
            ..Previous::writing(written)
        },
        true => Previous::writing(written),
    };
    Outcomes {
        forwards: together(forth.rows, &conditions.rows),
        previous,
        backwards: together(back.rows, &narrowed(alteration, to, from).rows),
        loses: lost(forth.loses, from, to),
        taking_back_loses: lost(back.loses, to, from),
    }
}

/// What is lost of a column with one definition when it gets the other one: by the conversion, and
/// where NULL is replaced.
fn lost(conversion: Option<Loss>, from: &Column, to: &Column) -> Option<Loss> {
    let replaces_nulls = from.is_null && !to.is_null && to.replaces_nulls();
    match conversion {
        Some(Loss::Never) if replaces_nulls => Some(Loss::Of(vec![Condition::Null])),
        Some(Loss::Of(mut conditions)) if replaces_nulls => {
            conditions.push(Condition::Null);
            Some(Loss::Of(conditions))
        }
        loses => loses,
    }
}

/// What is allowed in one column and not in the other, types left aside.
fn narrowed(alteration: &Alteration, from: &Column, to: &Column) -> Conditions {
    let mut conditions = Conditions::default();
    let mut both = |condition| {
        conditions.rows.push(condition);
        conditions.writes.push(condition);
    };
    let folds_case = to.kind == ColumnType::Citext && from.kind != ColumnType::Citext;
    if to.is_unique && (!from.is_unique || folds_case) {
        both(Condition::Duplicate);
    }
    if to.is_positive && !from.is_positive {
        both(Condition::Check);
    }
    if to.has_constraint() && !from.has_constraint() {
        both(Condition::MissingReference);
    }
    if from.is_null && !to.is_null {
        let is_checked = alteration.is_checked_not_null && *from == alteration.from;
        if !is_checked {
            conditions.writes.push(Condition::Null);
            if !to.replaces_nulls() {
                conditions.rows.push(Condition::Null);
            }
        }
    }
    conditions
}

fn together(outcome: Option<Outcome>, conditions: &[Condition]) -> Option<Outcome> {
    match outcome? {
        Outcome::Fails => Some(Outcome::Fails),
        Outcome::Works if conditions.is_empty() => Some(Outcome::Works),
        Outcome::Works => Some(Outcome::Depends(conditions.to_vec())),
        Outcome::Depends(mut others) => {
            others.extend(conditions);
            others.sort_unstable();
            others.dedup();
            Some(Outcome::Depends(others))
        }
    }
}
