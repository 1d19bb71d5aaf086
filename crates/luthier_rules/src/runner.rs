//! Calls every rule on every subject that it wants, in parallel. A rule that panics costs its own
//! findings on that subject and becomes one internal finding; the order of the output does not
//! depend on the number of threads.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use luthier_diagnostics::{DependsOn, Finding, Location};
use luthier_project::Project;
use luthier_project::modules::{ClassRef, FunctionRef, ModuleId};
use luthier_source::{Sources, Span};
use rayon::prelude::*;

use crate::context::{Context, Options};
use crate::internal;
use crate::rule::{Check, Rule};

/// Subjects that one thread judges in a row: large enough that handing them out costs nothing.
const CHUNK: usize = 64;

/// What rules had to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// By place, then code.
    pub findings: Vec<Finding>,
    /// By code, then setting.
    pub depends: Vec<DependsOn>,
    /// The codes of rules that could not work out what they ask, at least once.
    pub undecided: BTreeSet<&'static str>,
}

/// Runs `rules` over one project.
pub fn run(
    rules: &[&'static Rule],
    project: &Project,
    sources: &Sources,
    options: &Options,
) -> Output {
    let subjects = Subjects::new(project);
    let parts: Vec<Part> = rules
        .par_iter()
        .map(|rule| {
            let run = Run {
                rule,
                project,
                sources,
                options,
                subjects: &subjects,
            };
            run.all()
        })
        .collect();
    let mut output = Output::default();
    for (rule, part) in rules.iter().zip(parts) {
        output.findings.extend(part.findings);
        output.depends.extend(part.depends);
        if part.undecided {
            output.undecided.insert(rule.code);
        }
        if let Some(failure) = part.failures.first() {
            output.findings.extend(failed(rule, failure, sources));
        }
    }
    sort(&mut output.findings);
    output.depends.sort();
    output
}

/// Final order: path, line, column, code.
pub fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.location.file, finding.location.span.start);
        (key(a), a.code, a.location.span.end, &a.message).cmp(&(
            key(b),
            b.code,
            b.location.span.end,
            &b.message,
        ))
    });
    findings.dedup();
}

/// One rule over one project.
struct Run<'a> {
    rule: &'static Rule,
    project: &'a Project,
    sources: &'a Sources,
    options: &'a Options,
    subjects: &'a Subjects<'a>,
}

/// Lists of subjects that the project does not keep as such; each is made when first wanted.
struct Subjects<'a> {
    project: &'a Project,
    modules: OnceLock<Vec<ModuleId>>,
    classes: OnceLock<Vec<ClassRef>>,
    functions: OnceLock<Vec<FunctionRef>>,
}

impl<'a> Subjects<'a> {
    fn new(project: &'a Project) -> Self {
        Self {
            project,
            modules: OnceLock::new(),
            classes: OnceLock::new(),
            functions: OnceLock::new(),
        }
    }

    fn modules(&self) -> &[ModuleId] {
        self.modules
            .get_or_init(|| self.project.own_modules().collect())
    }

    fn classes(&self) -> &[ClassRef] {
        self.classes.get_or_init(|| {
            let of = |&module: &ModuleId| {
                let ids = self.project.modules.facts(module).class_ids();
                ids.map(move |class| ClassRef { module, class })
            };
            self.modules().iter().flat_map(of).collect()
        })
    }

    fn functions(&self) -> &[FunctionRef] {
        self.functions.get_or_init(|| {
            let of = |&module: &ModuleId| {
                let ids = self.project.modules.facts(module).function_ids();
                ids.map(move |function| FunctionRef { module, function })
            };
            self.modules().iter().flat_map(of).collect()
        })
    }
}

#[derive(Default)]
struct Part {
    findings: Vec<Finding>,
    depends: Vec<DependsOn>,
    undecided: bool,
    failures: Vec<String>,
}

