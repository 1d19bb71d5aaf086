//! Statements of PostgreSQL out of squawk's trees.

use squawk_syntax::ast::{self, AstNode, HasWithClause, NameLike};
use squawk_syntax::{SourceFile, SyntaxNode};

use super::{Alteration, Constraint, Dropped, Filling, Kind, Name, NewColumn, Statement, Type};
use crate::Span;

pub(super) fn statements(text: &str) -> Option<Vec<Statement>> {
    let parsed = SourceFile::parse(text);
    if !parsed.errors().is_empty() {
        return None;
    }
    let statements = parsed.tree().stmts();
    let statements = statements.filter(|statement| !matches!(statement, ast::Stmt::EmptyStmt(_)));
    Some(
        statements
            .map(|statement| Statement {
                span: span(statement.syntax()),
                kind: kind(&statement).unwrap_or(Kind::Other),
            })
            .collect(),
    )
}

/// Where a node stands, blanks and comments before it left out.
fn span(node: &SyntaxNode) -> Span {
    let range = node.text_range();
    let mut parts = node.children_with_tokens();
    let first = parts.find(|part| !part.kind().is_trivia());
    let start = first.map_or(range.start(), |part| part.text_range().start());
    Span::new(start.into(), range.end().into())
}

fn path(path: Option<ast::PathRef>) -> Option<Name> {
    Some(path?.segment()?.text().into())
}

fn table(name: Option<ast::TableNameRef>) -> Option<Name> {
    path(name?.path_ref())
}

fn relation(name: Option<ast::RelationName>) -> Option<Name> {
    path(name?.relation_name_ref()?.path_ref())
}

/// Keywords in capitals, one blank between two.
fn words(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_uppercase).collect();
    words.join(" ")
}

/// `None` where a part that makes the statement what it is was left out.
fn kind(statement: &ast::Stmt) -> Option<Kind> {
    use ast::Stmt;
    Some(match statement {
        Stmt::CreateTable(create) => Kind::CreateTable {
            table: create.table_name()?.path()?.segment()?.text().into(),
            references: references(create.syntax()),
        },
        Stmt::CreateTableAs(create) => Kind::CreateTable {
            table: create.table_name()?.path()?.segment()?.text().into(),
            references: Vec::new(),
        },
        Stmt::DropTable(drop) => Kind::DropTables(
            drop.table_name_refs()
                .map(|name| table(Some(name)))
                .collect::<Option<_>>()?,
        ),
        Stmt::AlterTable(alter) => Kind::AlterTable {
            table: table(alter.table_relation_name()?.table_name_ref())?,
            actions: alter
                .actions()
                .map(|action| alteration(&action).unwrap_or(Alteration::Other))
                .collect(),
        },
        Stmt::CreateIndex(create) => Kind::CreateIndex {
            name: create
                .index()
                .and_then(|index| Some(index.path()?.segment()?.text().into())),
            table: table(create.table_relation_name()?.table_name_ref())?,
            is_concurrent: create.concurrently_token().is_some(),
        },
        Stmt::DropIndex(drop) => Kind::DropIndexes {
            table: None,
            names: drop
                .index_refs()
                .filter_map(|index| path(index.path_ref()))
                .collect(),
            is_concurrent: drop.concurrently_token().is_some(),
        },
        Stmt::Insert(insert) if !writes_beside(insert) => Kind::Insert {
            table: path(insert.relation_name_ref()?.path_ref())?,
        },
        Stmt::Update(update) if !writes_beside(update) => Kind::Update {
            table: relation(update.relation_name())?,
            is_filtered: update.where_clause_or_current_of().is_some()
                || update.from_clause().is_some(),
        },
        Stmt::Delete(delete) if !writes_beside(delete) => Kind::Delete {
            table: relation(delete.relation_name())?,
            is_filtered: delete.where_clause_or_current_of().is_some()
                || delete.using_clause().is_some(),
        },
        Stmt::Select(select) if !writes_beside(select) => Kind::Select,
        Stmt::Truncate(truncate) => {
            let tables = truncate.table_list()?.table_relation_names();
            Kind::Truncate(
                tables
                    .map(|name| table(name.table_name_ref()))
                    .collect::<Option<_>>()?,
            )
        }
        Stmt::Lock(lock) => {
            let relations = lock.relation_list()?.relation_names();
            let given = lock.lock_mode_clause().map(|clause| clause.lock_mode());
            let mode = match given {
                None => "ACCESS EXCLUSIVE".to_owned(),
                Some(mode) => words(&mode?.syntax().text().to_string()),
            };
            Kind::Lock {
                tables: relations
                    .map(|name| relation(Some(name)))
                    .collect::<Option<_>>()?,
                mode: Some(mode.into()),
            }
        }
        Stmt::Vacuum(vacuum) if vacuum.is_full() => Kind::Rebuild {
            what: "VACUUM FULL",
            table: None,
        },
        Stmt::Cluster(cluster) => Kind::Rebuild {
            what: "CLUSTER",
            table: table(cluster.table_name_ref()),
        },
        Stmt::Reindex(reindex) if !reindex.is_concurrently() => Kind::Rebuild {
            what: "REINDEX",
            table: None,
        },
        Stmt::CreateView(create) => {
            Kind::CreateView(create.view()?.path()?.segment()?.text().into())
        }
        Stmt::DropDatabase(_) => Kind::DropDatabase,
        Stmt::DropSchema(_) => Kind::DropSchema,
        Stmt::Begin(_) => Kind::Begin,
        Stmt::Commit(_) | Stmt::Rollback(_) => Kind::Commit,
        Stmt::Set(set) => match set.set_target()? {
            ast::SetTarget::SetConfig(config) => {
                let text = config.syntax().text().to_string();
                let name = text.split(['=', ' ']).next().unwrap_or_default();
                Kind::Set(name.to_ascii_lowercase().into())
            }
            _ => Kind::Set("".into()),
        },
        Stmt::SetConstraints(_) => Kind::Set("constraints".into()),
        Stmt::AlterDomain(_)
        | Stmt::AlterExtension(_)
        | Stmt::AlterFunction(_)
        | Stmt::AlterSequence(_)
        | Stmt::AlterType(_)
        | Stmt::AlterView(_)
        | Stmt::CommentOn(_)
        | Stmt::CreateAggregate(_)
        | Stmt::CreateCast(_)
        | Stmt::CreateCollation(_)
        | Stmt::CreateDomain(_)
        | Stmt::CreateExtension(_)
        | Stmt::CreateFunction(_)
        | Stmt::CreateMaterializedView(_)
        | Stmt::CreateOperator(_)
        | Stmt::CreateProcedure(_)
        | Stmt::CreateSchema(_)
        | Stmt::CreateSequence(_)
        | Stmt::CreateTextSearchConfiguration(_)
        | Stmt::CreateType(_)
        | Stmt::DropAggregate(_)
        | Stmt::DropCast(_)
        | Stmt::DropCollation(_)
        | Stmt::DropDomain(_)
        | Stmt::DropExtension(_)
        | Stmt::DropFunction(_)
        | Stmt::DropMaterializedView(_)
        | Stmt::DropOperator(_)
        | Stmt::DropProcedure(_)
        | Stmt::DropSequence(_)
        | Stmt::DropTextSearchConfig(_)
        | Stmt::DropType(_)
        | Stmt::DropView(_)
        | Stmt::Analyze(_)
        | Stmt::Show(_) => Kind::Object,
        _ => return None,
    })
}

