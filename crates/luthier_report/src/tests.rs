//! The fixed report in every format, and what readers of a format demand of it.

use luthier_diagnostics::comparison::{Comparison, Earlier};
use luthier_diagnostics::settings::{SettingPart, SettingStatus, SettingView, SettingsView};

use crate::fixture::{self, report, reviewed, sources};
use crate::{Format, Look, Options, queries, queries_json, render};

fn rendered(format: Format, options: &Options) -> String {
    let sources = sources();
    render(&report(&sources), format, options)
}

fn wide(width: usize, color: bool) -> Options {
    Options {
        look: Look { color, width },
        show_skipped: true,
        ..Options::default()
    }
}

#[test]
fn text() {
    insta::assert_snapshot!("text-80", rendered(Format::Text, &wide(80, false)));
    insta::assert_snapshot!("text-200", rendered(Format::Text, &wide(200, false)));
    insta::assert_snapshot!(
        "text-80-color",
        rendered(Format::Text, &wide(80, true)).replace('\u{1b}', "ESC")
    );
}

#[test]
fn formats_for_programs() {
    for (name, format) in [
        ("concise", Format::Concise),
        ("json", Format::Json),
        ("sarif", Format::Sarif),
        ("github", Format::Github),
        ("gitlab", Format::Gitlab),
        ("junit", Format::Junit),
    ] {
        insta::assert_snapshot!(name, rendered(format, &Options::default()));
    }
}

#[test]
fn predicted_queries() {
    let sources = sources();
    let entries = fixture::queries(&sources);
    let text = |width, color| queries(&sources, &entries, Look { color, width });
    insta::assert_snapshot!("queries-80", text(80, false));
    insta::assert_snapshot!("queries-200", text(200, false));
    insta::assert_snapshot!("queries-80-color", text(80, true).replace('\u{1b}', "ESC"));
    insta::assert_snapshot!("queries-json", queries_json(&sources, &entries));
    assert!(
        !text(80, false).contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'),
        "nothing recolours or reverses a terminal"
    );
}

#[test]
fn review_json() {
    let sources = sources();
    insta::assert_snapshot!(
        "review-json",
        render(&reviewed(&sources), Format::Json, &Options::default())
    );
}

#[test]
fn nothing_recolours_or_reverses_a_terminal() {
    for format in [Format::Text, Format::Concise] {
        let text = rendered(format, &wide(80, false));
        assert!(
            !text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'),
            "{text}"
        );
    }
}

#[test]
fn each_finding_is_one_line_where_lines_count() {
    assert_eq!(
        rendered(Format::Concise, &Options::default())
            .lines()
            .count(),
        4,
        "three findings, and one that the environment decides"
    );
    let github = rendered(Format::Github, &Options::default());
    assert_eq!(github.lines().count(), 4);
    assert!(
        github
            .lines()
            .all(|line| line.matches("::").count() == 2 || line.contains("%0A::error::"))
    );
}

#[test]
fn sarif_is_valid() {
    let schema = include_str!("../tests/sarif-schema-2.1.0.json");
    let mut schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
    // The published pattern for languages has a stray bracket, which only some engines accept.
    for definition in ["run", "toolComponent"] {
        schema["definitions"][definition]["properties"]["language"]
            .as_object_mut()
            .expect("a property's schema")
            .remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let log = serde_json::from_str(&rendered(Format::Sarif, &Options::default())).expect("JSON");
    let errors: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let broken = serde_json::json!({"version": "2.1.0", "runs": [{"tool": {}}]});
    assert!(!validator.is_valid(&broken), "the schema is really applied");
}

#[test]
fn junit_is_well_formed_and_keeps_the_message() {
    let text = rendered(Format::Junit, &Options::default());
    let document = roxmltree::Document::parse(&text).expect("well-formed XML");
    let messages: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("failure"))
        .filter_map(|node| node.attribute("message"))
        .collect();
    assert_eq!(messages.len(), 3);
    assert!(messages[1].starts_with("`]]></failure><b>&amp;` | \"quoted\" 100%,\n::error::\r"));
}

#[test]
fn no_findings_is_a_report_too() {
    let sources = sources();
    let mut empty = report(&sources);
    empty.findings.clear();
    empty.skipped.clear();
    empty.depends.clear();
    let options = Options::default();
    assert_eq!(render(&empty, Format::Text, &options), "No findings.\n");
    assert_eq!(render(&empty, Format::Concise, &options), "");
    assert_eq!(render(&empty, Format::Gitlab, &options), "[]\n");
    let junit = render(&empty, Format::Junit, &options);
    assert!(roxmltree::Document::parse(&junit).is_ok(), "{junit}");
}

#[test]
fn review_text() {
    let sources = sources();
    let report = reviewed(&sources);
    for (name, options) in [
        ("review-80", wide(80, false)),
        ("review-200", wide(200, false)),
        (
            "review-explained",
            Options {
                explain_score: true,
                explain_unknown: true,
                ..wide(100, false)
            },
        ),
    ] {
        insta::assert_snapshot!(name, render(&report, Format::Text, &options));
    }
    let color = render(&report, Format::Text, &wide(80, true));
    insta::assert_snapshot!("review-80-color", color.replace('\u{1b}', "ESC"));
}

