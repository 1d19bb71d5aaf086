//! Lock files: `uv.lock`, `poetry.lock`, `Pipfile.lock`.

use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use crate::requirement::normalise_name;
use crate::toml_tree::{find, find_str, parse_toml, to_span};
use crate::yaml::Yaml;
use crate::{Problem, Span};

/// The exact versions that an installation gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockFile {
    pub packages: Vec<LockedPackage>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedPackage {
    /// The normalised name.
    pub name: String,
    pub version: Option<String>,
    /// The project itself or another folder of the repository, not something installed into it.
    pub local: bool,
    /// The name where it is declared.
    pub span: Span,
}

impl LockFile {
    pub fn version_of(&self, name: &str) -> Option<&str> {
        self.packages
            .iter()
            .find(|package| package.name == name)?
            .version
            .as_deref()
    }
}

/// Reads `uv.lock` or `poetry.lock`: both are arrays of `[[package]]`.
pub fn parse_toml_lock(text: &str) -> LockFile {
    let (root, problems) = parse_toml(text);
    let packages = find(&root, &["package"]).and_then(|packages| packages.get_ref().as_array());
    let packages = packages.into_iter().flat_map(|array| array.iter());
    let packages = packages
        .filter_map(|package| locked_package(package.get_ref()))
        .collect();
    LockFile { packages, problems }
}

fn locked_package(package: &DeValue<'_>) -> Option<LockedPackage> {
    let table = package.as_table()?;
    let name = find(table, &["name"])?;
    let local_source = |kind| find(table, &["source", kind]).is_some();
    let local = ["editable", "virtual", "directory"]
        .into_iter()
        .any(local_source)
        || find_str(table, &["source", "type"]) == Some("directory");
    Some(LockedPackage {
        name: normalise_name(name.get_ref().as_str()?),
        version: find_str(table, &["version"]).map(str::to_owned),
        local,
        span: to_span(name.span()),
    })
}

/// Reads `Pipfile.lock`, which is JSON and so YAML.
pub fn parse_pipfile_lock(text: &str) -> LockFile {
    let yaml = Yaml::parse(text);
    let mut packages = Vec::new();
    for (section, dependencies) in yaml
        .root()
        .map(|root| yaml.entries(root))
        .unwrap_or_default()
    {
        if yaml.text(section) == Some("_meta") {
            continue;
        }
        for (name, package) in yaml.entries(dependencies) {
            let version = yaml
                .get(package, "version")
                .and_then(|version| yaml.text(version));
            packages.push(LockedPackage {
                name: normalise_name(yaml.text(name).unwrap_or("")),
                version: version.map(|version| version.trim_start_matches('=').to_owned()),
                local: yaml.get(package, "path").is_some(),
                span: yaml.span(name),
            });
        }
    }
    LockFile {
        packages,
        problems: yaml.problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(lock: &LockFile) -> Vec<(&str, Option<&str>, bool)> {
        lock.packages
            .iter()
            .map(|p| (p.name.as_str(), p.version.as_deref(), p.local))
            .collect()
    }

    #[test]
    fn reads_arrays_of_packages() {
        let text = "version = 1\n[[package]]\nname = \"Django\"\nversion = \"5.2.7\"\nsource = { registry = \"x\" }\n\
            [[package]]\nname = \"shop\"\nsource = { virtual = \".\" }\n";
        let lock = parse_toml_lock(text);
        assert_eq!(
            outline(&lock),
            [("django", Some("5.2.7"), false), ("shop", None, true)]
        );
        assert_eq!(lock.packages[0].span.text(text), "\"Django\"");
        assert_eq!(lock.version_of("django"), Some("5.2.7"));
    }

    #[test]
    fn reads_pipenv_locks() {
        let text = r#"{"_meta": {"hash": {"sha256": "x"}}, "default": {"django": {"hashes": ["a"], "version": "==5.2.7"}},
            "develop": {"pytest": {"version": "==8.3"}, "own": {"path": "."}}}"#;
        let lock = parse_pipfile_lock(text);
        let expected = [
            ("django", Some("5.2.7"), false),
            ("pytest", Some("8.3"), false),
            ("own", None, true),
        ];
        assert_eq!(outline(&lock), expected);
    }

    #[test]
    fn broken_locks_have_problems() {
        assert!(!parse_toml_lock("[[package]]\nname = ").problems.is_empty());
        assert!(!parse_pipfile_lock("{\"default\": {").problems.is_empty());
    }
}
