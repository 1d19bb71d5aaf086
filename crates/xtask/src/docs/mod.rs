//! `cargo xtask docs`: the pages that are made from the code, so that they cannot disagree with it.

mod migrations;
mod risks;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use luthier_diagnostics::{Category, Confidence, FixAvailability, Severity};
use luthier_rules::{Rule, registry};

use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail when a page is not what the code says
    #[arg(long)]
    check: bool,
}

/// Families in the order of the index, with their titles.
const FAMILIES: &[(Category, &str)] = &[
    (Category::Architecture, "Architecture"),
    (Category::Orm, "Queries"),
    (Category::Integrity, "Names that do not resolve"),
    (Category::Drf, "APIs"),
    (Category::Security, "Security"),
    (Category::Migrations, "Migrations"),
    (Category::Caching, "Caching"),
    (Category::Tasks, "Background tasks"),
    (Category::Tests, "Tests"),
    (Category::Operations, "Running it"),
    (Category::Patterns, "Patterns"),
    (Category::Modernization, "Current Django"),
    (Category::Internal, "luthier's own words"),
];

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let pages = pages();
    let stale = stale(&pages)?;
    if arguments.check {
        for path in &stale {
            println!("{path} is stale");
        }
        if !stale.is_empty() {
            println!("`cargo xtask docs` writes what the code says now");
        }
        return Ok(stale.is_empty());
    }
    for path in &stale {
        let file = workspace::root().join(path);
        if let Some(text) = pages.get(path) {
            fs::create_dir_all(file.parent().expect("below docs/"))?;
            fs::write(&file, text)?;
            println!("wrote {path}");
        } else {
            fs::remove_file(&file)?;
            println!("removed {path}");
        }
    }
    println!("{} pages", pages.len());
    Ok(true)
}

/// How many pages there are, and how many are stale.
pub(crate) fn staleness() -> Result<(usize, Vec<String>)> {
    let pages = pages();
    let stale = stale(&pages)?;
    Ok((pages.len(), stale))
}

/// Every generated page by its path below the root.
fn pages() -> BTreeMap<String, String> {
    let rules = registry::all();
    let mut pages = BTreeMap::new();
    pages.insert("docs/rules/README.md".to_owned(), index(&rules));
    pages.insert("docs/migrations.md".to_owned(), migrations::page());
    pages.insert(
        "docs/configuration.schema.json".to_owned(),
        luthier_analysis::config::schema(),
    );
    for rule in rules {
        pages.insert(format!("docs/rules/{}.md", rule.code), page(rule));
    }
    pages
}

/// Paths whose file is missing or says something else, and files that no rule makes any more.
fn stale(pages: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    for (path, text) in pages {
        let written = fs::read_to_string(workspace::root().join(path));
        if written.ok().as_ref() != Some(text) {
            stale.push(path.clone());
        }
    }
    let folder = workspace::root().join("docs/rules");
    if folder.exists() {
        for entry in fs::read_dir(&folder).context("docs/rules")? {
            let path = format!("docs/rules/{}", entry?.file_name().display());
            if !pages.contains_key(&path) {
                stale.push(path);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

fn index(rules: &[&Rule]) -> String {
    let mut text = String::from(
        "# Rules\n\n\
         Generated from the rules by `cargo xtask docs`. `luthier explain CODE` shows a page in the \
         terminal.\n",
    );
    for (category, title) in FAMILIES {
        let family: Vec<_> = rules
            .iter()
            .filter(|rule| rule.category == *category)
            .collect();
        if family.is_empty() {
            continue;
        }
        let _ = write!(
            text,
            "\n## {title}\n\n| code | name | severity | fix | reports when |\n| --- | --- | --- | --- | --- |\n"
        );
        for rule in family {
            let _ = writeln!(
                text,
                "| [{code}]({code}.md) | {name} | {severity} | {fix} | {summary} |",
                code = rule.code,
                name = rule.name,
                severity = severity(rule.severity),
                fix = fix(rule.fix),
                summary = rule.summary().replace('|', "\\|"),
            );
        }
    }
    text
}

fn page(rule: &Rule) -> String {
    let mut text = format!(
        "# {}: {}\n\nSeverity {} · confidence {}",
        rule.code,
        rule.name,
        severity(rule.severity),
        confidence(rule.confidence)
    );
    if rule.fix != FixAvailability::None {
        let _ = write!(text, " · fix {}", fix(rule.fix));
    }
    if let Some(id) = rule.django_check {
        let _ = write!(text, " · Django's check `{id}`");
    }
    let _ = write!(
        text,
        " · [source](../../{})\n\n{}\n",
        source(rule.file),
        rule.docs.trim_end()
    );
    text
}

/// The rule's file below the root; the compiler names it relative to the workspace.
fn source(file: &str) -> String {
    let file = Path::new(file);
    let below = file.strip_prefix(workspace::root()).unwrap_or(file);
    below.display().to_string()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "certain",
        Confidence::Likely => "likely",
        Confidence::Possible => "possible",
    }
}

fn fix(fix: FixAvailability) -> &'static str {
    match fix {
        FixAvailability::None => "–",
        FixAvailability::Sometimes => "sometimes",
        FixAvailability::Always => "always",
    }
}

#[cfg(test)]
mod tests {
    use luthier_rules::registry;

    use super::{FAMILIES, page, pages};

    #[test]
    fn every_rule_has_a_page_and_a_line_in_the_index() {
        let pages = pages();
        let index = &pages["docs/rules/README.md"];
        for rule in registry::all() {
            assert!(pages.contains_key(&format!("docs/rules/{}.md", rule.code)));
            assert!(
                index.contains(&format!("| {} |", rule.name)),
                "{}",
                rule.code
            );
            assert!(FAMILIES.iter().any(|(family, _)| *family == rule.category));
        }
    }

    #[test]
    fn a_page_begins_with_what_the_rule_is() {
        let rule = registry::find("unused-suppression").expect("registered");
        let page = page(rule);
        let head: Vec<&str> = page.lines().take(5).collect();
        assert_eq!(head[0], "# LUT002: unused-suppression");
        assert!(head[2].starts_with("Severity warning · confidence certain · fix always · [source](../../crates/luthier_rules/src/internal/"), "{}", head[2]);
        assert_eq!(head[4], rule.summary());
    }
}