#[test]
fn statistics() {
    let sources = sources();
    let report = report(&sources);
    for format in [
        Format::Text,
        Format::Concise,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Markdown,
        Format::Html,
    ] {
        let is_there = crate::statistics(&report, format, Look::default()).is_some();
        assert_eq!(is_there, crate::has_statistics(format), "{format:?}");
    }
    let statistics = |format| crate::statistics(&report, format, Look::default()).unwrap();
    insta::assert_snapshot!(statistics(Format::Json), @r#"
    {
      "schema_version": 1,
      "findings": 3,
      "statistics": [
        {
          "code": "LUT001",
          "name": "syntax-error",
          "category": "internal",
          "severity": "info",
          "count": 1,
          "fixable": 0,
          "unsafely_fixable": 0
        },
        {
          "code": "ORM001",
          "name": "n-plus-one-loop",
          "category": "orm",
          "severity": "error",
          "count": 1,
          "fixable": 1,
          "unsafely_fixable": 0
        },
        {
          "code": "SEC004",
          "name": "hsts-not-set",
          "category": "security",
          "severity": "warning",
          "count": 1,
          "fixable": 0,
          "unsafely_fixable": 1
        }
      ]
    }
    "#);
    insta::assert_snapshot!(statistics(Format::Markdown), @"
    ### luthier: 3 findings (1 error, 1 warning, 1 advice)

    | number | severity | rule | fixable |
    | ---: | --- | --- | ---: |
    | 1 | advice | LUT001 syntax-error | 0 |
    | 1 | error | ORM001 n-plus-one-loop | 1 |
    | 1 | warning | SEC004 hsts-not-set | 0 |
    ");
    insta::assert_snapshot!(statistics(Format::Text), @"
    1  advice  LUT001  syntax-error
    1  error   ORM001  n-plus-one-loop  1 fixable
    1  warning SEC004  hsts-not-set
    3 findings (1 error, 1 warning, 1 advice)
    ");
}

#[test]
fn markdown() {
    let sources = sources();
    let options = Options::default();
    insta::assert_snapshot!(
        "markdown",
        render(&report(&sources), Format::Markdown, &options)
    );
    insta::assert_snapshot!(
        "review-markdown",
        render(&reviewed(&sources), Format::Markdown, &options)
    );
}

#[test]
fn a_comment_is_never_too_long() {
    let sources = sources();
    let mut many = report(&sources);
    let one = many.findings[0].clone();
    many.findings = vec![one; 2000];
    let text = render(&many, Format::Markdown, &Options::default());
    assert!(text.chars().count() < 65_536);
    assert!(text.contains(" more: run `luthier check`."), "{text}");
}

#[test]
fn html() {
    let sources = sources();
    let page = render(&reviewed(&sources), Format::Html, &Options::default());
    insta::assert_snapshot!("review-html", page);
    let document = page.replacen("<!doctype html>", "", 1);
    assert!(!document.contains("<script"), "hostile text stays text");
    assert!(!document.contains("http"), "nothing is loaded");
    let plain = render(&report(&sources), Format::Html, &Options::default());
    assert!(!plain.contains("Health check"));
}

#[test]
fn comparison() {
    let sources = sources();
    let report = report(&sources);
    let comparison = Comparison {
        new: vec![1, 2],
        fixed: vec![Earlier {
            code: "SEC040".to_owned(),
            name: "hardcoded-secret-key".to_owned(),
            path: "config/settings/base.py".to_owned(),
            line: 3,
            message: "`SECRET_KEY` is written out\n<b>".to_owned(),
            fingerprint: "00000000000000d4".to_owned(),
        }],
        unchanged: 1,
        score: Some((71.5, 75.0)),
    };
    insta::assert_snapshot!(
        "compare-text",
        crate::comparison(&report, &comparison, Look::default())
    );
    insta::assert_snapshot!("compare-json", crate::comparison_json(&report, &comparison));
    insta::assert_snapshot!(
        "compare-markdown",
        crate::comparison_markdown(&report, &comparison)
    );
}

#[test]
fn rules_and_their_pages() {
    let sources = sources();
    let rules = report(&sources).rules;
    insta::assert_snapshot!("rules-80", crate::rules(&rules, Look::default()));
    let wide = Look {
        width: 120,
        color: false,
    };
    insta::assert_snapshot!("rules-120", crate::rules(&rules, wide));
    insta::assert_snapshot!("explain", crate::explain(&rules[0], Look::default()));
}

#[test]
fn settings() {
    let sources = sources();
    let hsts = report(&sources).findings[0].location;
    let views = [SettingsView {
        module: "config.settings.production".to_owned(),
        reason: "named in wsgi.py".to_owned(),
        notes: vec!["local_settings is taken in where it exists; it is not here".to_owned()],
        settings: vec![
            SettingView {
                name: "ALLOWED_HOSTS".to_owned(),
                status: SettingStatus::Environment,
                value: "<DJANGO_ALLOWED_HOSTS, split at ','>".to_owned(),
                parts: vec![],
            },
            SettingView {
                name: "INSTALLED_APPS".to_owned(),
                status: SettingStatus::Partial,
                value: format!("[{}]", "'django.contrib.admin', ".repeat(5)),
                parts: vec![SettingPart {
                    location: hsts,
                    text: "+= ['debug_toolbar']".to_owned(),
                    condition: Some("if DEBUG".to_owned()),
                }],
            },
        ],
    }];
    insta::assert_snapshot!(
        "settings",
        crate::settings(&sources, &views, Look::default())
    );
    insta::assert_snapshot!("settings-json", crate::settings_json(&sources, &views));
}
