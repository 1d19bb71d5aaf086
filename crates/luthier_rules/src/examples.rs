//! The four tests that every rule's docs are.

use std::collections::BTreeSet;

use luthier_diagnostics::{Applicability, FixAvailability, apply};
use luthier_source::{FileKind, Sources, Span, python};

use crate::docs;
use crate::rule::Rule;
use crate::testing::{self, Findings};

/// There are examples, and their Python parses.
#[track_caller]
pub(crate) fn has_examples(rule: &'static Rule) {
    let (bad, good) = (
        docs::examples(rule.docs, "Bad"),
        docs::examples(rule.docs, "Good"),
    );
    assert!(!bad.is_empty(), "{}: no example under `## Bad`", rule.code);
    assert!(
        !good.is_empty(),
        "{}: no example under `## Good`",
        rule.code
    );
    for example in &bad {
        let marked = example.files.iter().any(|file| !file.fires.is_empty());
        assert!(
            marked,
            "{}: no line of {example:?} is marked `# fires`",
            rule.code
        );
    }
    if rule.name == "syntax-error" {
        return;
    }
    for file in bad.iter().chain(&good).flat_map(|example| &example.files) {
        assert!(
            FileKind::of(&file.path).is_some(),
            "{}: {} is not read",
            rule.code,
            file.path
        );
        if FileKind::of(&file.path) == Some(FileKind::Python) {
            let problems = python::parse(&file.text).problems;
            assert_eq!(problems, [], "{}: {} parses", rule.code, file.path);
        }
    }
}

/// Exactly the marked lines are reported.
#[track_caller]
pub(crate) fn bad_fires(rule: &'static Rule) {
    for example in docs::examples(rule.docs, "Bad") {
        testing::check_example(rule, &example);
    }
}

/// Nothing is reported.
#[track_caller]
pub(crate) fn good_is_quiet(rule: &'static Rule) {
    for example in docs::examples(rule.docs, "Good") {
        let marked = example.files.iter().any(|file| !file.fires.is_empty());
        assert!(!marked, "{}: a line under `## Good` is marked", rule.code);
        testing::check_example(rule, &example);
    }
}

/// The fixes turn Bad into exactly Fixed, which is quiet.
#[track_caller]
pub(crate) fn fix_gives_fixed(rule: &'static Rule) {
    let fixed = docs::examples(rule.docs, "Fixed");
    let bad = docs::examples(rule.docs, "Bad");
    assert!(
        fixed.len() <= bad.len(),
        "{}: more Fixed than Bad",
        rule.code
    );
    for (index, example) in bad.iter().enumerate() {
        let before = testing::run_example(rule, example);
        let mendable = before
            .findings
            .iter()
            .filter(|finding| finding.fix.is_some())
            .count();
        match rule.fix {
            FixAvailability::None => assert_eq!(mendable, 0, "{}: declares no fix", rule.code),
            FixAvailability::Sometimes => {}
            FixAvailability::Always => {
                assert_eq!(
                    mendable,
                    before.findings.len(),
                    "{}: always has a fix",
                    rule.code
                );
            }
        }
        let expected = fixed.get(index);
        assert_eq!(
            mendable > 0,
            expected.is_some(),
            "{}: Fixed of example {index}",
            rule.code
        );
        let Some(expected) = expected else { continue };
        for fix in before
            .findings
            .iter()
            .filter_map(|finding| finding.fix.as_ref())
        {
            assert!(is_sentence(&fix.title), "{}: `{}`", rule.code, fix.title);
        }
        let after = with_fixes(&before);
        for file in &expected.files {
            let text = after.iter().find(|(path, _)| *path == file.path);
            assert_eq!(
                text.map(|(_, text)| text.as_str()),
                Some(file.text.as_str())
            );
        }
        let changed: BTreeSet<&str> = expected
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect();
        for (path, text) in &after {
            let old = example.files.iter().find(|file| file.path == *path);
            let untouched = old.is_some_and(|old| old.text == *text);
            assert!(
                untouched || changed.contains(path.as_str()),
                "{path} changed"
            );
        }
        let files: Vec<(&str, &str)> = after
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let again = testing::run(rule, Sources::in_memory(&files));
        let quiet = again.findings.iter().all(|finding| finding.fix.is_none());
        assert!(quiet, "{}: Fixed is quiet", rule.code);
    }
}

/// Whether a fix's title is one sentence without its full stop: a capital at the beginning, and no
/// other word with one unless it is code or a name.
fn is_sentence(title: &str) -> bool {
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    let plain: String = title.split('`').step_by(2).collect();
    let mut words = plain.split(' ').filter(|word| !word.is_empty());
    capital(title)
        && !title.ends_with(['.', '!'])
        && words.all(|word| title.starts_with(word) || NAMES.contains(&word) || !capital(word))
}

/// Words that are written with a capital wherever they stand.
const NAMES: &[&str] = &["Django", "Python"];

/// Every file after all fixes at once.
fn with_fixes(before: &Findings) -> Vec<(String, String)> {
    let fixes: Vec<_> = before
        .findings
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .filter(|fix| fix.applicability != Applicability::Display)
        .collect();
    let new_files = fixes.iter().flat_map(|fix| &fix.new_files);
    let new_files = new_files.map(|file| (file.path.clone(), file.text.clone()));
    let changed = before.sources.iter().map(|(id, file)| {
        let edits: Vec<(Span, &str)> = fixes
            .iter()
            .flat_map(|fix| &fix.edits)
            .filter(|edit| edit.file == id)
            .map(|edit| (edit.span, edit.text.as_str()))
            .collect();
        let text = apply(&file.text, &edits).expect("the fixes of an example agree");
        (file.path.to_string(), text)
    });
    changed.chain(new_files).collect()
}

/// A rule as simple as can be, to try the tests on.
mod sample {
    use luthier_diagnostics::{Fix, FixAvailability, Location};
    use luthier_source::{FileId, Span};

    use crate::{Check, Context, declare_rule};

    declare_rule! {
        /// A file says `old`.
        ///
        /// ## Project
        ///
        /// ```python file=shop/__init__.py
        /// ```
        ///
        /// ## Bad
        ///
        /// ```python file=shop/models.py
        /// x = 1
        /// y = old  # fires
        /// ```
        ///
        /// ```dockerfile file=Dockerfile
        /// FROM old  # fires
        /// ```
        ///
        /// ## Fixed
        ///
        /// ```python file=shop/models.py
        /// x = 1
        /// y = new
        /// ```
        ///
        /// ```dockerfile file=Dockerfile
        /// FROM new
        /// ```
        ///
        /// ## Good
        ///
        /// ```python file=shop/models.py
        /// x = new
        /// ```
        RULE = {
            code: "XXX003",
            name: "sample",
            fix: FixAvailability::Always,
            check: Check::File(check),
        }
    }

    fn check(ctx: &mut Context<'_>, file: FileId) {
        if let Some(start) = ctx.sources.file(file).text.find("old") {
            let span = Span::new(start as u32, start as u32 + 3);
            ctx.report(Location::new(file, span), "`old` is old")
                .fix(Fix::safe("Say `new`").replace(file, span, "new"));
        }
    }
}