/// Whether a statement writes in its `WITH`, too.
fn writes_beside(statement: &impl HasWithClause) -> bool {
    let Some(with) = statement.with_clause() else {
        return false;
    };
    with.syntax().descendants().any(|node| {
        ast::Insert::can_cast(node.kind())
            || ast::Update::can_cast(node.kind())
            || ast::Delete::can_cast(node.kind())
    })
}

/// The tables that foreign keys below a node lead to.
fn references(node: &SyntaxNode) -> Vec<Name> {
    let nodes = node.descendants();
    nodes
        .filter_map(|node| {
            if let Some(key) = ast::ForeignKeyConstraint::cast(node.clone()) {
                return table(key.table_name_ref());
            }
            table(ast::ReferencesConstraint::cast(node)?.table())
        })
        .collect()
}

fn alteration(action: &ast::AlterTableAction) -> Option<Alteration> {
    use ast::AlterTableAction as Action;
    Some(match action {
        Action::AddColumn(add) => Alteration::AddColumn(Box::new(new_column(add)?)),
        Action::DropColumn(drop) => Alteration::DropColumn(column(drop.column_name_ref())?),
        Action::RenameColumn(rename) => Alteration::RenameColumn {
            from: column(rename.column_name_ref())?,
            to: rename.column_name()?.text().into(),
        },
        Action::TableRenameTo(rename) => {
            Alteration::RenameTable(rename.table_name()?.path()?.segment()?.text().into())
        }
        Action::AlterColumn(alter) => {
            let name = column(alter.column_name_ref())?;
            match alter.option()? {
                ast::AlterColumnOption::SetNotNull(_) => Alteration::SetNotNull(name),
                ast::AlterColumnOption::DropNotNull(_) => Alteration::DropNotNull(name),
                ast::AlterColumnOption::SetDefault(_) => Alteration::SetDefault,
                ast::AlterColumnOption::DropDefault(_) => Alteration::DropDefault(name),
                ast::AlterColumnOption::SetType(set) => Alteration::SetType {
                    column: name,
                    to: Type::read(&set.ty()?.syntax().text().to_string()),
                },
                _ => return None,
            }
        }
        Action::AddConstraint(add) => {
            let constraint = add.constraint()?;
            Alteration::AddConstraint {
                name: constraint.constraint_name().map(|name| name.text().into()),
                is_not_valid: constraint.is_not_valid(),
                constraint: of_table(&constraint)?,
            }
        }
        Action::ValidateConstraint(validate) => {
            Alteration::ValidateConstraint(path(validate.constraint_name_ref()?.path_ref())?)
        }
        Action::DropConstraint(drop) => Alteration::DropConstraint {
            name: drop
                .constraint_name_ref()
                .and_then(|name| path(name.path_ref())),
            kind: Dropped::Any,
        },
        _ => return None,
    })
}

