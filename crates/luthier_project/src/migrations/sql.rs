//! SQL that operations hand to the database as text: which statements it is, which tables they are about,
//! and what they do to them.
//!
//! Read when first asked for, and all at once: most projects have none.

use std::collections::BTreeSet;
use std::sync::Arc;

use luthier_source::python::between_quotes;
use luthier_source::sql::{self, Alteration, Constraint, Dialect, Dropped, Filling, Kind, Type};
use luthier_source::{Sources, Span};
use rustc_hash::FxHashMap;

use super::MigrationId;
use super::applied::{Applied, Reach};
use super::exact::Exact;
use super::operation::{Named, Operation};
use super::state::ModelState;
use super::value::Value;
use super::vendors::Vendors;
use crate::Project;
use crate::apps::Configured;
use crate::django::operations::{
    Action, Change, ColumnType, Digits, Effect, Engine, Lock, Role, effect, is_kept,
};
use crate::facts::{Expr, ExprRef};
use crate::flows::only_value;
use crate::modules::{Definition, FunctionRef, ModuleId, ValueRef};
use crate::place::Place;

/// Names lead to names; lists hold pairs.
const MAX_DEPTH: u32 = 8;

/// The SQL of one operation.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    /// In the order in which they are run, as far as that is seen.
    pub texts: Vec<SqlText>,
    /// Whether they are all that it hands to the database.
    pub is_whole: bool,
    /// The place of the operation among all.
    index: usize,
}

/// What is handed over at once.
#[derive(Clone, Debug)]
pub struct SqlText {
    /// The expression that makes it.
    pub place: ValueRef,
    pub text: Arc<str>,
    /// `None` where a part of it was not understood.
    pub statements: Option<Vec<sql::Statement>>,
    /// The function that hands it over, where that is code.
    pub function: Option<FunctionRef>,
}

impl Sql {
    /// Its statements, each with the text that it stands in; `None` where some are not known or not
    /// understood.
    pub fn statements(&self) -> Option<Vec<(&SqlText, &sql::Statement)>> {
        let mut all = Vec::new();
        for text in &self.texts {
            let statements = text.statements.as_ref()?.iter();
            all.extend(statements.map(|statement| (text, statement)));
        }
        self.is_whole.then_some(all)
    }
}

impl SqlText {
    /// Where a statement stands in the code: its first line where the text stands there as it is, else the
    /// expression that makes the text.
    pub fn place_of(
        &self,
        statement: &sql::Statement,
        project: &Project,
        sources: &Sources,
    ) -> Option<Place> {
        let file = project.modules.get(self.place.module).file?;
        let whole = project.modules.value(self.place).span();
        let literal = whole.text(&sources.file(file).text);
        let within = between_quotes(literal).filter(|(_, written)| {
            // Parameters leave lengths as they are.
            **written == *self.text
                || *sql::without_placeholders(written, project.dialect()) == *self.text
        });
        let Some((start, written)) = within else {
            return Some(Place::new(file, whole));
        };
        let first_line = statement.span.text(written).lines().next();
        let length = first_line.unwrap_or_default().trim_end().len() as u32;
        let start = whole.start + start + statement.span.start;
        Some(Place::new(file, Span::new(start, start + length)))
    }
}

/// What a statement does to a table.
#[derive(Clone, Debug)]
pub struct SqlEffect<'a> {
    pub statement: &'a sql::Statement,
    pub table: &'a str,
    pub effect: Effect,
}

/// All SQL of a project's migrations.
#[derive(Clone, Debug, Default)]
pub(super) struct Handwritten {
    /// By the place of its operation.
    by_step: FxHashMap<ValueRef, Sql>,
    tables: Tables,
}

