//! `luthier check`: findings, fixes, baselines.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use luthier_analysis::config::{FailOn, LeastConfidence};
use luthier_analysis::select::Asked;
use luthier_analysis::{
    Daring, EarlierReport, Fixed, Outcome, Request, baseline, check, diff, fix, write_all,
};
use luthier_report::{Format, Options, has_statistics, render, statistics};

use super::verdict;
use crate::arguments::{CheckArguments, OutputFormat, Rules};
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

/// The file of a baseline that was not named.
const BASELINE: &str = "luthier-baseline.json";

pub(crate) fn run(arguments: &CheckArguments) -> Result<Verdict, Failure> {
    if arguments.unsafe_fixes && !arguments.fix && !arguments.diff {
        return Err(Failure::new("--unsafe-fixes alone changes nothing")
            .hint("add --diff to see the changes, --fix to make them"));
    }
    let format: Format = arguments.output.output_format.into();
    if arguments.statistics && !has_statistics(format) {
        return Err(Failure::new(format!(
            "--statistics cannot be written as {}",
            output_format_name(arguments.output.output_format)
        ))
        .hint("it can be as text, concise, json and markdown"));
    }
    let mut request = request::new(&arguments.paths, &arguments.run)?;
    request.asked = asked(&arguments.rules);
    request.confidence = confidence(&arguments.rules);
    request.deploy = arguments.deploy;
    request.base = arguments
        .base
        .as_deref()
        .map(|revision| request::base(&request.root, revision))
        .transpose()?;
    let base = request.base.as_deref();
    request.since = request::since(&request.root, arguments.since.as_deref(), base)?;
    request::expect_rules(&request)?;
    if arguments.write_baseline {
        return write_baseline(arguments, request);
    }
    if let Some(path) = named_baseline(arguments, &request) {
        request.baseline = Some(
            request::earlier(&path)
                .map_err(|failure| failure.hint("`luthier check --write-baseline` writes it"))?,
        );
    }
    if arguments.fix || arguments.diff {
        return mend(arguments, request);
    }
    let outcome = watched(&mut request)?;
    report(arguments, &request, &outcome)
}

fn output_format_name(format: OutputFormat) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// What the command line says about rules.
pub(crate) fn asked(rules: &Rules) -> Asked {
    Asked {
        select: rules.select.clone(),
        extend_select: rules.extend_select.clone(),
        ignore: rules.ignore.clone(),
    }
}

pub(crate) fn confidence<T: From<LeastConfidence>>(rules: &Rules) -> Option<T> {
    rules
        .confidence
        .map(|confidence| LeastConfidence::from(confidence).into())
}

fn watched(request: &mut Request) -> Result<Outcome, Failure> {
    let outcome = progress::watched(|progress| {
        request.progress = Some(progress);
        check(request)
    })?;
    request::expect_django(request, &outcome.sources)?;
    Ok(outcome)
}

fn report(
    arguments: &CheckArguments,
    request: &Request,
    outcome: &Outcome,
) -> Result<Verdict, Failure> {
    let file = arguments.output.output_file.as_deref();
    let report = outcome.report();
    let look = output::look(file);
    let format = arguments.output.output_format.into();
    let counts = arguments
        .statistics
        .then(|| statistics(&report, format, look));
    let text = counts.flatten().unwrap_or_else(|| {
        let options = Options {
            look,
            show_skipped: arguments.output.show_skipped,
            ..Options::default()
        };
        render(&report, format, &options)
    });
    output::write(&text, file)?;
    if arguments.output.exit_zero {
        return Ok(Verdict::Clean);
    }
    let least = arguments.output.fail_on.map(FailOn::from);
    Ok(verdict(
        outcome,
        least.or(request.configuration.config.fail_on),
    ))
}

/// The baseline named on the command line or in the configuration.
fn named_baseline(arguments: &CheckArguments, request: &Request) -> Option<PathBuf> {
    let configured = request.configuration.config.baseline.as_ref();
    arguments.baseline.clone().or_else(|| {
        Some(
            request
                .configuration
                .folder(&request.root)
                .join(configured?),
        )
    })
}

fn write_baseline(arguments: &CheckArguments, mut request: Request) -> Result<Verdict, Failure> {
    let path = named_baseline(arguments, &request)
        .unwrap_or_else(|| request.configuration.folder(&request.root).join(BASELINE));
    let before = if path.exists() {
        let before = request::earlier(&path);
        Some(before.map_err(|failure| failure.hint("remove the file to begin anew"))?)
    } else {
        None
    };
    let outcome = watched(&mut request)?;
    expect_same_folder(&path, before.as_ref(), &outcome)?;
    let (text, kept) = baseline(&outcome, before.as_ref());
    fs::write(&path, text)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
    let number = request::count(outcome.findings.len(), "finding");
    let rest = match kept {
        0 => String::new(),
        kept => format!("; kept {kept} that this run did not look at"),
    };
    output::say(&format!("{number} accepted in {}{rest}", path.display()));
    if arguments.baseline.is_none() && request.configuration.config.baseline.is_none() {
        output::say(&format!(
            "name it in the configuration: baseline = \"{BASELINE}\""
        ));
    }
    Ok(Verdict::Clean)
}

/// Paths of one baseline are all relative to one folder.
fn expect_same_folder(
    path: &Path,
    before: Option<&EarlierReport>,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let before = before.and_then(|before| before.repository_path.as_deref());
    let now = outcome.project.repository_path.as_deref();
    match before.zip(now) {
        Some((before, now)) if before != now => {
            let named = |path: &str| match path {
                "" => "the repository itself".to_owned(),
                path => format!("`{path}` in the repository"),
            };
            Err(Failure::new(format!(
                "{} is the baseline of {}, this run is of {}",
                path.display(),
                named(before),
                named(now)
            ))
            .hint("give the same folder as PATH, or another file with --baseline"))
        }
        _ => Ok(()),
    }
}

fn mend(arguments: &CheckArguments, mut request: Request) -> Result<Verdict, Failure> {
    let daring = if arguments.unsafe_fixes {
        Daring::Unsafe
    } else {
        Daring::Safe
    };
    let fixed = progress::watched(|progress| {
        request.progress = Some(progress);
        fix(&request, daring)
    })?;
    request::expect_django(&request, &fixed.outcome.sources)?;
    if arguments.diff {
        output::write(
            &diff(&fixed.changes),
            arguments.output.output_file.as_deref(),
        )?;
        say_what_was_mended(&fixed, "would be mended");
        let is_clean = fixed.changes.is_empty() || arguments.output.exit_zero;
        return Ok(if is_clean {
            Verdict::Clean
        } else {
            Verdict::Findings
        });
    }
    write_all(&request.root, &fixed.changes).map_err(|refused| {
        Failure::new(format!("cannot mend {}: {}", refused.path, refused.reason))
            .hint("no file was changed")
    })?;
    say_what_was_mended(&fixed, "mended");
    report(arguments, &request, &fixed.outcome)
}

fn say_what_was_mended(fixed: &Fixed, words: &str) {
    let total: usize = fixed.applied.values().sum();
    let codes: Vec<String> = fixed
        .applied
        .iter()
        .map(|(code, number)| format!("{number} {code}"))
        .collect();
    if total > 0 {
        output::say(&format!(
            "{} {words} in {} ({})",
            request::count(total, "finding"),
            request::count(fixed.changes.len(), "file"),
            codes.join(", ")
        ));
    }
    if fixed.given_up > 0 {
        output::say(&format!(
            "fixes given up: {}, the file would not have parsed any more",
            fixed.given_up
        ));
    }
}
