//! Files that run among the names of a module: split settings, and `exec`.

use std::sync::Arc;

use super::calls::Arguments;
use super::chosen::{Gap, MAX_TEXTS};
use super::paths::{join, normal};
use super::values::{K, ScopeId, V};
use super::{Evaluator, Frame, Outcome, Raise};
use crate::place::Place;
use crate::settings::ROOT;

impl<'a> Evaluator<'a> {
    /// `include("a.py", optional("local.py"), "components/*.py")`: the files run among the names of
    /// the module that includes them.
    pub(super) fn include(
        &mut self,
        frame: &Frame<'a>,
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        for argument in &arguments.positional {
            match &argument.kind {
                K::Object(object) if &*object.callee == "split_settings.tools.optional" => {
                    if let Some((_, files)) = object.arguments.first() {
                        self.include_files(frame, files, true, place)?;
                    }
                }
                _ => {
                    self.include_files(frame, argument, false, place)?;
                }
            }
        }
        Ok(V::none())
    }

    /// Includes the files of one pattern.
    fn include_files(
        &mut self,
        frame: &Frame<'a>,
        pattern: &V<'a>,
        is_optional: bool,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let folder = frame.file.map_or("", |file| {
            let path = &self.sources.file(file).path;
            path.rsplit_once('/').map_or("", |(folder, _)| folder)
        });
        match &pattern.kind {
            K::None => return Ok(V::none()),
            K::OneOf(alternatives) => {
                let run = |own: &mut Self, pattern| {
                    own.include_files(frame, &pattern, is_optional, place)
                };
                return self.each_merged(&alternatives.clone(), run);
            }
            _ => {}
        }
        if let Some(pattern) = pattern.as_str() {
            let path = normal(&join(folder, pattern));
            return self.include_path(frame, &path, is_optional, place);
        }
        if let Some(mut gap) = Gap::of(pattern) {
            gap.before = join(folder, &gap.before);
            let texts = self.files_named(&gap);
            if (1..=MAX_TEXTS).contains(&texts.len()) {
                let exception = (!is_optional).then_some("OSError");
                return self.choose(&gap, &texts, exception, place, &|own, text| {
                    let path = normal(&format!("{}{text}{}", gap.before, gap.after));
                    own.include_path(frame, &path, is_optional, place)
                });
            }
        }
        let why = "settings files whose names are not known";
        self.open_scopes.push((frame.module_scope(), why.into()));
        Ok(V::none())
    }

    /// Includes the files that a pattern from the repository's root fits.
    fn include_path(
        &mut self,
        frame: &Frame<'a>,
        path: &str,
        is_optional: bool,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let fitting = self
            .sources
            .iter()
            .filter(|(_, source)| matches_glob(path, &source.path));
        let mut files: Vec<_> = fitting.map(|(file, _)| file).collect();
        files.sort();
        if files.is_empty() {
            if !is_optional && !path.contains('*') {
                return Err(Raise {
                    exception: "OSError",
                });
            }
            self.optional.push((path.into(), place));
        }
        for module in files
            .into_iter()
            .filter_map(|file| self.modules.of_file(file))
        {
            self.run_within(module, &[frame.module_scope()])?;
        }
        Ok(V::none())
    }

    /// Code that is not known may set any names: of the module that runs it, of the module whose
    /// names it is given, or of any that is loaded where it is not known whose these are.
    pub(super) fn open_by_exec(&mut self, frame: &Frame<'a>, names: Option<&V<'a>>) {
        let why: Arc<str> = "names that `exec` may set".into();
        let scopes: Vec<ScopeId> = match names.map(|names| &names.kind) {
            None | Some(K::None) => vec![frame.module_scope()],
            Some(K::Names(scope)) => vec![*scope],
            // A namespace of its own.
            Some(K::Dict(_)) => Vec::new(),
            Some(_) => {
                let modules = self.loading_order.iter();
                let loading = modules.filter_map(|module| self.loaded.get(module));
                loading.map(|loaded| loaded.scope).collect()
            }
        };
        let opened = scopes.into_iter().map(|scope| (scope, why.clone()));
        self.open_scopes.extend(opened);
    }

    /// `exec(open("local.py").read())`; false where the code is not known.
    pub(super) fn run_code(&mut self, frame: &mut Frame<'a>, code: &V<'a>) -> Outcome<bool> {
        let K::Object(object) = &code.kind else {
            return Ok(false);
        };
        let is_file = &*object.callee == "builtins.open().read";
        let path = object
            .arguments
            .first()
            .and_then(|(_, value)| value.as_text().cloned());
        let Some(path) = path.filter(|_| is_file) else {
            return Ok(false);
        };
        let path = normal(&path);
        let Some(inside) = path.strip_prefix(ROOT) else {
            return Ok(false);
        };
        let file = self.sources.find(inside.trim_start_matches('/'));
        match file.and_then(|file| self.modules.of_file(file)) {
            Some(module) => {
                self.run_within(module, &[frame.module_scope()])?;
                Ok(true)
            }
            None => {
                self.optional.push((inside.into(), code.place));
                Err(Raise {
                    exception: "FileNotFoundError",
                })
            }
        }
    }
}

/// Whether a path fits a pattern of which `*` stands for anything but a slash.
fn matches_glob(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut paths) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), paths.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if matches_part(pattern, part) => {}
            _ => return false,
        }
    }
}

fn matches_part(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches_part(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::matches_glob;

    #[test]
    fn stars_stay_within_a_folder() {
        assert!(matches_glob(
            "settings/components/*.py",
            "settings/components/cache.py"
        ));
        assert!(!matches_glob(
            "settings/*.py",
            "settings/components/cache.py"
        ));
        assert!(!matches_glob("settings/base.py", "settings/base.pyi"));
    }
}
