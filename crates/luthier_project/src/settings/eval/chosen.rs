//! What the text of an environment variable chooses: a module, a file, an entry of a dict.
//!
//! The texts that lead somewhere are tried, each under the condition that the variable is just
//! that; with any other text the project would not start.

use std::sync::Arc;

use super::calls::{Arguments, Site};
use super::compare::compare_words;
use super::values::{Environment, K, Key, ObjId, V};
use super::{Evaluator, Frame, Outcome, Raise, Verdict};
use crate::place::Place;
use crate::settings::value::Cast;

/// More texts than this are no choice that anyone reads.
pub(super) const MAX_TEXTS: usize = 24;

/// A text of which only a variable's part is not known.
#[derive(Clone, Debug)]
pub(super) struct Gap<'a> {
    environment: Environment<'a>,
    variable: V<'a>,
    pub(super) before: String,
    pub(super) after: String,
}

impl<'a> Gap<'a> {
    /// The one gap of a text; `None` where it has none, or several.
    pub(super) fn of(value: &V<'a>) -> Option<Self> {
        let parts = match &value.kind {
            K::Text(parts) => &parts[..],
            K::Environment(_) => std::slice::from_ref(value),
            _ => return None,
        };
        let (mut before, mut after) = (String::new(), String::new());
        let mut variable = None;
        for part in parts {
            match &part.kind {
                K::Str(text) | K::Path(text) => {
                    let side = if variable.is_none() {
                        &mut before
                    } else {
                        &mut after
                    };
                    side.push_str(text);
                }
                K::Environment(environment)
                    if variable.is_none() && matches!(environment.cast, Cast::Raw | Cast::Text) =>
                {
                    variable = Some(((**environment).clone(), part.clone()));
                }
                _ => return None,
            }
        }
        let (environment, variable) = variable?;
        Some(Self {
            environment,
            variable,
            before,
            after,
        })
    }
}

