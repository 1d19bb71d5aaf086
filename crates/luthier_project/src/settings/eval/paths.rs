//! `pathlib` and `os.path` on paths that begin at the repository's root.

use std::rc::Rc;
use std::sync::Arc;

use super::Evaluator;
use super::calls::Arguments;
use super::values::{Item, K, V};
use crate::facts::ir::BinaryOp;
use crate::place::Place;
use crate::settings::ROOT;

impl<'a> Evaluator<'a> {
    /// `a / b` on paths, and `a - 2` on those of django-environ.
    pub(super) fn path_operator(
        &mut self,
        op: BinaryOp,
        left: &V<'a>,
        right: &V<'a>,
        place: Option<Place>,
    ) -> Option<V<'a>> {
        match (op, &left.kind, &right.kind) {
            (BinaryOp::Div, K::Path(base), K::Str(more) | K::Path(more))
            | (BinaryOp::Div, K::Str(base), K::Path(more))
            | (BinaryOp::Add, K::Path(base), K::Str(more)) => {
                Some(V::new(K::Path(join(base, more).into()), place))
            }
            (BinaryOp::Sub, K::Path(base), K::Int(up)) => {
                let mut path = base.to_string();
                for _ in 0..*up {
                    path = parent(&path);
                }
                Some(V::new(K::Path(path.into()), place))
            }
            (BinaryOp::Div, K::Path(_), K::Environment(_) | K::Text(_)) => {
                Some(self.text(vec![left.clone(), V::str("/", place), right.clone()], place))
            }
            (BinaryOp::Div, K::Text(_) | K::Environment(_), K::Str(_)) => {
                Some(self.text(vec![left.clone(), V::str("/", place), right.clone()], place))
            }
            _ => None,
        }
    }

    pub(super) fn path_attribute(
        &mut self,
        value: &V<'a>,
        path: &str,
        name: &str,
        place: Option<Place>,
    ) -> V<'a> {
        let file = path.rsplit('/').next().unwrap_or(path);
        match name {
            "parent" => V::new(K::Path(parent(path).into()), place),
            "parents" => {
                let mut items = Vec::new();
                let mut current = path.to_owned();
                for _ in 0..16 {
                    current = parent(&current);
                    items.push(Item::one(V::new(K::Path(current.as_str().into()), place)));
                }
                self.new_list(items, place)
            }
            "name" => V::str(file, place),
            "stem" => V::str(file.rsplit_once('.').map_or(file, |(stem, _)| stem), place),
            "suffix" => {
                let suffix = file.rfind('.').map_or("", |dot| &file[dot..]);
                V::str(suffix, place)
            }
            // Of django-environ's paths, the path itself.
            "root" => V::str(path, place),
            _ => V::new(K::Method(Rc::new((value.clone(), name.into()))), place),
        }
    }

    pub(super) fn path_method(
        &mut self,
        path: &str,
        name: &str,
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> V<'a> {
        match name {
            "resolve" | "absolute" | "expanduser" => V::new(K::Path(normal(path).into()), place),
            "joinpath" | "path" | "__call__" => {
                let mut joined = path.to_owned();
                for part in &arguments.positional {
                    match part.as_text() {
                        Some(part) => joined = join(&joined, part),
                        None => return V::unknown("a path that is not known", place),
                    }
                }
                V::new(K::Path(joined.into()), place)
            }
            "as_posix" | "__str__" => V::str(path, place),
            "with_name" => match arguments.first().and_then(V::as_str) {
                Some(name) => V::new(K::Path(join(&parent(path), name).into()), place),
                None => V::unknown("a path that is not known", place),
            },
            "exists" | "is_file" | "is_dir" => self.exists(path, name == "is_dir", place),
            "read_text" => V::unknown("the text of a file", place),
            "mkdir" | "touch" => V::none(),
            _ => V::unknown("a method of a path", place),
        }
    }

    /// Whether something is in the repository; what is not may still be made on the way to production.
    fn exists(&self, path: &str, is_folder: bool, place: Option<Place>) -> V<'a> {
        let path = normal(path);
        let Some(inside) = path
            .strip_prefix(ROOT)
            .map(|rest| rest.trim_start_matches('/'))
        else {
            return V::unknown("whether a file exists", place);
        };
        let found = if is_folder {
            let folder = format!("{inside}/");
            self.sources
                .iter()
                .any(|(_, file)| file.path.starts_with(&folder))
        } else {
            self.sources.find(inside).is_some()
        };
        if found {
            V::bool(true, place)
        } else {
            V::unknown("whether a file exists", place)
        }
    }

    /// Functions of `os.path`, and `pathlib.Path`.
    pub(super) fn call_path_function(
        &mut self,
        name: &str,
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> Option<V<'a>> {
        let short = match name {
            "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" | "path.Path" => "Path",
            _ => name
                .strip_prefix("os.path.")
                .or_else(|| name.strip_prefix("posixpath."))
                .or_else(|| name.strip_prefix("os."))?,
        };
        let unknown = || V::unknown("a path that is not known", place);
        let first = arguments.first();
        let text = first.and_then(V::as_text).cloned();
        let str_of = |path: String| V::str(&path, place);
        Some(match short {
            "Path" | "join" => {
                let Some(parts) = arguments
                    .positional
                    .iter()
                    .map(|part| part.as_text().cloned())
                    .collect::<Option<Vec<Arc<str>>>>()
                else {
                    return Some(self.joined_parts(arguments, place));
                };
                let joined = parts
                    .iter()
                    .fold(String::new(), |base, more| join(&base, more));
                let joined = if joined.is_empty() {
                    ".".to_owned()
                } else {
                    joined
                };
                if short == "Path" {
                    V::new(K::Path(joined.into()), place)
                } else {
                    str_of(joined)
                }
            }
            "dirname" => text.map_or_else(unknown, |path| str_of(parent(&path))),
            "basename" => text.map_or_else(unknown, |path| {
                V::str(path.rsplit('/').next().unwrap_or(&path), place)
            }),
            "abspath" | "realpath" | "normpath" | "expanduser" => {
                text.map_or_else(unknown, |path| str_of(normal(&path)))
            }
            "fspath" => text.map_or_else(unknown, |path| V::str(&path, place)),
            "exists" | "isfile" | "isdir" => match text {
                Some(path) => self.exists(&path, short == "isdir", place),
                None => V::unknown("whether a file exists", place),
            },
            "isabs" => text.map_or_else(unknown, |path| {
                V::bool(path.starts_with('/') || path.starts_with(ROOT), place)
            }),
            "splitext" => match text {
                Some(path) => {
                    let dot = path.rfind('.').unwrap_or(path.len());
                    let parts = vec![V::str(&path[..dot], place), V::str(&path[dot..], place)];
                    self.new_tuple(parts, place)
                }
                None => unknown(),
            },
            "getcwd" => V::str(ROOT, place),
            "makedirs" | "mkdir" => V::none(),
            _ => return None,
        })
    }

    /// A path of which parts are not known.
    fn joined_parts(&mut self, arguments: &Arguments<'a>, place: Option<Place>) -> V<'a> {
        let mut parts = Vec::new();
        for (index, part) in arguments.positional.iter().enumerate() {
            if index > 0 {
                parts.push(V::str("/", place));
            }
            parts.push(part.clone());
        }
        self.text(parts, place)
    }
}

