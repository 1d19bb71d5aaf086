//! Statements of MySQL, MariaDB and SQLite out of `sqlparser`'s trees.

use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, ColumnOption, Expr, FromTable,
    GeneratedExpressionMode, ObjectName, ObjectType, RenameTableNameKind, Set, SetExpr,
    Statement as Parsed, TableConstraint, TableFactor, TableObject, TableWithJoins,
};
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::{Alteration, Constraint, Dialect, Dropped, Filling, Kind, Name, NewColumn, Statement};
use crate::Span;

pub(super) fn statements(text: &str, dialect: Dialect) -> Option<Vec<Statement>> {
    let grammar: &dyn Grammar = match dialect {
        Dialect::MySql => &MySqlDialect {},
        Dialect::Sqlite | Dialect::PostgreSql => &SQLiteDialect {},
    };
    let tokens = Tokenizer::new(grammar, text)
        .tokenize_with_location()
        .ok()?;
    let lines = Lines::of(text);
    let mut statements = Vec::new();
    for part in tokens.split(|token| token.token == Token::SemiColon) {
        let mut written = part.iter().filter(|token| !is_blank(token));
        let Some(first) = written.next() else {
            continue;
        };
        let last = written.next_back().unwrap_or(first);
        let span = Span::new(lines.offset(first.span.start), lines.offset(last.span.end));
        // Its values may be any words, which `sqlparser` does not know.
        if let [pragma, rest @ ..] = written_words(part).as_slice()
            && pragma.eq_ignore_ascii_case("pragma")
        {
            let parameter = rest.first().copied().unwrap_or_default();
            statements.push(Statement {
                span,
                kind: Kind::Set(parameter.to_ascii_lowercase().into()),
            });
            continue;
        }
        let mut parser = Parser::new(grammar).with_tokens_with_locations(part.to_vec());
        let parsed = parser.parse_statement().ok()?;
        // What is left over was not understood.
        if parser.peek_token().token != Token::EOF {
            return None;
        }
        let kind = kind(parsed).unwrap_or(Kind::Other);
        statements.push(Statement { span, kind });
    }
    Some(statements)
}

fn written_words(tokens: &[TokenWithSpan]) -> Vec<&str> {
    let words = tokens.iter().filter_map(|token| match &token.token {
        Token::Word(word) => Some(word.value.as_str()),
        _ => None,
    });
    words.collect()
}

fn is_blank(token: &TokenWithSpan) -> bool {
    match &token.token {
        // `/*! .. */` is code to MySQL.
        Token::Whitespace(Whitespace::MultiLineComment(text)) => !text.starts_with('!'),
        Token::Whitespace(_) | Token::EOF => true,
        _ => false,
    }
}

/// From lines and columns to offsets.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// Columns count letters, from 1.
    fn offset(&self, location: Location) -> u32 {
        let line = (location.line as usize).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let mut letters = self.text[start..].char_indices();
        let within = letters.nth((location.column as usize).saturating_sub(1));
        within.map_or(self.text.len(), |(at, _)| start + at) as u32
    }
}

fn name(name: &ObjectName) -> Option<Name> {
    Some(name.0.last()?.as_ident()?.value.as_str().into())
}

fn names<'n>(all: impl IntoIterator<Item = &'n ObjectName>) -> Option<Vec<Name>> {
    all.into_iter().map(name).collect()
}

/// The only table of a clause.
fn sole(tables: &[TableWithJoins]) -> Option<Name> {
    let [only] = tables else { return None };
    match &only.relation {
        TableFactor::Table { name: table, .. } if only.joins.is_empty() => name(table),
        _ => None,
    }
}

