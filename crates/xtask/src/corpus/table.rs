//! Findings by rule and project, as a table of text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Run;

pub(super) fn render(runs: &[Run]) -> String {
    let mut text = String::new();
    let rules: BTreeSet<(&str, &str)> = runs
        .iter()
        .flat_map(|run| &run.findings)
        .map(|finding| (finding.code.as_str(), finding.name.as_str()))
        .collect();
    let _ = write!(text, "{:<40}", "");
    for run in runs {
        let _ = write!(text, "{:>10}", run.name);
    }
    text.push_str("     total\n");
    for (code, name) in rules {
        let counts: Vec<usize> = runs.iter().map(|run| count(run, code)).collect();
        row(&mut text, &format!("{code} {name}"), &counts);
    }
    let totals: Vec<usize> = runs.iter().map(|run| run.findings.len()).collect();
    row(&mut text, "all", &totals);
    for (title, value) in [
        ("files", (|run: &Run| run.files) as fn(&Run) -> u64),
        ("lines", |run| run.lines),
        ("milliseconds", |run| {
            u64::try_from(run.time.as_millis()).unwrap_or(u64::MAX)
        }),
    ] {
        let values: Vec<u64> = runs.iter().map(value).collect();
        row(&mut text, title, &values);
    }
    text
}

fn count(run: &Run, code: &str) -> usize {
    let found = run.findings.iter().filter(|finding| finding.code == code);
    found.count()
}

fn row<N: std::fmt::Display + Copy + std::iter::Sum<N>>(
    text: &mut String,
    title: &str,
    values: &[N],
) {
    let _ = write!(text, "{title:<40}");
    for value in values {
        let _ = write!(text, "{value:>10}");
    }
    let total: N = values.iter().copied().sum();
    let _ = writeln!(text, "{total:>10}");
}
