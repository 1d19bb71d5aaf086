//! `luthier queries`: what each route, task and command asks the database for.

use std::fmt::Write;

use luthier_diagnostics::queries::{
    EntryKind, EntryQueries, MANY, Operation, Plan, PlannedQuery, Unseen,
};
use luthier_source::{Location, Sources};
use serde::Serialize;

use crate::json::{self, JsonPlace};
use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

/// Columns before the queries of an entry.
const INDENT: &str = "    ";

/// Columns for how often a query is made.
const TIMES: usize = 6;

/// For people.
pub fn queries(sources: &Sources, entries: &[EntryQueries], look: Look) -> String {
    let mut out = String::new();
    let kinds = [
        (EntryKind::Route, "Routes"),
        (EntryKind::GraphQl, "GraphQL, all fields asked for"),
        (EntryKind::Task, "Tasks"),
        (EntryKind::Command, "Commands"),
        (EntryKind::Function, "Code"),
    ];
    for (kind, title) in kinds {
        let mut of_kind = entries.iter().filter(|entry| entry.kind == kind).peekable();
        if of_kind.peek().is_none() {
            continue;
        }
        let _ = writeln!(out, "{}\n", look.paint(Tone::Heading, title));
        for entry in of_kind {
            entry_text(sources, entry, look, &mut out);
        }
        out.push('\n');
    }
    if !entries.is_empty() {
        summary(entries, look, &mut out);
    }
    out
}

/// `! GET orders/   3 + N   4 after the fixes`
fn entry_text(sources: &Sources, entry: &EntryQueries, look: Look, out: &mut String) {
    let (mark, tone) = match &entry.now {
        None => ("?", Tone::Faint),
        Some(plan) if plan.is_many() => ("!", Tone::Bad),
        Some(plan) if !plan.unseen.is_empty() => ("?", Tone::Worry),
        Some(_) => ("✓", Tone::Good),
    };
    let name = title(entry);
    let amount = entry.now.as_ref().map_or("not seen".to_owned(), amount);
    let after = entry
        .after
        .as_ref()
        .map(|after| format!("{} after the fixes", words(after)));
    let used =
        4 + plain::width(&amount) + after.as_ref().map_or(0, |after| plain::width(after) + 2);
    let room = look.width.saturating_sub(used + 2).max(20);
    let first = plain::cut(&name, room).into_owned();
    let _ = write!(
        out,
        "{} {}",
        look.paint(tone, mark),
        look.paint(Tone::Heading, &first),
    );
    let _ = write!(out, "  {}", look.paint(tone, &amount));
    if let Some(after) = &after {
        let _ = write!(out, "  {}", look.paint(Tone::Good, after));
    }
    out.push('\n');
    if let (Some(code), Some(location)) = (&entry.code, entry.location) {
        let place = place(sources, location);
        let code = plain::line(code).into_owned();
        beside(
            INDENT,
            &look.paint(Tone::Faint, &code),
            plain::width(&code),
            &place,
            look,
            out,
        );
    }
    let Some(plan) = &entry.now else {
        return;
    };
    for query in &plan.queries {
        query_text(sources, query, look, out);
    }
    for unseen in &plan.unseen {
        let words = format!("{:>TIMES$}  {}", "?", unseen.why);
        let place = place(sources, unseen.location);
        beside(
            INDENT,
            &look.paint(Tone::Worry, &words),
            plain::width(&words),
            &place,
            look,
            out,
        );
    }
}

/// `GET, POST orders/<int:pk>/`
fn title(entry: &EntryQueries) -> String {
    let name = match (entry.kind, &*entry.name) {
        (EntryKind::Route, name) => format!("/{}", plain::line(name)),
        (_, name) => plain::line(name).into_owned(),
    };
    match &entry.methods[..] {
        [] => name,
        methods => format!("{} {name}", methods.join(", ")),
    }
}

/// `3 queries`, `at least 3 + N queries`
fn amount(plan: &Plan) -> String {
    let noun = match plan.formula().as_str() {
        "1" => "query",
        _ => "queries",
    };
    format!("{} {noun}", words(plan))
}

fn words(plan: &Plan) -> String {
    let formula = plan.formula();
    match (plan.unseen.is_empty(), plan.up_to) {
        (false, _) => format!("at least {formula}"),
        (true, true) => format!("up to {formula}"),
        (true, false) => formula,
    }
}

