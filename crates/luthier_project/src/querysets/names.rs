//! The names in the queries of a module.

use super::annotations::{Annotations, Reader};
use super::{OpenQuery, Queries, QueryName, Role, aggregates};
use crate::Project;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::flows::RowsCall;
use crate::models::ModelId;
use crate::modules::{ModuleId, ValueRef};

/// How the methods of querysets read their arguments.
const METHODS: &[(&str, Reads)] = &[
    ("aaggregate", Reads::Expressions),
    ("acreate", Reads::Made),
    ("aearliest", Reads::Order),
    ("aget", Reads::Lookups),
    ("aget_or_create", Reads::Made),
    ("aggregate", Reads::Expressions),
    ("alatest", Reads::Order),
    ("alias", Reads::Expressions),
    ("annotate", Reads::Expressions),
    ("aupdate", Reads::Columns),
    ("aupdate_or_create", Reads::Made),
    ("create", Reads::Made),
    ("dates", Reads::First),
    ("datetimes", Reads::First),
    ("defer", Reads::Names),
    ("distinct", Reads::Names),
    ("earliest", Reads::Order),
    ("exclude", Reads::Lookups),
    ("filter", Reads::Lookups),
    ("get", Reads::Lookups),
    ("get_or_create", Reads::Made),
    ("latest", Reads::Order),
    ("only", Reads::Names),
    ("order_by", Reads::Order),
    ("prefetch_related", Reads::Prefetches),
    ("select_related", Reads::Relations),
    ("update", Reads::Columns),
    ("update_or_create", Reads::Made),
    ("values", Reads::Names),
    ("values_list", Reads::Names),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// Keywords and `Q` objects that compare.
    Lookups,
    /// Paths as positional texts; keywords are expressions.
    Names,
    /// The same, with a sign before them.
    Order,
    /// Expressions only.
    Expressions,
    /// Keywords are columns that are set.
    Columns,
    /// Paths of relations to one row.
    Relations,
    /// Paths of relations to any number of rows.
    Prefetches,
    /// The first argument is a path.
    First,
    /// Keywords are what a new row gets.
    Made,
}

/// Keywords of methods that are no names of fields.
const OPTIONS: &[&str] = &["flat", "named", "field_name", "kind", "order", "tzinfo"];

pub(super) fn queries(project: &Project, module: ModuleId) -> Queries {
    let mut queries = Queries::default();
    if project.modules.is_migration(module) {
        return queries;
    }
    let facts = project.modules.facts(module);
    let reader = Reader {
        module,
        modules: &project.modules,
        models: &project.models,
    };
    for rows_call in project.calls_on_rows(module) {
        let call = facts.body(rows_call.body).expr(rows_call.expr).as_call();
        let read = call.and_then(|call| Some((call, reads(call, rows_call)?)));
        let Some((call, reads)) = read else { continue };
        let model = match rows_call.model {
            Ok(model) => model,
            Err(why) => {
                if asks_like_a_query(call, reads) {
                    queries.open.push(OpenQuery::new(call, why.text()));
                }
                continue;
            }
        };
        if reads == Reads::Expressions {
            let found = aggregates::inflated(project, module, model, call);
            queries.inflated.extend(found);
        }
        let annotations = annotations(&reader, call, reads, model);
        let is_own = matches!(reads, Reads::Columns | Reads::Prefetches | Reads::Made);
        if annotations.is_open && !is_own {
            if asks_like_a_query(call, reads) {
                queries.open.push(OpenQuery::new(call, ANNOTATED));
            }
            continue;
        }
        queries.known += usize::from(asks_like_a_query(call, reads));
        let mut collector = Collector {
            project,
            module,
            model,
            annotations,
            found: &mut queries.names,
        };
        collector.call(call, reads);
    }
    queries.names.sort_by_key(|name| name.place);
    queries
}

/// How a call reads its arguments; `None` where it reads no names.
fn reads(call: CallRef<'_>, on: &RowsCall) -> Option<Reads> {
    if on.makes_row {
        return Some(Reads::Made);
    }
    let (_, method) = call.callee.as_attribute()?;
    let found = METHODS.binary_search_by_key(&method, |(method, _)| method);
    found.ok().map(|index| METHODS[index].1)
}

/// The names besides fields that the arguments of a method may have.
fn annotations<'a>(
    reader: &Reader<'a>,
    call: CallRef<'a>,
    reads: Reads,
    model: ModelId,
) -> Annotations {
    let rows = call.callee.as_attribute().filter(|_| reads != Reads::Made);
    let Some((object, method)) = rows else {
        return Annotations::default();
    };
    let mut annotations = reader.of(object, model);
    if matches!(method, "annotate" | "alias" | "values" | "values_list") {
        // Later ones may use earlier ones.
        annotations.add_given(call);
    }
    annotations
}

