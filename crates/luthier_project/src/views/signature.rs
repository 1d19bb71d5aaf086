//! What a function takes, and whether what a route passes fits.

use crate::facts::ir::ParamKind;
use crate::modules::{FunctionRef, Modules};
use crate::routes::Param;

/// The parameters of a view behind those that every view has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// By position or name; whether a default stands behind each.
    pub ordinary: Vec<(String, bool)>,
    /// By name only.
    pub keyword_only: Vec<(String, bool)>,
    pub takes_any_position: bool,
    pub takes_any_name: bool,
    /// Whether there are parameters without a name for callers.
    pub has_positional_only: bool,
}

/// How a route and a view do not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The route passes an argument that the view does not take.
    Unexpected(String),
    /// The view needs an argument that the route does not pass.
    Missing(String),
    /// The route passes more or fewer positional arguments than the view takes.
    Count {
        passed: usize,
        least: usize,
        most: Option<usize>,
    },
}

impl Signature {
    /// The parameters behind the first `skip`, which are `request`, and `self` before it.
    pub fn of(modules: &Modules, function: FunctionRef, skip: usize) -> Self {
        let facts = modules.facts(function.module);
        let mut signature = Self::default();
        let mut left = skip;
        for param in &modules.function(function).params {
            let entry = (facts.text(param.name).to_owned(), param.default.is_some());
            match param.kind {
                ParamKind::Arguments => {
                    signature.takes_any_position = true;
                    left = 0;
                }
                ParamKind::Keywords => signature.takes_any_name = true,
                ParamKind::KeywordOnly => signature.keyword_only.push(entry),
                ParamKind::Ordinary | ParamKind::PositionalOnly if left > 0 => left -= 1,
                ParamKind::Ordinary => signature.ordinary.push(entry),
                ParamKind::PositionalOnly => signature.has_positional_only = true,
            }
        }
        signature
    }

    /// Whether every route fits, whatever it passes.
    pub fn takes_anything(&self) -> bool {
        let is_optional = |(_, has_default): &(String, bool)| *has_default;
        let mut named = self.ordinary.iter().chain(&self.keyword_only);
        self.has_positional_only
            || self.takes_any_position && self.takes_any_name && named.all(is_optional)
    }

    /// The first thing that does not fit when a route passes `params` and the names in `given`.
    /// Arguments that a match may leave out are not held against the view.
    pub fn misfit(&self, params: &[Param], given: &[String]) -> Option<Misfit> {
        if self.has_positional_only {
            return None;
        }
        let names: Vec<&str> = params
            .iter()
            .filter_map(|param| param.name.as_deref())
            .collect();
        if names.is_empty() && !params.is_empty() {
            return if given.is_empty() {
                self.misfit_by_position(params.len())
            } else {
                None
            };
        }
        let passed = || {
            names
                .iter()
                .copied()
                .chain(given.iter().map(String::as_str))
        };
        let mut own = self.ordinary.iter().chain(&self.keyword_only);
        if !self.takes_any_name
            && let Some(extra) = passed().find(|name| !own.clone().any(|(known, _)| known == name))
        {
            return Some(Misfit::Unexpected(extra.to_owned()));
        }
        let missing =
            own.find(|(name, has_default)| !has_default && !passed().any(|passed| passed == name));
        missing.map(|(name, _)| Misfit::Missing(name.clone()))
    }

    fn misfit_by_position(&self, passed: usize) -> Option<Misfit> {
        let least = self
            .ordinary
            .iter()
            .filter(|(_, has_default)| !has_default)
            .count();
        let most = (!self.takes_any_position).then_some(self.ordinary.len());
        let fits = passed >= least && most.is_none_or(|most| passed <= most);
        (!fits).then_some(Misfit::Count {
            passed,
            least,
            most,
        })
    }
}
