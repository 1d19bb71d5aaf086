//! What comes of a change: the answer of [`super::effect`]. What is not known is `None`.

use super::action::{Action, Role};

/// What others have to wait for. PostgreSQL's modes are those of its manual, section 13.3.1
/// "Table-Level Locks", weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lock {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
    /// MySQL and MariaDB: `LOCK=NONE`. Others wait for the metadata lock at both ends only, which in
    /// turn waits for open transactions.
    Metadata,
    /// MySQL and MariaDB: `LOCK=SHARED`. Rows can be read, not written.
    MetadataShared,
    /// SQLite: one writer at a time, in the whole database.
    Database,
}

impl Lock {
    /// Whether others can read the table meanwhile.
    pub fn blocks_reads(self) -> bool {
        self == Self::AccessExclusive
    }

    /// Whether others can write rows meanwhile.
    pub fn blocks_writes(self) -> bool {
        matches!(
            self,
            Self::Share
                | Self::ShareRowExclusive
                | Self::Exclusive
                | Self::AccessExclusive
                | Self::MetadataShared
                | Self::Database
        )
    }

    /// One of PostgreSQL's by its name.
    pub fn of_name(name: &str) -> Option<Self> {
        const MODES: [Lock; 8] = [
            Lock::AccessShare,
            Lock::RowShare,
            Lock::RowExclusive,
            Lock::ShareUpdateExclusive,
            Lock::Share,
            Lock::ShareRowExclusive,
            Lock::Exclusive,
            Lock::AccessExclusive,
        ];
        MODES.into_iter().find(|mode| mode.name() == name)
    }

    /// As the database's manual writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
            Self::Metadata => "LOCK=NONE",
            Self::MetadataShared => "LOCK=SHARED",
            Self::Database => "RESERVED",
        }
    }
}

/// What happens to one table, while it is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Touch {
    /// The strongest; `Some(None)` is none at all.
    pub lock: Option<Option<Lock>>,
    /// All rows are written to a new table, with all indexes.
    pub rewrite: Option<bool>,
    /// All rows are read.
    pub scan: Option<bool>,
    /// An index is built, other than those of a rewrite.
    pub index: Option<bool>,
    /// Rows are updated, and stay locked until the transaction ends.
    pub update: Option<bool>,
}

impl Touch {
    pub const NOTHING: Self = Self {
        lock: Some(None),
        rewrite: Some(false),
        scan: Some(false),
        index: Some(false),
        update: Some(false),
    };

    pub(super) const UNKNOWN: Self = Self {
        lock: None,
        rewrite: None,
        scan: None,
        index: None,
        update: None,
    };

    pub(super) const fn locked(lock: Lock) -> Self {
        Self {
            lock: Some(Some(lock)),
            ..Self::NOTHING
        }
    }

    pub(super) const fn scanned(self) -> Self {
        Self {
            scan: Some(true),
            ..self
        }
    }

    pub(super) const fn indexed(self) -> Self {
        Self {
            scan: Some(true),
            index: Some(true),
            ..self
        }
    }

    /// A rewrite reads all rows and builds all indexes.
    pub(super) const fn rewritten(self) -> Self {
        Self {
            rewrite: Some(true),
            scan: Some(true),
            index: Some(true),
            ..self
        }
    }

    pub(super) const fn updated(self) -> Self {
        Self {
            scan: Some(true),
            update: Some(true),
            ..self
        }
    }

    /// Whether something takes the longer, the more rows there are.
    pub fn grows_with_rows(&self) -> Option<bool> {
        let parts = [self.rewrite, self.scan, self.index, self.update];
        parts.into_iter().reduce(either).flatten()
    }

    /// Both happen, one after the other.
    pub fn and(self, other: Self) -> Self {
        Self {
            lock: self.lock.zip(other.lock).map(|(one, two)| one.max(two)),
            rewrite: either(self.rewrite, other.rewrite),
            scan: either(self.scan, other.scan),
            index: either(self.index, other.index),
            update: either(self.update, other.update),
        }
    }

    /// One of both happens.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            lock: agreed(self.lock, other.lock),
            rewrite: agreed(self.rewrite, other.rewrite),
            scan: agreed(self.scan, other.scan),
            index: agreed(self.index, other.index),
            update: agreed(self.update, other.update),
        }
    }
}

