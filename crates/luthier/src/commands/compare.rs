//! `luthier compare`: what changed since an earlier report.

use luthier_analysis::config::FailOn;
use luthier_analysis::{check, compare};
use luthier_report::{comparison, comparison_json, comparison_markdown};

use super::check::{asked, confidence};
use crate::arguments::{CompareArguments, ComparisonFormat};
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

pub(crate) fn run(arguments: &CompareArguments) -> Result<Verdict, Failure> {
    let earlier = request::earlier(&arguments.old)?;
    let mut request = request::comparable(&arguments.path, &earlier, &arguments.run)?;
    request.review = earlier.score.is_some();
    request.asked = asked(&arguments.rules);
    request.confidence = confidence(&arguments.rules);
    request::expect_rules(&request)?;
    let outcome = progress::watched(|progress| {
        request.progress = Some(progress);
        check(&request)
    })?;
    request::expect_django(&request, &outcome.sources)?;
    let report = outcome.report();
    let changes = compare(&earlier, &outcome);
    let file = arguments.output_file.as_deref();
    let text = match arguments.output_format {
        ComparisonFormat::Text => comparison(&report, &changes, output::look(file)),
        ComparisonFormat::Json => comparison_json(&report, &changes),
        ComparisonFormat::Markdown => comparison_markdown(&report, &changes),
    };
    output::write(&text, file)?;
    let least = arguments.fail_on.map(FailOn::from);
    let fails = changes.new.iter().any(|&index| {
        let severity = report.findings[index].severity;
        least.is_none_or(|least| severity >= least.into())
    });
    Ok(if fails && !arguments.exit_zero {
        Verdict::Findings
    } else {
        Verdict::Clean
    })
}