/// Tables by the names that the database has for them, in lower case.
#[derive(Clone, Debug, Default)]
struct Tables {
    owners: FxHashMap<Box<str>, Vec<Owner>>,
    /// Those that a migration makes itself.
    made: BTreeSet<(MigrationId, Box<str>)>,
    /// The first operation of each migration.
    first: FxHashMap<MigrationId, usize>,
    /// Checks that SQL made, in order.
    checks: Vec<NotNullCheck>,
    /// Indexes that SQL made, in order.
    indexes: Vec<Made>,
}

/// An index and its table, by the operation that makes it.
#[derive(Clone, Debug)]
struct Made {
    since: usize,
    name: Box<str>,
    table: Box<str>,
}

/// `CHECK (column IS NOT NULL)`, by the operations that make it, find that it holds, and drop it.
#[derive(Clone, Debug)]
struct NotNullCheck {
    table: Box<str>,
    column: Box<str>,
    name: Option<Box<str>>,
    valid_since: Option<usize>,
    dropped: Option<usize>,
}

/// Whose a table is from an operation on.
#[derive(Clone, Debug)]
struct Owner {
    since: usize,
    /// `None` where it is nobody's any more.
    model: Option<Arc<ModelState>>,
}

impl Project {
    /// The SQL that an operation hands to the database by going forwards; `None` where it hands none over.
    pub fn sql(&self, applied: &Applied) -> Option<&Sql> {
        let is_of_kind = matches!(
            applied.operation(),
            Operation::RunSql { .. } | Operation::RunPython { .. }
        );
        let place = applied.step.place.filter(|_| is_of_kind)?;
        self.handwritten().by_step.get(&place)
    }

    /// The model that had a table before a migration, as the release before knows it; `None` where no model
    /// of the project's own apps had.
    pub fn table_before(&self, migration: MigrationId, table: &str) -> Option<&Arc<ModelState>> {
        let tables = &self.handwritten().tables;
        let first = *tables.first.get(&migration)?;
        let owners = tables.owners.get(&*table.to_lowercase())?;
        let before = owners.iter().rev().find(|owner| owner.since < first);
        before?.model.as_ref()
    }

    /// Whether a migration makes a table itself, by operations or by SQL.
    pub fn makes_table(&self, migration: MigrationId, table: &str) -> bool {
        let made = &self.handwritten().tables.made;
        made.contains(&(migration, table.to_lowercase().into()))
    }

    /// Whether a check of a table, which holds, says that a column is not NULL when an operation is run.
    pub fn is_checked_not_null(&self, applied: &Applied, table: &str, column: &str) -> bool {
        let Some(sql) = self.sql(applied) else {
            return false;
        };
        let holds = |check: &&NotNullCheck| {
            check.valid_since.is_some_and(|since| since <= sql.index)
                && check.dropped.is_none_or(|dropped| dropped >= sql.index)
        };
        let mut made = self.handwritten().tables.checks.iter().filter(holds);
        let by_sql = made.any(|check| {
            check.table.eq_ignore_ascii_case(table) && check.column.eq_ignore_ascii_case(column)
        });
        by_sql
            || self
                .table_before(applied.migration, table)
                .is_some_and(|model| {
                    let field = model.field_of_column(column);
                    field.is_some_and(|(name, _)| model.is_checked_not_null(name))
                })
    }

    /// The statements of all operations of a migration, as far as they are understood.
    pub fn statements_of(&self, migration: MigrationId) -> impl Iterator<Item = &sql::Statement> {
        let applied = self.migrations.applied_by(migration).iter();
        applied
            .filter_map(|applied| self.sql(applied))
            .flat_map(|sql| &sql.texts)
            .filter_map(|text| text.statements.as_ref())
            .flatten()
    }

