//! What other tools run: the hooks of pre-commit, the steps of the GitHub Action.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::Folder;
use crate::support::MANAGE;

fn of_repository(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).expect("can be read")
}

/// A repository with its project in a sub-folder.
fn repository() -> Folder {
    Folder::with(&[
        (".git/HEAD", ""),
        ("backend/manage.py", MANAGE),
        ("backend/shop/broken.py", "total = (\n"),
        ("backend/shop/tidy.py", "x = 1  # luthier: ignore[LUT001]\n"),
    ])
}

#[test]
fn hooks_of_pre_commit() {
    let hooks = of_repository(".pre-commit-hooks.yaml");
    let entries = hooks
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: luthier "));
    let entries: Vec<&str> = entries.collect();
    assert_eq!(entries, ["check", "check --fix"]);
    for entry in entries {
        let folder = repository();
        let words: Vec<&str> = entry.split(' ').collect();
        let with_args = |args: &[&'static str]| [&words[..], args].concat();
        let output = folder.output(&with_args(&["backend", "--select", "LUT"]));
        assert_eq!(output.status.code(), Some(1), "{entry}");
        let is_mended = !folder.read("backend/shop/tidy.py").contains("ignore");
        assert_eq!(is_mended, entry.contains("--fix"), "{entry}");
    }
}

/// The shell text of one step of the action.
fn step(name: &str) -> String {
    let action = of_repository("action.yml");
    let (_, step) = action
        .split_once(&format!("- name: {name}\n"))
        .expect("a step");
    let (_, run) = step.split_once("      run: ").expect("a shell step");
    match run.strip_prefix("|\n") {
        Some(block) => block
            .lines()
            .map_while(|line| line.strip_prefix("        "))
            .collect::<Vec<_>>()
            .join("\n"),
        None => run.lines().next().expect("a line").to_owned(),
    }
}

/// Runs a step as GitHub does, in the repository's folder.
fn run(folder: &Folder, name: &str, variables: &[(&str, &str)]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_luthier"));
    let mut path = program.parent().expect("a folder").as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    Command::new("bash")
        .args([
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            &step(name),
        ])
        .current_dir(folder.path("."))
        .env("PATH", path)
        .env("RUNNER_TEMP", folder.path("."))
        .env("GITHUB_OUTPUT", folder.path("output.txt"))
        .env("XDG_CACHE_HOME", folder.path("cache"))
        .envs(variables.iter().copied())
        .output()
        .expect("bash runs")
}

#[test]
fn steps_of_the_action() {
    let folder = repository();
    let inputs = [("PROJECT", "backend"), ("ARGUMENTS", "--select LUT")];
    let output = run(&folder, "Check the project", &inputs);
    assert_eq!(output.status.code(), Some(0), "findings are judged later");
    let outputs = folder.read("output.txt");
    assert!(outputs.contains("status=1\n"), "{outputs}");
    let sarif: serde_json::Value = serde_json::from_str(&folder.read("luthier.sarif")).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "backend/shop/broken.py");

    for (format, place) in [
        ("concise", "shop/broken.py:2:1: "),
        ("github", "file=backend/shop/broken.py,"),
    ] {
        let variables = [&inputs[..], &[("FORMAT", format)]].concat();
        let output = run(&folder, "Show the findings", &variables);
        assert_eq!(output.status.code(), Some(0), "{format}");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains(place), "{shown}");
    }

    let judge = |status| run(&folder, "Judge", &[("STATUS", status)]).status.code();
    assert_eq!((judge("0"), judge("1")), (Some(0), Some(1)));

    let wrong = run(
        &folder,
        "Check the project",
        &[("PROJECT", "gone"), ("ARGUMENTS", "")],
    );
    assert_eq!(wrong.status.code(), Some(1), "wrong use fails at once");
}