/// `None` where it is about something that is not told apart here.
fn kind(statement: Parsed) -> Option<Kind> {
    Some(match statement {
        Parsed::CreateTable(create) => Kind::CreateTable {
            table: name(&create.name)?,
            references: references(&create.columns, &create.constraints)?,
        },
        Parsed::AlterTable(alter) => {
            let mut actions = Vec::new();
            for operation in alter.operations {
                match operation {
                    // How it is done, not what.
                    AlterTableOperation::Algorithm { .. } | AlterTableOperation::Lock { .. } => {}
                    operation => alteration(operation, &mut actions),
                }
            }
            Kind::AlterTable {
                table: name(&alter.name)?,
                actions,
            }
        }
        Parsed::RenameTable(renames) => {
            let [rename] = &renames[..] else { return None };
            Kind::AlterTable {
                table: name(&rename.old_name)?,
                actions: vec![Alteration::RenameTable(name(&rename.new_name)?)],
            }
        }
        Parsed::CreateIndex(create) => Kind::CreateIndex {
            name: create.name.as_ref().and_then(name),
            table: name(&create.table_name)?,
            is_concurrent: false,
        },
        Parsed::Drop {
            object_type,
            names: dropped,
            table,
            ..
        } => match object_type {
            ObjectType::Table => Kind::DropTables(names(&dropped)?),
            ObjectType::Index => Kind::DropIndexes {
                table: table.as_ref().and_then(name),
                names: names(&dropped)?,
                is_concurrent: false,
            },
            ObjectType::Database | ObjectType::Schema => Kind::DropDatabase,
            _ => Kind::Object,
        },
        Parsed::Insert(insert) => match &insert.table {
            TableObject::TableName(table) => Kind::Insert {
                table: name(table)?,
            },
            _ => return None,
        },
        Parsed::Update(update) => Kind::Update {
            table: sole(&[update.table])?,
            is_filtered: update.selection.is_some()
                || update.from.is_some()
                || update.limit.is_some(),
        },
        Parsed::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            Kind::Delete {
                table: sole(from).filter(|_| delete.tables.is_empty())?,
                is_filtered: delete.selection.is_some()
                    || delete.using.is_some()
                    || delete.limit.is_some(),
            }
        }
        Parsed::Truncate(truncate) => {
            Kind::Truncate(names(truncate.table_names.iter().map(|it| &it.name))?)
        }
        Parsed::LockTables { tables } => Kind::Lock {
            tables: tables
                .iter()
                .map(|lock| lock.table.value.as_str().into())
                .collect(),
            mode: None,
        },
        Parsed::OptimizeTable { name: table, .. } => Kind::Rebuild {
            what: "OPTIMIZE TABLE",
            table: name(&table),
        },
        Parsed::CreateView(create) => Kind::CreateView(name(&create.name)?),
        Parsed::StartTransaction { .. } => Kind::Begin,
        Parsed::Commit { .. } | Parsed::Rollback { .. } => Kind::Commit,
        Parsed::Set(set) => match set {
            Set::SingleAssignment { variable, .. } => {
                Kind::Set(name(&variable)?.to_ascii_lowercase().into())
            }
            _ => Kind::Set("".into()),
        },
        Parsed::Query(query) => match *query.body {
            SetExpr::Select(select) if select.into.is_none() => Kind::Select,
            _ => return None,
        },
        Parsed::CreateTrigger(_)
        | Parsed::DropTrigger(_)
        | Parsed::CreateVirtualTable { .. }
        | Parsed::CreateFunction(_)
        | Parsed::CreateProcedure { .. }
        | Parsed::DropFunction(_)
        | Parsed::DropProcedure { .. }
        | Parsed::Analyze(_) => Kind::Object,
        _ => return None,
    })
}

fn references(columns: &[ColumnDef], constraints: &[TableConstraint]) -> Option<Vec<Name>> {
    let of_columns = columns.iter().flat_map(|column| &column.options);
    let of_columns = of_columns.filter_map(|option| match &option.option {
        ColumnOption::ForeignKey(key) => Some(&key.foreign_table),
        _ => None,
    });
    let of_table = constraints
        .iter()
        .filter_map(|constraint| match constraint {
            TableConstraint::ForeignKey(key) => Some(&key.foreign_table),
            _ => None,
        });
    names(of_columns.chain(of_table))
}

