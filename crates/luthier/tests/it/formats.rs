//! Each format, as far as the program decides about it; the formats themselves are tested where
//! they are written.

use insta::assert_snapshot;

use crate::Folder;
use crate::support::MANAGE;

fn project() -> Folder {
    Folder::project(&[("shop/broken.py", "total = (\n")])
}

#[test]
fn json() {
    assert_snapshot!(project().quiet(&["check", "--output-format", "json"]), @r#"
    exit code 1
    ----- stdout -----
    {
      "schema_version": 1,
      "project": {
        "root": ".",
        "settings": [],
        "django": null,
        "apps": 0,
        "models": 0,
        "files": 2
      },
      "findings": [
        {
          "code": "LUT001",
          "name": "syntax-error",
          "category": "internal",
          "severity": "error",
          "confidence": "certain",
          "path": "shop/broken.py",
          "line": 2,
          "column": 1,
          "end_line": 2,
          "end_column": 1,
          "message": "this file does not parse: unexpected EOF while parsing",
          "help": "mend the syntax; the rest of the file was read as far as possible",
          "django_check": null,
          "symbol": null,
          "app": null,
          "related": [],
          "fix": null,
          "fingerprint": "9cc97fbf8c510f1e"
        }
      ],
      "skipped": [],
      "stats": {
        "files": 2,
        "lines": 9,
        "seconds": [T]
      }
    }
    "#);
}

#[test]
fn for_servers() {
    for (format, beginning) in [
        (
            "sarif",
            "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\"",
        ),
        (
            "github",
            "::error title=LUT001 syntax-error,file=shop/broken.py,line=",
        ),
        ("gitlab", "[\n  {\n    \"description\": "),
        (
            "junit",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"luthier\"",
        ),
        ("markdown", "### luthier: 1 finding (1 error)\n"),
        ("html", "<!doctype html>\n"),
        ("concise", "shop/broken.py:2:1: LUT001 "),
    ] {
        let output = project().output(&["check", "--select", "LUT", "--output-format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(beginning), "{format}: {text}");
        assert!(text.ends_with('\n'), "{format}");
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(output.stderr.is_empty(), "{format}");
    }
}

#[test]
fn servers_know_paths_of_the_repository() {
    let folder = Folder::with(&[
        (".git/HEAD", ""),
        ("src/manage.py", MANAGE),
        ("src/shop/broken.py", "total = (\n"),
    ]);
    let path = |format: &str, place: &str| {
        let arguments = ["check", place, "--select", "LUT", "--output-format", format];
        String::from_utf8(folder.output(&arguments).stdout).unwrap()
    };
    for place in ["src", "src/shop/broken.py", "."] {
        assert!(path("github", place).contains(",file=src/shop/broken.py,"));
        let json =
            |format| serde_json::from_str::<serde_json::Value>(&path(format, place)).unwrap();
        assert_eq!(json("gitlab")[0]["location"]["path"], "src/shop/broken.py");
        let run = &json("sarif")["runs"][0];
        let location = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(location["uri"], "src/shop/broken.py");
        assert_eq!(location["uriBaseId"], "%SRCROOT%");
        assert!(run["originalUriBaseIds"]["%SRCROOT%"].is_object());
        let own = if place == "." {
            "src/shop/broken.py"
        } else {
            "shop/broken.py"
        };
        assert_eq!(json("json")["findings"][0]["path"], own);
    }
}

#[test]
fn an_unknown_format() {
    assert_snapshot!(project().quiet(&["check", "--output-format", "jsn"]), @"
    exit code 2
    ----- stderr -----
    error: invalid value 'jsn' for '--output-format <FORMAT>'
      [possible values: text, concise, json, sarif, github, gitlab, junit, markdown, html]

      tip: a similar value exists: 'json'

    For more information, try '--help'.
    ");
}
