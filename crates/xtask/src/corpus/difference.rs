//! What came and what went since the last run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Run;

/// How many differences of a project are shown unless all are asked for.
const SHOWN: usize = 20;

/// One line a finding, sorted, by project.
pub(super) type Lines = BTreeMap<String, Vec<String>>;

pub(super) fn lines_of(run: &Run) -> (String, Vec<String>) {
    let mut lines: Vec<String> = run
        .findings
        .iter()
        .map(|it| format!("{} {}:{}: {}", it.code, it.path, it.line, it.message))
        .collect();
    lines.sort();
    (run.name.clone(), lines)
}

/// The findings of the last run; none when there was no run.
pub(super) fn read(file: &Path) -> Result<Lines> {
    if !file.exists() {
        return Ok(Lines::new());
    }
    let text = fs::read_to_string(file)?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}

/// Remembers `now` over `before`, which also holds projects that were not run this time.
pub(super) fn write(file: &Path, mut before: Lines, now: Lines) -> Result<()> {
    before.extend(now);
    fs::write(file, serde_json::to_string_pretty(&before)?)?;
    Ok(())
}

/// Lines with `+` and `-`, the first few of each project or all.
pub(super) fn render(before: &Lines, now: &Lines, all: bool) -> String {
    let mut text = String::new();
    for (project, lines) in now {
        let Some(old) = before.get(project) else {
            let _ = writeln!(text, "{project}: no earlier run to compare with");
            continue;
        };
        let mut changes: Vec<(&str, char)> = Vec::new();
        changes.extend(surplus(lines, old).map(|line| (line, '+')));
        changes.extend(surplus(old, lines).map(|line| (line, '-')));
        changes.sort_unstable();
        let came = changes.iter().filter(|(_, sign)| *sign == '+').count();
        let gone = changes.len() - came;
        let _ = writeln!(text, "{project}: {came} came, {gone} went");
        let shown = if all { changes.len() } else { SHOWN };
        for (line, sign) in changes.iter().take(shown) {
            let _ = writeln!(text, "  {sign} {line}");
        }
        if changes.len() > shown {
            let _ = writeln!(text, "  and {} more (--all)", changes.len() - shown);
        }
    }
    text
}

/// The lines that `of` has more often than `than`.
fn surplus<'a>(of: &'a [String], than: &'a [String]) -> impl Iterator<Item = &'a str> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for line in than {
        *left.entry(line).or_default() += 1;
    }
    of.iter()
        .map(String::as_str)
        .filter(move |line| match left.get_mut(line) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::{Lines, render};

    fn lines(project: &str, lines: &[&str]) -> Lines {
        let lines = lines.iter().map(|&line| line.to_owned()).collect();
        Lines::from([(project.to_owned(), lines)])
    }

    #[test]
    fn what_came_and_went_is_listed_in_order() {
        let before = lines("shop", &["A 1", "B 1", "B 1"]);
        let now = lines("shop", &["A 1", "A 2", "B 1"]);
        assert_eq!(
            render(&before, &now, false),
            "shop: 1 came, 1 went\n  + A 2\n  - B 1\n"
        );
        assert_eq!(
            render(&Lines::new(), &now, false),
            "shop: no earlier run to compare with\n"
        );
    }
}
