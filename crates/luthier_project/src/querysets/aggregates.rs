//! The aggregates of a query, and which of them other joins of the same query multiply.
//!
//! Which ones are wrong was measured with Django 5.2: a join to many rows repeats the rows of every
//! other one, so `Sum` and a `Count` that is not distinct grow; the mean of rows that are all
//! repeated equally often stays, that of rows with different numbers of children does not.

use luthier_source::Span;

use crate::Project;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::flows::only_value;
use crate::models::{FieldKind, Found, ModelId};
use crate::modules::ModuleId;

/// Chains and expressions deeper than this are not followed.
const MAX_DEPTH: u32 = 24;

/// An aggregate that a join of the same query makes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflated {
    /// The model of the query's rows.
    pub model: ModelId,
    /// Of the call that completes the query so far.
    pub query: Span,
    /// Of the aggregate.
    pub span: Span,
    pub function: &'static str,
    /// The relation to many rows that it goes over.
    pub path: String,
    /// The other relation to many rows that the query joins.
    pub by: String,
    /// Of the aggregate that joins it.
    pub by_span: Span,
}

/// One aggregate of a query.
#[derive(Clone, Debug)]
struct Aggregate {
    span: Span,
    function: &'static str,
    wrong: Wrong,
    /// The relations to many rows that its paths go over, each as the path that leads there.
    joins: Vec<String>,
}

/// When repeated rows make an aggregate wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Always,
    /// Where some are repeated more often than others.
    Unevenly,
    Never,
}

/// Django's aggregates, by name (`django.db.models.aggregates`, `contrib.postgres.aggregates`, 4.2 to
/// 6.1).
const AGGREGATES: &[(&str, Wrong)] = &[
    ("Avg", Wrong::Unevenly),
    ("ArrayAgg", Wrong::Never),
    ("BitAnd", Wrong::Never),
    ("BitOr", Wrong::Never),
    ("BoolAnd", Wrong::Never),
    ("BoolOr", Wrong::Never),
    ("Count", Wrong::Always),
    ("JSONBAgg", Wrong::Never),
    ("Max", Wrong::Never),
    ("Min", Wrong::Never),
    ("StdDev", Wrong::Unevenly),
    ("StringAgg", Wrong::Never),
    ("Sum", Wrong::Always),
    ("Variance", Wrong::Unevenly),
];

/// What is a query or a group of its own, whatever stands in it.
const APART: &[&str] = &["ArraySubquery", "Exists", "OuterRef", "Subquery", "Window"];

/// The aggregates that a call on rows makes wrong: of its own or of the queryset that it is called
/// on. None, where those were wrong before.
pub(super) fn inflated(
    project: &Project,
    module: ModuleId,
    model: ModelId,
    call: CallRef<'_>,
) -> Vec<Inflated> {
    let walk = Walk {
        project,
        module,
        model,
    };
    let Some((rows, method)) = call.callee.as_attribute() else {
        return Vec::new();
    };
    let mut own = Vec::new();
    walk.collect_given(call, &mut own, MAX_DEPTH);
    let mut before = Before::default();
    walk.chain(rows, &mut before, MAX_DEPTH);
    let is_aggregate = matches!(method, "aggregate" | "aaggregate");
    if before.is_open {
        return Vec::new();
    }
    if is_aggregate {
        // Annotated rows are a query within the query.
        before.aggregates.clear();
    }
    let pinned = |join: &str| before.named.iter().any(|named| named == join);
    let of = |aggregates: &[Aggregate]| {
        let found = aggregates.iter().filter_map(|aggregate| {
            let path = aggregate.joins.last()?;
            let (by, join) = aggregates.iter().find_map(|other| {
                let mut joins = other.joins.iter();
                let join = joins
                    .find(|&join| aggregate.is_inflated_by(join, is_aggregate) && !pinned(join))?;
                Some((other, join))
            })?;
            Some(Inflated {
                model,
                query: call.expr.span(),
                span: aggregate.span,
                function: aggregate.function,
                path: path.clone(),
                by: join.clone(),
                by_span: by.span,
            })
        });
        found.collect::<Vec<_>>()
    };
    if !of(&before.aggregates).is_empty() {
        return Vec::new();
    }
    let mut all = before.aggregates.clone();
    all.extend(own);
    all.sort_by_key(|aggregate| aggregate.span);
    of(&all)
}

impl Aggregate {
    fn is_inflated_by(&self, join: &str, is_of_all: bool) -> bool {
        // What goes over several relations by itself is meant to.
        let is_line = self
            .joins
            .windows(2)
            .all(|pair| is_behind(&pair[1], &pair[0]));
        if !is_line || self.joins.iter().any(|own| own == join) {
            return false;
        }
        match self.wrong {
            Wrong::Always => true,
            Wrong::Unevenly => is_of_all || self.joins.iter().any(|own| is_behind(join, own)),
            Wrong::Never => false,
        }
    }
}