    /// What the SQL of an operation does to tables that were there before its migration, statement by
    /// statement; what is not known of a statement is left out.
    pub fn sql_effects(&self, applied: &Applied) -> Vec<SqlEffect<'_>> {
        let Some(sql) = self.sql(applied) else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        let texts = sql.texts.iter().filter_map(|text| text.statements.as_ref());
        for statement in texts.flatten() {
            for table in self.tables_of(&statement.kind, sql.index) {
                if self.makes_table(applied.migration, table) {
                    continue;
                }
                let model = self.table_before(applied.migration, table);
                let around = Around {
                    model: model.map(|model| &**model),
                    is_checked: &|column| self.is_checked_not_null(applied, table, column),
                };
                if let Some(change) = change(&statement.kind, &around) {
                    effects.push(SqlEffect {
                        statement,
                        table,
                        effect: effect(&change, self.server(), self.django.version),
                    });
                }
            }
        }
        effects
    }

    /// The tables that a statement of an operation is about: those that it names, or whose index it drops.
    pub fn sql_tables<'a>(
        &'a self,
        applied: &Applied,
        statement: &'a sql::Statement,
    ) -> Vec<&'a str> {
        let sql = self.sql(applied);
        sql.map_or_else(Vec::new, |sql| self.tables_of(&statement.kind, sql.index))
    }

    fn tables_of<'a>(&'a self, kind: &'a Kind, index: usize) -> Vec<&'a str> {
        let named: Vec<&str> = kind.tables().iter().map(|table| &**table).collect();
        match kind {
            Kind::DropIndexes {
                table: None, names, ..
            } => {
                let tables = &self.handwritten().tables;
                let mut found: Vec<&str> = names
                    .iter()
                    .filter_map(|name| tables.of_index(name, index))
                    .collect();
                found.dedup();
                found
            }
            _ => named,
        }
    }

    fn handwritten(&self) -> &Handwritten {
        let read = || Handwritten::read(self);
        self.migrations.handwritten.get_or_init(read)
    }

    /// Whose SQL the project's server understands.
    pub fn dialect(&self) -> Dialect {
        match self.server().engine {
            Engine::PostgreSql => Dialect::PostgreSql,
            Engine::MySql | Engine::MariaDb => Dialect::MySql,
            Engine::Sqlite => Dialect::Sqlite,
        }
    }
}

impl Handwritten {
    fn read(project: &Project) -> Self {
        let configured = Configured::of(&project.settings, &project.django);
        let reader = Reader {
            exact: Exact {
                modules: &project.modules,
                settings: &configured,
            },
            dialect: project.dialect(),
            vendor: vendor(project),
        };
        let mut read = Self::default();
        for (index, applied) in project.migrations.applied().iter().enumerate() {
            let Some(place) = applied.step.place else {
                continue;
            };
            let sql = match applied.operation() {
                Operation::RunSql { sql: Some(sql), .. } => Some(reader.operation(*sql)),
                Operation::RunPython { .. } => script(project, &reader, applied),
                _ => None,
            };
            if let Some(sql) = sql {
                read.by_step.insert(place, Sql { index, ..sql });
            }
        }
        if !read.by_step.is_empty() {
            read.tables = Tables::of(project.migrations.applied(), &read.by_step);
        }
        read
    }
}

/// `connection.vendor` of the server that a project is run on.
fn vendor(project: &Project) -> &'static str {
    match project.server().engine {
        Engine::PostgreSql => "postgresql",
        Engine::MySql | Engine::MariaDb => "mysql",
        Engine::Sqlite => "sqlite",
    }
}

/// What the functions of a `RunPython` hand over.
fn script(project: &Project, reader: &Reader<'_>, applied: &Applied) -> Option<Sql> {
    let script = project.script(applied)?;
    let executed = project.executed(&script);
    let mut executed = executed
        .iter()
        .filter(|call| call.vendors.has(reader.vendor))
        .peekable();
    executed.peek()?;
    let mut sql = Sql::default();
    for call in executed {
        let module = call.function.module;
        let text = reader.text(module, call.text, MAX_DEPTH);
        sql.texts.extend(text.map(|(place, text)| SqlText {
            function: Some(call.function),
            ..reader.read(place, &text, call.has_parameters)
        }));
    }
    Some(sql)
}

