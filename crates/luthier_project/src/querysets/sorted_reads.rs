//! Queries that take the first rows in an order that no index has.

use std::sync::Arc;

use luthier_source::Span;

use super::chains::ChainStart;
use super::reads::{AskedColumn, implies};
use crate::Project;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::models::{Field, Found, IndexColumn, ModelId};
use crate::modules::{ModuleId, ValueRef};

/// Methods that take one row from an end of the order.
const TAKING: &[&str] = &["afirst", "alast", "first", "last"];

/// Methods that change neither the order nor which rows there are.
const NEUTRAL: &[&str] = &[
    "all",
    "defer",
    "only",
    "prefetch_related",
    "select_for_update",
    "select_related",
    "using",
    "values",
    "values_list",
];

/// A query that takes the first rows of an order, and has the database sort all that it finds for it.
#[derive(Clone, Debug)]
pub struct SortedRead {
    pub model: ModelId,
    pub span: Span,
    /// The columns whose values are given, by name.
    pub equal: Vec<Arc<str>>,
    /// The columns of the order, turned so that the first one ascends.
    pub order: Vec<(Arc<str>, bool)>,
    /// Whether an index finds the rows by one of the given values: then only those are sorted.
    pub is_narrowed: bool,
}

impl Project {
    /// The queries of a module that take the first rows of an order that no index has, not even
    /// behind what they ask by.
    pub fn sorted_reads(&self, module: ModuleId) -> Vec<SortedRead> {
        let mut found = Vec::new();
        if !self.modules.is_repository(module) || self.modules.is_migration(module) {
            return found;
        }
        let facts = self.modules.facts(module);
        if !facts.names.mention("order_by") {
            return found;
        }
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for expr in body.exprs() {
                let taken = match expr.kind() {
                    Expr::Call(..) => expr.as_call().and_then(|call| {
                        let (object, method) = call.callee.as_attribute()?;
                        let is_taking = TAKING.contains(&method) && call.arguments().is_empty();
                        is_taking.then_some(object)
                    }),
                    Expr::Subscript(object, index) => {
                        is_head(expr.at(index)).then(|| expr.at(object))
                    }
                    _ => None,
                };
                found.extend(taken.and_then(|rows| self.sorted_read(module, rows, expr.span())));
            }
        }
        found
    }

    fn sorted_read<'a>(
        &'a self,
        module: ModuleId,
        rows: ExprRef<'a>,
        span: Span,
    ) -> Option<SortedRead> {
        let chain = self.chain(ValueRef::of(module, rows))?;
        let model = chain.model;
        let mut equal: Vec<AskedColumn<'_>> = Vec::new();
        let mut related: Option<&Field> = None;
        if let ChainStart::Related(way) = chain.start {
            related = Some(self.models.field_of(way));
        }
        let mut order = None;
        for (method, call) in chain.methods() {
            match method {
                "filter" => {
                    if call.is_open() || call.positional().next().is_some() {
                        return None;
                    }
                    for (path, given) in call.keywords() {
                        equal.push(self.given_column(model, path, given)?);
                    }
                }
                "order_by" => order = Some(call),
                name if NEUTRAL.contains(&name) => {}
                _ => return None,
            }
        }
        let order = self.order(model, order?)?;
        let fields = related.into_iter();
        let fields: Vec<&Field> = fields
            .chain(equal.iter().map(|asked| asked.field))
            .collect();
        let is_one = fields.iter().any(|field| field.unique() != Some(false));
        if is_one || self.is_served(model, &fields, &equal, &order)? {
            return None;
        }
        let declared = self.models.get(self.models.get(model).concrete);
        let is_narrowed = fields
            .iter()
            .any(|field| declared.has_whole_index_on(&self.modules, &field.name) != Some(false));
        let mut names: Vec<Arc<str>> = fields.iter().map(|field| field.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let is_turned = order[0].is_descending;
        let order = order
            .iter()
            .map(|column| (Arc::from(&*column.field), column.is_descending != is_turned));
        Some(SortedRead {
            model,
            span,
            equal: names,
            order: order.collect(),
            is_narrowed,
        })
    }

    /// A column of the table itself that is compared with one value.
    fn given_column<'a>(
        &'a self,
        id: ModelId,
        path: &'a str,
        given: ExprRef<'a>,
    ) -> Option<AskedColumn<'a>> {
        let name = path.strip_suffix("__exact").unwrap_or(path);
        let (Found::Field(owner, field) | Found::Key(owner, field)) = self.models.lookup(id, name)
        else {
            return None;
        };
        let is_plain = owner == self.models.get(id).concrete
            && (!field.kind.is_relation() || field.kind.is_foreign_key());
        is_plain.then_some(AskedColumn {
            field,
            lookup: "exact",
            given,
            is_usual: false,
        })
    }

    /// The columns of an order, all of the table itself; `None` also for the order of its key.
    fn order(&self, id: ModelId, call: CallRef<'_>) -> Option<Vec<IndexColumn>> {
        if call.is_open() || call.keywords().next().is_some() {
            return None;
        }
        let model = self.models.get(id);
        let columns: Option<Vec<IndexColumn>> = call
            .positional()
            .map(|key| {
                let key = key.as_str()?;
                let name = key.strip_prefix('-').unwrap_or(key);
                let Found::Field(owner, field) = self.models.lookup(id, name) else {
                    return None;
                };
                let is_plain = owner == model.concrete
                    && !field.kind.is_relation()
                    && field.primary_key() == Some(false);
                is_plain.then(|| IndexColumn {
                    field: (&*field.name).into(),
                    is_descending: key.starts_with('-'),
                })
            })
            .collect();
        columns.filter(|columns| !columns.is_empty())
    }

    /// Whether an index gives the rows in this order, of all or of those that are asked for; `None`
    /// where one that is not understood may.
    fn is_served(
        &self,
        id: ModelId,
        equal: &[&Field],
        asked: &[AskedColumn<'_>],
        order: &[IndexColumn],
    ) -> Option<bool> {
        let model = self.models.get(self.models.get(id).concrete);
        let modules = &self.modules;
        let first = &order[0];
        let gives = |columns: &[IndexColumn]| {
            let is_given = |column: &&IndexColumn| {
                let mut equal = equal.iter();
                equal.any(|field| *field.name == *column.field)
            };
            let given = columns.iter().take_while(is_given).count();
            let rest = &columns[given..];
            let mut pairs = rest.iter().zip(order);
            let turned = |(one, two): (&IndexColumn, &IndexColumn)| {
                (one.field == two.field).then_some(one.is_descending != two.is_descending)
            };
            let Some(first) = pairs.next().and_then(turned) else {
                return false;
            };
            pairs.all(|pair| turned(pair) == Some(first))
        };
        let is_whole = model
            .indexes(modules)
            .iter()
            .any(|index| gives(&index.columns));
        let mut partial = model.partial_indexes(modules).into_iter();
        if is_whole || partial.any(|index| gives(&index.columns) && implies(asked, &index)) {
            return Some(true);
        }
        model
            .has_whole_index_on(modules, &first.field)
            .and_then(|begins| {
                // One that begins with the order has it for all rows.
                (!begins).then_some(false)
            })
    }
}

/// `[:10]`, `[0]`
fn is_head(index: ExprRef<'_>) -> bool {
    match index.kind() {
        Expr::Slice(lower, Some(_), None) => {
            lower.is_none_or(|lower| index.at(lower).as_int() == Some(0))
        }
        Expr::Int(0) => true,
        _ => false,
    }
}
