//! Finds and reads the configuration.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use globset::Glob;
use luthier_project::django::version::{DjangoVersion, RELEASES};
use luthier_source::{LineIndex, files, folders};
use serde::Deserialize;
use toml_edit::{Document, Item, TableLike};

use super::Config;
use super::schema::unknown_key;
use crate::select::Selector;

/// The configuration, and where it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    pub config: Config,
    /// The file; `None` where there is none.
    pub path: Option<PathBuf>,
    /// What patterns are relative to: from the configuration's folder to the one analysed, with
    /// forward slashes and, unless empty, one at the end.
    pub prefix: String,
}

impl Loaded {
    /// The folder of the configuration; `root` where there is none.
    pub fn folder<'a>(&'a self, root: &'a Path) -> &'a Path {
        self.path.as_deref().and_then(Path::parent).unwrap_or(root)
    }
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub path: PathBuf,
    /// From 1, where the place is known.
    pub line: Option<u32>,
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// Something that is wrong with what `key` says, known only after the configuration was read.
    pub(crate) fn of_key(loaded: &Loaded, key: &str, message: String) -> Self {
        let path = loaded.path.clone().unwrap_or_default();
        let text = folders::read_if_present(&path).and_then(Result::ok);
        Self {
            line: text.and_then(|text| line_of(&path, &text, key)),
            path,
            message: format!("`{key}`: {message}"),
        }
    }
}

/// The line that says `key`.
fn line_of(path: &Path, text: &str, key: &str) -> Option<u32> {
    let document = Document::parse(text).ok()?;
    let (key, _) = own_table(path, document.as_item())?.get_key_value(key)?;
    Some(LineIndex::new(text).line(key.span()?.start as u32))
}

/// The table with luthier's keys; `None` for a `pyproject.toml` without any.
fn own_table<'a>(path: &Path, document: &'a Item) -> Option<&'a dyn TableLike> {
    if !is_pyproject(path) {
        return document.as_table_like();
    }
    let tool = document.get("tool")?.as_table_like()?;
    tool.get("luthier")?.as_table_like()
}

fn is_pyproject(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == "pyproject.toml")
}

/// Reads the configuration for the folder at `root`: the nearest `luthier.toml`, or `pyproject.toml`
/// with `[tool.luthier]`, there or in a folder around it within the same repository.
pub fn load(root: &Path) -> Result<Loaded, ConfigError> {
    let folders = folders::upwards(root);
    for folder in &folders {
        for name in ["luthier.toml", "pyproject.toml"] {
            let path = folder.join(name);
            let Some(read) = folders::read_if_present(&path) else {
                continue;
            };
            let text = match read {
                Ok(text) => text,
                // Other tools complain about a pyproject.toml that cannot be read.
                Err(_) if name == "pyproject.toml" => continue,
                Err(message) => {
                    return Err(ConfigError {
                        path,
                        line: None,
                        message,
                    });
                }
            };
            if let Some(config) = parse(&path, &text)? {
                return Ok(Loaded {
                    config,
                    prefix: prefix(folder, &folders[0]),
                    path: Some(path),
                });
            }
        }
    }
    Ok(Loaded::default())
}

/// Reads the configuration from a file that was named. A `pyproject.toml` without any is an empty
/// one.
pub fn load_file(path: &Path, root: &Path) -> Result<Loaded, ConfigError> {
    let failed = |message: String| ConfigError {
        path: path.to_path_buf(),
        line: None,
        message,
    };
    let text = folders::read_if_present(path)
        .unwrap_or_else(|| Err("no such file".to_owned()))
        .map_err(failed)?;
    let config = parse(path, &text)?.unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    Ok(Loaded {
        config,
        prefix: prefix(&folders::upwards(folder)[0], &folders::upwards(root)[0]),
        path: Some(path.to_path_buf()),
    })
}

fn prefix(folder: &Path, root: &Path) -> String {
    let below = root.strip_prefix(folder).unwrap_or(Path::new(""));
    below.iter().fold(String::new(), |mut prefix, part| {
        prefix.push_str(&part.to_string_lossy());
        prefix.push('/');
        prefix
    })
}