impl Run<'_> {
    fn all(&self) -> Part {
        match self.rule.check {
            Check::Project(check) => self.each(&[()], |ctx, ()| check(ctx)),
            Check::File(check) => self.each(self.project.own_files(), |ctx, &s| check(ctx, s)),
            Check::Module(check) => self.each(self.subjects.modules(), |ctx, &s| check(ctx, s)),
            Check::Class(check) => self.each(self.subjects.classes(), |ctx, &s| check(ctx, s)),
            Check::Function(check) => self.each(self.subjects.functions(), |ctx, &s| check(ctx, s)),
            Check::Machinery => Part::default(),
        }
    }

    fn each<S: Sync>(&self, subjects: &[S], check: impl Fn(&mut Context<'_>, &S) + Sync) -> Part {
        let parts: Vec<Part> = subjects
            .par_chunks(CHUNK)
            .map(|chunk| self.in_a_row(chunk, &check))
            .collect();
        let mut whole = Part::default();
        for part in parts {
            whole.findings.extend(part.findings);
            whole.depends.extend(part.depends);
            whole.undecided |= part.undecided;
            whole.failures.extend(part.failures);
        }
        whole
    }

    fn in_a_row<S>(&self, subjects: &[S], check: impl Fn(&mut Context<'_>, &S)) -> Part {
        let mut ctx = Context::new(self.project, self.sources, self.options, self.rule);
        let mut failures = Vec::new();
        for subject in subjects {
            let before = (ctx.findings.len(), ctx.depends.len());
            let result = catch_unwind(AssertUnwindSafe(|| check(&mut ctx, subject)));
            if let Err(panic) = result {
                ctx.findings.truncate(before.0);
                ctx.depends.truncate(before.1);
                failures.push(words(&*panic));
            }
        }
        Part {
            findings: ctx.findings,
            depends: ctx.depends,
            undecided: ctx.undecided,
            failures,
        }
    }
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

fn failed(rule: &Rule, words: &str, sources: &Sources) -> Option<Finding> {
    let (file, _) = sources.iter().next()?;
    let message = format!("rule `{}` (`{}`) failed: {words}", rule.code, rule.name);
    let mut finding = internal::RULE_FAILED.finding(Location::new(file, Span::at(0)), message);
    finding.help = Some("please report this; every other rule has run".to_owned());
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    static PER_FILE: Rule = Rule {
        code: "XXX001",
        name: "per-file",
        check: Check::File(|ctx, file| {
            let text = &ctx.sources.file(file).text;
            ctx.report(Location::new(file, Span::at(0)), "seen");
            assert!(!text.contains("boom"), "cannot do `boom`");
        }),
        ..Rule::BASE
    };

    static ONCE: Rule = Rule {
        code: "XXX000",
        name: "once",
        check: Check::Project(|ctx| {
            let (file, _) = ctx.sources.iter().last().expect("there are files");
            ctx.report(Location::new(file, Span::at(0)), "project")
                .help("do something");
        }),
        ..Rule::BASE
    };

    #[test]
    fn findings_come_in_order_and_a_panic_costs_one_subject() {
        let sources = Sources::in_memory(&[("c.py", ""), ("b.py", "boom"), ("a.py", "")]);
        let project = Project::from_sources(&sources);
        let output = run(&[&PER_FILE, &ONCE], &project, &sources, &Options::default());
        let seen: Vec<_> = output
            .findings
            .iter()
            .map(|finding| {
                let path = &*sources.file(finding.location.file).path;
                (path, finding.code, finding.message.as_str())
            })
            .collect();
        assert_eq!(
            seen,
            [
                (
                    "a.py",
                    "LUT003",
                    "rule `XXX001` (`per-file`) failed: cannot do `boom`"
                ),
                ("a.py", "XXX001", "seen"),
                ("c.py", "XXX000", "project"),
                ("c.py", "XXX001", "seen"),
            ]
        );
    }

    static LONG_LINES: Rule = Rule {
        code: "XXX002",
        name: "long-lines",
        check: Check::File(|ctx, file| {
            let mut start = 0;
            for line in ctx.sources.file(file).text.split_inclusive('\n') {
                if line.trim_end().len() > 10 {
                    ctx.report(Location::new(file, Span::at(start)), "long");
                }
                start += line.len() as u32;
            }
        }),
        ..Rule::BASE
    };

    #[test]
    fn marks_of_a_fixture_are_what_is_reported() {
        let found = testing::check(
            &LONG_LINES,
            r"
--- b.py
short
quite a long line  # fires
--- templates/a.html
another long line  {# fires #}
",
        );
        assert_eq!(found.lines(), ["b.py:2: long", "templates/a.html:1: long"]);
    }

    #[test]
    #[should_panic(expected = "XXX002")]
    fn a_line_reported_without_a_mark_fails_the_test() {
        testing::check(&LONG_LINES, "--- a.py\nquite a long line\n");
    }
}
