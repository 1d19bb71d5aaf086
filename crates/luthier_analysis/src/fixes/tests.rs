use luthier_diagnostics::{Fix, Location};
use luthier_rules::internal;
use luthier_source::{FileId, Span};

use super::choose::{GivenUp, choose};
use super::*;
use crate::config::Loaded;
use crate::date::Date;

fn finding(fingerprint: &str, fix: Fix) -> luthier_diagnostics::Finding {
    let location = Location::new(FileId(0), Span::at(0));
    let mut finding = internal::RULE_FAILED.finding(location, String::new());
    fingerprint.clone_into(&mut finding.fingerprint);
    finding.fix = Some(fix);
    finding
}

fn replace(start: u32, end: u32, text: &str) -> Fix {
    Fix::safe("").replace(FileId(0), Span::new(start, end), text)
}

#[test]
fn fixes_that_touch_each_other_wait() {
    let sources = Sources::in_memory(&[("a.py", "aa = bb\n")]);
    let findings = [
        finding("1", replace(0, 2, "x")),
        finding("2", replace(1, 3, "y")),
        finding("3", replace(5, 7, "z")),
        finding("4", replace(0, 2, "x")),
        finding(
            "5",
            Fix::risky("").replace(FileId(0), Span::at(8), "# more\n"),
        ),
        finding("6", Fix::safe("nothing")),
    ];
    let mut given_up = GivenUp::default();
    let chosen = choose(&findings, &sources, Daring::Safe, &mut given_up);
    assert_eq!(chosen.texts, [("a.py".to_owned(), "x = z\n".to_owned())]);
    assert_eq!(chosen.codes.len(), 3);
    let chosen = choose(&findings, &sources, Daring::Unsafe, &mut given_up);
    assert_eq!(chosen.texts[0].1, "x = z\n# more\n");
    assert!(given_up.is_empty());
}

#[test]
fn a_fix_that_breaks_the_file_is_given_up_alone() {
    let sources = Sources::in_memory(&[("a.py", "aa = bb\n")]);
    let findings = [
        finding("1", replace(0, 2, "(")),
        finding("2", replace(5, 7, "z")),
        finding("3", replace(90, 99, "far outside")),
    ];
    let mut given_up = GivenUp::default();
    let chosen = choose(&findings, &sources, Daring::Safe, &mut given_up);
    assert_eq!(chosen.texts, [("a.py".to_owned(), "aa = z\n".to_owned())]);
    assert_eq!(given_up, ["1".to_owned(), "3".to_owned()].into());
}

#[test]
fn new_files_are_made_once_and_never_over_others() {
    let sources = Sources::in_memory(&[("Dockerfile", "FROM a\n"), ("app/Dockerfile", "FROM a\n")]);
    let create = |path: &str, text: &str| Fix::safe("").create(path, text);
    let findings = [
        finding("1", create(".dockerignore", ".git\n")),
        finding("2", create(".dockerignore", ".git\n")),
        finding("3", create(".dockerignore", "other\n")),
        finding("4", create("app/Dockerfile", "")),
        finding("5", create("notes.xyz", "")),
    ];
    let chosen = choose(&findings, &sources, Daring::Safe, &mut GivenUp::default());
    assert_eq!(
        chosen.texts,
        [(".dockerignore".to_owned(), ".git\n".to_owned())]
    );
    assert_eq!(chosen.codes.len(), 2);
}

fn mended(files: &[(&str, &str)]) -> Fixed {
    let request = Request::new("", Loaded::default(), Date::parse("2026-07-03").unwrap());
    let sources = Sources::in_memory(files);
    let facts = luthier_project::extract_all(&sources);
    mend(&request, Daring::Safe, sources, facts).expect("good settings")
}

#[test]
fn mending_goes_on_until_nothing_is_left() {
    // Whole lines that follow each other touch: they go one round after the other.
    let text = "\
x = 1  # luthier: ignore[nothing]
y = 2
# luthier: ignore[LUT003]
# luthier: ignore[LUT004]
# luthier: ignore[LUT005]
z = 3
";
    let fixed = mended(&[("a.py", text), ("b.py", "x = 1\n")]);
    insta::assert_snapshot!(diff(&fixed.changes), @r"
    --- a/a.py
    +++ b/a.py
    @@ -1,6 +1,3 @@
    -x = 1  # luthier: ignore[nothing]
    +x = 1
     y = 2
    -# luthier: ignore[LUT003]
    -# luthier: ignore[LUT004]
    -# luthier: ignore[LUT005]
     z = 3
    ");
    assert_eq!(fixed.applied, [("LUT002", 4)].into());
    assert_eq!((fixed.outcome.findings.len(), fixed.given_up), (0, 0));
}
