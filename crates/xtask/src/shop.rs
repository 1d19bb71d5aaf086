//! `examples/shop` is a project with planted flaws, and its README lists them: what luthier says
//! about it has to be that list, nothing less and nothing more, as far as the rules exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use luthier_analysis::{Request, check, config, date::Date};
use luthier_rules::registry;

use crate::workspace;

/// Where a rule fires by the README. No file at all means the project as a whole: the finding may
/// be anywhere.
#[derive(Default)]
struct Places {
    /// Files of rows that name only this rule: each has a finding.
    each: BTreeSet<String>,
    /// Files of rows that several rules share: the finding is in one of them.
    shared: BTreeSet<String>,
}

/// The rows of the tables whose first cell is codes, such as `ORM010, ORM011`. A cell with other
/// words in it (`INT005, in templates`) tells of what a rule does not see yet: it is for readers.
fn planted(readme: &str, shop: &Path) -> BTreeMap<String, Places> {
    let mut planted: BTreeMap<String, Places> = BTreeMap::new();
    for row in readme.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, codes, places, ..] = cells[..] else {
            continue;
        };
        let codes: Vec<&str> = codes.split(", ").collect();
        if !codes.iter().all(|code| is_code(code)) {
            continue;
        }
        let quoted = places.split('`').skip(1).step_by(2);
        let files = quoted.filter(|quoted| shop.join(quoted).is_file());
        let files: Vec<String> = files.map(str::to_owned).collect();
        for code in &codes {
            let places = planted.entry((*code).to_owned()).or_default();
            if codes.len() == 1 {
                places.each.extend(files.iter().cloned());
            } else {
                places.shared.extend(files.iter().cloned());
            }
        }
    }
    planted
}

fn is_code(text: &str) -> bool {
    text.len() == 6
        && text.bytes().take(3).all(|byte| byte.is_ascii_uppercase())
        && text.bytes().skip(3).all(|byte| byte.is_ascii_digit())
}

/// Codes with the files in which luthier reports them.
fn found(shop: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let configuration = config::load(shop).expect("the shop configures nothing");
    let today = Date::parse("2026-01-01").expect("a date");
    let outcome = check(&Request::new(shop, configuration, today)).expect("the shop is there");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in &outcome.findings {
        let path = &outcome.sources.file(finding.location.file).path;
        let files = found.entry(finding.code.to_owned()).or_default();
        files.insert(path.to_string());
    }
    found
}

#[test]
fn every_planted_flaw_is_found_and_nothing_else() {
    let shop = workspace::root().join("examples/shop");
    let readme = fs::read_to_string(shop.join("README.md")).expect("the shop has a README");
    let (planted, found) = (planted(&readme, &shop), found(&shop));
    assert!(planted.len() > 100, "the README's tables can be read");
    let nowhere = BTreeSet::new();

    let mut differences = Vec::new();
    for (code, places) in &planted {
        if registry::find(code).is_none() {
            continue;
        }
        let found = found.get(code).unwrap_or(&nowhere);
        for file in places.each.difference(found) {
            differences.push(format!(
                "{code} is planted in {file} and not reported there"
            ));
        }
        let anywhere = places.shared.is_empty() && !found.is_empty();
        if places.each.is_empty() && !anywhere && places.shared.is_disjoint(found) {
            differences.push(format!("{code} is planted and not reported"));
        }
    }
    for (code, files) in &found {
        let Some(places) = planted.get(code) else {
            differences.push(format!("{code} is reported in {files:?} and not listed"));
            continue;
        };
        let listed: BTreeSet<_> = places.each.union(&places.shared).cloned().collect();
        if !listed.is_empty() {
            for file in files.difference(&listed) {
                differences.push(format!("{code} is reported in {file} and not listed there"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
