//! Queries on whole tables, and the columns that they ask by.

use luthier_source::Span;

use super::chains::{Chain, ChainStart};
use crate::Project;
use crate::django::operations::Engine;
use crate::facts::ir::Owner;
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, Stmt};
use crate::models::{Field, FieldKind, Found, ModelId, PartialIndex};
use crate::modules::{FunctionRef, ModuleId, ValueRef};

/// Methods that send the query, and take nothing away from how it reads the table.
const SENDING: &[&str] = &[
    "aget", "acount", "adelete", "aexists", "afirst", "alast", "aupdate", "count", "delete",
    "exists", "first", "get", "iterator", "last", "update",
];

/// Methods that change nothing of which rows are looked at.
const NEUTRAL: &[&str] = &[
    "all",
    "defer",
    "distinct",
    "only",
    "order_by",
    "prefetch_related",
    "reverse",
    "select_for_update",
    "select_related",
    "using",
    "values",
    "values_list",
];

/// Functions that fetch all rows of what they are given.
const FETCHING: &[&str] = &["bool", "dict", "len", "list", "set", "sorted", "tuple"];

/// A query that surely is sent, for rows of a whole table that no index narrows down.
#[derive(Clone, Debug)]
pub struct TableScan<'a> {
    pub model: ModelId,
    /// Of the chain.
    pub span: Span,
    /// What it asks by: columns of the table without an index.
    pub columns: Vec<AskedColumn<'a>>,
    /// Whether a loop or a schedule sends it again and again.
    pub is_repeated: bool,
}

/// A column that a query compares.
#[derive(Clone, Copy, Debug)]
pub struct AskedColumn<'a> {
    pub field: &'a Field,
    pub lookup: &'a str,
    pub given: ExprRef<'a>,
    /// Whether the manager compares it in every query.
    pub is_usual: bool,
}