/// Whether the chain of methods after a call asks of a number that it annotates no more than whether it
/// is zero, and leaves it out in the end.
fn is_only_tested(call: CallRef<'_>, name: &str) -> bool {
    let is_of = |path: &str| path == name || is_behind(path, name);
    let mut is_tested = false;
    for (method, next) in methods_after(call) {
        let mut given = next.positional();
        match method {
            "values" | "values_list" => {
                let mut is_any = false;
                let are_others = given.all(|field| {
                    is_any = true;
                    field.as_str().is_some_and(|path| !is_of(path))
                });
                return is_tested && is_any && are_others && !next.is_open();
            }
            "count" | "delete" | "exists" => return is_tested,
            "distinct" => {}
            "exclude" | "filter" if given.next().is_none() && !next.is_open() => {
                for (path, value) in next.keywords() {
                    if is_of(path) {
                        is_tested = tests_for_zero(path, value);
                        if !is_tested {
                            return false;
                        }
                    }
                }
            }
            _ => return false,
        }
    }
    false
}

/// Whether a condition on a number is the same for all that are not zero.
fn tests_for_zero(path: &str, value: ExprRef<'_>) -> bool {
    let lookup = path.split_once("__").map_or("exact", |(_, lookup)| lookup);
    let Expr::Int(number) = value.kind() else {
        return false;
    };
    match lookup {
        "exact" | "gt" | "lte" => number == 0,
        "gte" | "lt" => number == 1,
        _ => false,
    }
}

/// The calls of methods that go on from what a call gives.
fn methods_after<'a>(call: CallRef<'a>) -> impl Iterator<Item = (&'a str, CallRef<'a>)> {
    let next = |current: ExprRef<'a>| {
        let mut calls = current.body.exprs().filter_map(ExprRef::as_call);
        calls.find_map(|next| {
            let (object, method) = next.callee.as_attribute()?;
            (object.id == current.id).then_some((method, next))
        })
    };
    std::iter::successors(next(call.expr), move |(_, call)| next(call.expr))
}

/// Whether a path goes on from where another one leads.
fn is_behind(path: &str, start: &str) -> bool {
    let rest = path.strip_prefix(start);
    rest.is_some_and(|rest| rest.starts_with("__"))
}

/// What a chain of methods has before a call.
#[derive(Debug, Default)]
struct Before {
    aggregates: Vec<Aggregate>,
    /// Relations to many rows that it groups by or compares: no more than one row may be left.
    named: Vec<String>,
    is_open: bool,
}

struct Walk<'p> {
    project: &'p Project,
    module: ModuleId,
    model: ModelId,
}

