//! `luthier compare`.

use insta::assert_snapshot;

use crate::Folder;
use crate::support::MANAGE;

/// Luthier's own findings only: `compare` has no `--select`.
const ONLY: &str = "select = [\"LUT\"]\n";

fn changed() -> Folder {
    let folder = Folder::project(&[
        ("luthier.toml", ONLY),
        ("shop/broken.py", "total = (\n"),
        ("shop/gone.py", "total = [\n"),
    ]);
    let arguments = [
        "check",
        "--output-format",
        "json",
        "--output-file",
        "old.json",
    ];
    folder.run(&arguments);
    folder.write("shop/gone.py", "total = []\n");
    folder.write("shop/new.py", "total = {\n");
    folder
}

#[test]
fn what_is_new_and_what_is_fixed() {
    let folder = changed();
    assert_snapshot!(folder.run(&["compare", "old.json"]), @"
    exit code 1
    ----- stdout -----
    New

      LUT001  this file does not parse: unexpected EOF while parsing
              shop/new.py:2:1

    Fixed

      LUT001  this file does not parse: unexpected EOF while parsing
              shop/gone.py:2

    1 new, 1 fixed, 1 unchanged
    ");
    assert_snapshot!(folder.run(&["compare", "old.json", "--output-format", "markdown"]), @"
    exit code 1
    ----- stdout -----
    ### luthier: 1 new, 1 fixed, 1 unchanged

    **New**

    - LUT001 this file does not parse: unexpected EOF while parsing `shop/new.py:2`

    **Fixed**

    - LUT001 this file does not parse: unexpected EOF while parsing `shop/gone.py:2`
    ");
    let output = folder.output(&[
        "compare",
        "old.json",
        "--output-format",
        "json",
        "--exit-zero",
    ]);
    let comparison: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(comparison["unchanged"], 1);
    assert_eq!(comparison["new"][0]["path"], "shop/new.py");
    assert_eq!(comparison["fixed"][0]["path"], "shop/gone.py");
}

#[test]
fn nothing_new() {
    let folder = changed();
    folder.write("shop/new.py", "");
    assert_snapshot!(folder.run(&["compare", "old.json", "."]), @"
    exit code 0
    ----- stdout -----
    Fixed

      LUT001  this file does not parse: unexpected EOF while parsing
              shop/gone.py:2

    0 new, 1 fixed, 1 unchanged
    ");
}

#[test]
fn only_what_was_looked_at_is_fixed() {
    let folder = changed();
    folder.write("other/broken.py", "total = (\n");
    let old = |path: &str, file: &str| {
        folder.run(&[
            "check",
            path,
            "--output-format",
            "json",
            "--output-file",
            file,
        ])
    };
    folder.write(".git/HEAD", "");
    folder.write("shop/gone.py", "total = [\n");
    old(".", "old.json");
    folder.write("shop/gone.py", "total = []\n");
    assert_snapshot!(folder.run(&["compare", "old.json", "other"]), @"
    exit code 0
    ----- stdout -----
    0 new, 0 fixed, 1 unchanged
    ");
    assert_snapshot!(folder.run(&["compare", "old.json", "shop"]), @"
    exit code 0
    ----- stdout -----
    Fixed

      LUT001  this file does not parse: unexpected EOF while parsing
              shop/gone.py:2

    0 new, 1 fixed, 2 unchanged
    ");

    // A report of the whole repository, and a project within it.
    std::fs::remove_file(folder.path("manage.py")).unwrap();
    folder.write("shop/manage.py", MANAGE);
    folder.write("shop/settings.py", "DEBUG = False\n");
    assert_snapshot!(folder.run(&["compare", "old.json", "shop"]), @"
    exit code 0
    ----- stdout -----
    Fixed

      LUT001  this file does not parse: unexpected EOF while parsing
              shop/gone.py:2

    0 new, 1 fixed, 2 unchanged
    ");
    // And the other way round.
    old("shop", "shop.json");
    assert_snapshot!(folder.run(&["compare", "shop.json"]), @"
    exit code 0
    ----- stdout -----
    0 new, 0 fixed, 2 unchanged
    ");
    assert_snapshot!(folder.run(&["compare", "shop.json", "other"]), @"
    exit code 2
    ----- stderr -----
    error: nothing to compare: the report is of `shop` in the repository, not of [FOLDER]/other
    ");
}

#[test]
fn what_was_not_to_be_shown_is_not_fixed() {
    let folder = changed();
    folder.write(
        "luthier.toml",
        "select = [\"LUT\"]\nper-file-ignores = { \"shop/broken.py\" = [\"LUT001\"] }\n",
    );
    assert_snapshot!(folder.run(&["compare", "old.json"]), @"
    exit code 1
    ----- stdout -----
    New

      LUT001  this file does not parse: unexpected EOF while parsing
              shop/new.py:2:1

    Fixed

      LUT001  this file does not parse: unexpected EOF while parsing
              shop/gone.py:2

    1 new, 1 fixed, 0 unchanged
    ");
}

#[test]
fn no_report() {
    let folder = changed();
    assert_snapshot!(folder.run(&["compare", "shop/new.py"]), @"
    exit code 2
    ----- stderr -----
    error: shop/new.py: not a report or baseline of luthier: expected ident at line 1 column 2
     hint: `luthier check --output-format json` writes one
    ");
    assert_snapshot!(folder.run(&["compare", "gone.json"]), @"
    exit code 2
    ----- stderr -----
    error: gone.json: no such file
    ");
}