/// The configuration in one file; `None` for a `pyproject.toml` without any.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Option<Config>, ConfigError> {
    let at = |span: Option<Range<usize>>, message: String| ConfigError {
        path: path.to_path_buf(),
        line: span.map(|span| LineIndex::new(text).line(span.start as u32)),
        message,
    };
    let is_pyproject = is_pyproject(path);
    if is_pyproject && !text.contains("luthier") {
        return Ok(None);
    }
    let document =
        Document::parse(text).map_err(|error| at(error.span(), error.message().to_owned()))?;
    let Some(table) = own_table(path, document.as_item()) else {
        return Ok(None);
    };
    if let Some(unknown) = unknown_key(table) {
        let meant = unknown.nearest.map_or_else(String::new, |nearest| {
            format!("; did you mean `{nearest}`?")
        });
        let message = format!("unknown key `{}`{meant}", unknown.key);
        return Err(at(unknown.span, message));
    }
    let config = if is_pyproject {
        toml_edit::de::from_str(text).map(|pyproject: Pyproject| pyproject.tool.luthier)
    } else {
        toml_edit::de::from_str(text)
    };
    let config: Config = config.map_err(|error| at(error.span(), error.message().to_owned()))?;
    check_values(table).map_err(|(span, message)| at(span, message))?;
    Ok(Some(config))
}

#[derive(Deserialize)]
struct Pyproject {
    tool: Tool,
}

#[derive(Deserialize)]
struct Tool {
    luthier: Config,
}

type ValueError = (Option<Range<usize>>, String);

/// What the types cannot say: rules and patterns must be such.
fn check_values(table: &dyn TableLike) -> Result<(), ValueError> {
    for key in ["select", "extend-select", "ignore"] {
        table.get(key).map_or(Ok(()), check_selectors)?;
    }
    let ignores = table.get("per-file-ignores").and_then(Item::as_table_like);
    for (pattern, item) in ignores.into_iter().flat_map(TableLike::iter) {
        check_selectors(item)?;
        if let Err(error) = Glob::new(pattern) {
            let message = format!(
                "`per-file-ignores`: `{pattern}` is no pattern: {}",
                error.kind()
            );
            return Err((item.span(), message));
        }
    }
    let exclude = table.get("exclude").and_then(Item::as_array);
    for value in exclude.into_iter().flatten() {
        if let Some(pattern) = value.as_str()
            && let Some(problem) = files::pattern_problem(pattern)
        {
            let message = format!("`exclude`: `{pattern}` is no pattern: {problem}");
            return Err((value.span(), message));
        }
    }
    if let Some(version) = table.get("target-django") {
        check_version(version.as_str().unwrap_or(""))
            .map_err(|message| (version.span(), message))?;
    }
    Ok(())
}

/// Django's releases are few and known; of any other nothing could be said.
fn check_version(text: &str) -> Result<(), String> {
    let Some(version) = DjangoVersion::parse(text) else {
        return Err(format!(
            "`target-django`: `{text}` is no Django version; write for example \"5.2\""
        ));
    };
    if RELEASES.contains(&version) {
        return Ok(());
    }
    let (oldest, newest) = (RELEASES[0], RELEASES[RELEASES.len() - 1]);
    let before = RELEASES.iter().rev().find(|release| **release < version);
    let nearest = before.unwrap_or(&oldest);
    Err(format!(
        "`target-django`: no Django {version} is known, only {oldest} to {newest}; \
         did you mean \"{nearest}\"?"
    ))
}

