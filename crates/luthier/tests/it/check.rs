//! `luthier check`: findings, selection, exit codes, baselines.

use insta::assert_snapshot;

use crate::Folder;
use crate::support::{MANAGE, closed_early, exists};

const BROKEN: &[(&str, &str)] = &[
    ("shop/broken.py", "total = (\n"),
    ("shop/views.py", "count = 1  # luthier: ignore[LUT001]\n"),
];

#[test]
fn findings_with_excerpts() {
    assert_snapshot!(Folder::project(BROKEN).quiet(&["check"]), @"
    exit code 1
    ----- stdout -----
    shop/broken.py ─────────────────────────────────────────────────────── 1 finding

    error LUT001 this file does not parse: unexpected EOF while parsing
      ╭▸ shop/broken.py:2:1 · syntax-error
    2 │
      │ ━
      │
      ╰ help: mend the syntax; the rest of the file was read as far as possible

    shop/views.py ──────────────────────────────────────────────────────── 1 finding

    warning LUT002 this suppression is not needed for `LUT001`
      ╭▸ shop/views.py:1:12 · unused-suppression
    1 │ count = 1  # luthier: ignore[LUT001]
      │            ━━━━━━━━━━━━━━━━━━━━━━━━━
      │
      ├ help: take it out
      ╰ fix: Take the comment out (--fix)

    2 findings (1 error, 1 warning)
    1 fixable with --fix
    ");
}

#[test]
fn nothing_to_report() {
    assert_snapshot!(Folder::project(&[]).quiet(&["check"]), @"
    exit code 0
    ----- stdout -----
    No findings.
    ");
}

#[test]
fn a_part_of_the_project() {
    let folder = Folder::project(BROKEN);
    assert_snapshot!(
        folder.quiet(&["check", "shop/views.py", "--output-format", "concise"]), @"
    exit code 1
    ----- stdout -----
    shop/views.py:1:12: LUT002* this suppression is not needed for `LUT001`
    "
    );
    std::fs::create_dir(folder.path(".git")).unwrap();
    assert_snapshot!(
        folder.quiet(&["check", "shop", "--output-format", "concise"]), @"
    exit code 1
    ----- stdout -----
    shop/broken.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    shop/views.py:1:12: LUT002* this suppression is not needed for `LUT001`
    "
    );
}

#[test]
fn what_fails_a_run() {
    let folder = Folder::project(&BROKEN[1..]);
    let code = |arguments: &[&str]| {
        let arguments = [&["check", "--select", "LUT"], arguments].concat();
        folder.output(&arguments).status.code()
    };
    assert_eq!(code(&[]), Some(1));
    assert_eq!(code(&["--fail-on", "warning"]), Some(1));
    assert_eq!(code(&["--fail-on", "error"]), Some(0));
    assert_eq!(code(&["--exit-zero"]), Some(0));
    assert_eq!(code(&["--ignore", "LUT002"]), Some(0));
    folder.write("luthier.toml", "fail-on = \"error\"\n");
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--fail-on", "info"]), Some(1));
}

#[test]
fn counts_per_rule() {
    assert_snapshot!(Folder::project(BROKEN).quiet(&["check", "--statistics"]), @"
    exit code 1
    ----- stdout -----
    1  error   LUT001  syntax-error
    1  warning LUT002  unused-suppression  1 fixable
    2 findings (1 error, 1 warning)
    ");
}

#[test]
fn counts_per_rule_in_other_formats() {
    let folder = Folder::project(BROKEN);
    let counts = |format: &str| folder.quiet(&["check", "--statistics", "--output-format", format]);
    assert_snapshot!(counts("json"), @r#"
    exit code 1
    ----- stdout -----
    {
      "schema_version": 1,
      "findings": 2,
      "statistics": [
        {
          "code": "LUT001",
          "name": "syntax-error",
          "category": "internal",
          "severity": "error",
          "count": 1,
          "fixable": 0,
          "unsafely_fixable": 0
        },
        {
          "code": "LUT002",
          "name": "unused-suppression",
          "category": "internal",
          "severity": "warning",
          "count": 1,
          "fixable": 1,
          "unsafely_fixable": 0
        }
      ]
    }
    "#);
    assert_snapshot!(counts("markdown"), @"
    exit code 1
    ----- stdout -----
    ### luthier: 2 findings (1 error, 1 warning)

    | number | severity | rule | fixable |
    | ---: | --- | --- | ---: |
    | 1 | error | LUT001 syntax-error | 0 |
    | 1 | warning | LUT002 unused-suppression | 1 |
    ");
    assert_snapshot!(counts("concise"), @"
    exit code 1
    ----- stdout -----
    1  error   LUT001  syntax-error
    1  warning LUT002  unused-suppression  1 fixable
    2 findings (1 error, 1 warning)
    ");
    assert_snapshot!(counts("github"), @"
    exit code 2
    ----- stderr -----
    error: --statistics cannot be written as github
     hint: it can be as text, concise, json and markdown
    ");
}

#[test]
fn no_rule_left() {
    let folder = Folder::project(BROKEN);
    assert_snapshot!(folder.run(&["check", "--deploy", "--select", "ORM"]), @"
    exit code 2
    ----- stderr -----
    error: none of the rules asked for is among those of Django's `check --deploy`
     hint: --deploy alone asks all of them; --select can only choose some of these
    ");
    assert_snapshot!(folder.run(&["check", "--select", "LUT", "--ignore", "LUT"]), @"
    exit code 2
    ----- stderr -----
    error: no rule is left to ask
     hint: see --select and --ignore, and `luthier config` for what is configured
    ");
}

#[test]
fn what_only_the_environment_decides() {
    let folder = Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "import os\n\nDEBUG = False\nROOT_URLCONF = \"config.urls\"\nINSTALLED_APPS = []\nMIDDLEWARE = [\"django.middleware.security.SecurityMiddleware\"]\nSECURE_SSL_REDIRECT = os.environ.get(\"HTTPS\") == \"1\"\n",
        ),
    ]);
    let shown = |format: &str| {
        let arguments = [
            "check",
            "--deploy",
            "--select",
            "SEC008",
            "--output-format",
            format,
        ];
        folder.run(&arguments)
    };
    assert_snapshot!(shown("concise"), @"
    exit code 0
    ----- stdout -----
    environment: SEC008 SECURE_SSL_REDIRECT depends on HTTPS (security.W008)
    ");
    assert_snapshot!(shown("github"), @"
    exit code 0
    ----- stdout -----
    ::notice title=SEC008 depends on the environment::SECURE_SSL_REDIRECT depends on HTTPS (security.W008)%0A1: nothing would be reported; anything else: security.W008 would be reported; unset: security.W008 would be reported
    ");
    assert_snapshot!(shown("markdown"), @r#"
    exit code 0
    ----- stdout -----
    ### luthier: No findings.

    **Depends on the environment**

    - SEC008 SECURE\_SSL\_REDIRECT depends on HTTPS (security.W008): 1: nothing would be reported; anything else: security.W008 would be reported; unset: security.W008 would be reported
    "#);
    let page = folder.run(&["review"]);
    assert!(
        page.contains("SECURE_SSL_REDIRECT depends on HTTPS (security.W008)"),
        "{page}"
    );
    let plain = folder.run(&["check", "--select", "SEC008", "--output-format", "concise"]);
    assert_snapshot!(plain, @"exit code 0");
}

#[test]
fn a_baseline_accepts_what_is_there() {
    let folder = Folder::project(BROKEN);
    assert_snapshot!(folder.quiet(&["check", "--write-baseline"]), @r#"
    exit code 0
    ----- stderr -----
    2 findings accepted in [FOLDER]/luthier-baseline.json
    name it in the configuration: baseline = "luthier-baseline.json"
    "#);
    folder.write("luthier.toml", "baseline = \"luthier-baseline.json\"\n");
    folder.write("shop/new.py", "more = (\n");
    assert_snapshot!(folder.quiet(&["check", "--output-format", "concise"]), @"
    exit code 1
    ----- stdout -----
    shop/new.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    ");
    folder.write("luthier-baseline.json", "[]");
    assert_snapshot!(folder.quiet(&["check"]), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier-baseline.json: not a report or baseline of luthier: invalid length 0, expected an object with findings at line 1 column 2
     hint: `luthier check --write-baseline` writes it
    ");
    assert_snapshot!(folder.quiet(&["check", "--baseline", "gone.json"]), @"
    exit code 2
    ----- stderr -----
    error: gone.json: no such file
     hint: `luthier check --write-baseline` writes it
    ");
}

/// The codes and paths that a baseline holds.
fn accepted(folder: &Folder) -> Vec<String> {
    let text = folder.read("luthier-baseline.json");
    let baseline: serde_json::Value = serde_json::from_str(&text).unwrap();
    let findings = baseline["findings"].as_array().unwrap();
    let entry = |finding: &serde_json::Value| {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        format!("{} {}", text("code"), text("path"))
    };
    findings.iter().map(entry).collect()
}

#[test]
fn a_baseline_keeps_what_the_run_did_not_look_at() {
    let folder = Folder::project(BROKEN);
    folder.write(".git/HEAD", "");
    folder.write("other/broken.py", "total = (\n");
    let all = [
        "LUT001 other/broken.py",
        "LUT001 shop/broken.py",
        "LUT002 shop/views.py",
    ];
    let write =
        |arguments: &[&str]| folder.quiet(&[&["check", "--write-baseline"], arguments].concat());
    write(&[]);
    assert_eq!(accepted(&folder), all);
    assert_snapshot!(write(&["shop/views.py"]), @r#"
    exit code 0
    ----- stderr -----
    1 finding accepted in [FOLDER]/luthier-baseline.json; kept 2 that this run did not look at
    name it in the configuration: baseline = "luthier-baseline.json"
    "#);
    assert_eq!(accepted(&folder), all);
    folder.run(&["check", "--write-baseline", "--select", "LUT001"]);
    assert_eq!(accepted(&folder), all);
    write(&["--confidence", "certain"]);
    assert_eq!(accepted(&folder), all);
    folder.write("shop/broken.py", "total = 1\n");
    write(&["other"]);
    assert_eq!(accepted(&folder), all, "shop was not looked at");
    write(&["shop"]);
    assert_eq!(accepted(&folder), [all[0], all[2]]);
    folder.write("other/broken.py", "total = 1\n");
    write(&[]);
    assert_eq!(accepted(&folder), [all[2]]);

    folder.write("nested/manage.py", MANAGE);
    assert_snapshot!(write(&["nested", "--baseline", "luthier-baseline.json"]), @"
    exit code 2
    ----- stderr -----
    error: luthier-baseline.json is the baseline of the repository itself, this run is of `nested` in the repository
     hint: give the same folder as PATH, or another file with --baseline
    ");
    folder.write("luthier-baseline.json", "not JSON");
    assert_snapshot!(write(&[]), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier-baseline.json: not a report or baseline of luthier: expected ident at line 1 column 2
     hint: remove the file to begin anew
    ");
}

#[test]
fn results_go_to_a_file() {
    let folder = Folder::project(BROKEN);
    let arguments = [
        "check",
        "--output-format",
        "concise",
        "--output-file",
        "out.txt",
    ];
    assert_snapshot!(folder.quiet(&arguments), @"exit code 1");
    assert_snapshot!(folder.read("out.txt"), @"
    shop/broken.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    shop/views.py:1:12: LUT002* this suppression is not needed for `LUT001`
    ");
    let arguments = ["check", "--output-file", "no/such/folder.txt"];
    assert_snapshot!(folder.quiet(&arguments), @"
    exit code 2
    ----- stderr -----
    error: cannot write no/such/folder.txt: No such file or directory (os error 2)
    ");
}

#[test]
fn colours_where_they_are_wanted() {
    let folder = Folder::project(BROKEN);
    let colored = |variables: &[(&str, &str)]| {
        let mut command = folder.command(&["check", "--select", "LUT"]);
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!colored(&[]), "a pipe is no terminal");
    assert!(colored(&[("FORCE_COLOR", "1")]));
    assert!(!colored(&[("FORCE_COLOR", "0")]));
    assert!(!colored(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(colored(&[("FORCE_COLOR", "1"), ("NO_COLOR", "")]));
}

#[test]
fn a_reader_that_went_away_is_no_trouble() {
    let folder = Folder::project(BROKEN);
    let output = closed_early(folder.command(&["check", "--select", "LUT"]));
    assert_snapshot!(folder.shown(&output), @"exit code 1");
    let output = closed_early(folder.command(&["check", "nowhere"]));
    assert_snapshot!(folder.shown(&output), @"exit code 2");
}

#[test]
fn the_cache_changes_nothing() {
    let folder = Folder::project(BROKEN);
    let cached = [
        "check",
        "--cache-dir",
        "cache",
        "--output-format",
        "concise",
    ];
    let plain = folder.quiet(&["check", "--output-format", "concise"]);
    assert_eq!(folder.quiet(&cached), plain);
    assert!(exists(&folder.path("cache")));
    assert_eq!(folder.quiet(&cached), plain);
    for entry in std::fs::read_dir(folder.path("cache")).unwrap() {
        std::fs::write(entry.unwrap().path(), b"luthier1 but not really").unwrap();
    }
    assert_eq!(folder.quiet(&cached), plain);
    std::fs::remove_dir_all(folder.path("cache")).unwrap();
    folder.write("cache", "a file where the folder should be");
    assert_eq!(folder.quiet(&cached), plain);
}

#[test]
fn the_same_for_any_number_of_threads() {
    let files: Vec<(String, String)> = (0..60)
        .map(|number| (format!("shop/part{number}.py"), format!("x{number} = (\n")))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let folder = Folder::project(&files);
    let run = |threads: &str| {
        let mut command = folder.command(&["check", "--output-format", "concise"]);
        command.env("RAYON_NUM_THREADS", threads);
        command.output().unwrap().stdout
    };
    let one = run("1");
    assert!(one.len() > 1000);
    assert_eq!(one, run("2"));
    assert_eq!(one, run("7"));
}

#[test]
fn only_what_django_would_say() {
    let folder = Folder::project(BROKEN);
    folder.write("config/__init__.py", "");
    folder.write(
        "config/settings.py",
        "SECRET_KEY = \"x\"\nROOT_URLCONF = \"config.urls\"\nINSTALLED_APPS = []\nDEBUG = True\n",
    );
    let output = folder.output(&["check", "--deploy", "--output-format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .all(|finding| finding["django_check"].is_string()),
        "{report:#}"
    );
}