const ANNOTATED: &str = "the queryset may have annotations that were not seen";

/// Whether a call looks like one of a queryset, whatever it is of.
fn asks_like_a_query(call: CallRef<'_>, reads: Reads) -> bool {
    match reads {
        Reads::Lookups => call.keywords().next().is_some(),
        Reads::Order | Reads::Names | Reads::Relations | Reads::Prefetches => {
            call.positional().any(|given| given.as_str().is_some())
        }
        Reads::Expressions | Reads::Columns | Reads::First | Reads::Made => false,
    }
}

struct Collector<'a, 'f> {
    project: &'a Project,
    module: ModuleId,
    model: ModelId,
    annotations: Annotations,
    found: &'f mut Vec<QueryName>,
}

impl<'a> Collector<'a, '_> {
    fn call(&mut self, call: CallRef<'a>, reads: Reads) {
        match reads {
            Reads::Lookups => {
                self.conditions(call);
            }
            Reads::Prefetches => {
                for given in call.positional() {
                    let prefetch = given.as_call();
                    let prefetch = prefetch.filter(|call| self.is_djangos(*call, &["Prefetch"]));
                    let path = prefetch.map_or(Some(given), |call| call.argument(0, "lookup"));
                    if let Some((given, path)) = path.and_then(|path| Some((path, path.as_str()?)))
                    {
                        self.add(path, Place::Text(given), Role::Prefetch);
                    }
                }
            }
            Reads::Names | Reads::Order | Reads::Relations | Reads::First => {
                let most = if reads == Reads::First { 1 } else { usize::MAX };
                for given in call.positional().take(most) {
                    match given.as_str() {
                        Some(path) => self.path(given, path, reads),
                        None => self.expression(given),
                    }
                }
                let keywords = call.keywords();
                for (_, value) in keywords.filter(|(name, _)| !OPTIONS.contains(name)) {
                    self.expression(value);
                }
            }
            Reads::Expressions => {
                for argument in call.arguments() {
                    self.expression(call.expr.at(argument.value));
                }
            }
            Reads::Columns => {
                for (name, value) in call.keywords() {
                    self.add(name, Place::Keyword(value), Role::Column);
                    self.expression(value);
                }
            }
            Reads::Made => {
                for (name, value) in call.keywords() {
                    self.made(name, value);
                }
            }
        }
    }

    fn path(&mut self, given: ExprRef<'a>, path: &str, reads: Reads) {
        let role = match reads {
            Reads::Relations => Role::Load,
            _ => Role::Value,
        };
        let path = match reads {
            Reads::Order => path.trim_start_matches(['-', '+']),
            _ => path,
        };
        // `order_by("?")`, a raw column of `extra(order_by=...)`
        if path != "?" && !path.contains('.') {
            self.add(path, Place::Text(given), role);
        }
    }

    /// What a new row gets: a keyword, or the defaults of `get_or_create()` and its like.
    fn made(&mut self, name: &str, value: ExprRef<'a>) {
        match (name, value.items()) {
            ("defaults" | "create_defaults", Some(items)) => {
                for (key, value) in items {
                    if let Some((key, name)) = key.and_then(|key| Some((key, key.as_str()?))) {
                        self.add(name, Place::Pair(key, value), Role::Made);
                    }
                }
            }
            _ => self.add(name, Place::Keyword(value), Role::Made),
        }
    }

    /// Keywords that compare, and `Q` objects.
    fn conditions(&mut self, call: CallRef<'a>) {
        for (name, value) in call.keywords() {
            self.add(name, Place::Keyword(value), Role::Lookup);
            self.expression(value);
        }
        for given in call.positional() {
            self.condition(given);
        }
    }

    fn condition(&mut self, given: ExprRef<'a>) {
        match given.kind() {
            Expr::Binary(_, left, right) => {
                self.condition(given.at(left));
                self.condition(given.at(right));
            }
            Expr::Unary(_, inner) => self.condition(given.at(inner)),
            Expr::Conditional { body, orelse, .. } => {
                self.condition(given.at(body));
                self.condition(given.at(orelse));
            }
            Expr::Tuple(_) => {
                let mut pair = given.elements().into_iter().flatten();
                if let (Some(name), Some(value), None) = (pair.next(), pair.next(), pair.next())
                    && let Some(path) = name.as_str()
                {
                    self.add(path, Place::Pair(name, value), Role::Lookup);
                    self.expression(value);
                }
            }
            Expr::Call(..) => match given.as_call() {
                Some(call) if self.is_djangos(call, &["Q"]) => self.conditions(call),
                _ => self.expression(given),
            },
            _ => {}
        }
    }

    /// The names in an expression such as `F("price") * Count("lines", filter=Q(...))`.
    fn expression(&mut self, expr: ExprRef<'a>) {
        match expr.kind() {
            Expr::Binary(_, left, right) => {
                self.expression(expr.at(left));
                self.expression(expr.at(right));
            }
            Expr::Unary(_, inner) => self.expression(expr.at(inner)),
            Expr::Conditional { body, orelse, .. } => {
                self.expression(expr.at(body));
                self.expression(expr.at(orelse));
            }
            Expr::Call(..) => {
                if let Some(call) = expr.as_call() {
                    self.function(call);
                }
            }
            _ => {}
        }
    }

    fn function(&mut self, call: CallRef<'a>) {
        // `F("price").desc()`
        if let Some((object, _)) = call.callee.as_attribute()
            && object.as_call().is_some()
        {
            return self.expression(object);
        }
        if self.is_djangos(call, &["Q"]) {
            return self.conditions(call);
        }
        if self.is_djangos(call, &["When"]) {
            for given in call.positional() {
                self.condition(given);
            }
            for (name, value) in call.keywords() {
                match name {
                    "then" => self.expression(value),
                    "condition" => self.condition(value),
                    _ => self.add(name, Place::Keyword(value), Role::Lookup),
                }
            }
            return;
        }
        let most = if self.is_djangos(call, OF_ONE_PATH) {
            1
        } else if self.is_djangos(call, OF_PATHS) {
            usize::MAX
        } else {
            return;
        };
        for given in call.positional().take(most) {
            match given.as_str() {
                Some("*") => {}
                Some(path) => self.add(path, Place::Text(given), Role::Value),
                None => self.expression(given),
            }
        }
        for (name, value) in call.keywords() {
            match name {
                "filter" => self.condition(value),
                "expression" => self.expression(value),
                _ => {}
            }
        }
    }

    /// Whether a call is of one of these names of Django's.
    fn is_djangos(&self, call: CallRef<'a>, names: &[&str]) -> bool {
        let last = call.callee.last_name();
        if !last.is_some_and(|last| names.contains(&last)) {
            return false;
        }
        let modules = &self.project.modules;
        let dotted = modules.qualified_expr(self.module, call.callee);
        dotted.is_some_and(|dotted| dotted.starts_with("django."))
    }

    fn add(&mut self, path: &str, place: Place<'a>, role: Role) {
        // What is annotated, or may be, is no name of the model.
        let is_own = matches!(role, Role::Column | Role::Prefetch | Role::Made);
        if !is_own && (self.annotations.is_open || self.annotations.begin(path)) {
            return;
        }
        let (at, given) = match place {
            Place::Keyword(value) => (value, Some(value)),
            Place::Pair(name, value) => (name, Some(value)),
            Place::Text(name) => (name, None),
        };
        self.found.push(QueryName {
            model: self.model,
            path: path.to_owned(),
            role,
            given: given.map(|value| ValueRef {
                module: self.module,
                body: value.body.id,
                expr: value.id,
            }),
            place: at.span(),
            is_keyword: matches!(place, Place::Keyword(_)),
        });
    }
}

/// How a name is written.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// As a keyword, before its value.
    Keyword(ExprRef<'a>),
    /// As a text, with its value.
    Pair(ExprRef<'a>, ExprRef<'a>),
    /// As a text alone.
    Text(ExprRef<'a>),
}

/// Expressions whose first argument names a field (`django.db.models`, 4.2 to 6.1).
const OF_ONE_PATH: &[&str] = &[
    "ArrayAgg",
    "Avg",
    "Count",
    "F",
    "JSONBAgg",
    "Max",
    "Min",
    "StdDev",
    "StringAgg",
    "Sum",
    "Variance",
    "Cast",
    "ExtractDay",
    "ExtractHour",
    "ExtractMonth",
    "ExtractWeek",
    "ExtractYear",
    "Length",
    "Lower",
    "Trim",
    "Trunc",
    "TruncDate",
    "TruncDay",
    "TruncHour",
    "TruncMonth",
    "TruncQuarter",
    "TruncWeek",
    "TruncYear",
    "Upper",
];

/// Expressions all of whose arguments name fields.
const OF_PATHS: &[&str] = &["Case", "Coalesce", "Concat", "Greatest", "Least"];
