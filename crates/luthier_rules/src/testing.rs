//! Helpers for tests of rules: one rule over one in-memory project.
//!
//! A fixture is one text; a line `--- path` begins a file, a line that ends in `# fires` is
//! reported and no other is.
//!
//! ```text
//! testing::check(&RULE, r#"
//! --- shop/models.py
//! x = 1  # fires
//! --- shop/views.py
//! y = 2
//! "#);
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use luthier_diagnostics::Finding;
use luthier_project::migrations::Since;
use luthier_project::{Base, Project, ProjectOptions, extract_all};
use luthier_source::Sources;
use toml_edit::{DocumentMut, Item, Value};

use crate::context::Options;
use crate::docs::{self, Example, ExampleFile};
use crate::rule::Rule;
use crate::runner;

/// What a rule said about a project, and the project's texts.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) sources: Sources,
    pub(crate) findings: Vec<Finding>,
}

impl Findings {
    /// `path:line: message` of each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let describe = |finding: &Finding| {
            let file = self.sources.file(finding.location.file);
            let line = file.line_column(finding.location.span.start).line;
            format!("{}:{line}: {}", file.path, finding.message)
        };
        self.findings.iter().map(describe).collect()
    }
}

/// Asserts that the rule reports exactly the marked lines of the fixture.
#[track_caller]
pub(crate) fn check(rule: &'static Rule, fixture: &str) -> Findings {
    check_example(rule, &parse(fixture))
}

/// Asserts that the rule reports exactly the marked lines of the example.
#[track_caller]
pub(crate) fn check_example(rule: &'static Rule, example: &Example) -> Findings {
    let found = run_example(rule, example);
    let mut expected = Vec::new();
    for (_, file) in found.sources.iter() {
        let marked = example.files.iter().find(|own| *own.path == *file.path);
        let lines = marked.map_or(&[][..], |own| &own.fires);
        expected.extend(lines.iter().map(|line| format!("{}:{line}", file.path)));
    }
    let mut places: Vec<String> = found.lines().iter().map(|line| place(line)).collect();
    places.dedup();
    assert_eq!(
        places,
        expected,
        "{}: found {:#?}",
        rule.code,
        found.lines()
    );
    found
}

/// What the rule says about an example.
pub(crate) fn run_example(rule: &'static Rule, example: &Example) -> Findings {
    let files = example.files.iter();
    let files = files.map(|file| (file.path.as_str(), file.text.as_str()));
    let (before, now): (Vec<_>, Vec<_>) =
        files.partition(|(path, _)| path.starts_with(docs::AT_BASE));
    let sources = Sources::in_memory(&now);
    let mut options = ProjectOptions::default();
    if !before.is_empty() {
        let before = before
            .iter()
            .map(|(path, text)| (&path[docs::AT_BASE.len()..], *text));
        let mut files: BTreeSet<String> = before.clone().map(|(path, _)| path.to_owned()).collect();
        files.extend(docs::around(rule.docs).into_iter().map(|file| file.path));
        options.base = Some(Arc::new(Base::of(String::new(), before)));
        options.since = Some(Arc::new(Since::Commit {
            commit: String::new(),
            files,
        }));
    }
    let project = Project::link_all(&sources, extract_all(&sources), &options).swap_remove(0);
    judge(rule, sources, &project)
}

pub(crate) fn run(rule: &'static Rule, sources: Sources) -> Findings {
    let project = Project::from_sources(&sources);
    judge(rule, sources, &project)
}

fn judge(rule: &'static Rule, sources: Sources, project: &Project) -> Findings {
    let options = options(&sources);
    let findings = runner::run(&[rule], project, &sources, &options).findings;
    Findings { sources, findings }
}

/// What a `luthier.toml` of the example says of tables.
fn options(sources: &Sources) -> Options {
    let file = sources.find("luthier.toml").map(|id| sources.file(id));
    let table: Option<DocumentMut> = file.and_then(|file| file.text.parse().ok());
    let large = table.as_ref().and_then(|table| table.get("large-tables"));
    let large = large.and_then(Item::as_array).into_iter().flatten();
    Options {
        large_tables: large.filter_map(Value::as_str).map(str::to_owned).collect(),
        ..Options::default()
    }
}

pub(crate) fn parse(fixture: &str) -> Example {
    let mut files: Vec<(&str, String)> = Vec::new();
    for line in fixture.trim_start_matches('\n').lines() {
        if let Some(path) = line.strip_prefix("--- ") {
            files.push((path.trim(), String::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    assert!(!files.is_empty(), "a fixture begins with `--- path`");
    Example {
        files: files
            .iter()
            .map(|(path, text)| ExampleFile::new(path, text))
            .collect(),
    }
}

/// `path:line` of `path:line: message`.
fn place(line: &str) -> String {
    line.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")
}
