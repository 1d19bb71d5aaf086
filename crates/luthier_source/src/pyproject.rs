//! `pyproject.toml` and `Pipfile`: declared dependencies, and the settings of tools.

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::requirement::{Requirement, normalise_name, parse_requirement};
use crate::toml_tree::{find, find_str, find_table, in_order, parse_toml, strings, to_span};
use crate::{Problem, Span};

/// What a `pyproject.toml` or `Pipfile` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pyproject {
    /// The distribution's name.
    pub name: Option<String>,
    /// The Python versions that may run it, as PEP 440 specifiers.
    pub requires_python: Option<String>,
    pub dependencies: Vec<DeclaredDependency>,
    /// Requirements files that `[tool.setuptools.dynamic]` reads the dependencies from.
    pub dependency_files: Vec<String>,
    /// The tables below `[tool]` by name.
    pub tools: Vec<String>,
    /// Settings below `[tool]`, flattened; those of package managers and formatters left out.
    pub settings: Vec<ToolSetting>,
    /// How long the formatter lets a line of Python be, where it is told.
    pub line_length: Option<u16>,
    pub problems: Vec<Problem>,
}

/// A dependency and the list that it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredDependency {
    pub requirement: Requirement,
    pub group: Group,
}

/// Which list a dependency is declared in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Group {
    /// Always installed.
    Main,
    /// An extra: installed where asked for by whoever installs the project.
    Extra(String),
    /// A dependency group, of PEP 735 or of a package manager.
    Named(String),
}

/// One setting of a tool: `pytest.ini_options.addopts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolSetting {
    /// The keys below `[tool]`, joined by dots.
    pub path: String,
    pub value: ToolValue,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToolValue {
    Text(String),
    /// A number or date as written.
    Number(String),
    Bool(bool),
    /// The strings of an array.
    List(Vec<String>),
}

impl ToolValue {
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(_) | Self::List(_) => None,
        }
    }

    /// The strings of a list, or the one text.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) | Self::Number(text) => std::slice::from_ref(text),
            Self::List(list) => list,
            Self::Bool(_) => &[],
        }
    }
}

impl Pyproject {
    pub fn setting(&self, path: &str) -> Option<&ToolSetting> {
        self.settings.iter().find(|setting| setting.path == path)
    }

    /// Adds the requirements in an array of strings.
    fn add_array(&mut self, value: &DeValue<'_>, group: &Group) {
        for (text, span) in strings(value) {
            // Inside the quotes, when there is nothing escaped in them.
            let offset = if span.len() as usize == text.len() + 2 {
                span.start + 1
            } else {
                span.start
            };
            match parse_requirement(text, offset) {
                Some(mut requirement) => {
                    requirement.span = if offset == span.start {
                        span
                    } else {
                        requirement.span
                    };
                    self.dependencies.push(DeclaredDependency {
                        requirement,
                        group: group.clone(),
                    });
                }
                None => self.problems.push(Problem {
                    span,
                    message: format!("`{text}` is no requirement"),
                }),
            }
        }
    }

    /// Adds the requirements of a table of names, as Poetry and Pipenv write them.
    fn add_table(&mut self, table: &DeTable<'_>, group: &Group, specifier: fn(&str) -> String) {
        for (key, value) in in_order(table) {
            let name = normalise_name(key.get_ref());
            let span = to_span(key.span()).cover(to_span(value.span()));
            if name == "python" {
                self.requires_python = value
                    .get_ref()
                    .as_str()
                    .map(specifier)
                    .or(self.requires_python.take());
                continue;
            }
            let requirement = table_requirement(name, value.get_ref(), span, specifier);
            let optional =
                find_in(value.get_ref(), "optional").and_then(DeValue::as_bool) == Some(true);
            let group = if optional {
                Group::Extra("optional".to_owned())
            } else {
                group.clone()
            };
            self.dependencies
                .push(DeclaredDependency { requirement, group });
        }
    }
}

fn find_in<'t, 'i>(value: &'t DeValue<'i>, key: &str) -> Option<&'t DeValue<'i>> {
    value.as_table()?.get(key).map(Spanned::get_ref)
}

