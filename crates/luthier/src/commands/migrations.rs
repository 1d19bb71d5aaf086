//! `luthier migrations`: what each migration does to a database in use, and what the models lack.

use std::slice;

use luthier_analysis::{Request, inspect};
use luthier_report::{Shown, migrations, migrations_json};

use super::{merge, plan};
use crate::arguments::{
    ListFormat, MigrationsArguments, MigrationsCommand, MigrationsListArguments,
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
    let mut found = progress::watched(|progress| {
        request.progress = Some(progress);
        inspect::migrations(&request)
    })?;
    request::expect_django(&request, &found.sources)?;
    let labels = found.value.iter().flat_map(|view| &view.apps);
    let labels: Vec<&str> = labels.map(|app| &*app.label).collect();
    expect_apps(&request, &arguments.app, &labels)?;
    if !arguments.app.is_empty() {
        for view in &mut found.value {
            view.apps.retain(|app| arguments.app.contains(&app.label));
        }
    }
    found.value.retain(|view| !view.apps.is_empty());
    if found.value.is_empty() {
        let root = request.root.display();
        output::say(&format!("no migrations were found in {root}"));
    }
    let shown = if arguments.all {
        Shown::All
    } else {
        Shown::Noticed
    };
    let text = match arguments.output_format {
        ListFormat::Text => migrations(
            &found.sources,
            &found.value,
            shown,
            output::look(arguments.output_file.as_deref()),
        ),
        ListFormat::Json => migrations_json(&found.sources, &found.value),
    };
    output::write(&text, arguments.output_file.as_deref())?;
    Ok(Verdict::Clean)
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
