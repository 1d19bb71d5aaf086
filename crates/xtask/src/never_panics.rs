//! Broken input gives a value, whatever is broken: every example of every rule, and the shop,
//! truncated and mutated, go through reading, linking and all rules.

use luthier_project::{FileFacts, Project};
use luthier_rules::{Options, docs, registry, runner};
use luthier_source::{FileKind, SourceFile, Sources, WalkOptions};
use rayon::prelude::*;

use crate::workspace;

/// A small project: files by path.
type Fixture = Vec<(String, String)>;

/// What is put into a text to break it.
const INTRUDERS: &[&str] = &[
    "(", ")", "[", "{", "\"\"\"", "'", "\\", ":", "\n    ", "\u{0}", "é", "{%", "}}",
];

/// The examples of all rules, each project once.
fn examples() -> Vec<Fixture> {
    let mut fixtures: Vec<Fixture> = Vec::new();
    for rule in registry::all() {
        for heading in ["Bad", "Good"] {
            for example in docs::examples(rule.docs, heading) {
                let files = example.files.into_iter();
                fixtures.push(files.map(|file| (file.path, file.text)).collect());
            }
        }
    }
    fixtures.sort();
    fixtures.dedup();
    fixtures
}

fn shop() -> Fixture {
    let root = workspace::root().join("examples/shop");
    let (sources, _) = Sources::load(&root, &WalkOptions::default(), |_| ()).expect("it is there");
    let files = sources.iter().map(|(_, file)| file);
    files
        .map(|file| (file.path.to_string(), file.text.to_string()))
        .collect()
}

fn extract(path: &str, text: &str) {
    if let Some(kind) = FileKind::of(path) {
        FileFacts::extract(&SourceFile::new(path, kind, text.to_owned()));
    }
}

/// Every `step`-th place at which `text` can be cut.
fn cuts(text: &str, step: usize) -> impl Iterator<Item = usize> {
    let boundaries = (0..=text.len()).filter(|&cut| text.is_char_boundary(cut));
    boundaries.step_by(step)
}

/// The texts that `text` becomes when it breaks: cut at each line's end and middle, without a
/// line, with a line twice, with an intruder in a line.
fn broken(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut broken = Vec::new();
    let mut start = 0;
    for (number, line) in lines.iter().enumerate() {
        let (end, middle) = (start + line.len(), start + middle(line));
        let (before, after) = (&text[..start], &text[end..]);
        let intruder = INTRUDERS[number % INTRUDERS.len()];
        broken.extend([
            text[..end].to_owned(),
            text[..middle].to_owned(),
            format!("{before}{after}"),
            format!("{before}{line}{line}{after}"),
            format!("{}{intruder}{}", &text[..middle], &text[middle..]),
        ]);
        start = end;
    }
    broken
}

/// A place in the middle of a line where it can be cut.
fn middle(line: &str) -> usize {
    (0..=line.len() / 2)
        .rev()
        .find(|&cut| line.is_char_boundary(cut))
        .unwrap_or(0)
}

/// Runs every rule; the rules that failed.
fn failures(fixture: &Fixture, path: &str, text: &str) -> Vec<String> {
    let files: Vec<(&str, &str)> = fixture
        .iter()
        .map(|(own, whole)| (own.as_str(), if own == path { text } else { whole }))
        .collect();
    let sources = Sources::in_memory(&files);
    let project = Project::from_sources(&sources);
    let output = runner::run(&registry::all(), &project, &sources, &Options::default());
    let failed = output.findings.iter().filter(|it| it.name == "rule-failed");
    failed
        .map(|finding| format!("{} on {path}:\n{text}", finding.message))
        .collect()
}

#[test]
fn facts_of_every_truncation() {
    let mut files: Vec<(String, String, usize)> = Vec::new();
    for (path, text) in examples().into_iter().flatten() {
        files.push((path, text, 1));
    }
    for (path, text) in shop() {
        files.push((path, text, 17));
    }
    files.sort();
    files.dedup();
    files.par_iter().for_each(|(path, text, step)| {
        for cut in cuts(text, *step) {
            extract(path, &text[..cut]);
        }
    });
}

#[test]
fn rules_on_broken_examples() {
    let failed: Vec<String> = examples()
        .par_iter()
        .flat_map_iter(|fixture| {
            let files = fixture.iter();
            files.flat_map(move |(path, text)| {
                let texts = broken(text).into_iter();
                texts.flat_map(move |text| failures(fixture, path, &text))
            })
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// One file at a time is missing, or ends in its middle, while the others need it.
#[test]
fn rules_on_the_shop_in_pieces() {
    let shop = shop();
    let failed: Vec<String> = shop
        .par_iter()
        .flat_map_iter(|(path, text)| {
            let half = middle(text);
            ["", &text[..half], &text[half..]]
                .into_iter()
                .flat_map(|text| failures(&shop, path, text))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