/// Reads texts.
struct Reader<'a> {
    exact: Exact<'a>,
    dialect: Dialect,
    /// `connection.vendor` of the project's server.
    vendor: &'static str,
}

impl<'a> Reader<'a> {
    /// What `RunSQL` is given: a text, or a list of texts and of pairs of a text and its parameters.
    fn operation(&self, given: ValueRef) -> Sql {
        let mut sql = Sql {
            is_whole: true,
            ..Sql::default()
        };
        let (module, given) = self.meant(given.module, self.exact.modules.value(given), MAX_DEPTH);
        match given.elements() {
            Some(elements) => {
                for element in elements {
                    let (module, element) = self.meant(module, element, MAX_DEPTH);
                    let mut parts = element.elements();
                    let (text, parameters) = match &mut parts {
                        Some(parts) => (parts.next(), parts.next()),
                        None => (Some(element), None),
                    };
                    let has_parameters = parameters.is_some_and(|given| !given.is_none());
                    self.push(module, text, has_parameters, &mut sql);
                }
            }
            None => self.push(module, Some(given), false, &mut sql),
        }
        sql
    }

    fn push(
        &self,
        module: ModuleId,
        text: Option<ExprRef<'a>>,
        has_parameters: bool,
        into: &mut Sql,
    ) {
        let Some(text) = text else {
            into.is_whole = false;
            return;
        };
        if text.last_name() == Some("noop") {
            return;
        }
        match self.text(module, text, MAX_DEPTH) {
            Some((place, text)) => into.texts.push(self.read(place, &text, has_parameters)),
            None => into.is_whole = false,
        }
    }

    fn read(&self, place: ValueRef, text: &Arc<str>, has_parameters: bool) -> SqlText {
        let text = match has_parameters {
            true => sql::without_placeholders(text, self.dialect).into(),
            false => Arc::clone(text),
        };
        SqlText {
            place,
            statements: sql::statements(&text, self.dialect),
            text,
            function: None,
        }
    }

    /// What a name stands for; anything else as it is.
    fn meant(&self, module: ModuleId, expr: ExprRef<'a>, depth: u32) -> (ModuleId, ExprRef<'a>) {
        let Some(depth) = depth.checked_sub(1) else {
            return (module, expr);
        };
        if let Some(local) = expr.as_name().and_then(|name| only_value(expr.body, name)) {
            return self.meant(module, local, depth);
        }
        match self.exact.modules.resolve_expr(module, expr) {
            Definition::Value(value) => {
                self.meant(value.module, self.exact.modules.value(value), depth)
            }
            _ => (module, expr),
        }
    }

    /// An exact text and the expression that makes it.
    fn text(
        &self,
        module: ModuleId,
        expr: ExprRef<'a>,
        depth: u32,
    ) -> Option<(ValueRef, Arc<str>)> {
        let (module, meant) = self.meant(module, expr, depth);
        if let Expr::Conditional { test, body, orelse } = meant.kind() {
            // `"TRUNCATE ..." if connection.vendor == "postgresql" else "DELETE ..."`
            let (holds, other) = Vendors::ALL.under(meant.at(test));
            let chosen = match (holds.has(self.vendor), other.has(self.vendor)) {
                (true, false) => body,
                (false, true) => orelse,
                _ => return None,
            };
            return self.text(module, meant.at(chosen), depth.checked_sub(1)?);
        }
        let place = ValueRef::of(module, meant);
        match self.exact.value(module, meant) {
            Value::Str(text) => Some((place, text)),
            _ => None,
        }
    }
}

