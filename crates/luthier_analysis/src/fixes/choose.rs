//! One round of fixes: those that do not touch each other, and the texts that they make.

use std::collections::{BTreeMap, BTreeSet};

use luthier_diagnostics::{Edit, Finding, Fix, apply};
use luthier_source::{FileId, FileKind, Sources, Span, problems};

use super::Daring;

/// Fixes that are not tried again, by their finding's fingerprint.
pub(super) type GivenUp = BTreeSet<String>;

/// The result of one round.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// The code of each finding that is mended.
    pub(super) codes: Vec<&'static str>,
    /// New texts by path.
    pub(super) texts: Vec<(String, String)>,
}

/// Takes fixes in the order of the findings. One that touches an earlier one waits for the next
/// round; one after which a file does not parse any more is given up.
pub(super) fn choose(
    findings: &[Finding],
    sources: &Sources,
    daring: Daring,
    given_up: &mut GivenUp,
) -> Chosen {
    let mut wanted: Vec<&Finding> = Vec::new();
    for finding in findings {
        let fix = finding.fix.as_ref();
        let allowed = fix.is_some_and(|fix| {
            let is_empty = fix.edits.is_empty() && fix.new_files.is_empty();
            daring.allows(fix.applicability) && !is_empty
        });
        if allowed && !given_up.contains(&finding.fingerprint) {
            wanted.push(finding);
        }
    }
    let mut round = Round::new(sources);
    for finding in &wanted {
        round.take(finding);
    }
    if round.parses() {
        return round.chosen();
    }
    // Rare: one of them breaks a file. Only now is it worth parsing after each.
    let mut round = Round::new(sources);
    for finding in wanted {
        let before = round.clone();
        round.take(finding);
        if !round.parses() {
            given_up.insert(finding.fingerprint.clone());
            round = before;
        }
    }
    round.chosen()
}

/// The fixes taken so far.
#[derive(Clone)]
struct Round<'a> {
    sources: &'a Sources,
    /// By file.
    edits: BTreeMap<FileId, Vec<&'a Edit>>,
    /// Text by path.
    new_files: BTreeMap<&'a str, &'a str>,
    codes: Vec<&'static str>,
}

impl<'a> Round<'a> {
    fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            edits: BTreeMap::new(),
            new_files: BTreeMap::new(),
            codes: Vec::new(),
        }
    }

    /// Takes the finding's fix unless it touches an earlier one.
    fn take(&mut self, finding: &'a Finding) {
        let Some(fix) = &finding.fix else { return };
        if self.touches(fix) || !self.new_files_are_free(fix) {
            return;
        }
        for edit in &fix.edits {
            self.edits.entry(edit.file).or_default().push(edit);
        }
        for file in &fix.new_files {
            self.new_files.insert(&file.path, &file.text);
        }
        self.codes.push(finding.code);
    }

    /// Whether an edit of the fix meets one that is already taken. Two that say the same agree.
    fn touches(&self, fix: &Fix) -> bool {
        fix.edits.iter().any(|edit| {
            let taken = self.edits.get(&edit.file).map_or(&[][..], Vec::as_slice);
            taken.iter().any(|other| {
                let apart = edit.span.end < other.span.start || other.span.end < edit.span.start;
                edit != *other && !apart
            })
        })
    }

    /// Whether the files to be written are not there, nor to be written with another text.
    fn new_files_are_free(&self, fix: &Fix) -> bool {
        fix.new_files.iter().all(|file| {
            let taken = self.new_files.get(file.path.as_str());
            let same = taken.is_none_or(|text| *text == file.text);
            let is_read = FileKind::of(&file.path).is_some();
            same && is_read && self.sources.find(&file.path).is_none()
        })
    }

    /// Whether no file has more problems than before.
    fn parses(&self) -> bool {
        self.edits.keys().all(|&file| {
            let source = self.sources.file(file);
            let before = problems::count(source.kind, &source.text);
            let text = self.text(file);
            text.is_some_and(|text| problems::count(source.kind, &text) <= before)
        })
    }

    fn text(&self, file: FileId) -> Option<String> {
        let edits = self.edits.get(&file).map_or(&[][..], Vec::as_slice);
        let pairs: Vec<(Span, &str)> = edits
            .iter()
            .map(|edit| (edit.span, edit.text.as_str()))
            .collect();
        apply(&self.sources.file(file).text, &pairs).ok()
    }

    fn chosen(self) -> Chosen {
        let changed = self.edits.keys().filter_map(|&file| {
            let path = self.sources.file(file).path.to_string();
            Some((path, self.text(file)?))
        });
        let created = self
            .new_files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Chosen {
            texts: changed.chain(created).collect(),
            codes: self.codes,
        }
    }
}
