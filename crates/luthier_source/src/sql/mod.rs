//! SQL that a project writes by hand: its statements, what they are about, and what squawk says of them.
//!
//! PostgreSQL's is read by squawk's parser, that of MySQL, MariaDB and SQLite by `sqlparser`. Both stay
//! behind the types of this module. A text of which a part is not understood is not understood at all: one
//! statement that is taken for two would say what was never written.

mod general;
mod postgresql;
mod squawk;

#[cfg(test)]
mod tests;

use crate::Span;

pub use squawk::{Violation, lint, lint_rules};

/// Whose SQL it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    PostgreSql,
    /// MariaDB, too.
    MySql,
    Sqlite,
}

/// A name as the server stores it, without the schema before it.
pub type Name = Box<str>;

/// One statement and where it stands in the text, blanks and comments around it left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub span: Span,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    CreateTable {
        table: Name,
        /// Tables that its foreign keys lead to.
        references: Vec<Name>,
    },
    DropTables(Vec<Name>),
    AlterTable {
        table: Name,
        actions: Vec<Alteration>,
    },
    CreateIndex {
        /// Where it says one.
        name: Option<Name>,
        table: Name,
        is_concurrent: bool,
    },
    DropIndexes {
        /// MySQL says of which table.
        table: Option<Name>,
        names: Vec<Name>,
        is_concurrent: bool,
    },
    Insert {
        table: Name,
    },
    Update {
        table: Name,
        is_filtered: bool,
    },
    Delete {
        table: Name,
        is_filtered: bool,
    },
    Truncate(Vec<Name>),
    Lock {
        tables: Vec<Name>,
        /// PostgreSQL's mode, as `SHARE ROW EXCLUSIVE`.
        mode: Option<Name>,
    },
    /// `VACUUM FULL`, `CLUSTER`, `REINDEX` without `CONCURRENTLY`: tables are written anew or closed.
    Rebuild {
        what: &'static str,
        table: Option<Name>,
    },
    DropDatabase,
    DropSchema,
    Begin,
    Commit,
    /// Sets a parameter of the session or the transaction.
    Set(Name),
    Select,
    CreateView(Name),
    /// Makes, changes or drops what is no table: a function, a type, a view, a trigger.
    Object,
    /// Anything else: it may do whatever it likes.
    Other,
}

/// One thing that an `ALTER TABLE` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    AddColumn(Box<NewColumn>),
    DropColumn(Name),
    RenameColumn {
        from: Name,
        to: Name,
    },
    RenameTable(Name),
    SetNotNull(Name),
    DropNotNull(Name),
    SetDefault,
    DropDefault(Name),
    SetType {
        column: Name,
        to: Type,
    },
    AddConstraint {
        /// Where it has one.
        name: Option<Name>,
        constraint: Constraint,
        is_not_valid: bool,
    },
    ValidateConstraint(Name),
    DropConstraint {
        name: Option<Name>,
        kind: Dropped,
    },
    AddIndex,
    DropIndex,
    /// `MODIFY` and `CHANGE` of MySQL.
    Modify {
        column: Name,
        /// The name that it has then.
        to: Name,
    },
    Other,
}

/// Which kind of constraint goes, where the statement says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    Any,
    ForeignKey,
    PrimaryKey,
}

/// A constraint of a table that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    Check {
        /// The column, where all that it says is that it is not NULL.
        not_null: Option<Name>,
    },
    NotNull,
    Unique,
    PrimaryKey,
    /// Of an index that is there already.
    UsingIndex,
    ForeignKey {
        to: Name,
    },
    Exclusion,
}

/// A column that comes to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "clauses of a column, each of its own"
)]
pub struct NewColumn {
    pub name: Name,
    /// `None` where it was not read.
    pub of_type: Option<Type>,
    pub is_not_null: bool,
    pub filling: Filling,
    pub is_primary_key: bool,
    pub is_unique: bool,
    pub is_checked: bool,
    pub references: Option<Name>,
}

impl NewColumn {
    /// One of which nothing is said but its name.
    fn bare(name: Name) -> Self {
        Self {
            name,
            of_type: None,
            is_not_null: false,
            filling: Filling::Null,
            is_primary_key: false,
            is_unique: false,
            is_checked: false,
            references: None,
        }
    }
}

/// What rows there are get in a new column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    Null,
    /// One value for all.
    Literal,
    /// What an expression gives; nothing is known of it.
    Expression,
    /// `GENERATED .. AS IDENTITY`, `AUTO_INCREMENT`.
    Identity,
    /// `serial` and its kin.
    Serial,
    Stored,
    Virtual,
}

