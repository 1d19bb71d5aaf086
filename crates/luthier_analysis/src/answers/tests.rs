use std::fs;
use std::path::PathBuf;

use luthier_diagnostics::Confidence;
use luthier_rules::registry;
use luthier_source::{Location, Span};
use tempfile::TempDir;

use super::*;
use crate::check::check;
use crate::config::Loaded;
use crate::date::Date;
use crate::select::Selector;

const MANAGE: &str =
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n";
const SETTINGS: &str = "import os\nfrom tool.defaults import SECRET_KEY\nDEBUG = 'DEBUG' in \
                        os.environ\nINSTALLED_APPS = []\nROOT_URLCONF = 'config.urls'\n";

/// A project with an environment, and the folder of its cache.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write("site/manage.py", MANAGE);
        folder.write("site/config/__init__.py", "");
        folder.write("site/config/settings.py", SETTINGS);
        folder.write("packages/site-packages/tool/__init__.py", "");
        folder
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    fn request(&self) -> Request {
        let today = Date::parse("2026-07-03").expect("a date");
        let mut request = Request::new(self.path("site"), Loaded::default(), today);
        request.cache = Some(self.path("cache"));
        request.python = Some(self.path("packages/site-packages"));
        request
    }

    /// Whether an answer to this request is kept.
    fn knows(&self, request: &Request) -> bool {
        let walk = luthier_source::WalkOptions::default();
        let (sources, keys) =
            luthier_project::read_keys(&request.root, &walk).expect("the folder is there");
        let options = crate::check::project_options(request);
        let key = key(request, &options, &sources, &keys);
        let answers = Answers::open(&self.path("cache"), &request.root);
        answers.get(key).is_some()
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    let folder = Folder::new();
    let mut request = folder.request();
    request.deploy = true;
    assert!(!folder.knows(&request));
    let first = check(&request).expect("readable");
    assert!(folder.knows(&request));
    let again = check(&request).expect("readable");
    assert!(!first.findings.is_empty() && !first.depends.is_empty());
    assert_eq!(again.findings, first.findings);
    assert_eq!(again.depends, first.depends);
    assert_eq!(again.project, first.project);
    assert_eq!(again.hidden, first.hidden);
    assert_eq!(again.stats.lines, first.stats.lines);
    let plain = check(&Request {
        cache: None,
        ..request
    });
    assert_eq!(plain.expect("readable").findings, first.findings);
}

#[test]
fn another_question_has_another_answer() {
    let folder = Folder::new();
    check(&folder.request()).expect("readable");
    let differs = |change: fn(&mut Request)| {
        let mut request = folder.request();
        change(&mut request);
        !folder.knows(&request)
    };
    assert!(differs(|request| request.deploy = true));
    assert!(differs(|request| {
        request.asked.ignore = vec![Selector::Rule("SEC018")];
    }));
    assert!(differs(|request| request
        .configuration
        .config
        .target_django =
        Some("5.2".to_owned())));
    assert!(differs(
        |request| request.today = Date::parse("2026-07-04").unwrap()
    ));
    assert!(differs(|request| request.python = None));
    // These only choose among what was found.
    assert!(!differs(
        |request| request.confidence = Some(Confidence::Possible)
    ));
    assert!(!differs(|request| request.only = vec!["config".to_owned()]));
}

#[test]
fn what_changes_anywhere_is_asked_anew() {
    let folder = Folder::new();
    let changes = [
        ("site/config/settings.py", "INSTALLED_APPS = []\n"),
        ("site/config/urls.py", ""),
        ("site/Dockerfile", "FROM python:3.13\n"),
        ("site/broken.py", "x = (\n"),
        (
            "packages/site-packages/tool/defaults.py",
            "SECRET_KEY = 'x'\n",
        ),
        (
            "packages/site-packages/tool/defaults.py",
            "SECRET_KEY = 'xy'\n",
        ),
        (
            "packages/site-packages/django-5.2.dist-info/METADATA",
            "Version: 5.2\n",
        ),
    ];
    for (path, text) in changes {
        folder.write("site/config/settings.py", SETTINGS);
        check(&folder.request()).expect("readable");
        assert!(folder.knows(&folder.request()), "before {path}");
        folder.write(path, text);
        assert!(!folder.knows(&folder.request()), "after {path}");
    }
}

/// Every part of a finding comes back, whichever rule it is of.
#[test]
fn findings_are_kept_whole() {
    let location = Location::new(luthier_source::FileId(3), Span::new(4, 9));
    let findings: Vec<Finding> = registry::all()
        .into_iter()
        .map(|rule| {
            let mut finding = rule.finding(location, format!("says `{}`", rule.name));
            finding.django_check = rule.django_check;
            finding.symbol = Some("shop.models.Order".to_owned());
            finding.related = vec![Related {
                location,
                message: "from here".to_owned(),
            }];
            finding.fix = Some(
                Fix::safe("mend it")
                    .insert(location.file, 7, "text")
                    .create("new.py", "x = 1\n"),
            );
            finding
        })
        .collect();
    let back: Vec<Finding> = findings
        .iter()
        .map(|finding| KeptFinding::of(finding).finding().expect("known"))
        .collect();
    assert_eq!(back, findings);
}