fn table_requirement(
    name: String,
    value: &DeValue<'_>,
    span: Span,
    specifier: fn(&str) -> String,
) -> Requirement {
    // Several constraints for several platforms: the first is as good as any to know the pin by.
    let value = value
        .as_array()
        .and_then(|array| array.first())
        .map_or(value, Spanned::get_ref);
    let text = |key| find_in(value, key).and_then(|value| value.as_str());
    let version = value.as_str().or_else(|| text("version"));
    let url = ["git", "url", "path", "file"].into_iter().find_map(text);
    let extras = find_in(value, "extras").map(|extras| {
        strings(extras)
            .map(|(extra, _)| normalise_name(extra))
            .collect()
    });
    Requirement {
        name,
        extras: extras.unwrap_or_default(),
        specifier: version.map(specifier).unwrap_or_default(),
        url: url.map(str::to_owned),
        marker: text("markers").unwrap_or("").to_owned(),
        span,
    }
}

/// Reads a `pyproject.toml`.
pub fn parse_pyproject(text: &str) -> Pyproject {
    let (root, problems) = parse_toml(text);
    let mut file = Pyproject {
        problems,
        ..Pyproject::default()
    };
    read_project_table(&mut file, &root);
    read_groups(&mut file, &root);
    read_managers(&mut file, &root);
    read_tools(&mut file, &root);
    file.line_length = line_length(&root);
    file
}

/// What ruff or black is told; ruff first, since projects leave black's table behind.
fn line_length(root: &DeTable<'_>) -> Option<u16> {
    let told = |path: &[&str]| match find(root, path)?.get_ref() {
        DeValue::Integer(number) => number.as_str().parse().ok(),
        _ => None,
    };
    let paths: [&[&str]; 2] = [
        &["tool", "ruff", "line-length"],
        &["tool", "black", "line-length"],
    ];
    paths.into_iter().find_map(told)
}

fn read_project_table(file: &mut Pyproject, root: &DeTable<'_>) {
    file.name = find_str(root, &["project", "name"])
        .or(find_str(root, &["tool", "poetry", "name"]))
        .map(str::to_owned);
    file.requires_python = find_str(root, &["project", "requires-python"]).map(str::to_owned);
    if let Some(dependencies) = find(root, &["project", "dependencies"]) {
        file.add_array(dependencies.get_ref(), &Group::Main);
    }
    for (extra, dependencies) in find_table(root, &["project", "optional-dependencies"])
        .into_iter()
        .flat_map(in_order)
    {
        file.add_array(
            dependencies.get_ref(),
            &Group::Extra(extra.get_ref().to_string()),
        );
    }
    if let Some(files) = find(
        root,
        &["tool", "setuptools", "dynamic", "dependencies", "file"],
    ) {
        let files = files.get_ref();
        let single = files.as_str().map(str::to_owned);
        file.dependency_files = strings(files)
            .map(|(file, _)| file.to_owned())
            .chain(single)
            .collect();
    }
}

/// `[dependency-groups]`; a group that includes another one holds what is its own.
fn read_groups(file: &mut Pyproject, root: &DeTable<'_>) {
    for (group, dependencies) in find_table(root, &["dependency-groups"])
        .into_iter()
        .flat_map(in_order)
    {
        file.add_array(
            dependencies.get_ref(),
            &Group::Named(group.get_ref().to_string()),
        );
    }
}

fn read_managers(file: &mut Pyproject, root: &DeTable<'_>) {
    let development = Group::Named("dev".to_owned());
    if let Some(dependencies) = find_table(root, &["tool", "poetry", "dependencies"]) {
        file.add_table(dependencies, &Group::Main, poetry_specifier);
    }
    if let Some(dependencies) = find_table(root, &["tool", "poetry", "dev-dependencies"]) {
        file.add_table(dependencies, &development, poetry_specifier);
    }
    for (group, table) in find_table(root, &["tool", "poetry", "group"])
        .into_iter()
        .flat_map(in_order)
    {
        if let Some(dependencies) =
            find_in(table.get_ref(), "dependencies").and_then(DeValue::as_table)
        {
            file.add_table(
                dependencies,
                &Group::Named(group.get_ref().to_string()),
                poetry_specifier,
            );
        }
    }
    if let Some(dependencies) = find(root, &["tool", "uv", "dev-dependencies"]) {
        file.add_array(dependencies.get_ref(), &development);
    }
    for (group, dependencies) in find_table(root, &["tool", "pdm", "dev-dependencies"])
        .into_iter()
        .flat_map(in_order)
    {
        file.add_array(
            dependencies.get_ref(),
            &Group::Named(group.get_ref().to_string()),
        );
    }
    for (name, environment) in find_table(root, &["tool", "hatch", "envs"])
        .into_iter()
        .flat_map(in_order)
    {
        for key in ["dependencies", "extra-dependencies"] {
            if let Some(dependencies) = find_in(environment.get_ref(), key) {
                file.add_array(dependencies, &Group::Named(name.get_ref().to_string()));
            }
        }
    }
}

