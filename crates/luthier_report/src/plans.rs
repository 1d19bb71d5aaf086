//! `luthier migrations plan`: unsafe changes, release by release.

use std::fmt::Write;

use luthier_diagnostics::NewFile;
use luthier_diagnostics::plans::{
    Adapted, Plan, PlanSource, PlanStep, PlannedMigration, Plans, Purpose, Unplanned,
};
use serde::Serialize;

use crate::json;
use crate::paint::{Look, Tone};
use crate::plain;

/// For people.
pub fn plans(all: &[Plans], look: Look) -> String {
    let mut out = String::new();
    let is_empty = |plans: &Plans| plans.plans.is_empty() && plans.unplanned.is_empty();
    if all.iter().all(is_empty) {
        let mark = look.paint(Tone::Good, "✓");
        let _ = writeln!(
            out,
            "{mark} nothing to plan: no change stops the release before or makes it wait"
        );
    }
    for (app, what) in all.iter().flat_map(|plans| &plans.unjudged) {
        let note = format!("? not compared with the models: {app}: {what}");
        let _ = writeln!(out, "{}", look.paint(Tone::Worry, &plain::line(&note)));
    }
    for plans in all {
        if is_empty(plans) {
            continue;
        }
        let assumed = if plans.is_assumed {
            ", which nothing tells: name it with `databases` in the configuration"
        } else {
            ""
        };
        let server = format!("For {}{assumed}", plans.server);
        let _ = writeln!(out, "{}\n", look.paint(Tone::Faint, &server));
        for plan in &plans.plans {
            plan_text(plan, look, &mut out);
        }
        for unplanned in &plans.unplanned {
            unplanned_text(unplanned, look, &mut out);
        }
    }
    out
}

fn plan_text(plan: &Plan, look: Look, out: &mut String) {
    let releases = plain::count(plan.steps.len(), "release");
    let source = match &plan.source {
        PlanSource::Drift => "what the models lack".to_owned(),
        PlanSource::Migrations(names) => format!("in place of {}", names.join(", ")),
    };
    let _ = writeln!(
        out,
        "{}  {}",
        look.paint(Tone::Heading, &plain::line(&plan.app)),
        look.paint(
            Tone::Faint,
            &plain::line(&format!("{source}, in {releases}"))
        )
    );
    for operation in &plan.operations {
        let _ = writeln!(out, "  {}", plain::line(operation));
    }
    let _ = writeln!(
        out,
        "  {}\n",
        look.paint(Tone::Worry, &plan.kinds.join(" "))
    );
    for step in &plan.steps {
        step_text(step, look, out);
    }
}

fn step_text(step: &PlanStep, look: Look, out: &mut String) {
    let _ = writeln!(
        out,
        "  {}",
        look.paint(Tone::Heading, &format!("Release {}", step.number))
    );
    let wrapped = |out: &mut String, tone: Tone, indent: usize, text: &str| {
        let width = look.width.saturating_sub(indent).max(30);
        for line in plain::wrap(&plain::line(text), width) {
            let _ = writeln!(out, "{:indent$}{}", "", look.paint(tone, &line));
        }
    };
    for purpose in &step.purposes {
        let _ = writeln!(out, "    {}", plain::line(&purpose.title));
        wrapped(out, Tone::Faint, 6, &purpose.why);
    }
    for path in &step.removed {
        let _ = writeln!(out, "    remove   {}", plain::line(path));
    }
    for file in &step.adapted {
        let _ = writeln!(out, "    adapt    {}", plain::line(&file.path));
    }
    for migration in &step.migrations {
        let path = plain::line(&migration.path);
        let _ = writeln!(out, "    migrate  {}", look.paint(Tone::Command, &path));
        for operation in &migration.operations {
            wrapped(out, Tone::Faint, 13, operation);
        }
    }
    for file in &step.code {
        let path = plain::line(&file.path);
        let _ = writeln!(out, "    deploy   {}", look.paint(Tone::Command, &path));
    }
    if let Some(because) = &step.irreversible {
        let note = format!("cannot be taken back: {because}");
        wrapped(out, Tone::Worry, 4, &note);
    }
    if let Some(condition) = &step.before_next {
        let note = format!("before the next release: {condition}");
        wrapped(out, Tone::Faint, 4, &note);
    }
    out.push('\n');
}

