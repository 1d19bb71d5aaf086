//! `luthier graph`: pictures of the project.

use std::slice;

use luthier_analysis::inspect::{self, History};
use luthier_report::graph::graph;

use crate::arguments::{GraphArguments, GraphOf};
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

pub(crate) fn run(arguments: &GraphArguments) -> Result<Verdict, Failure> {
    let mut request = request::new(slice::from_ref(&arguments.path), &arguments.run)?;
    let found = progress::watched(|progress| {
        request.progress = Some(progress);
        inspect::graph(&request, arguments.of.into(), &History::default())
    })?;
    request::expect_django(&request, &found.sources)?;
    if found.value.nodes.is_empty() {
        let what = match arguments.of {
            GraphOf::Models => "model classes",
            GraphOf::Apps => "apps of the project",
            GraphOf::Routes => "URL patterns",
        };
        output::say(&format!(
            "nothing to draw: no {what} were found in {}",
            request.root.display()
        ));
    }
    let text = graph(&found.sources, &found.value, arguments.output_format.into());
    output::write(&text, arguments.output_file.as_deref())?;
    Ok(Verdict::Clean)
}
