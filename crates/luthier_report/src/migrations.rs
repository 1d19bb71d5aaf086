//! `luthier migrations`: what each migration does to a database in use, and what the models lack.

use std::fmt::Write;

use luthier_diagnostics::migrations::{
    AppMigrations, DeployPhase, MigrationEntry, MigrationsView, OperationEffect, OperationEntry,
    OperationReach, Work,
};
use luthier_source::{Location, Sources};
use serde::Serialize;

use crate::json::{self, JsonPlace};
use crate::paint::{Look, Tone};
use crate::place::Place;
use crate::plain;

/// Which migrations are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Of the last ones of each app, what others may notice.
    Noticed,
    All,
}

/// For people.
pub fn migrations(sources: &Sources, views: &[MigrationsView], shown: Shown, look: Look) -> String {
    let mut out = String::new();
    for view in views {
        project(sources, view, shown, look, &mut out);
    }
    out
}

fn project(sources: &Sources, view: &MigrationsView, shown: Shown, look: Look, out: &mut String) {
    let assumed = if view.is_assumed {
        ", which nothing tells: name it with `databases` in the configuration"
    } else {
        ""
    };
    let server = format!("On {}{assumed}", view.server);
    let _ = writeln!(out, "{}\n", look.paint(Tone::Faint, &server));
    for problem in &view.problems {
        let place = place(sources, problem.location);
        let _ = writeln!(
            out,
            "{} {}  {}",
            look.paint(Tone::Bad, "✗"),
            plain::line(&problem.message),
            look.paint(Tone::Command, &place)
        );
    }
    if !view.problems.is_empty() {
        out.push('\n');
    }
    for app in &view.apps {
        app_text(sources, app, shown, look, out);
    }
}

fn app_text(sources: &Sources, app: &AppMigrations, shown: Shown, look: Look, out: &mut String) {
    let count = plain::count(app.migrations.len(), "migration");
    let last = app
        .migrations
        .last()
        .map(|last| format!(", the last is {}", last.name));
    let _ = writeln!(
        out,
        "{}  {}",
        look.paint(Tone::Heading, &plain::line(&app.label)),
        look.paint(Tone::Faint, &format!("{count}{}", last.unwrap_or_default()))
    );
    let mut hidden = 0;
    for migration in &app.migrations {
        let operations: Vec<&OperationEntry> = migration
            .operations
            .iter()
            .filter(|operation| shown == Shown::All || is_noticed(migration, operation))
            .collect();
        if operations.is_empty() {
            hidden += usize::from(!migration.operations.is_empty());
            continue;
        }
        let place = place(sources, migration.location);
        let phase = migration.phase.map(DeployPhase::name);
        let phase = phase.map(|phase| format!("  {}", look.paint(Tone::Faint, phase)));
        let _ = writeln!(
            out,
            "  {}{}  {}",
            plain::line(&migration.name),
            phase.unwrap_or_default(),
            look.paint(Tone::Command, &place)
        );
        for operation in operations {
            operation_text(operation, look, out);
        }
    }
    if hidden > 0 {
        let noun = if hidden == 1 {
            "migration"
        } else {
            "migrations"
        };
        let note =
            format!("  {hidden} more {noun} that nobody notices or that ran long ago: --all");
        let _ = writeln!(out, "{}", look.paint(Tone::Faint, &note));
    }
    for description in &app.drift {
        let _ = writeln!(
            out,
            "  {} no migration does this: {}",
            look.paint(Tone::Bad, "✗"),
            plain::line(description)
        );
    }
    for what in &app.unjudged {
        let note = format!("  ? not compared: {}", plain::line(what));
        let _ = writeln!(out, "{}", look.paint(Tone::Worry, &note));
    }
    if app.drift.is_empty() && app.unjudged.is_empty() {
        let _ = writeln!(out, "  {} no drift", look.paint(Tone::Good, "✓"));
    }
    out.push('\n');
}

/// Whether others may notice an operation: somebody waits, or a rule has something to say.
fn is_noticed(migration: &MigrationEntry, operation: &OperationEntry) -> bool {
    let waits = operation
        .effect
        .as_ref()
        .is_some_and(|effect| effect.is_long() || effect.work == Work::Unknown);
    migration.is_recent && (waits || !operation.codes.is_empty())
}

fn operation_text(operation: &OperationEntry, look: Look, out: &mut String) {
    let is_long = operation
        .effect
        .as_ref()
        .is_some_and(OperationEffect::is_long);
    let (mark, tone) = match operation.reach {
        OperationReach::Table if is_long || !operation.codes.is_empty() => ("!", Tone::Bad),
        OperationReach::Code => ("?", Tone::Worry),
        _ => ("✓", Tone::Good),
    };
    let codes = operation.codes.join(" ");
    let _ = writeln!(
        out,
        "    {} {}{}{}",
        look.paint(tone, mark),
        plain::line(&operation.description),
        if codes.is_empty() { "" } else { "  " },
        look.paint(Tone::Worry, &codes)
    );
    let words = words(operation);
    for line in plain::wrap(&words, look.width.saturating_sub(8).max(30)) {
        let _ = writeln!(out, "      {}", look.paint(Tone::Faint, &line));
    }
}

