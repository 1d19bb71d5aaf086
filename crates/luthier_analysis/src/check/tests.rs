use luthier_diagnostics::Category;
use luthier_rules::{docs, registry};

use super::*;
use crate::config;
use crate::earlier::{baseline, compare};
use crate::select::Selector;

fn today() -> Date {
    Date::parse("2026-07-03").unwrap()
}

/// A run over files in memory; a `luthier.toml` among them configures it.
fn run(files: &[(&str, &str)], change: impl FnOnce(&mut Request)) -> Outcome {
    let text = files.iter().find(|(path, _)| *path == "luthier.toml");
    let config = text.and_then(|(path, text)| {
        config::parse(std::path::Path::new(path), text).expect("a good configuration")
    });
    let configuration = Loaded {
        config: config.unwrap_or_default(),
        ..Loaded::default()
    };
    let mut request = Request::new("", configuration, today());
    change(&mut request);
    let sources = Sources::in_memory(files);
    let facts = luthier_project::extract_all(&sources);
    analyse(&request, sources, facts).expect("good settings").0
}

/// `path:line code` of each finding of luthier's own rules.
fn own_words(outcome: &Outcome) -> Vec<String> {
    let own = outcome.findings.iter();
    let own = own.filter(|finding| finding.category == Category::Internal);
    own.map(|finding| {
        let file = outcome.sources.file(finding.location.file);
        let line = file.line_index().line(finding.location.span.start);
        format!("{}:{line} {}", file.path, finding.code)
    })
    .collect()
}

const BROKEN: &[(&str, &str)] = &[
    ("a.py", "x = (\n"),
    ("b/c.py", "y = 1  # luthier: ignore[nothing]\n"),
    ("bb.py", "z = (\n"),
];

#[test]
fn findings_come_in_order_and_within_the_places_asked_for() {
    let outcome = run(BROKEN, |_| {});
    assert_eq!(
        own_words(&outcome),
        ["a.py:2 LUT001", "b/c.py:1 LUT002", "bb.py:2 LUT001"]
    );
    assert_eq!((outcome.stats.files, outcome.stats.lines), (3, 3));
    let outcome = run(BROKEN, |request| request.only = vec!["b/".to_owned()]);
    assert_eq!(own_words(&outcome), ["b/c.py:1 LUT002"]);
}

#[test]
fn rules_are_left_out_by_the_configuration_and_the_command_line() {
    let mut files = BROKEN.to_vec();
    files.push((
        "luthier.toml",
        "ignore = [\"LUT002\"]\nper-file-ignores = { \"a.*\" = [\"LUT\"] }\n",
    ));
    assert_eq!(own_words(&run(&files, |_| {})), ["bb.py:2 LUT001"]);
    let outcome = run(&files, |request| {
        request.asked.ignore = vec![Selector::Rule("LUT001")];
    });
    assert_eq!(own_words(&outcome), Vec::<String>::new());
    assert!(outcome.rules.iter().all(|rule| rule.code != "LUT001"));
}

#[test]
fn only_sure_findings_are_shown_unless_asked() {
    let outcome = run(BROKEN, |request| {
        request.confidence = Some(Confidence::Certain);
    });
    assert!(
        outcome
            .findings
            .iter()
            .all(|finding| finding.confidence == Confidence::Certain)
    );
}

#[test]
fn a_baseline_hides_what_it_holds_and_comparison_names_the_rest() {
    let before = run(BROKEN, |_| {});
    let (text, _) = baseline(&before, None);
    let earlier = EarlierReport::parse(&text).unwrap();
    let files = [
        ("a.py", "\n\n  \nx = (\n"),
        ("b/c.py", "y = 1\n"),
        ("bb.py", "z = (\n"),
        ("new.py", "w = (\n"),
    ];
    let after = run(&files, |request| request.baseline = Some(earlier.clone()));
    assert_eq!(own_words(&after), ["new.py:2 LUT001"]);
    assert_eq!(after.known, 2);

    let after = run(&files, |_| {});
    let comparison = compare(&earlier, &after);
    let fixed: Vec<_> = comparison
        .fixed
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!((comparison.new, fixed), (vec![2], vec!["LUT002"]));
    assert_eq!((comparison.unchanged, comparison.score), (2, None));

    let error = EarlierReport::parse("[1]").unwrap_err();
    assert!(
        error.starts_with("not a report or baseline of luthier: "),
        "{error}"
    );
    let error = EarlierReport::parse("{\"schema_version\": 9, \"findings\": []}").unwrap_err();
    assert_eq!(
        error,
        "schema_version 9 is newer than this luthier understands (1)"
    );
}

#[test]
fn the_folder_is_read_from_disk() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.py"), "x = (\n").unwrap();
    let request = Request::new(folder.path(), Loaded::default(), today());
    let outcome = check(&request).unwrap();
    assert_eq!(own_words(&outcome), ["a.py:2 LUT001"]);
    let request = Request::new(folder.path().join("missing"), Loaded::default(), today());
    let error = check(&request).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read ") && error.contains("missing"),
        "{error}"
    );
}

#[test]
fn exclusions_are_those_of_the_configurations_folder() {
    assert_eq!(
        below("site/old/*.py", "site/").as_deref(),
        Some("/old/*.py")
    );
    assert_eq!(below("/site/old/", "site/").as_deref(), Some("/old/"));
    assert_eq!(below("other/old", "site/"), None);
    for anywhere in ["old/", "*.py", "**/old/x"] {
        assert_eq!(below(anywhere, "site/").as_deref(), Some(anywhere));
    }
    assert_eq!(below("site/old", "").as_deref(), Some("site/old"));
}