/// What one statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub actions: Vec<Action>,
    pub on: Role,
    /// Tables at the other end of foreign keys.
    pub with: Vec<Role>,
    pub touch: Touch,
    /// What happens to each of `with`.
    pub touch_with: Touch,
    /// Where this is written, one for each action.
    pub sources: Vec<&'static str>,
}

/// How an operation goes together with transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transaction {
    /// All or nothing, with whatever else is in the migration.
    Inside,
    /// Not allowed within one.
    Outside,
    /// Each statement commits what was before it and itself.
    CommitsItself,
}

/// Whether something works on rows that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Works,
    /// Not where such a value is.
    Depends(Vec<Condition>),
    Fails,
}

/// The values that something fails on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    Null,
    Duplicate,
    TooLong,
    OutOfRange,
    /// More places after the point than are kept, or a time of day.
    Fraction,
    /// Not written as the new type is.
    Malformed,
    /// A check constraint says no.
    Check,
    Exclusion,
    /// The row that is referred to is not there.
    MissingReference,
}

/// What the previous release can still do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    pub select: Option<Outcome>,
    pub insert: Option<Outcome>,
    pub update: Option<Outcome>,
    pub delete: Option<Outcome>,
}

/// Whether data is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    Never,
    /// Parts of such values.
    Of(Vec<Condition>),
    Certain,
}

/// What a change does to a database that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// In order; empty where the database does not see the change.
    pub statements: Vec<Statement>,
    pub transaction: Option<Transaction>,
    /// Whether it works with rows in the table.
    pub forwards: Option<Outcome>,
    pub previous: Previous,
    /// Whether it can be taken back with rows in the table; `None` also where it was not worked out.
    pub backwards: Option<Outcome>,
    /// What is lost by doing it, even if it is taken back.
    pub loses: Option<Loss>,
    /// What is lost by taking it back: of what was written since.
    pub taking_back_loses: Option<Loss>,
}

impl Effect {
    /// What happens to a table: the sum of all statements.
    pub fn on(&self, role: Role) -> Touch {
        sum(&self.statements, role)
    }

    /// What both agree on.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            statements: alternatives(self.statements, other.statements),
            transaction: agreed(self.transaction, other.transaction),
            forwards: agreed(self.forwards, other.forwards),
            previous: Previous {
                select: agreed(self.previous.select, other.previous.select),
                insert: agreed(self.previous.insert, other.previous.insert),
                update: agreed(self.previous.update, other.previous.update),
                delete: agreed(self.previous.delete, other.previous.delete),
            },
            backwards: agreed(self.backwards, other.backwards),
            loses: agreed(self.loses, other.loses),
            taking_back_loses: agreed(self.taking_back_loses, other.taking_back_loses),
        }
    }
}

fn sum(statements: &[Statement], role: Role) -> Touch {
    let mut sum = Touch::NOTHING;
    for statement in statements {
        if statement.on == role {
            sum = sum.and(statement.touch);
        }
        if statement.with.contains(&role) {
            sum = sum.and(statement.touch_with);
        }
    }
    sum
}

/// Statement by statement where they are alike, else one with the sum for each table.
fn alternatives(one: Vec<Statement>, two: Vec<Statement>) -> Vec<Statement> {
    let alike = |(one, two): (&Statement, &Statement)| one.on == two.on && one.with == two.with;
    if one.len() == two.len() && one.iter().zip(&two).all(alike) {
        let both = one.into_iter().zip(two);
        return both
            .map(|(one, two)| Statement {
                touch: one.touch.or(two.touch),
                touch_with: one.touch_with.or(two.touch_with),
                ..one
            })
            .collect();
    }
    let mut roles: Vec<Role> = Vec::new();
    for statement in one.iter().chain(&two) {
        roles.push(statement.on);
        roles.extend(&statement.with);
    }
    roles.sort_unstable();
    roles.dedup();
    let sums = roles.into_iter().map(|role| Statement {
        actions: Vec::new(),
        on: role,
        with: Vec::new(),
        touch: sum(&one, role).or(sum(&two, role)),
        touch_with: Touch::NOTHING,
        sources: Vec::new(),
    });
    let touches = |statement: &Statement| statement.touch != Touch::NOTHING;
    sums.filter(touches).collect()
}

/// True if one is, unknown if one might be.
fn either(one: Option<bool>, two: Option<bool>) -> Option<bool> {
    match (one, two) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn agreed<T: PartialEq>(one: Option<T>, two: Option<T>) -> Option<T> {
    one.filter(|one| two.as_ref() == Some(one))
}