/// `more` below `base`; an absolute path stays what it is.
pub(super) fn join(base: &str, more: &str) -> String {
    if base.is_empty() || more.starts_with('/') || more.starts_with(ROOT) {
        return more.to_owned();
    }
    if more.is_empty() {
        return base.to_owned();
    }
    format!("{}/{more}", base.trim_end_matches('/'))
}

/// The folder that holds a path; above the repository's root it is `<root>/..` and so on.
fn parent(path: &str) -> String {
    if path == ROOT || path.ends_with("/..") {
        return format!("{path}/..");
    }
    match path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((parent, _)) => parent.to_owned(),
        None => String::new(),
    }
}

/// Without `.` and `..` as far as these can be taken out.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts
                .last()
                .is_some_and(|last| !matches!(*last, ".." | "") && *last != ROOT) =>
            {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{join, normal, parent};

    #[test]
    fn paths_begin_at_the_root() {
        assert_eq!(join("<root>/a", "b/c"), "<root>/a/b/c");
        assert_eq!(join("<root>/a", "/var"), "/var");
        assert_eq!(parent("<root>/a/b.py"), "<root>/a");
        assert_eq!(parent("<root>"), "<root>/..");
        assert_eq!(normal("<root>/a/../b/./c"), "<root>/b/c");
    }
}
