//! What each migration does to a database in use, and what the models lack.

use std::collections::BTreeMap;

use luthier_diagnostics::migrations::{
    AppMigrations, DeployPhase, GraphProblem, MigrationEntry, MigrationsView, OperationEffect,
    OperationEntry, OperationReach, Work,
};
use luthier_diagnostics::{Confidence, Finding};
use luthier_project::django::operations::{Database, Effect, Touch};
use luthier_project::migrations::{Applied, LoadProblem, MigrationId, Operation, Phase, Reach};
use luthier_project::{Place, Project};
use luthier_source::Sources;
use luthier_source::sql::Kind;

/// What is asked about the migrations of a project.
pub(super) struct Asked<'a> {
    pub(super) sources: &'a Sources,
    /// Of the rules about migrations.
    pub(super) findings: &'a [Finding],
    pub(super) large_tables: &'a [String],
}

pub(super) fn view(project: &Project, asked: &Asked<'_>) -> MigrationsView {
    let server = project.server();
    let mut operations: BTreeMap<MigrationId, Vec<OperationEntry>> = BTreeMap::new();
    for applied in project.migrations.applied() {
        let entries = operations.entry(applied.migration).or_default();
        match statements(project, applied, asked) {
            Some(statements) => entries.extend(statements),
            None => entries.push(operation(project, server, applied, asked)),
        }
    }
    let mut apps: BTreeMap<String, AppMigrations> = BTreeMap::new();
    for (id, migration) in project.migrations.in_order() {
        let entry = MigrationEntry {
            name: migration.name.to_string(),
            location: migration.place,
            after: migration
                .dependencies
                .iter()
                .map(|reference| format!("{}.{}", reference.app, reference.name))
                .collect(),
            is_recent: project.migrations.is_recent(id),
            phase: match project.phase(id) {
                Phase::Any => Some(DeployPhase::Any),
                Phase::Expand => Some(DeployPhase::Expand),
                Phase::Contract => Some(DeployPhase::Contract),
                Phase::Data => Some(DeployPhase::Data),
                Phase::Mixed => Some(DeployPhase::Mixed),
                Phase::Unknown => None,
            },
            operations: operations.remove(&id).unwrap_or_default(),
        };
        of_app(&mut apps, &migration.app).migrations.push(entry);
    }
    let drift = project.migrations.drift();
    for drifted in &drift.apps {
        let lacks = drifted.operations().map(Operation::describe);
        of_app(&mut apps, &drifted.app).drift = lacks.collect();
    }
    for unjudged in &drift.unjudged {
        let app = of_app(&mut apps, &unjudged.app);
        app.unjudged.push(unjudged.what.clone());
    }
    MigrationsView {
        server: server.to_string(),
        is_assumed: project.database.is_none(),
        problems: problems(project),
        apps: apps.into_values().collect(),
    }
}

fn of_app<'v>(apps: &'v mut BTreeMap<String, AppMigrations>, label: &str) -> &'v mut AppMigrations {
    apps.entry(label.to_owned())
        .or_insert_with(|| AppMigrations {
            label: label.to_owned(),
            migrations: Vec::new(),
            drift: Vec::new(),
            unjudged: Vec::new(),
        })
}

fn operation(
    project: &Project,
    server: Database,
    applied: &Applied,
    asked: &Asked<'_>,
) -> OperationEntry {
    let location = applied.place(&project.modules);
    let codes = codes(asked, |found| Some(found) == location);
    let reach = reach(applied);
    let model = applied.model();
    let table = model
        .filter(|_| applied.is_managed())
        .map(|model| model.table());
    let effects = match reach {
        OperationReach::Table => applied.effects(&project.modules, server, project.django.version),
        _ => None,
    };
    let is_large = applied.finds_one_of(asked.large_tables);
    OperationEntry {
        description: applied.operation().describe(),
        location,
        table: table.map(|table| table.to_string()),
        reach,
        effect: effects.map(|effects| effect(&effects, is_large)),
        codes,
    }
}

