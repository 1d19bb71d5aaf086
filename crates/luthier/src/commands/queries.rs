//! `luthier queries`: the queries that each route, task and command is predicted to make.

use std::slice;

use luthier_analysis::inspect;
use luthier_report::{queries, queries_json};

use crate::arguments::{ListFormat, QueriesArguments};
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

pub(crate) fn run(arguments: &QueriesArguments) -> Result<Verdict, Failure> {
    let mut request = request::new(slice::from_ref(&arguments.path), &arguments.run)?;
    let found = progress::watched(|progress| {
        request.progress = Some(progress);
        if arguments.entry.is_empty() {
            inspect::queries(&request)
        } else {
            inspect::queries_of(&request, &arguments.entry)
        }
    })?;
    request::expect_django(&request, &found.sources)?;
    let entries = found.value;
    if let Some(missing) = arguments.entry.iter().find(|name| {
        let mut known = entries.iter();
        known.all(|entry| entry.name != **name)
    }) {
        let root = request.root.display();
        return Err(
            Failure::new(format!("no code is called `{missing}` in {root}"))
                .hint("--entry takes the dotted name of a function, a method or a view"),
        );
    }
    if entries.is_empty() {
        let root = request.root.display();
        output::say(&format!(
            "nothing to count: no routes, tasks or commands were found in {root}"
        ));
    }
    let text = match arguments.output_format {
        ListFormat::Text => queries(
            &found.sources,
            &entries,
            output::look(arguments.output_file.as_deref()),
        ),
        ListFormat::Json => queries_json(&found.sources, &entries),
    };
    output::write(&text, arguments.output_file.as_deref())?;
    Ok(Verdict::Clean)
}
