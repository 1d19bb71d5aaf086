//! Paths in settings: those below the repository's root, and those elsewhere on the machine.

use luthier_project::Place;
use luthier_project::modules::Definition;
use luthier_project::settings::{Kind, ROOT, Value};

use super::{View, each};

/// A path with its dots resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::settings) struct Absolute {
    /// Whether it is below the repository's root, wherever that is deployed.
    pub(in crate::settings) in_repository: bool,
    parts: Vec<String>,
}

impl Absolute {
    /// Relative to the repository's root, for a path in it.
    pub(in crate::settings) fn relative(&self) -> String {
        self.parts.join("/")
    }

    /// How two paths lie to each other, where that can be known.
    pub(in crate::settings) fn relation_to(&self, other: &Self) -> Option<Relation> {
        if self.in_repository != other.in_repository {
            return None;
        }
        let relation = if self.parts == other.parts {
            Relation::Same
        } else if self.parts.starts_with(&other.parts) {
            Relation::Inside
        } else if other.parts.starts_with(&self.parts) {
            Relation::Around
        } else {
            Relation::Apart
        };
        Some(relation)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::settings) enum Relation {
    Same,
    Inside,
    Around,
    Apart,
}

/// The text of a known path or string.
pub(in crate::settings) fn text(value: &Value) -> Option<&str> {
    match &value.kind {
        Kind::Str(text) | Kind::Path(text) => Some(text),
        _ => None,
    }
}

/// Whether Python's `Path.is_absolute()` holds.
pub(in crate::settings) fn is_absolute(text: &str) -> bool {
    text.starts_with('/') || text.starts_with(ROOT)
}

/// The path that Django ends at; a relative one is taken from the folder of manage.py, where Django's
/// commands run. `None` where it leaves the repository upwards.
pub(in crate::settings) fn absolute(view: &View<'_>, text: &str) -> Option<Absolute> {
    let (in_repository, from, rest) = if let Some(rest) = text.strip_prefix(ROOT) {
        (true, "", rest)
    } else if text.starts_with('/') {
        (false, "", text)
    } else {
        (true, view.project.root.folder.as_str(), text)
    };
    let mut parts: Vec<String> = Vec::new();
    for part in from.split('/').chain(rest.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                let left = parts.pop();
                if left.is_none() && in_repository {
                    return None;
                }
            }
            part => parts.push(part.to_owned()),
        }
    }
    Some(Absolute {
        in_repository,
        parts,
    })
}

/// The class of Django's file caches.
const FILE_CACHE: &str = "django.core.cache.backends.filebased.FileBasedCache";

/// One entry of `CACHES` that keeps its values in files.
#[derive(Debug)]
pub(in crate::settings) struct FileCache {
    pub(in crate::settings) alias: String,
    pub(in crate::settings) path: Absolute,
    /// Whether the location is written as an absolute path.
    pub(in crate::settings) is_absolute: bool,
    pub(in crate::settings) place: Option<Place>,
}

#[derive(Debug)]
pub(in crate::settings) struct FileCaches {
    pub(in crate::settings) caches: Vec<FileCache>,
    /// Whether these are all.
    pub(in crate::settings) known: bool,
}

/// The caches that are kept in files.
pub(in crate::settings) fn file_caches(view: &View<'_>) -> FileCaches {
    let value = view.value("CACHES");
    let Some(dict) = value.as_dict() else {
        return FileCaches {
            caches: Vec::new(),
            known: false,
        };
    };
    let mut found = FileCaches {
        caches: Vec::new(),
        known: !dict.open,
    };
    for entry in &dict.entries {
        let is_file_cache = is_file_cache(view, &entry.value.at(&["BACKEND"]));
        if is_file_cache == Some(false) {
            continue;
        }
        let location = entry.value.at(&["LOCATION"]);
        let written = is_file_cache.and_then(|_| text(&location));
        let path = written.and_then(|written| absolute(view, written));
        match (entry.key.as_str(), written, path) {
            (Some(alias), Some(written), Some(path)) if entry.when.is_always() => {
                found.caches.push(FileCache {
                    alias: alias.to_owned(),
                    path,
                    is_absolute: is_absolute(written),
                    place: location.place,
                });
            }
            _ => found.known = false,
        }
    }
    found
}

fn is_file_cache(view: &View<'_>, backend: &Value) -> Option<bool> {
    each(backend, &|backend| {
        is_file_cache_class(view, backend.as_str()?)
    })
}

fn is_file_cache_class(view: &View<'_>, path: &str) -> Option<bool> {
    if path == FILE_CACHE {
        return Some(true);
    }
    // Django ends with an error, not with a warning, where the text is no path of a class.
    if path.starts_with("django.") || !is_class_path(path) {
        return Some(false);
    }
    match view.project.modules.lookup(path) {
        Definition::Class(class) => view.project.modules.inherits(class, FILE_CACHE),
        // A package's cache in files would be built on Django's; the known ones are not.
        Definition::External(_) => Some(false),
        _ => None,
    }
}

/// Whether a text could be the dotted path of a class.
fn is_class_path(text: &str) -> bool {
    let is_identifier = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|first: char| first.is_ascii_digit())
            && part
                .chars()
                .all(|each| each.is_alphanumeric() || each == '_')
    };
    text.contains('.') && text.split('.').all(is_identifier)
}