/// Poetry's own operators as PEP 440 has them: `^5.2` is `>=5.2,<6`, `5.2` is `==5.2`.
fn poetry_specifier(written: &str) -> String {
    let clauses: Vec<String> = written
        .split(',')
        .map(|clause| poetry_clause(clause.trim()))
        .collect();
    clauses
        .into_iter()
        .filter(|clause| !clause.is_empty())
        .collect::<Vec<_>>()
        .join(",")
}

fn poetry_clause(clause: &str) -> String {
    if clause.contains("||") {
        return String::new();
    }
    if let Some(version) = clause.strip_prefix('^') {
        return range_above(version.trim(), true);
    }
    match clause.strip_prefix('~') {
        Some(version) if !version.starts_with('=') => return range_above(version.trim(), false),
        _ => {}
    }
    match clause {
        "*" | "" => String::new(),
        clause if clause.starts_with(|c: char| c.is_ascii_digit()) => format!("=={clause}"),
        clause => clause.to_owned(),
    }
}

/// `>=version,<next`, where next raises the first number that is not zero (caret) or the second.
fn range_above(version: &str, caret: bool) -> String {
    let numbers: Vec<u32> = version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect();
    if numbers.is_empty() {
        return String::new();
    }
    let last = numbers.len() - 1;
    let raised = if caret {
        numbers.iter().position(|n| *n > 0).unwrap_or(last)
    } else {
        last.min(1)
    };
    let mut next: Vec<String> = numbers[..raised].iter().map(u32::to_string).collect();
    next.push(numbers[raised].saturating_add(1).to_string());
    format!(">={version},<{}", next.join("."))
}

/// Reads a `Pipfile`.
pub fn parse_pipfile(text: &str) -> Pyproject {
    let (root, problems) = parse_toml(text);
    let mut file = Pyproject {
        problems,
        ..Pyproject::default()
    };
    let specifier = |written: &str| {
        if written == "*" {
            String::new()
        } else {
            written.to_owned()
        }
    };
    for (section, table) in in_order(&root) {
        let group = match section.get_ref().as_ref() {
            "packages" => Group::Main,
            "source" | "requires" | "scripts" | "pipenv" => continue,
            "dev-packages" => Group::Named("dev".to_owned()),
            other => Group::Named(other.to_owned()),
        };
        if let Some(table) = table.get_ref().as_table() {
            file.add_table(table, &group, specifier);
        }
    }
    let python = find_str(&root, &["requires", "python_full_version"])
        .or(find_str(&root, &["requires", "python_version"]));
    file.requires_python = python.map(|version| format!("=={version}.*"));
    file
}

/// Tables whose contents are read above, or say nothing about the project.
const SKIPPED_TOOLS: [&str; 8] = [
    "poetry", "uv", "pdm", "ruff", "black", "isort", "luthier", "pylint",
];

fn read_tools(file: &mut Pyproject, root: &DeTable<'_>) {
    for (name, value) in find_table(root, &["tool"]).into_iter().flat_map(in_order) {
        file.tools.push(name.get_ref().to_string());
        if !SKIPPED_TOOLS.contains(&name.get_ref().as_ref()) {
            flatten(&mut file.settings, name.get_ref(), value);
        }
    }
}