impl Project {
    /// The queries of a module that look at every row of a table for what they ask.
    pub fn table_scans(&self, module: ModuleId) -> Vec<TableScan<'_>> {
        let mut found = Vec::new();
        if !self.modules.is_repository(module) || self.modules.is_migration(module) {
            return found;
        }
        let facts = self.modules.facts(module);
        for on_rows in self.calls_on_rows(module) {
            let body = facts.body(on_rows.body);
            let Some(call) = body.expr(on_rows.expr).as_call() else {
                continue;
            };
            let sends = call.callee.as_attribute();
            if let Some((object, method)) = sends.filter(|(_, name)| SENDING.contains(name)) {
                found.extend(self.scan(module, object, Some((method, call))));
            }
        }
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for expr in body.exprs() {
                let fetched = match expr.kind() {
                    Expr::Call(..) => expr.as_call().and_then(fetched),
                    Expr::Subscript(object, _) => Some(expr.at(object)),
                    Expr::Comprehension(_, _, clauses) => {
                        let first = body.clauses(clauses).first();
                        first.map(|clause| body.expr(clause.iter))
                    }
                    _ => None,
                };
                let fetched = fetched.filter(|rows| rows.as_call().is_some());
                found.extend(fetched.and_then(|rows| self.scan(module, rows, None)));
            }
            for statement in body.all_statements() {
                if let Stmt::For { iter, .. } = statement.kind() {
                    found.extend(self.scan(module, body.expr(iter), None));
                }
            }
        }
        found
    }

    fn scan<'a>(
        &'a self,
        module: ModuleId,
        rows: ExprRef<'a>,
        sends: Option<(&'a str, CallRef<'a>)>,
    ) -> Option<TableScan<'a>> {
        let chain = self.chain(ValueRef::of(module, rows))?;
        let Chain {
            start: ChainStart::All,
            model,
            place,
            ..
        } = chain
        else {
            return None;
        };
        let span = sends.map_or(place.span(), |(_, call)| call.expr.span());
        let mut columns = Vec::new();
        let usual = chain.made.len();
        for (index, (method, call)) in chain.methods().chain(sends).enumerate() {
            match method {
                "filter" | "get" | "aget" => {
                    if call.is_open() || call.positional().next().is_some() {
                        return None;
                    }
                    for (path, given) in call.keywords() {
                        columns.push(AskedColumn {
                            is_usual: index < usual,
                            ..self.asked(model, path, given)?
                        });
                    }
                }
                "exclude" => {}
                name if NEUTRAL.contains(&name) || SENDING.contains(&name) => {}
                _ => return None,
            }
        }
        let is_served = self
            .models
            .get(model)
            .partial_indexes(&self.modules)
            .iter()
            .any(|index| {
                let begins =
                    |column: &AskedColumn<'_>| *index.columns[0].field == *column.field.name;
                columns.iter().any(begins) && implies(&columns, index)
            });
        (!columns.is_empty() && !is_served).then_some(TableScan {
            model,
            span,
            columns,
            is_repeated: self.is_repeated(module, rows.body, span),
        })
    }

    /// Whether code runs for each row of a table or file that grows, or is a task that runs often.
    fn is_repeated(&self, module: ModuleId, body: BodyRef<'_>, span: Span) -> bool {
        let is_long = |elements: ExprRef<'_>| {
            let grows = self.growth(ValueRef::of(module, elements));
            grows.is_some()
        };
        let in_statement = body
            .all_statements()
            .any(|statement| match statement.kind() {
                Stmt::For {
                    iter, body: block, ..
                } => {
                    let mut within = body.block(block);
                    within.any(|statement| statement.span().encloses(span))
                        && is_long(body.expr(iter))
                }
                _ => false,
            });
        let in_comprehension = || {
            body.exprs().any(|expr| match expr.kind() {
                Expr::Comprehension(_, element, clauses) => {
                    let first = body.clauses(clauses).first();
                    expr.at(element).span().encloses(span)
                        && first.is_some_and(|first| is_long(body.expr(first.iter)))
                }
                _ => false,
            })
        };
        let is_scheduled = || match body.owner() {
            Owner::Function(function) => self.tasks.runs_often(FunctionRef { module, function }),
            _ => false,
        };
        in_statement || in_comprehension() || is_scheduled()
    }

    /// A condition on a column without an index; `None` for all others.
    fn asked<'a>(
        &'a self,
        id: ModelId,
        path: &'a str,
        given: ExprRef<'a>,
    ) -> Option<AskedColumn<'a>> {
        let (name, lookup) = path.split_once("__").unwrap_or((path, "exact"));
        let (Found::Field(owner, field) | Found::Key(owner, field)) = self.models.lookup(id, name)
        else {
            return None;
        };
        let model = self.models.get(id);
        // MySQL makes the index of a foreign key by itself.
        let is_key = || {
            let is_mysql = matches!(self.server().engine, Engine::MySql | Engine::MariaDb);
            let by_key = matches!(lookup, "exact" | "in" | "id" | "pk");
            field.kind == FieldKind::ForeignKey && by_key && !is_mysql
        };
        let is_plain = owner == model.concrete && (!field.kind.is_relation() || is_key());
        let has_index = || {
            let model = self.models.get(owner);
            model.has_whole_index_on(&self.modules, &field.name)
        };
        (is_plain && has_index() == Some(false)).then_some(AskedColumn {
            field,
            lookup,
            given,
            is_usual: false,
        })
    }
}

/// Whether rows of which all conditions are true are surely among those of a partial index.
pub(super) fn implies(conditions: &[AskedColumn<'_>], index: &PartialIndex<'_>) -> bool {
    index.condition.iter().all(|(path, value)| {
        let (name, lookup) = path.split_once("__").unwrap_or((path, "exact"));
        conditions.iter().any(|asked| {
            *asked.field.name == *name && asked.lookup == lookup && is_same(asked.given, *value)
        })
    })
}

/// Whether two expressions are the same constant.
fn is_same(one: ExprRef<'_>, other: ExprRef<'_>) -> bool {
    match (one.kind(), other.kind()) {
        (Expr::Str(_), Expr::Str(_)) => one.as_str() == other.as_str(),
        (Expr::Bool(one), Expr::Bool(other)) => one == other,
        (Expr::Int(one), Expr::Int(other)) => one == other,
        (Expr::None, Expr::None) => true,
        // A constant by its name: `Status.OPEN`.
        (Expr::Attribute(..), Expr::Attribute(..)) => one.dotted().is_some_and(|one| {
            let last = |dotted: &str| dotted.rsplit('.').next().map(str::to_owned);
            let other = other.dotted().and_then(|other| last(&other));
            last(&one) == other && one.chars().any(char::is_uppercase)
        }),
        _ => false,
    }
}

/// The rows that a function of Python's fetches.
fn fetched(call: CallRef<'_>) -> Option<ExprRef<'_>> {
    let function = call.callee.as_name()?;
    FETCHING
        .contains(&function)
        .then(|| call.positional().next())?
}
