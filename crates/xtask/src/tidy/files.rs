//! What may not stand in a file.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::workspace;

/// A file longer than this is a room that too many people live in.
const MAX_LINES: usize = 800;

/// Unfinished or silenced code, by the pieces of the word so that this table is no hit itself.
const LEFTOVERS: &[&[&str]] = &[
    &["todo", "!("],
    &["unimplemented", "!("],
    &["dbg", "!("],
    &["#[", "ignore"],
    &["FIX", "ME"],
];

pub(super) fn problems() -> Result<Vec<String>> {
    let leftovers: Vec<String> = LEFTOVERS.iter().map(|parts| parts.concat()).collect();
    let machine = machine_paths();
    let mut problems = Vec::new();
    for path in tracked_files()? {
        // What is no text has nothing to say here.
        let Ok(text) = fs::read_to_string(workspace::root().join(&path)) else {
            continue;
        };
        if Path::new(&path).extension().is_some_and(|end| end == "rs") {
            problems.extend(in_rust(&path, &text, &leftovers));
        }
        problems.extend(paths_of_this_machine(&path, &text, &machine));
    }
    Ok(problems)
}

fn tracked_files() -> Result<Vec<String>> {
    let mut git = std::process::Command::new("git");
    git.current_dir(workspace::root()).args(["ls-files", "-z"]);
    let listed = workspace::output(&mut git)?;
    let paths = listed.split('\0').filter(|path| !path.is_empty());
    Ok(paths.map(str::to_owned).collect())
}

fn in_rust(path: &str, text: &str, leftovers: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        problems.push(format!("{path}: {lines} lines, at most {MAX_LINES}"));
    }
    for (number, line) in text.lines().enumerate() {
        for leftover in leftovers.iter().filter(|word| line.contains(*word)) {
            problems.push(format!("{path}:{}: leftover `{leftover}`", number + 1));
        }
    }
    problems
}

/// Folders that mean something only where this program runs.
fn machine_paths() -> Vec<String> {
    let mut folders = vec![workspace::root().to_path_buf()];
    folders.extend(std::env::home_dir());
    // `/root` is the home of every container, and stands in Dockerfiles for good reason.
    folders.retain(|folder| folder.components().count() > 2);
    let paths = folders
        .iter()
        .map(|folder| format!("{}/", folder.display()));
    paths.collect()
}

fn paths_of_this_machine(path: &str, text: &str, machine: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if machine.iter().any(|folder| line.contains(folder.as_str())) {
            problems.push(format!("{path}:{}: a path of one machine", number + 1));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{in_rust, paths_of_this_machine};

    #[test]
    fn long_files_and_leftovers_are_named() {
        let leftover = ["unfinished(".to_owned()];
        assert_eq!(
            in_rust("a.rs", "fn a() {}\nunfinished()\n", &leftover),
            ["a.rs:2: leftover `unfinished(`"]
        );
        assert_eq!(
            in_rust("b.rs", &"\n".repeat(801), &leftover),
            ["b.rs: 801 lines, at most 800"]
        );
        assert!(in_rust("c.rs", &"\n".repeat(800), &leftover).is_empty());
    }

    #[test]
    fn paths_of_the_machine_are_named() {
        let machine = ["/somebody/home/".to_owned()];
        assert_eq!(
            paths_of_this_machine("a.md", "see\n/somebody/home/x\n", &machine),
            ["a.md:2: a path of one machine"]
        );
        assert!(paths_of_this_machine("a.md", "/somebody/homework", &machine).is_empty());
    }
}