fn unplanned_text(unplanned: &Unplanned, look: Look, out: &mut String) {
    let _ = writeln!(
        out,
        "{}  {}",
        look.paint(Tone::Heading, &plain::line(&unplanned.app)),
        look.paint(Tone::Bad, "no plan")
    );
    for operation in &unplanned.operations {
        let _ = writeln!(out, "  {}", plain::line(operation));
    }
    for line in plain::wrap(&unplanned.because, look.width.saturating_sub(2).max(30)) {
        let _ = writeln!(out, "  {}", look.paint(Tone::Worry, &line));
    }
    out.push('\n');
}

/// For programs.
pub fn plans_json(all: &[Plans]) -> String {
    let plans = all.iter().flat_map(|plans| &plans.plans);
    let unplanned = all.iter().flat_map(|plans| &plans.unplanned);
    json::pretty(&JsonPlans {
        schema_version: json::SCHEMA_VERSION,
        plans: plans.map(JsonPlan::new).collect(),
        unplanned: unplanned.map(JsonUnplanned::new).collect(),
        not_compared: all
            .iter()
            .flat_map(|plans| &plans.unjudged)
            .map(|(app, what)| JsonUnjudged { app, what })
            .collect(),
    })
}

#[derive(Serialize)]
struct JsonPlans<'a> {
    schema_version: u32,
    plans: Vec<JsonPlan<'a>>,
    unplanned: Vec<JsonUnplanned<'a>>,
    not_compared: Vec<JsonUnjudged<'a>>,
}

#[derive(Serialize)]
struct JsonUnjudged<'a> {
    app: &'a str,
    what: &'a str,
}

#[derive(Serialize)]
struct JsonPlan<'a> {
    app: &'a str,
    /// `drift`, or the migration that it replaces.
    from: String,
    database: &'static str,
    /// The first one; all are in `models`.
    model: Option<&'a str>,
    models: &'a [String],
    operations: &'a [String],
    kinds: &'a [&'static str],
    steps: Vec<JsonStep<'a>>,
}

#[derive(Serialize)]
struct JsonStep<'a> {
    number: usize,
    title: String,
    why: String,
    code: Vec<JsonFile<'a>>,
    migrations: Vec<JsonMigration<'a>>,
    adapted: Vec<JsonAdapted<'a>>,
    removed: &'a [String],
    before_next: Option<&'a str>,
    reversible: bool,
    irreversible_because: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    path: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonAdapted<'a> {
    path: &'a str,
    before: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonMigration<'a> {
    path: &'a str,
    text: &'a str,
    operation_summary: &'a [String],
}

#[derive(Serialize)]
struct JsonUnplanned<'a> {
    app: &'a str,
    operations: &'a [String],
    because: &'a str,
}

impl<'a> JsonPlan<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            app: &plan.app,
            from: match &plan.source {
                PlanSource::Drift => "drift".to_owned(),
                PlanSource::Migrations(names) => names.join(", "),
            },
            database: plan.database,
            model: plan.models.first().map(String::as_str),
            models: &plan.models,
            operations: &plan.operations,
            kinds: &plan.kinds,
            steps: plan.steps.iter().map(JsonStep::new).collect(),
        }
    }
}

impl<'a> JsonStep<'a> {
    fn new(step: &'a PlanStep) -> Self {
        let joined = |text: fn(&Purpose) -> &str| {
            let texts: Vec<&str> = step.purposes.iter().map(text).collect();
            texts.join("; ")
        };
        Self {
            number: step.number,
            title: joined(|purpose| &purpose.title),
            why: joined(|purpose| &purpose.why),
            code: step.code.iter().map(JsonFile::new).collect(),
            migrations: step.migrations.iter().map(JsonMigration::new).collect(),
            adapted: step.adapted.iter().map(JsonAdapted::new).collect(),
            removed: &step.removed,
            before_next: step.before_next.as_deref(),
            reversible: step.irreversible.is_none(),
            irreversible_because: step.irreversible.as_deref(),
        }
    }
}

impl<'a> JsonFile<'a> {
    fn new(file: &'a NewFile) -> Self {
        Self {
            path: &file.path,
            text: &file.text,
        }
    }
}

impl<'a> JsonAdapted<'a> {
    fn new(file: &'a Adapted) -> Self {
        Self {
            path: &file.path,
            before: &file.before,
            text: &file.text,
        }
    }
}

impl<'a> JsonMigration<'a> {
    fn new(migration: &'a PlannedMigration) -> Self {
        Self {
            path: &migration.path,
            text: &migration.text,
            operation_summary: &migration.operations,
        }
    }
}

impl<'a> JsonUnplanned<'a> {
    fn new(unplanned: &'a Unplanned) -> Self {
        Self {
            app: &unplanned.app,
            operations: &unplanned.operations,
            because: &unplanned.because,
        }
    }
}