impl<'a> Evaluator<'a> {
    /// Does `work` for each of the texts that the variable may have. Any other raises `exception`,
    /// or gives None where there is no exception.
    pub(super) fn choose(
        &mut self,
        gap: &Gap<'a>,
        texts: &[Arc<str>],
        exception: Option<&'static str>,
        place: Option<Place>,
        work: &dyn Fn(&mut Self, &str) -> Outcome<V<'a>>,
    ) -> Outcome<V<'a>> {
        let Some((text, rest)) = texts.split_first() else {
            return match exception {
                Some(exception) => Err(Raise { exception }),
                None => Ok(V::none()),
            };
        };
        let words = std::slice::from_ref(text);
        let compared = compare_words(&gap.environment, words, &gap.variable, place);
        match self.verdict_plain(&compared) {
            Some(Verdict::True) => work(self, text),
            Some(Verdict::When(fact)) => self.fork(
                &fact,
                |own| work(own, text),
                |own| own.choose(gap, rest, exception, place, work),
            ),
            Some(Verdict::False) | None => self.choose(gap, rest, exception, place, work),
        }
    }

    /// A module named by a value.
    pub(super) fn dynamic_import(
        &mut self,
        frame: &Frame<'a>,
        module: &V<'a>,
        arguments: &Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        if let K::OneOf(alternatives) = &module.kind {
            return self.each(alternatives.clone(), site.place, |own, module| {
                own.dynamic_import(frame, &module, arguments, site)
            });
        }
        if let Some(name) = module.as_str() {
            let name = self.absolute_name(frame, name, arguments);
            return self.import_module(frame, &name, site.place);
        }
        let unknown = || Ok(V::unknown("a module whose name is not known", site.place));
        let Some(mut gap) = Gap::of(module) else {
            return unknown();
        };
        gap.before = self.absolute_name(frame, &gap.before, arguments);
        let texts = self.modules_named(&gap);
        if texts.is_empty() || texts.len() > MAX_TEXTS {
            return unknown();
        }
        let exception = Some("ModuleNotFoundError");
        self.choose(&gap, &texts, exception, site.place, &|own, text| {
            let name = format!("{}{text}{}", gap.before, gap.after);
            own.import_module(frame, &name, site.place)
        })
    }

    /// The texts with which a gap names a module of the project. Where nothing comes before the
    /// gap, any module would do: only what the code itself falls back to is one then.
    fn modules_named(&self, gap: &Gap<'a>) -> Vec<Arc<str>> {
        if !gap.before.contains('.') {
            return Vec::new();
        }
        let names = self
            .modules
            .repository()
            .map(|id| self.modules.get(id).name.as_str());
        let mut texts: Vec<Arc<str>> = names
            .filter_map(|name| name.strip_prefix(&*gap.before)?.strip_suffix(&*gap.after))
            .filter(|text| !text.is_empty() && !text.contains('.'))
            .map(Arc::from)
            .collect();
        texts.sort();
        texts.dedup();
        texts
    }

    /// What `import_module(name, package)` imports.
    fn absolute_name(&self, frame: &Frame<'a>, name: &str, arguments: &Arguments<'a>) -> String {
        let Some(mut relative) = name.strip_prefix('.') else {
            return name.to_owned();
        };
        let mut package = match arguments.get(1, "package").and_then(V::as_str) {
            Some(package) => package.to_string(),
            None => self.package_of(frame),
        };
        // Each further dot leads one package up.
        while let Some(rest) = relative.strip_prefix('.') {
            relative = rest;
            package.truncate(package.rfind('.').unwrap_or(0));
        }
        format!("{package}.{relative}")
    }

    /// The package that a module is in, or is.
    pub(super) fn package_of(&self, frame: &Frame<'a>) -> String {
        let module = self.modules.get(self.owner(frame));
        match module.name.rsplit_once('.') {
            _ if module.is_package => module.name.clone(),
            Some((package, _)) => package.to_owned(),
            None => String::new(),
        }
    }

    /// The files that a path with a gap may lead to, as the texts that lead there. The path is from
    /// the repository's root.
    pub(super) fn files_named(&self, gap: &Gap<'a>) -> Vec<Arc<str>> {
        let pattern = super::paths::normal(&format!("{}*{}", gap.before, gap.after));
        let Some((head, tail)) = pattern.split_once('*') else {
            return Vec::new();
        };
        if tail.contains('*') {
            return Vec::new();
        }
        let paths = self.sources.iter().map(|(_, file)| &*file.path);
        let mut texts: Vec<Arc<str>> = paths
            .filter_map(|path| path.strip_prefix(head)?.strip_suffix(tail))
            .filter(|text| !text.is_empty() && !text.contains('/'))
            .map(Arc::from)
            .collect();
        texts.sort();
        texts.truncate(MAX_TEXTS + 1);
        texts
    }

    /// The entry of a dict whose key is a variable's text, else `otherwise`; without that, a
    /// `KeyError`. `None` where the dict is not known.
    pub(super) fn entry_by_variable(
        &mut self,
        id: ObjId,
        key: &V<'a>,
        otherwise: Option<&V<'a>>,
        place: Option<Place>,
    ) -> Option<Outcome<V<'a>>> {
        let gap = Gap::of(key).filter(|gap| gap.before.is_empty() && gap.after.is_empty())?;
        let dict = self.state.dict(id).clone();
        let is_known = !dict.open && dict.entries().all(|entry| entry.when.is_always());
        let entries = dict.entries().filter_map(|entry| match entry.key.key() {
            Some(Key::Str(text)) => Some(text),
            _ => None,
        });
        let texts: Vec<Arc<str>> = entries.collect();
        if !is_known || texts.len() > MAX_TEXTS {
            return None;
        }
        let value_of = |text: &str| {
            let entry = dict.get(&Key::Str(text.into()));
            entry.map_or_else(V::none, |entry| entry.value.clone())
        };
        let Some(otherwise) = otherwise else {
            let exception = Some("KeyError");
            return Some(self.choose(&gap, &texts, exception, place, &|_, text| {
                Ok(value_of(text))
            }));
        };
        // What is not among the keys gives the default, which `choose` does not know.
        let found = texts
            .iter()
            .rev()
            .try_fold(otherwise.clone(), |others, text| {
                let words = std::slice::from_ref(text);
                let compared = compare_words(&gap.environment, words, &gap.variable, place);
                Some(match self.verdict_plain(&compared)? {
                    Verdict::True => value_of(text),
                    Verdict::False => others,
                    Verdict::When(fact) => self.merge_values(&fact, value_of(text), others),
                })
            });
        found.map(Ok)
    }
}