fn check_selectors(item: &Item) -> Result<(), ValueError> {
    for value in item.as_array().into_iter().flatten() {
        if let Some(text) = value.as_str() {
            Selector::parse(text).map_err(|unknown| (value.span(), unknown.to_string()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn error(name: &str, text: &str) -> String {
        let result = parse(Path::new(name), text);
        result.expect_err("not a good configuration").to_string()
    }

    #[test]
    fn both_files_hold_the_same_keys() {
        let keys = "ignore = [\"LUT002\"]\nfail-on = \"warning\"\n";
        let own = parse(Path::new("luthier.toml"), keys);
        let shared = parse(
            Path::new("pyproject.toml"),
            &format!("[project]\nname = \"shop\"\n[tool.luthier]\n{keys}"),
        );
        assert_eq!(own, shared);
        let config = own.unwrap().unwrap();
        assert_eq!(config.ignore, ["LUT002"]);
        assert_eq!(config.fail_on, Some(super::super::FailOn::Warning));
        assert_eq!(
            parse(
                Path::new("pyproject.toml"),
                "[project]\nname = \"luthier-fan\"\n"
            ),
            Ok(None)
        );
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        assert_eq!(
            error("luthier.toml", "ignore = []\nselct = [\"LUT002\"]\n"),
            "luthier.toml:2: unknown key `selct`; did you mean `select`?"
        );
        assert_eq!(
            error(
                "luthier.toml",
                "[databases.default]\nengine = \"sqlite\"\nverison = \"3\"\n"
            ),
            "luthier.toml:3: unknown key `verison`; did you mean `version`?"
        );
        assert_eq!(
            error("pyproject.toml", "[tool.luthier]\nqqq = 1\n"),
            "pyproject.toml:2: unknown key `qqq`"
        );
        assert_eq!(
            error(
                "luthier.toml",
                "\nselect = [\n  \"LUT002\",\n  \"unused-supression\",\n]\n"
            ),
            "luthier.toml:4: no rule or category is called `unused-supression`; \
             did you mean `unused-suppression`?"
        );
        assert_eq!(
            error(
                "luthier.toml",
                "per-file-ignores = { \"a[\" = [\"LUT002\"] }\n"
            ),
            "luthier.toml:1: `per-file-ignores`: `a[` is no pattern: unclosed character class; missing ']'"
        );
        assert_eq!(
            error("luthier.toml", "exclude = [\n  \"old/\",\n  \"new[\",\n]\n"),
            "luthier.toml:3: `exclude`: `new[` is no pattern: unclosed character class; \
             missing ']'"
        );
        assert_eq!(
            error("luthier.toml", "target-django = \"five\"\n"),
            "luthier.toml:1: `target-django`: `five` is no Django version; \
             write for example \"5.2\""
        );
        for (version, nearest) in [("5.7", "5.2"), ("99.1", "6.1"), ("1.8", "1.11")] {
            assert_eq!(
                error("luthier.toml", &format!("target-django = \"{version}\"\n")),
                format!(
                    "luthier.toml:1: `target-django`: no Django {version} is known, only 1.11 to \
                     6.1; did you mean \"{nearest}\"?"
                )
            );
        }
        for good in ["5.2", "5", "5.2.7", "6.1rc1"] {
            let text = format!("target-django = \"{good}\"\n");
            assert!(parse(Path::new("luthier.toml"), &text).is_ok(), "{good}");
        }
        assert!(error("luthier.toml", "a = 1\nselect = [\n").starts_with("luthier.toml:2:"));
        assert!(
            error("luthier.toml", "\nselect = 3\n").starts_with("luthier.toml:2: invalid type")
        );
        assert!(error("luthier.toml", "fail-on = \"never\"\n").contains("expected one of"));
    }

    #[test]
    fn the_nearest_configuration_of_the_repository_holds() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join("repo/.git")).unwrap();
        fs::create_dir_all(root.join("repo/sites/shop")).unwrap();
        fs::write(root.join("luthier.toml"), "broken").unwrap();
        fs::write(root.join("repo/pyproject.toml"), "[project]\n").unwrap();
        let shop = root.join("repo/sites/shop");
        assert_eq!(load(&shop), Ok(Loaded::default()));

        fs::write(root.join("repo/luthier.toml"), "require-reason = true\n").unwrap();
        let loaded = load(&shop).unwrap();
        assert!(loaded.config.require_reason);
        assert_eq!(loaded.prefix, "sites/shop/");
        assert_eq!(loaded.folder(&shop), root.join("repo"));
    }
}