/// The examples of the rules that no function of theirs reports.
#[test]
fn examples_of_the_machinery_hold() {
    let machinery = registry::all().into_iter();
    let machinery = machinery.filter(|rule| matches!(rule.check, luthier_rules::Check::Machinery));
    for rule in machinery.filter(|rule| rule.name != "rule-failed") {
        for (heading, example) in ["Bad", "Good"].into_iter().flat_map(|heading| {
            let examples = docs::examples(rule.docs, heading).into_iter();
            examples.map(move |example| (heading, example))
        }) {
            let files: Vec<(&str, &str)> = example
                .files
                .iter()
                .map(|file| (file.path.as_str(), file.text.as_str()))
                .collect();
            let outcome = run(&files, |_| {});
            let own = format!(" {}", rule.code);
            let found: Vec<String> = own_words(&outcome)
                .iter()
                .filter_map(|words| words.strip_suffix(&own).map(str::to_owned))
                .collect();
            let mut expected: Vec<String> = Vec::new();
            for file in &example.files {
                let marked = file.fires.iter();
                expected.extend(marked.map(|line| format!("{}:{line}", file.path)));
            }
            assert_eq!(found, expected, "{} {heading}", rule.code);
        }
    }
}

/// What rules say of the settings counts on the page, also where they keep others from firing.
#[test]
fn the_page_does_not_take_silence_for_a_yes() {
    let settings = "\
import os
INSTALLED_APPS = ['django.contrib.auth']
ROOT_URLCONF = 'urls'
SECRET_KEY = os.environ['KEY']
DEBUG = os.environ.get('DEBUG', False)
";
    let files = [
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        ),
        ("settings.py", settings),
        ("urls.py", "urlpatterns = []\n"),
    ];
    let review = run(&files, |request| request.review = true).review.unwrap();
    let note = |id: &str| {
        let mut items = review.p0.iter();
        items.find(|item| item.id == id).map(|item| &*item.note)
    };
    let debug = note("debug-off").unwrap();
    assert!(debug.starts_with("`DEBUG` is true for any text"), "{debug}");
    let https = note("https").unwrap();
    assert!(https.contains("SecurityMiddleware"), "{https}");
}

const MANAGE: &str =
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n";

/// Two projects of one repository whose modules have the same names.
#[test]
fn each_project_is_judged_by_its_own_settings() {
    let asks = "import os\nDEBUG = os.environ.get('DEBUG') == '1'\nROOT_URLCONF = 'config.urls'\n\
                INSTALLED_APPS = []\n";
    let told = asks.replace("os.environ.get('DEBUG') == '1'", "True");
    let outcome = run(
        &[
            ("a/manage.py", MANAGE),
            ("a/config/__init__.py", ""),
            ("a/config/settings.py", asks),
            ("b/manage.py", MANAGE),
            ("b/config/__init__.py", ""),
            ("b/config/settings.py", &told),
        ],
        |request| request.deploy = true,
    );
    let paths = |code| {
        let found = outcome.findings.iter();
        let found = found.filter(move |finding| finding.django_check == Some(code));
        found
            .map(|finding| &*outcome.sources.file(finding.location.file).path)
            .collect::<Vec<_>>()
    };
    assert_eq!(paths("security.W018"), ["b/config/settings.py"]);
    let asked = outcome.depends.iter();
    let asked: Vec<_> = asked
        .filter(|depends| depends.django_check == "security.W018")
        .map(|depends| depends.variable.as_str())
        .collect();
    assert_eq!(asked, ["DEBUG"]);
    assert_eq!(
        outcome.project.settings,
        ["config.settings (a)", "config.settings (b)"]
    );
}

/// What only another environment would make wrong does not hang on the environment any more.
#[test]
fn the_deployment_decides_what_the_environment_would() {
    let settings = "import os\nDEBUG = os.environ.get('DEBUG', '1') == '1'\nINSTALLED_APPS = []\n\
                    ROOT_URLCONF = 'config.urls'\n";
    let debug = |compose: Option<&str>| {
        let mut files = vec![
            ("manage.py", MANAGE),
            ("config/__init__.py", ""),
            ("config/settings.py", settings),
            ("Dockerfile", "FROM python:3.12\nCMD gunicorn config.wsgi\n"),
        ];
        files.extend(compose.map(|text| ("compose.prod.yml", text)));
        let outcome = run(&files, |request| request.deploy = true);
        let is_debug = |check: &str| check == "security.W018";
        let mut found = outcome.findings.iter();
        let finding = found.find(|finding| finding.django_check.is_some_and(is_debug));
        let related = finding.map(|finding| {
            let related = finding.related.iter();
            related
                .map(|related| related.message.clone())
                .collect::<Vec<_>>()
        });
        let mut asked = outcome.depends.iter();
        (related, asked.any(|depends| is_debug(depends.django_check)))
    };
    let service = |value: &str| {
        format!("services:\n  web:\n    build: .\n    environment:\n      DEBUG: {value}\n")
    };
    assert_eq!(debug(None), (None, true));
    assert_eq!(debug(Some(&service("${DEBUG:-0}"))), (None, true));
    assert_eq!(debug(Some(&service("'0'"))), (None, false));
    let told = vec!["the environment holds `DEBUG=1`".to_owned()];
    assert_eq!(debug(Some(&service("'1'"))), (Some(told), false));
}
