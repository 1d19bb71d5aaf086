//! Which crate may use which: data flows one way, and some libraries stay in one room.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::workspace;

/// Each crate with the crates of the workspace that it may use. `xtask` may use anything.
const EDGES: &[(&str, &[&str])] = &[
    ("luthier_source", &[]),
    ("luthier_diagnostics", &["luthier_source"]),
    ("luthier_project", &["luthier_source"]),
    (
        "luthier_rules",
        &["luthier_project", "luthier_diagnostics", "luthier_source"],
    ),
    (
        "luthier_analysis",
        &[
            "luthier_rules",
            "luthier_project",
            "luthier_diagnostics",
            "luthier_source",
        ],
    ),
    (
        "luthier_generate",
        &["luthier_project", "luthier_diagnostics", "luthier_source"],
    ),
    ("luthier_report", &["luthier_diagnostics", "luthier_source"]),
    (
        "luthier_server",
        &["luthier_analysis", "luthier_generate", "luthier_report"],
    ),
    (
        "luthier",
        &[
            "luthier_analysis",
            "luthier_generate",
            "luthier_report",
            "luthier_server",
        ],
    ),
];

/// Libraries with the only crates, besides `xtask`, that may name them.
const ROOMS: &[(&str, &[&str])] = &[
    ("anyhow", &["luthier"]),
    ("clap", &["luthier"]),
    ("ignore", &["luthier_source"]),
    ("indicatif", &["luthier"]),
    ("lsp-server", &["luthier_server"]),
    ("rmcp", &["luthier_server"]),
    ("ruff_python_ast", &["luthier_source", "luthier_project"]),
    ("ruff_python_parser", &["luthier_source"]),
    ("ruff_python_trivia", &["luthier_source"]),
    ("sqlparser", &["luthier_source"]),
    ("squawk-linter", &["luthier_source"]),
    ("squawk-syntax", &["luthier_source"]),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    path: Option<String>,
}

pub(super) fn problems() -> Result<Vec<String>> {
    let text = workspace::output(workspace::cargo().args([
        "metadata",
        "--no-deps",
        "--format-version=1",
    ]))?;
    let metadata: Metadata = serde_json::from_str(&text).context("output of cargo metadata")?;
    Ok(forbidden(&metadata.packages))
}

/// Every dependency, of any kind, that the tables do not allow.
fn forbidden(packages: &[Package]) -> Vec<String> {
    let mut problems = Vec::new();
    for package in packages.iter().filter(|package| package.name != "xtask") {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
            problems.push(format!(
                "crate `{}` has no place in the order",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let fits = if dependency.path.is_some() {
                allowed.contains(&name)
            } else {
                ROOMS
                    .iter()
                    .find(|(library, _)| *library == name)
                    .is_none_or(|(_, rooms)| rooms.contains(&package.name.as_str()))
            };
            if !fits {
                problems.push(format!("crate `{}` may not use `{name}`", package.name));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{Dependency, Package, forbidden};

    fn package(name: &str, dependency: &str, path: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            dependencies: vec![Dependency {
                name: dependency.to_owned(),
                path: path.map(str::to_owned),
            }],
        }
    }

    #[test]
    fn edges_against_the_flow_are_named() {
        let packages = [
            package(
                "luthier_project",
                "luthier_rules",
                Some("crates/luthier_rules"),
            ),
            package(
                "luthier_rules",
                "luthier_project",
                Some("crates/luthier_project"),
            ),
            package("luthier_rules", "ruff_python_parser", None),
            package("luthier_rules", "rayon", None),
            package("luthier_extra", "rayon", None),
        ];
        assert_eq!(
            forbidden(&packages),
            [
                "crate `luthier_project` may not use `luthier_rules`",
                "crate `luthier_rules` may not use `ruff_python_parser`",
                "crate `luthier_extra` has no place in the order",
            ]
        );
    }
}
