use luthier_diagnostics::apply;
use luthier_project::facts::FileFacts;
use luthier_rules::registry;

use super::*;

/// A finding of rule-failed on every line that says `wrong`.
fn wrong_lines(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in sources.iter() {
        for (start, word) in source.text.match_indices("wrong") {
            let span = Span::new(start as u32, (start + word.len()) as u32);
            let location = Location::new(file, span);
            findings.push(internal::RULE_FAILED.finding(location, "wrong".to_owned()));
        }
    }
    findings
}

struct Suppressed {
    sources: Sources,
    findings: Vec<Finding>,
    silenced: usize,
}

fn run(files: &[(&str, &str)], require_reason: bool) -> Suppressed {
    let sources = Sources::in_memory(files);
    let facts = luthier_project::extract_all(&sources);
    let mut findings = wrong_lines(&sources);
    let settings = Settings {
        ran: &registry::all(),
        require_reason,
        today: Date::parse("2026-07-03").unwrap(),
    };
    let of = |file: FileId| facts.get(file.0 as usize).and_then(FileFacts::python);
    let silenced = suppress(&mut findings, &sources, of, settings);
    Suppressed {
        sources,
        findings,
        silenced,
    }
}

impl Suppressed {
    fn lines(&self) -> Vec<String> {
        let describe = |finding: &Finding| {
            let file = self.sources.file(finding.location.file);
            let line = file.line_column(finding.location.span.start).line;
            format!("{line} {} {}", finding.code, finding.message)
        };
        self.findings.iter().map(describe).collect()
    }

    /// The text of the only file after all fixes.
    fn fixed(&self) -> String {
        let edits: Vec<(Span, &str)> = self
            .findings
            .iter()
            .filter_map(|finding| finding.fix.as_ref())
            .flat_map(|fix| &fix.edits)
            .map(|edit| (edit.span, edit.text.as_str()))
            .collect();
        apply(&self.sources.file(FileId(0)).text, &edits).unwrap()
    }
}

#[test]
fn comments_silence_what_they_name_where_they_stand() {
    let python = "\
wrong  # luthier: ignore[LUT003] known
# luthier: ignore[rule-failed]
wrong
wrong
text = '# luthier: ignore[LUT003]' + wrong
";
    let found = run(&[("a.py", python)], false);
    assert_eq!(found.lines(), ["4 LUT003 wrong", "5 LUT003 wrong"]);
    assert_eq!(found.silenced, 2);

    let dockerfile = "# luthier: ignore[LUT003] base image of our own\nFROM wrong\nUSER wrong\n";
    assert_eq!(
        run(&[("Dockerfile", dockerfile)], false).lines(),
        ["3 LUT003 wrong"]
    );

    let template = "\
<p>wrong</p> {# a note #} {# luthier: ignore[LUT003] #}
{# luthier: ignore[LUT003] #}

<p>wrong</p>
wrong
";
    let found = run(&[("templates/a.html", template)], false);
    assert_eq!(found.lines(), ["5 LUT003 wrong"]);
}

#[test]
fn a_whole_file_can_be_left_out() {
    let text = "wrong\n\n# luthier: ignore-file[LUT] generated\nwrong\n";
    assert_eq!(run(&[("a.py", text)], true).lines(), Vec::<String>::new());
}

#[test]
fn what_silences_nothing_is_reported_and_taken_out() {
    let text = "\
x = 1  # noqa  # luthier: ignore[LUT003] no more
# luthier: ignore[nothing]
y = 2
wrong  # luthier: ignore[LUT002, LUT003, other, LUT004]
";
    let found = run(&[("a.py", text)], false);
    assert_eq!(
        found.lines(),
        [
            "1 LUT002 this suppression is not needed for `LUT003`",
            "2 LUT002 no rule is called `nothing`",
            "4 LUT002 this suppression is not needed for `LUT002`, `other`, `LUT004`",
        ]
    );
    assert_eq!(
        found.fixed(),
        "x = 1  # noqa\ny = 2\nwrong  # luthier: ignore[LUT003]\n"
    );
}

#[test]
fn a_comment_for_rules_that_did_not_run_is_left_alone() {
    let sources = Sources::in_memory(&[("a.py", "x = 1  # luthier: ignore[LUT003]\n")]);
    let facts = luthier_project::extract_all(&sources);
    let settings = Settings {
        ran: &[internal::UNUSED_SUPPRESSION],
        require_reason: false,
        today: Date::parse("2026-07-03").unwrap(),
    };
    let mut findings = Vec::new();
    let of = |file: FileId| facts[file.0 as usize].python();
    suppress(&mut findings, &sources, of, settings);
    assert_eq!(findings, []);
}

#[test]
fn days_and_reasons_are_kept() {
    let text = "\
wrong  # luthier: ignore[LUT003] until=2026-07-02 soon
wrong  # luthier: ignore[LUT003] until=2026-07-03 soon
wrong  # luthier: ignore[LUT003]
wrong  # luthier: ignore
";
    assert_eq!(
        run(&[("a.py", text)], true).lines(),
        [
            "1 LUT003 wrong",
            "3 LUT003 wrong",
            "4 LUT003 wrong",
            "1 LUT004 this suppression has expired on 2026-07-02 and silences nothing",
            "3 LUT005 this suppression says no reason and silences nothing",
            "4 LUT006 this suppression cannot be read: it names no rule in brackets",
        ]
    );
}