/// What happens on a table of the reader's size.
fn words(operation: &OperationEntry) -> String {
    let Some(effect) = &operation.effect else {
        return match operation.reach {
            OperationReach::NewTable => "a new table: nobody uses it yet".to_owned(),
            OperationReach::Models => "the database does not hear of it".to_owned(),
            OperationReach::NoTable => "no table is touched".to_owned(),
            OperationReach::Code => "whatever its code does".to_owned(),
            OperationReach::Table => "not worked out".to_owned(),
        };
    };
    let who = match (effect.blocks_reads, effect.blocks_writes) {
        (true, _) => "reads and writes wait",
        (false, true) => "writes wait",
        (false, false) => "nobody waits",
    };
    let table = operation.table.as_deref().unwrap_or("the table");
    let large = if effect.is_on_large_table {
        ", a large table"
    } else {
        ""
    };
    let how_long = match effect.work {
        Work::Moment if effect.lock.is_none() => String::new(),
        Work::Moment => " for a moment".to_owned(),
        Work::Scan => format!(" while all rows of {table}{large} are read"),
        Work::Index => format!(" while an index of {table}{large} is built"),
        Work::Update => format!(" while rows of {table}{large} are updated"),
        Work::Rewrite => format!(" while {table}{large} is written anew, row by row"),
        Work::Unknown => " for how long depends on the server's release".to_owned(),
    };
    match effect.lock {
        Some(lock) => format!("{who}{how_long} ({lock})"),
        None => format!("{who}{how_long}"),
    }
}

/// `shop/migrations/0002_total.py:7`
fn place(sources: &Sources, location: Location) -> String {
    let place = Place::new(sources, location);
    format!("{}:{}", place.path, place.line())
}

/// For programs.
pub fn migrations_json(sources: &Sources, views: &[MigrationsView]) -> String {
    let projects: Vec<JsonProject<'_>> = views
        .iter()
        .map(|view| JsonProject::new(sources, view))
        .collect();
    json::pretty(&JsonMigrations {
        schema_version: json::SCHEMA_VERSION,
        projects,
    })
}

#[derive(Serialize)]
struct JsonMigrations<'a> {
    schema_version: u32,
    projects: Vec<JsonProject<'a>>,
}

#[derive(Serialize)]
struct JsonProject<'a> {
    server: &'a str,
    server_assumed: bool,
    problems: Vec<JsonProblem<'a>>,
    apps: Vec<JsonApp<'a>>,
}

#[derive(Serialize)]
struct JsonProblem<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
}

#[derive(Serialize)]
struct JsonApp<'a> {
    label: &'a str,
    migrations: Vec<JsonMigration<'a>>,
    drift: &'a [String],
    not_compared: &'a [String],
}

#[derive(Serialize)]
struct JsonMigration<'a> {
    name: &'a str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
    after: &'a [String],
    recent: bool,
    /// `null` where it was not worked out.
    phase: Option<&'static str>,
    operations: Vec<JsonOperation<'a>>,
}

#[derive(Serialize)]
struct JsonOperation<'a> {
    description: &'a str,
    line: Option<u32>,
    table: Option<&'a str>,
    reach: &'static str,
    lock: Option<&'static str>,
    blocks_reads: Option<bool>,
    blocks_writes: Option<bool>,
    /// `moment`, `scan`, `index`, `update`, `rewrite`; nothing where it was not worked out.
    work: Option<&'static str>,
    large_table: bool,
    rules: &'a [&'static str],
}

impl<'a> JsonProject<'a> {
    fn new(sources: &'a Sources, view: &'a MigrationsView) -> Self {
        let problems = view.problems.iter().map(|problem| JsonProblem {
            message: &problem.message,
            place: JsonPlace::new(sources, problem.location),
        });
        let apps = view.apps.iter().map(|app| JsonApp {
            label: &app.label,
            migrations: app
                .migrations
                .iter()
                .map(|migration| JsonMigration::new(sources, migration))
                .collect(),
            drift: &app.drift,
            not_compared: &app.unjudged,
        });
        Self {
            server: &view.server,
            server_assumed: view.is_assumed,
            problems: problems.collect(),
            apps: apps.collect(),
        }
    }
}

impl<'a> JsonMigration<'a> {
    fn new(sources: &'a Sources, migration: &'a MigrationEntry) -> Self {
        let operations = migration.operations.iter().map(|operation| {
            let effect = operation.effect.as_ref();
            JsonOperation {
                description: &operation.description,
                line: operation
                    .location
                    .map(|location| Place::new(sources, location).line()),
                table: operation.table.as_deref(),
                reach: match operation.reach {
                    OperationReach::Table => "table",
                    OperationReach::NewTable => "new-table",
                    OperationReach::Models => "models",
                    OperationReach::NoTable => "no-table",
                    OperationReach::Code => "code",
                },
                lock: effect.and_then(|effect| effect.lock),
                blocks_reads: effect.map(|effect| effect.blocks_reads),
                blocks_writes: effect.map(|effect| effect.blocks_writes),
                work: effect.and_then(|effect| match effect.work {
                    Work::Moment => Some("moment"),
                    Work::Scan => Some("scan"),
                    Work::Index => Some("index"),
                    Work::Update => Some("update"),
                    Work::Rewrite => Some("rewrite"),
                    Work::Unknown => None,
                }),
                large_table: effect.is_some_and(|effect| effect.is_on_large_table),
                rules: &operation.codes,
            }
        });
        Self {
            name: &migration.name,
            place: JsonPlace::new(sources, migration.location),
            after: &migration.after,
            recent: migration.is_recent,
            phase: migration.phase.map(DeployPhase::name),
            operations: operations.collect(),
        }
    }
}
