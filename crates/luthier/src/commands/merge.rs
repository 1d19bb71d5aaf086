//! `luthier migrations merge`: one migration after all the last ones of an app.

use std::slice;

use luthier_analysis::{Change, diff, inspect, write_all};
use luthier_generate::{AppMerge, MergeOutcome, merges};
use luthier_report::{merges as merges_text, merges_json};

use super::migrations::expect_apps;
use crate::arguments::{ListFormat, MergeArguments};
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

pub(crate) fn run(arguments: &MergeArguments) -> Result<Verdict, Failure> {
    let mut request = request::new(slice::from_ref(&arguments.path), &arguments.run)?;
    let mut found = progress::watched(|progress| {
        request.progress = Some(progress);
        inspect::inspect(&request, |projects, sources| {
            let labels = projects.iter().flat_map(|project| {
                let migrations = project.migrations.all();
                migrations.map(|(_, migration)| migration.app.to_string())
            });
            let merges = projects.iter().flat_map(|project| merges(project, sources));
            (
                labels.collect::<Vec<_>>(),
                merges.collect::<Vec<AppMerge>>(),
            )
        })
    })?;
    request::expect_django(&request, &found.sources)?;
    let (labels, merges) = &mut found.value;
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    expect_apps(&request, &arguments.app, &labels)?;
    if !arguments.app.is_empty() {
        merges.retain(|merge| arguments.app.contains(&merge.app));
    }
    let changes: Vec<Change> = merges.iter().filter_map(change).collect();
    if arguments.write {
        write_all(&request.root, &changes).map_err(|refused| {
            Failure::new(format!("cannot write {}: {}", refused.path, refused.reason))
                .hint("no file was written")
        })?;
        for change in &changes {
            output::say(&format!("wrote {}", change.path));
        }
    }
    let file = arguments.output_file.as_deref();
    let text = match arguments.output_format {
        _ if arguments.diff => diff(&changes),
        ListFormat::Text => merges_text(&found.sources, merges, output::look(file)),
        ListFormat::Json => merges_json(&found.sources, merges),
    };
    output::write(&text, file)?;
    if !arguments.write && !arguments.diff && !changes.is_empty() {
        output::say("nothing is written yet: --diff shows it, --write writes it");
    }
    let are_left = match arguments.write {
        true => changes.len() < merges.len(),
        false => !merges.is_empty(),
    };
    Ok(match are_left {
        true => Verdict::Findings,
        false => Verdict::Clean,
    })
}

fn change(merge: &AppMerge) -> Option<Change> {
    match &merge.outcome {
        MergeOutcome::File(file) => Some(Change {
            path: file.path.clone(),
            before: None,
            after: Some(file.text.clone()),
        }),
        MergeOutcome::Clash(_) => None,
    }
}
