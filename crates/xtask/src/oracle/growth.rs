//! Which queries really grow with the rows, counted, against those that luthier says grow.
//!
//! `oracle/growth` says how its cases are run and marked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};
use luthier_analysis::fixes::{Daring, fix};
use luthier_analysis::select::{Asked, Selector};
use luthier_analysis::{Request, check, config, date::Date};
use luthier_diagnostics::Confidence;
use serde::Deserialize;

use super::without_fix::{WITHOUT_FIX, reason};
use super::{Only, Tally, venv};
use crate::workspace;

/// What the cases are run with.
const REQUIREMENTS: &[&str] = &[
    "Django==5.2.*",
    "djangorestframework==3.16.*",
    "aiodataloader==0.4.*",
    "django-filter==26.*",
    "graphene-django==3.2.*",
    "graphene-django-optimizer==0.10.*",
    "strawberry-graphql-django==0.91.*",
];

/// The rules that say that queries grow.
const RULES: &[&str] = &[
    "ORM001", "ORM002", "ORM003", "ORM004", "ORM005", "ORM006", "ORM007", "ORM008", "ORM009",
];

/// Rules that say nothing of growth, whose fixes are made as well: what they write has to give the same.
const FURTHER_RULES: &[&str] = &["ORM014"];

/// How many growing cases the fixes may leave at most: as many as they left last time.
const MOST_AFTER_SAFE: usize = 127;
const MOST_AFTER_UNSAFE: usize = 93;

/// How many constant cases may make more queries after the fixes than before: what is prefetched for most
/// who ask for rows is prefetched for all of them.
const MOST_WITH_MORE: usize = 20;

/// What `measure.py` writes.
#[derive(Deserialize)]
struct Measured {
    cases: Vec<Case>,
    /// All marked lines.
    places: Vec<Marked>,
}

#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) entry: String,
    /// That of the request, for cases that are pages.
    pub(super) method: Option<String>,
    /// How many queries ask who the user is.
    pub(super) before: u32,
    /// What makes as many queries on few rows as on many.
    pub(super) steady: Vec<Steady>,
    code: String,
    grows: bool,
    /// How many queries it made on many rows.
    large: u32,
    /// What it gave, as a hash.
    result: String,
    /// The marked lines that its growth needs.
    places: Vec<Marked>,
    pub(super) sites: Vec<Site>,
    /// File, first and last line of what it goes through; a template's first line is 0.
    runs: Vec<(String, u32, Option<u32>)>,
}

/// A place in the code from which more queries come when there are more rows.
#[derive(Deserialize)]
pub(super) struct Site {
    marked: Vec<Marked>,
    /// The places that lead there, innermost first.
    pub(super) chain: Vec<Line>,
}

/// Queries of which there are as many on few rows as on many.
#[derive(Deserialize)]
pub(super) struct Steady {
    pub(super) count: u32,
    pub(super) sql: String,
}

/// One place of a chain of calls.
#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) file: String,
    pub(super) line: u32,
}

