//! Broken input gives a value: the files of `examples/shop` cut off everywhere, and the shop with
//! one of its files in pieces, go through reading, linking and all rules; and so does a small project
//! with a file of every kind, cut off at every byte and with bytes replaced. (The examples of the
//! rules are broken at every byte where they are, in `luthier_rules`.)

mod kinds;

use std::mem::discriminant;

use luthier_project::{FileFacts, Project};
use luthier_rules::{Options, registry, runner};
use luthier_source::{FileKind, SourceFile, Sources, WalkOptions};
use rayon::prelude::*;

use crate::workspace;

/// A prime, so that the cuts of different files fall on different things.
const STEP: usize = 17;

fn shop() -> Sources {
    let root = workspace::root().join("examples/shop");
    let (sources, _) = Sources::load(&root, &WalkOptions::default(), |_| ()).expect("it is there");
    sources
}

/// Places at which `text` can be cut.
fn cuts(text: &str) -> impl Iterator<Item = usize> {
    let boundaries = (0..text.len()).filter(|&cut| text.is_char_boundary(cut));
    boundaries.step_by(STEP)
}

/// What luthier says instead of a file's facts when it failed on it.
fn failed(facts: &FileFacts) -> bool {
    let mut problems = facts.python().into_iter().flat_map(|facts| &facts.problems);
    problems.any(|problem| problem.message.contains("luthier failed"))
}

#[test]
fn every_file_cut_off() {
    let shop = shop();
    let files: Vec<&SourceFile> = shop.iter().map(|(_, file)| file).collect();
    files.par_iter().for_each(|file| {
        let whole = FileFacts::extract(file);
        for cut in cuts(&file.text) {
            let text = file.text[..cut].to_owned();
            let facts = FileFacts::extract(&SourceFile::new(&file.path, file.kind, text));
            let lost = failed(&facts) || discriminant(&facts) != discriminant(&whole);
            assert!(!lost, "{} cut off at {cut}", file.path);
        }
    });
}

/// One file at a time is empty, or only its first or second half, while the others need it.
#[test]
fn one_file_in_pieces() {
    let shop = shop();
    let files: Vec<(&str, &str)> = shop
        .iter()
        .map(|(_, file)| (&*file.path, &*file.text))
        .collect();
    let failed: Vec<String> = files
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, (path, text))| {
            let half = cuts(text).find(|cut| cut * 2 >= text.len()).unwrap_or(0);
            let pieces = ["", &text[..half], &text[half..]];
            let files = &files;
            pieces.into_iter().flat_map(move |piece| {
                let mut files = files.clone();
                files[index] = (path, piece);
                failed_rules(&files)
            })
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn failed_rules(files: &[(&str, &str)]) -> Vec<String> {
    let sources = Sources::in_memory(files);
    let project = Project::from_sources(&sources);
    let output = runner::run(&registry::all(), &project, &sources, &Options::default());
    let failed = output.findings.into_iter();
    let failed = failed.filter(|finding| finding.name == "rule-failed");
    failed.map(|finding| finding.message).collect()
}

/// All broken texts are read, and every one of so many goes on to the rules.
const LINKED: usize = 5;

/// What replaces a byte: openings without ends, ends without openings, odd white space.
const REPLACEMENTS: &[char] = &[
    '(', ']', '{', '}', '<', '"', '\'', '\\', ':', '\n', '\t', '\0', '%', '=', '$', '&', '*', '#',
    'é',
];

/// `text` cut off at every byte, and with each byte replaced.
fn broken(text: &str) -> Vec<String> {
    let cut = text.char_indices().map(|(at, _)| text[..at].to_owned());
    let replaced = text.char_indices().enumerate().map(|(turn, (at, old))| {
        let new = REPLACEMENTS[(turn * 7 + at) % REPLACEMENTS.len()];
        format!("{}{new}{}", &text[..at], &text[at + old.len_utf8()..])
    });
    cut.chain(replaced).collect()
}

#[test]
fn every_kind_of_file_broken() {
    let failed: Vec<String> = kinds::OTHERS
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, (path, text))| {
            assert!(FileKind::of(path).is_some(), "{path}");
            let broken = broken(text).into_iter().enumerate();
            broken.flat_map(move |(turn, text)| {
                if turn % LINKED != 0 {
                    let kind = FileKind::of(path).expect("asserted above");
                    FileFacts::extract(&SourceFile::new(path, kind, text));
                    return Vec::new();
                }
                let others = kinds::OTHERS.iter().enumerate();
                let mut files = kinds::PYTHON.to_vec();
                files.extend(others.map(|(other, (path, whole))| {
                    (*path, if other == index { &*text } else { *whole })
                }));
                failed_rules(&files)
            })
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