impl Walk<'_> {
    fn chain(&self, rows: ExprRef<'_>, before: &mut Before, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            before.is_open = true;
            return;
        };
        if let Some(name) = rows.as_name() {
            if let Some(value) = only_value(rows.body, name) {
                self.chain(value, before, depth);
            }
            return;
        }
        let Some(call) = rows.as_call() else { return };
        let Some((object, method)) = call.callee.as_attribute() else {
            return;
        };
        match method {
            "annotate" | "alias" => {
                before.is_open |= call.is_open();
                self.collect_given(call, &mut before.aggregates, depth);
            }
            "values" | "values_list" => {
                before.is_open |= call.is_open();
                for path in call.positional().filter_map(ExprRef::as_str) {
                    before.named.extend(self.joins(path));
                }
            }
            "filter" | "exclude" => {
                before.is_open |= call.is_open();
                self.compared(call, before, depth);
            }
            _ => {}
        }
        self.chain(object, before, depth);
    }

    /// The relations that the conditions of a call compare by.
    fn compared(&self, call: CallRef<'_>, before: &mut Before, depth: u32) {
        for (path, _) in call.keywords() {
            before.named.extend(self.joins(path));
        }
        for given in call.positional() {
            self.condition(given, before, depth);
        }
    }

    fn condition(&self, given: ExprRef<'_>, before: &mut Before, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match given.kind() {
            Expr::Binary(_, left, right) => {
                self.condition(given.at(left), before, depth);
                self.condition(given.at(right), before, depth);
            }
            Expr::Unary(_, inner) => self.condition(given.at(inner), before, depth),
            Expr::Name(_) => {
                let name = given.as_name().unwrap_or_default();
                match only_value(given.body, name) {
                    Some(value) => self.condition(value, before, depth),
                    None => before.is_open = true,
                }
            }
            _ => {
                if let Some(call) = given.as_call() {
                    self.compared(call, before, depth);
                }
            }
        }
    }

    /// The aggregates that a call is given.
    fn collect_given(&self, call: CallRef<'_>, found: &mut Vec<Aggregate>, depth: u32) {
        for given in call.positional() {
            self.collect(given, found, depth);
        }
        for (name, given) in call.keywords() {
            let start = found.len();
            self.collect(given, found, depth);
            // Whether there are any is right, however often each is counted.
            if found.len() > start && is_only_tested(call, name) {
                for aggregate in &mut found[start..] {
                    if aggregate.function == "Count" {
                        aggregate.wrong = Wrong::Never;
                    }
                }
            }
        }
    }

    /// The aggregates of an expression.
    fn collect(&self, expr: ExprRef<'_>, found: &mut Vec<Aggregate>, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match expr.kind() {
            Expr::Binary(_, left, right) => {
                self.collect(expr.at(left), found, depth);
                self.collect(expr.at(right), found, depth);
            }
            Expr::Unary(_, inner) => self.collect(expr.at(inner), found, depth),
            Expr::Name(_) => {
                let name = expr.as_name().unwrap_or_default();
                if let Some(value) = only_value(expr.body, name) {
                    self.collect(value, found, depth);
                }
            }
            Expr::Call(..) => {
                let Some((call, name)) = self.djangos(expr) else {
                    return;
                };
                let known = AGGREGATES.iter().find(|(known, _)| *known == name);
                if let Some(&(function, wrong)) = known {
                    found.push(self.aggregate(call, function, wrong, depth));
                } else if !APART.contains(&&*name) {
                    for argument in call.arguments() {
                        self.collect(expr.at(argument.value), found, depth);
                    }
                }
            }
            _ => {}
        }
    }

    fn aggregate(
        &self,
        call: CallRef<'_>,
        function: &'static str,
        wrong: Wrong,
        depth: u32,
    ) -> Aggregate {
        let mut joins = Vec::new();
        for argument in call.arguments() {
            self.paths(call.expr.at(argument.value), &mut joins, depth);
        }
        joins.sort();
        joins.dedup();
        let is_plain = call
            .keyword("distinct")
            .is_none_or(|distinct| distinct.as_bool() == Some(false));
        Aggregate {
            span: call.expr.span(),
            function,
            wrong: if is_plain && !call.is_open() {
                wrong
            } else {
                Wrong::Never
            },
            joins,
        }
    }

    /// The relations that an expression's names lead over.
    fn paths(&self, expr: ExprRef<'_>, joins: &mut Vec<String>, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match expr.kind() {
            Expr::Str(_) => joins.extend(self.joins(expr.as_str().unwrap_or_default())),
            Expr::Binary(_, left, right) => {
                self.paths(expr.at(left), joins, depth);
                self.paths(expr.at(right), joins, depth);
            }
            Expr::Unary(_, inner) => self.paths(expr.at(inner), joins, depth),
            Expr::Name(_) => {
                let name = expr.as_name().unwrap_or_default();
                if let Some(value) = only_value(expr.body, name) {
                    self.paths(value, joins, depth);
                }
            }
            Expr::Call(..) => {
                let Some((call, name)) = self.djangos(expr) else {
                    return;
                };
                if APART.contains(&&*name) || name == "Value" {
                    return;
                }
                let compares = matches!(&*name, "Q" | "When");
                for (path, value) in call.keywords() {
                    if compares && path != "then" {
                        joins.extend(self.joins(path));
                    } else {
                        self.paths(value, joins, depth);
                    }
                }
                for given in call.positional() {
                    self.paths(given, joins, depth);
                }
            }
            _ => {}
        }
    }

    /// A call of something of Django's, and its name.
    fn djangos<'e>(&self, expr: ExprRef<'e>) -> Option<(CallRef<'e>, String)> {
        let call = expr.as_call()?;
        let modules = &self.project.modules;
        let dotted = modules.qualified_expr(self.module, call.callee)?;
        let name = dotted.rsplit('.').next()?;
        dotted
            .starts_with("django.")
            .then(|| (call, name.to_owned()))
    }

    /// The relations to many rows that a path leads over, each as the path that leads there.
    fn joins(&self, path: &str) -> Vec<String> {
        let models = &self.project.models;
        let mut found = Vec::new();
        let mut current = self.model;
        let mut end = 0;
        for part in path.split("__") {
            end += part.len();
            let is_many = match models.lookup(current, part) {
                Found::Field(_, field) => {
                    let Some(to) = field.relation().and_then(|relation| relation.to.model()) else {
                        break;
                    };
                    current = to;
                    matches!(
                        field.kind,
                        FieldKind::ManyToMany | FieldKind::GenericRelation
                    )
                }
                Found::Reverse(way) => {
                    current = way.from;
                    let field = models.field_of(way);
                    let is_single = match field.kind {
                        FieldKind::ForeignKey | FieldKind::OneToOne => field.unique(),
                        FieldKind::ManyToMany => Some(false),
                        // Nothing else was looked at.
                        _ => None,
                    };
                    is_single == Some(false)
                }
                Found::Key(..) | Found::Nothing | Found::Unknown => break,
            };
            if is_many {
                found.push(path[..end].to_owned());
            }
            end += "__".len();
        }
        found
    }
}