fn query_text(sources: &Sources, query: &PlannedQuery, look: Look, out: &mut String) {
    let times = times(query);
    let tone = if query.loops.is_empty() {
        Tone::Faint
    } else {
        Tone::Bad
    };
    let padding = " ".repeat(TIMES.saturating_sub(plain::width(&times)));
    let sql = sql(query);
    let lead = format!("{INDENT}{padding}{}  ", look.paint(tone, &times));
    let place = place(sources, query.location);
    let before = INDENT.len() + TIMES + 2;
    let room = look.width.saturating_sub(before).max(30);
    let lines = plain::wrap(&sql, room);
    let last = lines.len().saturating_sub(1);
    for (index, line) in lines.iter().enumerate() {
        let start = if index == 0 {
            lead.clone()
        } else {
            format!("{}  ", " ".repeat(before))
        };
        if index == last {
            let columns = plain::width(line) + usize::from(index > 0) * 2;
            beside_in(&start, line, before + columns, before, &place, look, out);
        } else {
            let _ = writeln!(out, "{start}{line}");
        }
    }
}

/// `N·M`, `3`
fn times(query: &PlannedQuery) -> String {
    const FACTORS: [&str; 5] = ["", "N", "N·M", "N·M·K", "N·M·K·L"];
    let factor = FACTORS[query.loops.len().min(FACTORS.len() - 1)];
    match (query.times, factor) {
        (times, "") => times.to_string(),
        (1, factor) => factor.to_owned(),
        (times, factor) => format!("{times}{factor}"),
    }
}

/// `SELECT shop_order JOIN shop_customer WHERE status ORDER BY -placed_at`
fn sql(query: &PlannedQuery) -> String {
    let mut sql = format!("{} {}", query.operation.words(), query.table);
    for table in &query.joins {
        let _ = write!(sql, " JOIN {table}");
    }
    if !query.filters.is_empty() {
        let _ = write!(sql, " WHERE {}", query.filters.join(", "));
    }
    if !query.order.is_empty() {
        let _ = write!(sql, " ORDER BY {}", query.order.join(", "));
    }
    match (&query.relation, query.is_prefetch) {
        (Some(relation), true) => {
            let _ = write!(sql, " (prefetches {relation})");
        }
        (Some(relation), false) => {
            let _ = write!(sql, " ({relation})");
        }
        (None, _) => {}
    }
    plain::line(&sql).into_owned()
}

fn beside(indent: &str, painted: &str, columns: usize, place: &str, look: Look, out: &mut String) {
    let used = indent.len() + columns;
    beside_in(indent, painted, used, indent.len() + 4, place, look, out);
}

/// A text with its place behind it where there is room, else below it.
fn beside_in(
    start: &str,
    painted: &str,
    used: usize,
    below: usize,
    place: &str,
    look: Look,
    out: &mut String,
) {
    let shown = look.paint(Tone::Command, place);
    if used + 2 + plain::width(place) <= look.width {
        let gap = look
            .width
            .min(120)
            .saturating_sub(used + plain::width(place))
            .max(2);
        let _ = writeln!(out, "{start}{painted}{}{shown}", " ".repeat(gap));
    } else {
        let _ = writeln!(out, "{start}{painted}\n{}{shown}", " ".repeat(below));
    }
}

fn place(sources: &Sources, location: Location) -> String {
    let place = Place::new(sources, location);
    plain::line(&format!("{}:{}", place.path, place.line())).into_owned()
}

fn summary(entries: &[EntryQueries], look: Look, out: &mut String) {
    let routes = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Route);
    let routes: Vec<&EntryQueries> = routes.collect();
    let (noun, of): (&str, Vec<&EntryQueries>) = match routes.is_empty() {
        true => ("pieces of code", entries.iter().collect()),
        false => ("routes by method", routes),
    };
    let plans = || of.iter().filter_map(|entry| entry.now.as_ref());
    let over = plans().filter(|plan| plan.constant() > MANY).count();
    let growing = plans().filter(|plan| plan.degree() > 0).count();
    let unseen = of.len() - plans().count();
    let fixed = entries.iter().filter(|entry| entry.after.is_some()).count();
    let mut words = vec![
        format!("{growing} with queries that grow"),
        format!("{over} with more than {MANY}"),
    ];
    if unseen > 0 {
        words.push(format!("{unseen} not seen"));
    }
    if fixed > 0 {
        words.push(format!("{fixed} better after luthier check --fix"));
    }
    let words = format!("Of {} {noun}: {}", of.len(), words.join(", "));
    let tone = if growing + over == 0 {
        Tone::Good
    } else {
        Tone::Bad
    };
    for line in plain::wrap(&words, look.width) {
        let _ = writeln!(out, "{}", look.paint(tone, &line));
    }
}