/// The rules that have something to say about a place.
fn codes(asked: &Asked<'_>, is_here: impl Fn(Place) -> bool) -> Vec<&'static str> {
    let findings = asked.findings.iter();
    let mut codes: Vec<&'static str> = findings
        .filter(|finding| finding.confidence != Confidence::Possible && is_here(finding.location))
        .map(|finding| finding.code)
        .collect();
    codes.dedup();
    codes
}

/// The statements of an operation that is SQL, where all of them are understood.
fn statements(
    project: &Project,
    applied: &Applied,
    asked: &Asked<'_>,
) -> Option<Vec<OperationEntry>> {
    if !matches!(applied.operation(), Operation::RunSql { .. }) || !applied.reaches_database() {
        return None;
    }
    let statements = project.sql(applied)?.statements()?;
    let effects = project.sql_effects(applied);
    let own = applied.place(&project.modules);
    let mut entries = Vec::new();
    for (text, statement) in statements {
        let location = text.place_of(statement, project, asked.sources).or(own);
        let tables = project.sql_tables(applied, statement);
        let is_first = entries.is_empty();
        let is_made = |table: &str| project.makes_table(applied.migration, table);
        let entry = |table: Option<&str>, reach, effect| OperationEntry {
            description: shortened(statement.span.text(&text.text)),
            location,
            table: table.map(str::to_owned),
            reach,
            effect,
            codes: codes(asked, |found| {
                // What is said of the whole operation stands at its first statement.
                Some(found) == location || (is_first && Some(found) == own)
            }),
        };
        match tables[..] {
            [] => entries.push(entry(
                None,
                match statement.kind {
                    Kind::CreateView(_) | Kind::Object | Kind::Select | Kind::Set(_) => {
                        OperationReach::NoTable
                    }
                    Kind::DropIndexes { .. } => OperationReach::Table,
                    _ => OperationReach::Code,
                },
                None,
            )),
            [table] if is_made(table) => {
                entries.push(entry(Some(table), OperationReach::NewTable, None));
            }
            _ => entries.extend(tables.iter().map(|&table| {
                let mut effects = effects.iter();
                let found = effects.find(|effect| {
                    std::ptr::eq(effect.statement, statement) && effect.table == table
                });
                let model = project.table_before(applied.migration, table);
                let is_large = model.is_some_and(|model| model.is_one_of(asked.large_tables));
                let effect =
                    found.map(|found| effect(std::slice::from_ref(&found.effect), is_large));
                entry(Some(table), OperationReach::Table, effect)
            })),
        }
    }
    Some(entries)
}

/// The first words of a statement, on one line.
fn shortened(statement: &str) -> String {
    const ENOUGH: usize = 72;
    let words: Vec<&str> = statement.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

fn reach(applied: &Applied) -> OperationReach {
    match applied.operation() {
        Operation::RunPython { .. } | Operation::RunSql { .. } | Operation::Unknown { .. } => {
            OperationReach::Code
        }
        _ if applied.reach == Reach::State || !applied.is_managed() => OperationReach::Models,
        _ if applied.step.is_overridden => OperationReach::Code,
        Operation::CreateModel { .. } => OperationReach::NewTable,
        _ if applied.is_on_new_table => OperationReach::NewTable,
        _ => OperationReach::Table,
    }
}

fn effect(effects: &[Effect], is_on_large_table: bool) -> OperationEffect {
    let touch = Applied::touch(effects);
    let lock = touch.lock.flatten();
    OperationEffect {
        lock: lock.map(|lock| lock.name()),
        blocks_reads: lock.is_some_and(|lock| lock.blocks_reads()),
        blocks_writes: lock.is_some_and(|lock| lock.blocks_writes()),
        work: work(touch),
        is_on_large_table,
    }
}

fn work(touch: Touch) -> Work {
    let parts = [
        (touch.rewrite, Work::Rewrite),
        (touch.update, Work::Update),
        (touch.index, Work::Index),
        (touch.scan, Work::Scan),
    ];
    let mut certain = parts.iter().filter(|(does, _)| *does == Some(true));
    match certain.next() {
        Some((_, work)) => *work,
        None if touch.grows_with_rows() == Some(false) => Work::Moment,
        None => Work::Unknown,
    }
}

fn problems(project: &Project) -> Vec<GraphProblem> {
    let migrations = &project.migrations;
    let mut problems = Vec::new();
    for conflict in &migrations.conflicts {
        let leaves = conflict.leaves.iter().map(|&id| migrations.get(id));
        let names: Vec<&str> = leaves.clone().map(|leaf| &*leaf.name).collect();
        for leaf in leaves {
            problems.push(GraphProblem {
                location: leaf.place,
                message: format!(
                    "conflict in {}: {} come after nothing of each other",
                    conflict.app,
                    names.join(", ")
                ),
            });
        }
    }
    for missing in &migrations.missing {
        let reference = &missing.reference;
        problems.push(GraphProblem {
            location: reference.place,
            message: format!("{}.{} is not there", reference.app, reference.name),
        });
    }
    for circle in &migrations.circles {
        let members = circle.iter().map(|&id| migrations.get(id));
        let names: Vec<String> = members
            .clone()
            .map(|member| format!("{}.{}", member.app, member.name))
            .collect();
        if let Some(first) = members.clone().next() {
            problems.push(GraphProblem {
                location: first.place,
                message: format!("these depend on each other: {}", names.join(", ")),
            });
        }
    }
    for unloadable in migrations.unloadable() {
        let why = match &unloadable.why {
            LoadProblem::NoMigration { module } => format!("{module} has no class Migration"),
            LoadProblem::NoSuchName { module, name } => format!("{module} has no `{name}`"),
        };
        problems.push(GraphProblem {
            location: unloadable.place,
            message: format!("Django cannot load it: {why}"),
        });
    }
    problems
}
