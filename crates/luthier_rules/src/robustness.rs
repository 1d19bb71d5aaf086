//! Broken code never makes luthier panic: every example of every rule, cut off at every byte and
//! with bytes replaced, goes the whole way from text to findings.

use luthier_project::Project;
use luthier_source::Sources;
use rayon::prelude::*;

use crate::context::Options;
use crate::docs::{self, Example};
use crate::internal;
use crate::registry;
use crate::rule::Rule;
use crate::runner;

/// What replaces a byte: openings without ends, ends without openings, odd white space.
const REPLACEMENTS: &[char] = &[
    '(', ')', '[', '{', '"', '\'', '\\', ':', ',', '\n', '\t', '\0', '%', '=', '0', 'é',
];

fn each_example(broken: impl Fn(&str) -> Vec<String> + Sync) {
    let rules = registry::all();
    // Rules with many examples stand together: each is a piece of work of its own.
    rules.par_iter().with_max_len(1).for_each(|rule| {
        for example in ["Bad", "Good"]
            .iter()
            .flat_map(|heading| docs::examples(rule.docs, heading))
        {
            for index in 0..example.files.len() {
                for text in broken(&example.files[index].text) {
                    survives(rule, &example, index, &text);
                }
            }
        }
    });
}

/// Runs the rule on the example with the text of one file replaced.
fn survives(rule: &'static Rule, example: &Example, index: usize, text: &str) {
    let files = example.files.iter().enumerate();
    let files: Vec<(&str, &str)> = files
        .map(|(at, file)| {
            (
                file.path.as_str(),
                if at == index { text } else { &file.text },
            )
        })
        .collect();
    let sources = Sources::in_memory(&files);
    let project = Project::from_sources(&sources);
    let output = runner::run(&[rule], &project, &sources, &Options::default());
    let failure = output
        .findings
        .iter()
        .find(|finding| finding.code == internal::RULE_FAILED.code);
    assert_eq!(failure, None, "{} on {text:?}", rule.code);
    for finding in &output.findings {
        let end = sources.file(finding.location.file).text.len() as u32;
        let span = finding.location.span;
        assert!(
            span.start <= span.end && span.end <= end,
            "{} at {span:?} in {text:?}",
            rule.code
        );
    }
}

#[test]
fn cut_off_at_every_byte() {
    each_example(|text| {
        let cuts = text.char_indices().map(|(at, _)| text[..at].to_owned());
        cuts.collect()
    });
}

#[test]
fn with_bytes_replaced() {
    each_example(|text| {
        let mutate = |(turn, (at, replaced)): (usize, (usize, char))| {
            let replacement = REPLACEMENTS[(turn * 7 + at) % REPLACEMENTS.len()];
            format!(
                "{}{replacement}{}",
                &text[..at],
                &text[at + replaced.len_utf8()..]
            )
        };
        text.char_indices().enumerate().map(mutate).collect()
    });
}