/// For scripts.
pub fn queries_json(sources: &Sources, entries: &[EntryQueries]) -> String {
    let entries = entries.iter().map(|entry| JsonEntry {
        kind: entry.kind,
        name: &entry.name,
        methods: &entry.methods,
        code: entry.code.as_deref(),
        place: entry
            .location
            .map(|location| JsonPlace::new(sources, location)),
        over: entry.now.as_ref().map(Plan::is_many),
        now: entry.now.as_ref().map(|plan| JsonPlan::new(sources, plan)),
        after: entry
            .after
            .as_ref()
            .map(|plan| JsonPlan::new(sources, plan)),
    });
    json::pretty(&JsonQueries {
        schema_version: json::SCHEMA_VERSION,
        most: MANY,
        entries: entries.collect(),
    })
}

#[derive(Serialize)]
struct JsonQueries<'a> {
    schema_version: u32,
    /// More queries than this are many for one request.
    most: u32,
    entries: Vec<JsonEntry<'a>>,
}

#[derive(Serialize)]
struct JsonEntry<'a> {
    kind: EntryKind,
    name: &'a str,
    methods: &'a [String],
    code: Option<&'a str>,
    #[serde(flatten)]
    place: Option<JsonPlace<'a>>,
    /// Whether it makes more than `most`, or more with more rows; nothing where it was not seen.
    over: Option<bool>,
    now: Option<JsonPlan<'a>>,
    after: Option<JsonPlan<'a>>,
}

#[derive(Serialize)]
struct JsonPlan<'a> {
    formula: String,
    constant: u32,
    /// For each row, for each row of each row, and so on.
    growing: Vec<u32>,
    up_to: bool,
    at_least: bool,
    queries: Vec<JsonQuery<'a>>,
    unseen: Vec<JsonUnseen<'a>>,
}

#[derive(Serialize)]
struct JsonQuery<'a> {
    operation: Operation,
    table: &'a str,
    joins: &'a [String],
    filters: &'a [String],
    order: &'a [String],
    relation: Option<&'a str>,
    prefetch: bool,
    /// How often it is made, for each row of `loops` where there are any.
    times: u32,
    #[serde(flatten)]
    place: JsonPlace<'a>,
    calls: Vec<JsonPlace<'a>>,
    loops: Vec<JsonPlace<'a>>,
}

#[derive(Serialize)]
struct JsonUnseen<'a> {
    why: &'static str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
}

impl<'a> JsonPlan<'a> {
    fn new(sources: &'a Sources, plan: &'a Plan) -> Self {
        let places = |locations: &[Location]| {
            let locations = locations.iter();
            locations
                .map(|&location| JsonPlace::new(sources, location))
                .collect()
        };
        let queries = plan.queries.iter().map(|query| JsonQuery {
            operation: query.operation,
            table: &query.table,
            joins: &query.joins,
            filters: &query.filters,
            order: &query.order,
            relation: query.relation.as_deref(),
            prefetch: query.is_prefetch,
            times: query.times,
            place: JsonPlace::new(sources, query.location),
            calls: places(&query.calls),
            loops: places(&query.loops),
        });
        Self {
            formula: plan.formula(),
            constant: plan.constant(),
            growing: (1..=plan.degree())
                .map(|degree| plan.of_degree(degree))
                .collect(),
            up_to: plan.up_to,
            at_least: !plan.unseen.is_empty(),
            queries: queries.collect(),
            unseen: plan
                .unseen
                .iter()
                .map(|Unseen { location, why }| JsonUnseen {
                    why,
                    place: JsonPlace::new(sources, *location),
                })
                .collect(),
        }
    }
}
