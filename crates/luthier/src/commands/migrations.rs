//! `luthier migrations`: what each migration does to a database in use, and what the models lack.

use std::slice;

use luthier_analysis::inspect::{self, GraphKind, History, MigrationsView};
use luthier_analysis::{Request, Sources};
use luthier_report::graph::{GraphFormat, graph};
use luthier_report::{Shown, migrations, migrations_json};

use super::{merge, plan};
use crate::arguments::{
    MigrationsArguments, MigrationsCommand, MigrationsFormat, MigrationsListArguments,
};
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

pub(crate) fn run(arguments: &MigrationsArguments) -> Result<Verdict, Failure> {
    match &arguments.command {
        Some(MigrationsCommand::Merge(arguments)) => merge::run(arguments),
        Some(MigrationsCommand::Plan(arguments)) => plan::run(arguments),
        None => list(&arguments.list),
    }
}

fn list(arguments: &MigrationsListArguments) -> Result<Verdict, Failure> {
    let mut request = request::new(slice::from_ref(&arguments.path), &arguments.run)?;
    request.since = request::since(&request.root, arguments.since.as_deref(), None)?;
    let text = match arguments.output_format {
        MigrationsFormat::Text => view(arguments, &mut request, |sources, views| {
            let shown = match arguments.all {
                true => Shown::All,
                false => Shown::Noticed,
            };
            let look = output::look(arguments.output_file.as_deref());
            migrations(sources, views, shown, look)
        }),
        MigrationsFormat::Json => view(arguments, &mut request, migrations_json),
        MigrationsFormat::Svg => picture(arguments, &mut request, GraphFormat::Svg),
        MigrationsFormat::Mermaid => picture(arguments, &mut request, GraphFormat::Mermaid),
        MigrationsFormat::Dot => picture(arguments, &mut request, GraphFormat::Dot),
    }?;
    output::write(&text, arguments.output_file.as_deref())?;
    Ok(Verdict::Clean)
}

/// What each migration does.
fn view(
    arguments: &MigrationsListArguments,
    request: &mut Request,
    write: impl FnOnce(&Sources, &[MigrationsView]) -> String,
) -> Result<String, Failure> {
    let mut found = progress::watched(|progress| {
        request.progress = Some(progress);
        inspect::migrations(request)
    })?;
    request::expect_django(request, &found.sources)?;
    let labels = found.value.iter().flat_map(|view| &view.apps);
    let labels: Vec<&str> = labels.map(|app| &*app.label).collect();
    expect_apps(request, &arguments.app, &labels)?;
    if !arguments.app.is_empty() {
        for view in &mut found.value {
            view.apps.retain(|app| arguments.app.contains(&app.label));
        }
    }
    found.value.retain(|view| !view.apps.is_empty());
    if found.value.is_empty() {
        say_none(request);
    }
    Ok(write(&found.sources, &found.value))
}

/// How the migrations follow each other.
fn picture(
    arguments: &MigrationsListArguments,
    request: &mut Request,
    format: GraphFormat,
) -> Result<String, Failure> {
    let history = History {
        apps: arguments.app.clone(),
        is_whole: arguments.all,
    };
    let found = progress::watched(|progress| {
        request.progress = Some(progress);
        inspect::graph(request, GraphKind::Migrations, &history)
    })?;
    request::expect_django(request, &found.sources)?;
    let groups = found.value.nodes.iter();
    let labels: Vec<&str> = groups.filter_map(|node| node.group.as_deref()).collect();
    expect_apps(request, &arguments.app, &labels)?;
    if found.value.nodes.is_empty() {
        say_none(request);
    }
    Ok(graph(&found.sources, &found.value, format))
}

fn say_none(request: &Request) {
    let root = request.root.display();
    output::say(&format!("no migrations were found in {root}"));
}

/// Refuses labels that no app with migrations has.
pub(super) fn expect_apps(
    request: &Request,
    wanted: &[String],
    labels: &[&str],
) -> Result<(), Failure> {
    match wanted
        .iter()
        .find(|label| !labels.contains(&label.as_str()))
    {
        None => Ok(()),
        Some(label) => {
            let root = request.root.display();
            Err(
                Failure::new(format!("no app `{label}` with migrations in {root}"))
                    .hint("--app takes the label of an app"),
            )
        }
    }
}