fn column(name: Option<ast::ColumnNameRef>) -> Option<Name> {
    Some(name?.text().into())
}

fn of_table(constraint: &ast::Constraint) -> Option<Constraint> {
    Some(match constraint {
        ast::Constraint::CheckConstraint(check) => Constraint::Check {
            not_null: check.expr().and_then(|expr| not_null(&expr)),
        },
        ast::Constraint::NotNullConstraint(_) => Constraint::NotNull,
        ast::Constraint::ExcludeConstraint(_) => Constraint::Exclusion,
        ast::Constraint::ForeignKeyConstraint(key) => Constraint::ForeignKey {
            to: table(key.table_name_ref())?,
        },
        ast::Constraint::UniqueConstraint(unique) => match unique.using_index() {
            Some(_) => Constraint::UsingIndex,
            None => Constraint::Unique,
        },
        ast::Constraint::PrimaryKeyConstraint(key) => match key.using_index() {
            Some(_) => Constraint::UsingIndex,
            None => Constraint::PrimaryKey,
        },
        _ => return None,
    })
}

/// The column of `name IS NOT NULL`.
fn not_null(expr: &ast::Expr) -> Option<Name> {
    let ast::Expr::BinExpr(comparison) = expr else {
        return None;
    };
    let is_null = match comparison.rhs()? {
        ast::Expr::Literal(literal) => matches!(literal.kind(), Some(ast::LitKind::Null(_))),
        _ => false,
    };
    match (comparison.op()?, comparison.lhs()?) {
        (ast::BinOp::IsNot(_), ast::Expr::NameRef(column)) if is_null => Some(column.text().into()),
        _ => None,
    }
}

fn new_column(add: &ast::AddColumn) -> Option<NewColumn> {
    let mut new = NewColumn::bare(add.column_name()?.text().into());
    let of_type = Type::read(&add.ty()?.syntax().text().to_string());
    let is_serial = of_type.is_serial();
    new.of_type = Some(of_type);
    if is_serial {
        new.filling = Filling::Serial;
    }
    for constraint in add.constraints() {
        match constraint {
            ast::Constraint::NotNullConstraint(_) => new.is_not_null = true,
            ast::Constraint::DefaultConstraint(default) => {
                new.filling = match is_literal(&default.expr()?) {
                    true => Filling::Literal,
                    false => Filling::Expression,
                };
            }
            ast::Constraint::GeneratedConstraint(generated) => {
                new.filling = match generated.generated_as()? {
                    ast::GeneratedAs::GeneratedIdentity(_) => Filling::Identity,
                    ast::GeneratedAs::GeneratedStored(generated) => {
                        let text = generated.syntax().text().to_string();
                        match text.to_ascii_lowercase().ends_with("virtual") {
                            true => Filling::Virtual,
                            false => Filling::Stored,
                        }
                    }
                };
            }
            ast::Constraint::PrimaryKeyConstraint(_) => new.is_primary_key = true,
            ast::Constraint::UniqueConstraint(_) => new.is_unique = true,
            ast::Constraint::CheckConstraint(_) => new.is_checked = true,
            ast::Constraint::ReferencesConstraint(key) => new.references = table(key.table()),
            _ => {}
        }
    }
    Some(new)
}

/// A literal, signed or cast.
fn is_literal(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Literal(_) => true,
        ast::Expr::CastExpr(cast) => cast.expr().is_some_and(|inner| is_literal(&inner)),
        ast::Expr::ParenExpr(paren) => paren.expr().is_some_and(|inner| is_literal(&inner)),
        ast::Expr::PrefixExpr(prefix) => prefix.expr().is_some_and(|inner| is_literal(&inner)),
        _ => false,
    }
}
