//! `explain`, `rules`, `completions`, help.

use insta::assert_snapshot;

use crate::Folder;

fn run(arguments: &[&str]) -> String {
    Folder::with(&[]).run(arguments)
}

#[test]
fn the_page_of_a_rule() {
    assert_snapshot!(run(&["explain", "unused-suppression"]), @r##"
    exit code 0
    ----- stdout -----
    LUT002 unused-suppression
    warning · internal · fixable

    A suppression comment names a rule that reports nothing there.

    Why it matters

    A comment that silences nothing claims a flaw that is gone, and would silence
    the next one at that place without anybody having looked at it.

    Bad

        shop/views.py
      ▸ total = 1  # luthier: ignore[SEC040] not a secret

    Fixed

        shop/views.py
        total = 1

    Good

    Comments for other tools are left to them, and text that only mentions the words
    is no suppression.

        shop/views.py
        total = 1  # noqa: F841
        text = "# luthier: ignore[SEC040]"
    "##);
}

#[test]
fn a_page_as_markdown_and_json() {
    let markdown = run(&["explain", "lut002", "--output-format", "markdown"]);
    assert!(
        markdown.contains("# LUT002 unused-suppression\n"),
        "{markdown}"
    );
    let output = Folder::with(&[]).output(&["explain", "LUT002", "--output-format", "json"]);
    let rule: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rule["name"], "unused-suppression");
}

#[test]
fn no_such_page() {
    assert_snapshot!(run(&["explain", "unused-supression"]), @"
    exit code 2
    ----- stderr -----
    error: no rule or category is called `unused-supression`; did you mean `unused-suppression`?
    ");
    assert_snapshot!(run(&["explain", "LUT"]), @"
    exit code 2
    ----- stderr -----
    error: `LUT` names several rules
     hint: `luthier rules LUT` lists them
    ");
    assert_snapshot!(run(&["explain", "xyzzy"]), @"
    exit code 2
    ----- stderr -----
    error: no rule or category is called `xyzzy`; `luthier rules` lists them
    ");
}

#[test]
fn some_rules() {
    assert_snapshot!(run(&["rules", "LUT002", "rule-failed"]), @"
    exit code 0
    ----- stdout -----
    internal
      LUT002  unused-suppression  warning  fix
              A suppression comment names a rule that reports nothing there.
      LUT003  rule-failed         error
              A rule broke down on this project, through a mistake in luthier.

    2 rules · luthier explain CODE shows the page of one
    ");
}

#[test]
fn all_rules_as_data() {
    let output = Folder::with(&[]).output(&["rules", "--output-format", "json"]);
    let rules: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules = rules.as_array().unwrap();
    assert!(rules.len() > 5);
    for rule in rules {
        for key in [
            "code", "name", "category", "severity", "fix", "summary", "docs",
        ] {
            assert!(rule[key].is_string(), "{key} of {rule}");
        }
    }
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = Folder::with(&[]).output(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && script.contains("output-format"),
            "{shell}"
        );
    }
}

#[test]
fn without_a_command() {
    let output = Folder::with(&[]).output(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("Usage: luthier"));
}

#[test]
fn a_command_that_is_not_there() {
    assert_snapshot!(run(&["reviw"]), @"
    exit code 2
    ----- stderr -----
    error: unrecognized subcommand 'reviw'

      tip: a similar subcommand exists: 'review'

    Usage: luthier <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn the_version() {
    let text = run(&["--version"]);
    let expected = format!("luthier {}\n", env!("CARGO_PKG_VERSION"));
    assert!(
        text.starts_with("exit code 0") && text.ends_with(&expected),
        "{text}"
    );
}