impl Tables {
    fn of(applied: &[Applied], by_step: &FxHashMap<ValueRef, Sql>) -> Self {
        let mut tables = Self::default();
        let name = |model: &Arc<ModelState>| -> Box<str> { model.table().to_lowercase().into() };
        for (index, applied) in applied.iter().enumerate() {
            tables.first.entry(applied.migration).or_insert(index);
            let sql = applied.step.place.and_then(|place| by_step.get(&place));
            for text in sql.iter().flat_map(|sql| &sql.texts) {
                for statement in text.statements.iter().flatten() {
                    match &statement.kind {
                        Kind::CreateTable { table, .. } => {
                            let table = table.to_lowercase().into();
                            tables.made.insert((applied.migration, table));
                        }
                        Kind::CreateIndex {
                            name: Some(name),
                            table,
                            ..
                        } => tables.indexes.push(Made {
                            since: index,
                            name: name.clone(),
                            table: table.clone(),
                        }),
                        Kind::AlterTable { table, actions } => {
                            for action in actions {
                                note_check(&mut tables.checks, table, action, index);
                            }
                        }
                        _ => {}
                    }
                }
            }
            let before = applied.before.as_ref().map(name);
            let after = applied.after.as_ref().map(name);
            if applied.reach != Reach::State {
                let is_new = applied.before.is_none();
                let made = after.iter().filter(|_| is_new).cloned();
                let made = made.chain(between(applied));
                tables
                    .made
                    .extend(made.map(|table| (applied.migration, table)));
            }
            if applied.reach == Reach::Database {
                continue;
            }
            if let Some(before) = before.filter(|before| Some(before) != after.as_ref()) {
                let gone = Owner {
                    since: index,
                    model: None,
                };
                tables.owners.entry(before).or_default().push(gone);
            }
            if let Some(after) = after {
                let owner = Owner {
                    since: index,
                    model: applied.after.clone(),
                };
                tables.owners.entry(after).or_default().push(owner);
            }
        }
        tables
    }

    /// The table of an index that an operation finds: of a model that says so, or one that SQL made.
    fn of_index(&self, name: &str, index: usize) -> Option<&str> {
        let is_it = |named: &Named| {
            let own = named.name.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let has_it = |model: &ModelState| {
            model.indexes.iter().any(is_it) || model.constraints.iter().any(is_it)
        };
        let mut owned = self.owners.iter().filter(|(_, owners)| {
            let before = owners.iter().rev().find(|owner| owner.since < index);
            let model = before.and_then(|owner| owner.model.as_deref());
            model.is_some_and(has_it)
        });
        let by_sql = || {
            let mut made = self.indexes.iter().rev();
            let made = made.find(|it| it.since <= index && it.name.eq_ignore_ascii_case(name));
            made.map(|it| &*it.table)
        };
        // A name that several models give to an index tells nothing.
        match (owned.next(), owned.next()) {
            (Some((table, _)), None) => Some(table),
            (None, _) => by_sql(),
            _ => None,
        }
    }
}

/// Notes what a part of a statement does to checks that a column is not NULL.
fn note_check(checks: &mut Vec<NotNullCheck>, table: &str, action: &Alteration, index: usize) {
    match action {
        Alteration::AddConstraint {
            name,
            constraint: Constraint::Check {
                not_null: Some(column),
            },
            is_not_valid,
        } => checks.push(NotNullCheck {
            table: table.into(),
            column: column.clone(),
            name: name.clone(),
            valid_since: (!is_not_valid).then_some(index),
            dropped: None,
        }),
        Alteration::ValidateConstraint(name) => {
            for check in checks.iter_mut() {
                if *check.table == *table && check.name.as_ref() == Some(name) {
                    check.valid_since = Some(index);
                }
            }
        }
        Alteration::DropConstraint {
            name: Some(name), ..
        } => {
            for check in checks.iter_mut() {
                if *check.table == *table && check.name.as_ref() == Some(name) {
                    check.dropped = Some(index);
                }
            }
        }
        _ => {}
    }
}

/// The tables that Django makes for the many-to-many relations that an operation adds.
fn between(applied: &Applied) -> Vec<Box<str>> {
    let Some(model) = &applied.after else {
        return Vec::new();
    };
    let is_new = |name: &str| match applied.operation() {
        Operation::CreateModel { .. } => true,
        Operation::AddField { name: added, .. } => **added == *name,
        _ => false,
    };
    let relations = model.fields.iter();
    relations
        .filter(|(name, field)| field.is_many_to_many() && field.through.is_none() && is_new(name))
        .map(|(name, field)| {
            let given = field
                .field
                .as_deref()
                .and_then(|field| field.argument("db_table"));
            let table = given.and_then(|table| table.as_str()).map(str::to_owned);
            let table = table.unwrap_or_else(|| format!("{}_{name}", model.table()));
            table.to_lowercase().into()
        })
        .collect()
}

/// What is known of the table that a statement is about.
struct Around<'a> {
    /// The one that had the table.
    model: Option<&'a ModelState>,
    /// Whether a check says that a column is not NULL.
    is_checked: &'a dyn Fn(&str) -> bool,
}

