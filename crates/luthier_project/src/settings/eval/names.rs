//! The names of a module or class as data: `dir(module)`, `vars(module)`, `globals().items()`.

use std::sync::Arc;

use super::calls::Arguments;
use super::values::{Dict, Entry, Item, K, ScopeId, V};
use super::{Evaluator, Frame, Outcome};
use crate::place::Place;
use crate::settings::condition::Condition;

impl<'a> Evaluator<'a> {
    /// Every name of a scope with its value. One that is bound only under conditions comes once for
    /// each of its values.
    fn bound(&self, scope: ScopeId) -> Vec<(Arc<str>, V<'a>, Condition)> {
        let mut found = Vec::new();
        for name in self.state.names(scope) {
            let Some(variable) = self.state.name(scope, &name) else {
                continue;
            };
            match &self.select(variable.value.clone()).kind {
                K::Unset => {}
                K::OneOf(ways) if ways.iter().any(|(_, way)| way.is_unset()) => {
                    let set = ways.iter().filter(|(_, way)| !way.is_unset());
                    found.extend(set.map(|(when, way)| (name.clone(), way.clone(), when.clone())));
                }
                _ => found.push((name, variable.value.clone(), Condition::ALWAYS)),
            }
        }
        found
    }

    fn unseen(&self, scope: ScopeId, place: Option<Place>) -> Option<Item<'a>> {
        let why = self.is_open(scope)?.clone();
        Some(Item::many(V::new(K::Unknown(why), place)))
    }

    /// The names alone, as a loop over them meets them.
    pub(super) fn names_of(&self, scope: ScopeId, place: Option<Place>) -> Vec<Item<'a>> {
        let names = self.bound(scope).into_iter().map(|(name, _, when)| Item {
            value: V::new(K::Str(name), place),
            when,
            many: false,
        });
        names.chain(self.unseen(scope, place)).collect()
    }

    /// The scope as a mapping.
    pub(super) fn names_as_dict(&self, scope: ScopeId) -> (Vec<Entry<'a>>, bool) {
        let entries = self.bound(scope).into_iter().map(|(name, value, when)| {
            let place = value.place;
            Entry {
                key: V::new(K::Str(name), place),
                value,
                when,
            }
        });
        (entries.collect(), self.is_open(scope).is_some())
    }

    /// `dir()` and `dir(object)`; `None` where the names are not known.
    pub(super) fn dir(
        &mut self,
        frame: &Frame<'a>,
        object: Option<&V<'a>>,
        place: Option<Place>,
    ) -> Option<V<'a>> {
        let scope = match object.map(|object| &object.kind) {
            None => frame.scope(),
            Some(K::Module(module)) => self.load(*module).scope,
            Some(_) => return None,
        };
        let mut names = self.names_of(scope, place);
        names.sort_by_cached_key(|item| item.value.as_str().cloned());
        Some(self.new_list(names, place))
    }

    /// A method of `globals()` and its kin.
    pub(super) fn names_method(
        &mut self,
        scope: ScopeId,
        name: &str,
        arguments: Arguments<'a>,
        place: Option<Place>,
    ) -> V<'a> {
        let given = arguments.first().and_then(V::as_str).cloned();
        match (name, given) {
            ("update", _) => {
                self.update_names(scope, arguments, place);
                V::none()
            }
            ("get" | "setdefault" | "pop", Some(key)) => {
                let found = self.state.name(scope, &key);
                let found = found.map(|found| found.value.clone());
                let default = arguments.get(1, "default").cloned();
                let default = default.unwrap_or_else(V::none);
                match name {
                    "pop" => self.state.bind(scope, &key, None),
                    "setdefault" if found.is_none() => {
                        self.assign(scope, &key, default.clone(), place);
                    }
                    _ => {}
                }
                found.unwrap_or(default)
            }
            ("keys", None) => {
                let names = self.names_of(scope, place);
                self.new_list(names, place)
            }
            ("values" | "items", None) => {
                let mut items = Vec::new();
                for (key, value, when) in self.bound(scope) {
                    let value = match name {
                        "items" => self.new_tuple(vec![V::new(K::Str(key), place), value], place),
                        _ => value,
                    };
                    items.push(Item {
                        value,
                        when,
                        many: false,
                    });
                }
                items.extend(self.unseen(scope, place));
                self.new_list(items, place)
            }
            ("copy", None) => {
                let mut dict = Dict::default();
                self.spread_into(&mut dict, &V::new(K::Names(scope), place));
                self.new_dict(dict, place)
            }
            _ => V::unknown("a method of the module's names", place),
        }
    }

    fn update_names(&mut self, scope: ScopeId, arguments: Arguments<'a>, place: Option<Place>) {
        let mut dict = Dict::new(arguments.open);
        for mapping in &arguments.positional {
            self.spread_into(&mut dict, mapping);
        }
        for (keyword, value) in arguments.keywords {
            dict.set(V::str(&keyword, value.place), value);
        }
        if dict.open {
            let why = "names are set that are not known";
            self.open_scopes.push((scope, why.into()));
        }
        for entry in dict.entries() {
            let Some(name) = entry.key.as_str().cloned() else {
                continue;
            };
            let at = entry.value.place.or(place);
            let value = entry.value.clone();
            self.under_condition(&entry.when, |own| own.assign(scope, &name, value, at));
        }
    }

    /// `vars(object)`
    pub(super) fn vars(&mut self, object: &V<'a>, place: Option<Place>) -> Outcome<V<'a>> {
        Ok(match &object.kind {
            K::Module(module) => V::new(K::Names(self.load(*module).scope), place),
            K::Class(class) => V::new(K::Names(class.scope), place),
            _ => V::unknown("the attributes of what is not followed", place),
        })
    }
}
