//! `luthier review`: the page.

use std::slice;

use luthier_analysis::check;
use luthier_analysis::config::FailOn;
use luthier_report::{Options, render};

use super::check::{asked, confidence};
use super::verdict;
use crate::arguments::ReviewArguments;
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

pub(crate) fn run(arguments: &ReviewArguments) -> Result<Verdict, Failure> {
    let mut request = request::new(slice::from_ref(&arguments.path), &arguments.run)?;
    request.review = true;
    // A review is of the project, also when asked for from within.
    request.only.clear();
    request.asked = asked(&arguments.rules);
    request.confidence = confidence(&arguments.rules);
    request.since = request::since(&request.root, arguments.since.as_deref(), None)?;
    request::expect_rules(&request)?;
    let outcome = progress::watched(|progress| {
        request.progress = Some(progress);
        check(&request)
    })?;
    request::expect_django(&request, &outcome.sources)?;
    let file = arguments.output.output_file.as_deref();
    let options = Options {
        look: output::look(file),
        explain_score: arguments.explain_score,
        show_skipped: arguments.output.show_skipped,
        explain_unknown: arguments.explain_unknown,
    };
    let format = arguments.output.output_format.into();
    output::write(&render(&outcome.report(), format, &options), file)?;
    if arguments.output.exit_zero {
        return Ok(Verdict::Clean);
    }
    let least = arguments.output.fail_on.map(FailOn::from);
    let configured = request.configuration.config.fail_on;
    Ok(verdict(
        &outcome,
        least.or(configured).or(Some(FailOn::Error)),
    ))
}