#[derive(Clone, Deserialize)]
struct Marked {
    file: String,
    line: u32,
    codes: Vec<String>,
    role: Role,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Role {
    /// The line that pays for each row.
    Runs,
    /// The line that puts such a query together.
    Built,
}

/// A finding: code, file, line.
type Said = (String, String, u32);

/// The findings, and which of them luthier shows unless told otherwise.
struct Findings {
    all: BTreeSet<Said>,
    likely: BTreeSet<Said>,
}

pub(super) fn run(only: &Only) -> Result<Tally> {
    let interpreter = venv::interpreter((3, 10)..=(3, 13)).context("no Python 3.10 to 3.13")?;
    let python = venv::environment("growth", &interpreter, REQUIREMENTS)?;
    let folder = workspace::root().join("oracle/growth");
    let measured = measure(&folder, &python)?;
    let said = said(&folder.join("project"), &python)?;
    let mut tally = Tally::default();
    let alarms = false_alarms(&measured, &said.likely);
    for (code, file, line) in &alarms {
        println!("  {file}:{line}: {code} is reported, and no query grows there");
        tally.failed += 1;
    }
    let mut by_code: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut only_possible = 0;
    for case in &measured.cases {
        let is_right = match case.grows {
            true => missed(case, &said.all).is_empty(),
            false => !alarms.iter().any(|alarm| goes_through(case, alarm)),
        };
        let (right, all) = by_code.entry(&case.code).or_default();
        *right += u32::from(is_right);
        *all += 1;
        if is_right {
            tally.passed += 1;
            only_possible += u32::from(case.grows && !missed(case, &said.likely).is_empty());
            continue;
        }
        if case.grows {
            tally.failed += 1;
        }
        if only.wants(&case.entry) || only.wants(&case.code) {
            println!("  {} {}: {}", case.code, case.entry, wrong(case, &said.all));
        }
    }
    for (code, (right, all)) in by_code {
        println!("  {code}: {right} of {all} cases");
    }
    println!("  {only_possible} of those that grow are said to be possible only");
    let project = folder.join("project");
    tally.failed += super::counts::compare(&project, &python, &measured.cases, only)?;
    for fixes in [
        (Daring::Safe, MOST_AFTER_SAFE),
        (Daring::Unsafe, MOST_AFTER_UNSAFE),
    ] {
        tally += mended(&folder, &python, &measured, only, fixes)?;
    }
    Ok(tally)
}

/// Makes fixes in a copy, and runs the cases again: each has to give what it gave and leave the rows
/// of the database as it left them, none may grow that did not, and not more than `most` still.
fn mended(
    folder: &Path,
    python: &Path,
    before: &Measured,
    only: &Only,
    (daring, most): (Daring, usize),
) -> Result<Tally> {
    let words = match daring {
        Daring::Safe => "safe fixes",
        Daring::Unsafe => "fixes, unsafe ones too,",
    };
    let copy = venv::cache().join("growth-mended");
    if copy.exists() {
        fs::remove_dir_all(&copy).with_context(|| copy.display().to_string())?;
    }
    copy_folder(folder, &copy)?;
    let mut request = request(&copy.join("project"), python)?;
    let further = FURTHER_RULES.iter().copied().map(Selector::Rule);
    request.asked.select.get_or_insert_default().extend(further);
    let fixed = fix(&request, daring);
    let fixed = fixed.map_err(|error| anyhow::anyhow!("{error}"))?;
    for change in &fixed.changes {
        let after = change.after.as_deref().unwrap_or_default();
        fs::write(copy.join("project").join(&change.path), after)?;
    }
    let after = run_cases(&copy, python)?;
    let after: Measured = serde_json::from_slice(&after.stdout)?;
    let after: BTreeMap<&str, &Case> = after
        .cases
        .iter()
        .map(|case| (case.entry.as_str(), case))
        .collect();
    let mut tally = Tally::default();
    let mut grew = 0;
    let mut still: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut with_more: Vec<&str> = Vec::new();
    for case in &before.cases {
        let now = after.get(case.entry.as_str());
        grew += u32::from(case.grows);
        if case.grows && now.is_some_and(|now| now.grows) {
            still.entry(&case.code).or_default().push(&case.entry);
        }
        let wrong = match now {
            None => "fails",
            Some(now) if now.result != case.result => "gives something else",
            Some(now) if now.grows && !case.grows => "grows",
            Some(now) => {
                if now.large > case.large {
                    with_more.push(&case.entry);
                }
                tally.passed += 1;
                continue;
            }
        };
        println!("  {} {wrong} after the {words}", case.entry);
        tally.failed += 1;
    }
    if with_more.len() > MOST_WITH_MORE {
        println!("  more queries after the {words}: {}", with_more.join(", "));
        tally.failed += 1;
    }
    let made: usize = fixed.applied.values().sum();
    let left: usize = still.values().map(Vec::len).sum();
    println!("  {made} {words} leave {left} of {grew} growing cases");
    for (code, entries) in &still {
        println!("    {code}: {}", entries.len());
        for entry in entries {
            if only.is_told() && (only.wants(entry) || only.wants(code)) {
                println!("      {entry}");
            }
        }
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for why in still.values().flatten().filter_map(|entry| reason(entry)) {
        *reasons.entry(why).or_default() += 1;
    }
    println!(
        "    without a fix that would be right: {}",
        reasons.values().sum::<usize>()
    );
    for (why, count) in reasons {
        println!("      {count}: {why}");
    }
    for (entry, _) in WITHOUT_FIX {
        if !still.values().flatten().any(|left| left == entry) {
            println!("  {entry} is said to have no fix, and does not grow after the {words}");
            tally.failed += 1;
        }
    }
    if left > most {
        println!("  there were {most} of them");
        tally.failed += 1;
    } else if left < most {
        println!("  there were {most} of them: write {left} into `growth.rs`");
    }
    Ok(tally)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn measure(folder: &Path, python: &Path) -> Result<Measured> {
    let output = run_cases(folder, python)?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("the cases are not what they are marked as:\n{errors}");
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn run_cases(folder: &Path, python: &Path) -> Result<Output> {
    let mut command = Command::new(python);
    command.arg(folder.join("measure.py"));
    Ok(command.env("PYTHONDONTWRITEBYTECODE", "1").output()?)
}

/// What luthier reports of the project.
fn said(project: &Path, python: &Path) -> Result<Findings> {
    let mut request = request(project, python)?;
    request.confidence = Some(Confidence::Possible);
    let outcome = check(&request).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut said = Findings {
        all: BTreeSet::new(),
        likely: BTreeSet::new(),
    };
    for finding in &outcome.findings {
        let source = outcome.sources.file(finding.location.file);
        let line = source.line_column(finding.location.span.start).line;
        let place = (finding.code.to_owned(), source.path.to_string(), line);
        if finding.confidence >= Confidence::Likely {
            said.likely.insert(place.clone());
        }
        said.all.insert(place);
    }
    Ok(said)
}

pub(super) fn request(project: &Path, python: &Path) -> Result<Request> {
    let configuration = config::load(project).map_err(|error| anyhow::anyhow!("{error}"))?;
    let today = Date::parse("2026-01-01").context("a date")?;
    let mut request = Request::new(project, configuration, today);
    request.python = Some(python.to_owned());
    request.asked = Asked {
        select: Some(RULES.iter().copied().map(Selector::Rule).collect()),
        ..Asked::default()
    };
    Ok(request)
}

/// Findings on lines that are not marked for them.
fn false_alarms(measured: &Measured, said: &BTreeSet<Said>) -> BTreeSet<Said> {
    let marks = |marked: &Marked, (code, file, line): &Said| {
        marked.file == *file && marked.line == *line && marked.codes.contains(code)
    };
    let is_marked = |said: &Said| measured.places.iter().any(|m| marks(m, said));
    said.iter()
        .filter(|said| !is_marked(said))
        .cloned()
        .collect()
}

/// Whether a case goes through the code or template of a finding.
fn goes_through(case: &Case, (_, file, line): &Said) -> bool {
    let mut runs = case.runs.iter();
    runs.any(|(of, first, last)| {
        of == file && (*first == 0 || (*first..=last.unwrap_or(*first)).contains(line))
    })
}

/// The sites of a growing case of which nothing is said.
fn missed<'c>(case: &'c Case, said: &BTreeSet<Said>) -> Vec<&'c Site> {
    let is_said = |marked: &Marked| {
        let mut codes = marked.codes.iter();
        codes.any(|code| said.contains(&(code.clone(), marked.file.clone(), marked.line)))
    };
    let built = |code: &str| {
        let mut places = case.places.iter();
        places.any(|marked| {
            marked.role == Role::Built && marked.codes.iter().any(|c| c == code) && is_said(marked)
        })
    };
    let is_found = |site: &Site| {
        site.marked
            .iter()
            .any(|marked| is_said(marked) || marked.codes.iter().any(|c| built(c)))
    };
    case.sites.iter().filter(|site| !is_found(site)).collect()
}

fn wrong(case: &Case, said: &BTreeSet<Said>) -> String {
    if !case.grows {
        return "does not grow, and is reported".to_owned();
    }
    let missed = missed(case, said);
    let marked = missed.iter().flat_map(|site| &site.marked);
    let places: BTreeSet<String> = marked
        .map(|marked| format!("{}:{}", marked.file, marked.line))
        .collect();
    let places: Vec<String> = places.into_iter().collect();
    format!("grows at {}", places.join(", "))
}