/// Adds the settings below a value; the parser bounds how deep tables nest.
fn flatten(settings: &mut Vec<ToolSetting>, path: &str, value: &Spanned<DeValue<'_>>) {
    let flat = match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in in_order(table) {
                flatten(settings, &format!("{path}.{}", key.get_ref()), value);
            }
            return;
        }
        DeValue::String(text) => ToolValue::Text(text.to_string()),
        DeValue::Integer(number) => ToolValue::Number(number.as_str().to_owned()),
        DeValue::Float(number) => ToolValue::Number(number.as_str().to_owned()),
        DeValue::Boolean(value) => ToolValue::Bool(*value),
        DeValue::Datetime(date) => ToolValue::Text(date.to_string()),
        array @ DeValue::Array(_) => {
            ToolValue::List(strings(array).map(|(text, _)| text.to_owned()).collect())
        }
    };
    settings.push(ToolSetting {
        path: path.to_owned(),
        value: flat,
        span: to_span(value.span()),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(file: &Pyproject) -> Vec<String> {
        let line = |dependency: &DeclaredDependency| {
            let requirement = &dependency.requirement;
            let group = match &dependency.group {
                Group::Main => String::new(),
                Group::Extra(name) => format!("[{name}]"),
                Group::Named(name) => format!("({name})"),
            };
            let extras = requirement.extras.join("+");
            let url = requirement.url.as_deref().unwrap_or("");
            format!(
                "{}{} {}{}{}",
                group, requirement.name, extras, requirement.specifier, url
            )
        };
        file.dependencies.iter().map(line).collect()
    }

    #[test]
    fn reads_standard_tables() {
        let text = r#"
[project]
name = "shop"
requires-python = ">=3.12"
dependencies = ["Django>=5.2,<6", "celery[redis]", "not this one"]
[project.optional-dependencies]
s3 = ["django-storages"]
[dependency-groups]
dev = ["pytest==8.3", {include-group = "lint"}]
[tool.pytest.ini_options]
DJANGO_SETTINGS_MODULE = "config.test"
addopts = ["--reuse-db", "--cov"]
[tool.coverage.report]
fail_under = 90
[tool.ruff]
line-length = 100
"#;
        let file = parse_pyproject(text);
        assert_eq!(
            outline(&file),
            [
                "django >=5.2,<6",
                "celery redis",
                "[s3]django-storages ",
                "(dev)pytest ==8.3"
            ]
        );
        assert_eq!(
            file.dependencies[0].requirement.span.text(text),
            "Django>=5.2,<6"
        );
        assert_eq!(file.problems[0].span.text(text), "\"not this one\"");
        assert_eq!(file.tools, ["pytest", "coverage", "ruff"]);
        let setting = |path| {
            file.setting(path)
                .map(|setting| setting.value.texts().join(" "))
        };
        assert_eq!(
            setting("pytest.ini_options.DJANGO_SETTINGS_MODULE").as_deref(),
            Some("config.test")
        );
        assert_eq!(
            setting("pytest.ini_options.addopts").as_deref(),
            Some("--reuse-db --cov")
        );
        assert_eq!(setting("coverage.report.fail_under").as_deref(), Some("90"));
        assert_eq!(setting("ruff.line-length"), None);
        assert_eq!(file.line_length, Some(100));
    }

    #[test]
    fn reads_poetry_and_pipenv() {
        let text = r#"
[tool.poetry]
name = "shop"
[tool.poetry.dependencies]
python = "^3.12"
django = "~5.2"
celery = {version = "^5.3.1", extras = ["redis"]}
own = {git = "https://example.org/own"}
tox = {version = "4.0", optional = true}
zero = "^0.3"
any = "*"
[tool.poetry.group.test.dependencies]
pytest = ">=8,<9"
"#;
        let file = parse_pyproject(text);
        assert_eq!(file.requires_python.as_deref(), Some(">=3.12,<4"));
        let expected = [
            "django >=5.2,<5.3",
            "celery redis>=5.3.1,<6",
            "own https://example.org/own",
            "[optional]tox ==4.0",
            "zero >=0.3,<0.4",
            "any ",
            "(test)pytest >=8,<9",
        ];
        assert_eq!(outline(&file), expected);

        let pipfile = "[packages]\nDjango = \"==5.2.1\"\nx = \"*\"\n[dev-packages]\npytest = {version = \">=8\"}\n[requires]\npython_version = \"3.12\"";
        let file = parse_pipfile(pipfile);
        assert_eq!(outline(&file), ["django ==5.2.1", "x ", "(dev)pytest >=8"]);
        assert_eq!(file.requires_python.as_deref(), Some("==3.12.*"));
    }

    #[test]
    fn a_broken_file_keeps_what_was_read() {
        let text = "[project]\ndependencies = [\"django\"]\nname = \n[tool.x]\na = 1\n";
        let file = parse_pyproject(text);
        assert_eq!(outline(&file), ["django "]);
        assert!(!file.problems.is_empty());
        assert!(file.setting("x.a").is_some());
        for end in 0..=text.len() {
            parse_pyproject(&text[..end]);
        }
    }
}
