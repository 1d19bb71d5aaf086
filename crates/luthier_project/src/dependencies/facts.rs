//! The dependencies that one file declares.

use luthier_source::ini::IniFile;
use luthier_source::pyproject::{Group, Pyproject};
use luthier_source::requirement::{Requirement, parse_requirement};
use luthier_source::requirements_txt::{RequirementLine, RequirementsFile};

use super::{Manner, Purpose};
use crate::facts::ir::BindingKind;
use crate::facts::{ExprRef, PythonFacts};

/// One dependency of one file.
pub(super) struct Declared {
    pub(super) requirement: Requirement,
    pub(super) purpose: Purpose,
    pub(super) manner: Manner,
}

/// Words in the names of files and groups that are not installed in production.
const DEVELOPMENT_WORDS: &[&str] = &[
    "ci",
    "debug",
    "dev",
    "develop",
    "development",
    "devel",
    "doc",
    "docs",
    "e2e",
    "format",
    "lint",
    "linter",
    "linting",
    "local",
    "mypy",
    "qa",
    "style",
    "test",
    "tests",
    "testing",
    "tox",
    "types",
    "typing",
    "typecheck",
    "coverage",
    "pre",
    "precommit",
    "bench",
    "benchmark",
    "readthedocs",
    "rtd",
];

/// What a file or group is for, by its name.
pub(super) fn purpose_of_name(name: &str) -> Purpose {
    let lower = name.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    if words.clone().any(|word| word.starts_with("constraint")) {
        Purpose::Constraint
    } else if words.any(|word| DEVELOPMENT_WORDS.contains(&word)) {
        Purpose::Development
    } else {
        Purpose::Production
    }
}

/// What a requirements file is for: its own name and its folder's name say it.
pub(super) fn purpose_of_path(path: &str) -> Purpose {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match purpose_of_name(stem) {
        Purpose::Production => parts
            .take(2)
            .map(purpose_of_name)
            .find(|purpose| *purpose != Purpose::Production)
            .unwrap_or(Purpose::Production),
        purpose => purpose,
    }
}

pub(super) fn of_requirements(
    file: &RequirementsFile,
    purpose: Purpose,
    manner: Manner,
) -> Vec<Declared> {
    let packages = file.lines.iter().filter_map(|line| match line {
        RequirementLine::Package { requirement, .. } => Some(requirement.clone()),
        _ => None,
    });
    packages
        .map(|requirement| Declared {
            requirement,
            purpose,
            manner,
        })
        .collect()
}

pub(super) fn of_pyproject(file: &Pyproject, manner: Manner) -> Vec<Declared> {
    let declared = file.dependencies.iter().map(|dependency| Declared {
        requirement: dependency.requirement.clone(),
        purpose: match &dependency.group {
            Group::Main => Purpose::Production,
            Group::Extra(name) | Group::Named(name) => match purpose_of_name(name) {
                Purpose::Development => Purpose::Development,
                _ if PRODUCTION_GROUPS.contains(&name.as_str()) => Purpose::Production,
                _ => Purpose::Optional,
            },
        },
        manner,
    });
    declared.collect()
}

const PRODUCTION_GROUPS: &[&str] = &[
    "main",
    "prod",
    "production",
    "deploy",
    "deployment",
    "server",
];

/// `install_requires` and `extras_require` of a `setup.cfg`.
pub(super) fn of_setup_cfg(file: &IniFile) -> Vec<Declared> {
    let mut declared = Vec::new();
    for entry in &file.entries {
        let purpose = match (entry.section.as_str(), entry.key.as_str()) {
            ("options", "install_requires") => Purpose::Production,
            ("options", "tests_require") => Purpose::Development,
            ("options.extras_require", extra) if purpose_of_name(extra) == Purpose::Development => {
                Purpose::Development
            }
            ("options.extras_require", _) => Purpose::Optional,
            _ => continue,
        };
        let requirements = entry.lines().filter_map(|line| parse_requirement(line, 0));
        declared.extend(requirements.map(|requirement| Declared {
            // A value's lines are joined, so the entry is the place of each.
            requirement: Requirement {
                span: entry.value_span,
                ..requirement
            },
            purpose,
            manner: Manner::Metadata,
        }));
    }
    declared
}

/// `install_requires` and `extras_require` of the `setup()` call in a `setup.py`.
pub(super) fn of_setup_py(facts: &PythonFacts) -> Vec<Declared> {
    let mut declared = Vec::new();
    let calls = facts
        .body_ids()
        .flat_map(|id| facts.body(id).exprs())
        .filter_map(ExprRef::as_call);
    for call in calls.filter(|call| {
        matches!(
            call.callee.dotted().as_deref(),
            Some("setup" | "setuptools.setup")
        )
    }) {
        if let Some(list) = call.keyword("install_requires") {
            add_strings(&mut declared, list, Purpose::Production);
        }
        let extras = call
            .keyword("extras_require")
            .map(assigned)
            .and_then(ExprRef::items);
        for (key, list) in extras.into_iter().flatten() {
            let development = key
                .and_then(ExprRef::as_str)
                .is_some_and(|key| purpose_of_name(key) == Purpose::Development);
            add_strings(
                &mut declared,
                list,
                if development {
                    Purpose::Development
                } else {
                    Purpose::Optional
                },
            );
        }
    }
    declared
}

fn add_strings(declared: &mut Vec<Declared>, list: ExprRef<'_>, purpose: Purpose) {
    for item in assigned(list).elements().into_iter().flatten() {
        let Some(requirement) = item.as_str().and_then(|text| parse_requirement(text, 0)) else {
            continue;
        };
        let requirement = Requirement {
            span: item.span(),
            ..requirement
        };
        declared.push(Declared {
            requirement,
            purpose,
            manner: Manner::Metadata,
        });
    }
}

/// What a plain name of the module is assigned, or the expression itself.
fn assigned(expr: ExprRef<'_>) -> ExprRef<'_> {
    let binding = expr
        .as_name()
        .and_then(|name| expr.facts().module().binding(name));
    match binding.map(|binding| binding.kind) {
        Some(BindingKind::Value(value)) => expr.facts().module().expr(value),
        _ => expr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_file_is_for() {
        let cases = [
            ("requirements.txt", Purpose::Production),
            ("requirements/base.txt", Purpose::Production),
            ("requirements/dev.txt", Purpose::Development),
            ("requirements-test.in", Purpose::Development),
            ("docs/requirements.txt", Purpose::Development),
            ("requirements/constraints.txt", Purpose::Constraint),
            ("requirements_production.txt", Purpose::Production),
            ("device/requirements.txt", Purpose::Production),
        ];
        for (path, purpose) in cases {
            assert_eq!(purpose_of_path(path), purpose, "{path}");
        }
    }
}