/// What a statement comes to; `None` where that is not known.
fn change(kind: &Kind, around: &Around<'_>) -> Option<Change> {
    let actions = match kind {
        Kind::AlterTable { actions, .. } => {
            let each = actions.iter().map(|action| alteration(action, around));
            each.collect::<Option<Vec<_>>>()?.concat()
        }
        Kind::CreateIndex { is_concurrent, .. } => vec![match is_concurrent {
            true => Action::CreateIndexConcurrently,
            false => Action::CreateIndex,
        }],
        Kind::DropIndexes { is_concurrent, .. } => vec![match is_concurrent {
            true => Action::DropIndexConcurrently,
            false => Action::DropIndex,
        }],
        Kind::DropTables(_) => vec![Action::DropTable],
        Kind::Update { .. } | Kind::Delete { .. } => vec![Action::UpdateRows],
        Kind::Insert { .. } => vec![Action::InsertRows],
        Kind::Truncate(_) => vec![Action::TruncateRows],
        Kind::Lock { mode, .. } => vec![Action::LockTable(Lock::of_name(mode.as_deref()?)?)],
        _ => return None,
    };
    let has_foreign_key = actions.iter().any(|action| {
        matches!(
            action,
            Action::AddForeignKey
                | Action::AddForeignKeyNotValid
                | Action::AddColumnForeignKey
                | Action::AddColumnForeignKeyFilled
        )
    });
    Some(Change::Statement {
        actions,
        with: has_foreign_key
            .then_some(Role::Referenced)
            .into_iter()
            .collect(),
    })
}