fn dropped(kind: Dropped) -> Alteration {
    Alteration::DropConstraint { name: None, kind }
}

fn alteration(operation: AlterTableOperation, into: &mut Vec<Alteration>) {
    let text = |ident: sqlparser::ast::Ident| -> Name { ident.value.into() };
    into.push(match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            match new_column(&column_def, &column_def.options) {
                Some(column) => Alteration::AddColumn(Box::new(column)),
                None => Alteration::Other,
            }
        }
        AlterTableOperation::DropColumn { column_names, .. } => {
            let columns = column_names.into_iter();
            into.extend(columns.map(|column| Alteration::DropColumn(text(column))));
            return;
        }
        AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => Alteration::RenameColumn {
            from: text(old_column_name),
            to: text(new_column_name),
        },
        AlterTableOperation::RenameTable {
            table_name: RenameTableNameKind::As(new) | RenameTableNameKind::To(new),
        } => name(&new).map_or(Alteration::Other, Alteration::RenameTable),
        AlterTableOperation::ChangeColumn {
            old_name, new_name, ..
        } => Alteration::Modify {
            column: text(old_name),
            to: text(new_name),
        },
        AlterTableOperation::ModifyColumn { col_name, .. } => Alteration::Modify {
            column: text(col_name.clone()),
            to: text(col_name),
        },
        AlterTableOperation::AlterColumn { column_name, op } => match op {
            AlterColumnOperation::SetDefault { .. } => Alteration::SetDefault,
            AlterColumnOperation::DropDefault => Alteration::DropDefault(text(column_name)),
            _ => Alteration::Other,
        },
        AlterTableOperation::AddConstraint { constraint, .. } => {
            let constraint = match constraint {
                TableConstraint::Unique(_) => Some(Constraint::Unique),
                TableConstraint::PrimaryKey(_) => Some(Constraint::PrimaryKey),
                TableConstraint::Check(_) => Some(Constraint::Check { not_null: None }),
                TableConstraint::ForeignKey(key) => {
                    name(&key.foreign_table).map(|to| Constraint::ForeignKey { to })
                }
                TableConstraint::Index(_) => {
                    into.push(Alteration::AddIndex);
                    return;
                }
                _ => None,
            };
            match constraint {
                Some(constraint) => Alteration::AddConstraint {
                    name: None,
                    constraint,
                    is_not_valid: false,
                },
                None => Alteration::Other,
            }
        }
        AlterTableOperation::DropConstraint { .. } => dropped(Dropped::Any),
        AlterTableOperation::DropForeignKey { .. } => dropped(Dropped::ForeignKey),
        AlterTableOperation::DropPrimaryKey { .. } => dropped(Dropped::PrimaryKey),
        AlterTableOperation::DropIndex { .. } => Alteration::DropIndex,
        _ => Alteration::Other,
    });
}

fn new_column(
    column: &ColumnDef,
    options: &[sqlparser::ast::ColumnOptionDef],
) -> Option<NewColumn> {
    let mut new = NewColumn::bare(column.name.value.as_str().into());
    for option in options {
        match &option.option {
            ColumnOption::NotNull => new.is_not_null = true,
            ColumnOption::Default(Expr::Value(_)) => new.filling = Filling::Literal,
            ColumnOption::Default(_) => new.filling = Filling::Expression,
            ColumnOption::PrimaryKey(_) => new.is_primary_key = true,
            ColumnOption::Unique(_) => new.is_unique = true,
            ColumnOption::Check(_) => new.is_checked = true,
            ColumnOption::ForeignKey(key) => new.references = Some(name(&key.foreign_table)?),
            ColumnOption::DialectSpecific(_) => new.filling = Filling::Identity,
            ColumnOption::Generated {
                generation_expr_mode,
                ..
            } => {
                new.filling = match generation_expr_mode {
                    Some(GeneratedExpressionMode::Stored) => Filling::Stored,
                    _ => Filling::Virtual,
                };
            }
            _ => {}
        }
    }
    Some(new)
}