/// A type as it is written: `numeric` with 10 and 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// In lower case.
    pub name: String,
    pub sizes: Vec<u32>,
}

impl Type {
    fn read(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        let (name, sizes) = text.split_once('(').unwrap_or((&text, ""));
        let sizes = sizes.trim_end_matches(')').split(',');
        Self {
            name: name.split_whitespace().collect::<Vec<_>>().join(" "),
            sizes: sizes.map_while(|size| size.trim().parse().ok()).collect(),
        }
    }

    /// Whether a column of this type counts up by itself.
    fn is_serial(&self) -> bool {
        matches!(
            &*self.name,
            "serial" | "bigserial" | "smallserial" | "serial4" | "serial8" | "serial2"
        )
    }
}

impl Kind {
    /// The tables whose definition or rows it changes, as they are called before it.
    pub fn tables(&self) -> &[Name] {
        match self {
            Self::CreateTable { table, .. }
            | Self::AlterTable { table, .. }
            | Self::CreateIndex { table, .. }
            | Self::Insert { table }
            | Self::Update { table, .. }
            | Self::Delete { table, .. } => std::slice::from_ref(table),
            Self::DropIndexes { table, .. } | Self::Rebuild { table, .. } => table.as_slice(),
            Self::DropTables(tables) | Self::Truncate(tables) | Self::Lock { tables, .. } => tables,
            Self::DropDatabase
            | Self::DropSchema
            | Self::Begin
            | Self::Commit
            | Self::Set(_)
            | Self::Select
            | Self::CreateView(_)
            | Self::Object
            | Self::Other => &[],
        }
    }

    /// Whether rows are written, whatever happens to the table.
    pub fn writes_rows(&self) -> bool {
        matches!(
            self,
            Self::Insert { .. } | Self::Update { .. } | Self::Delete { .. }
        )
    }
}

/// Texts above this many bytes are not looked into: dumps of data, and no statements of a migration.
const MAX_LENGTH: usize = 256 * 1024;

/// Brackets within brackets, and signs in one expression, beyond what anybody writes: squawk's trees take
/// time that grows with the square of both.
const MAX_DEPTH: u32 = 100;
const MAX_SIGNS: u32 = 1000;

/// The statements of a text; `None` where a part of it is not understood.
pub fn statements(text: &str, dialect: Dialect) -> Option<Vec<Statement>> {
    if !is_sane(text) {
        return None;
    }
    with_room(text, || match dialect {
        Dialect::PostgreSql => postgresql::statements(text),
        Dialect::MySql | Dialect::Sqlite => general::statements(text, dialect),
    })
}

/// Whether a text is as long and as deep as people write. What stands in quotes counts, too: a text that is
/// taken for too deep is left alone, and no more.
fn is_sane(text: &str) -> bool {
    let mut depth = 0_u32;
    let mut signs = 0_u32;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                let line = bytes[at..].iter().position(|byte| *byte == b'\n');
                at += line.unwrap_or(bytes.len() - at);
                continue;
            }
            b'(' | b'[' => {
                depth += 1;
                signs = 0;
            }
            b')' | b']' => {
                depth = depth.saturating_sub(1);
                signs = 0;
            }
            b',' | b';' => signs = 0,
            b'-' | b'+' | b'~' | b'.' | b'!' | b'@' | b'n' | b'N' => signs += 1,
            _ => {}
        }
        if depth > MAX_DEPTH || signs > MAX_SIGNS {
            return false;
        }
        at += 1;
    }
    text.len() <= MAX_LENGTH
}

/// Runs a parser on a stack that nesting as deep as the text is long has room on.
fn with_room<T>(text: &str, parse: impl FnOnce() -> T) -> T {
    const ROOM_OF_A_BYTE: usize = 2048;
    let room = text.len() * ROOM_OF_A_BYTE;
    stacker::maybe_grow(room + 128 * 1024, room + 1024 * 1024, parse)
}

/// A text for a call with parameters as one without them, letter for letter as long: `%s` is a value,
/// `%%` a percent sign.
pub fn without_placeholders(text: &str, dialect: Dialect) -> String {
    let value = match dialect {
        Dialect::PostgreSql => "$1",
        Dialect::MySql | Dialect::Sqlite => "1 ",
    };
    text.replace("%%", "% ").replace("%s", value)
}