fn alteration(alteration: &Alteration, around: &Around<'_>) -> Option<Vec<Action>> {
    Some(vec![match alteration {
        Alteration::AddColumn(column) => {
            let is_filled = column.filling != Filling::Null;
            let mut actions = vec![match column.filling {
                Filling::Null => Action::AddColumn,
                Filling::Literal => Action::AddColumnFilled,
                Filling::Expression => Action::AddColumnFilledSomehow,
                Filling::Identity => Action::AddColumnIdentity,
                Filling::Serial => Action::AddColumnSerial,
                Filling::Stored => Action::AddColumnStored,
                Filling::Virtual => Action::AddColumnVirtual,
            }];
            let parts = [
                (column.is_primary_key, Action::AddColumnPrimaryKey),
                (column.is_unique, Action::AddColumnUnique),
                (column.is_checked, Action::AddColumnCheck),
                (
                    column.references.is_some(),
                    match is_filled {
                        true => Action::AddColumnForeignKeyFilled,
                        false => Action::AddColumnForeignKey,
                    },
                ),
            ];
            let parts = parts.into_iter().filter(|(is_there, _)| *is_there);
            actions.extend(parts.map(|(_, action)| action));
            return Some(actions);
        }
        Alteration::DropColumn(_) => Action::DropColumn,
        Alteration::RenameColumn { .. } => Action::RenameColumn,
        Alteration::RenameTable(_) => Action::RenameTable,
        Alteration::SetNotNull(column) => match (around.is_checked)(column) {
            true => Action::SetNotNullChecked,
            false => Action::SetNotNull,
        },
        Alteration::DropNotNull(_) => Action::DropNotNull,
        Alteration::SetDefault => Action::SetDefault,
        Alteration::DropDefault(_) => Action::DropDefault,
        Alteration::SetType { column, to } => {
            match around
                .model
                .and_then(|model| model.keeps_values(column, to))
            {
                Some(true) => Action::AlterTypeKept,
                Some(false) => Action::AlterTypeConverted,
                None => Action::AlterTypeSomehow,
            }
        }
        Alteration::AddConstraint {
            constraint,
            is_not_valid,
            ..
        } => match (constraint, is_not_valid) {
            (Constraint::Check { .. }, false) => Action::AddCheck,
            (Constraint::Check { .. }, true) => Action::AddCheckNotValid,
            (Constraint::NotNull, false) => Action::SetNotNull,
            (Constraint::NotNull, true) => Action::AddNotNullNotValid,
            (Constraint::ForeignKey { .. }, false) => Action::AddForeignKey,
            (Constraint::ForeignKey { .. }, true) => Action::AddForeignKeyNotValid,
            (Constraint::Unique, _) => Action::AddUnique,
            (Constraint::PrimaryKey, _) => Action::AddPrimaryKey,
            (Constraint::UsingIndex, _) => Action::AddUniqueUsingIndex,
            (Constraint::Exclusion, _) => Action::AddExclusion,
        },
        Alteration::ValidateConstraint(_) => Action::ValidateConstraint,
        Alteration::DropConstraint {
            kind: Dropped::ForeignKey,
            ..
        } => Action::DropForeignKey,
        Alteration::DropConstraint { .. } => Action::DropConstraint,
        Alteration::AddIndex => Action::CreateIndex,
        Alteration::DropIndex => Action::DropIndex,
        Alteration::Modify { .. } => Action::ModifySomehow,
        Alteration::Other => return None,
    }])
}

impl ModelState {
    /// Whether PostgreSQL leaves the values of a column as they are under another type.
    pub fn keeps_values(&self, column: &str, to: &Type) -> Option<bool> {
        let (_, field) = self.field_of_column(column)?;
        is_kept(&field.column_type()?, &column_type(to))
    }
}

/// A type as PostgreSQL calls it.
fn column_type(written: &Type) -> ColumnType {
    match (&*written.name, &written.sizes[..]) {
        ("boolean" | "bool", _) => ColumnType::Boolean,
        ("smallint" | "int2", _) => ColumnType::SmallInteger,
        ("integer" | "int" | "int4", _) => ColumnType::Integer,
        ("bigint" | "int8", _) => ColumnType::BigInteger,
        ("double precision" | "float8", _) => ColumnType::Float,
        ("numeric" | "decimal", []) => ColumnType::Decimal(None),
        ("numeric" | "decimal", [all]) => ColumnType::Decimal(Some(Digits {
            all: *all,
            places: 0,
        })),
        ("numeric" | "decimal", [all, places]) => ColumnType::Decimal(Some(Digits {
            all: *all,
            places: *places,
        })),
        ("varchar" | "character varying", sizes) => ColumnType::Varchar(sizes.first().copied()),
        ("text", _) => ColumnType::Text,
        ("citext", _) => ColumnType::Citext,
        ("bytea", _) => ColumnType::Binary,
        ("date", _) => ColumnType::Date,
        ("timestamp with time zone" | "timestamptz", []) => ColumnType::DateTime,
        ("interval", []) => ColumnType::Duration,
        ("uuid", _) => ColumnType::Uuid,
        ("inet", _) => ColumnType::Address,
        ("jsonb", _) => ColumnType::Json,
        (name, _) => ColumnType::Named(name.into()),
    }
}
