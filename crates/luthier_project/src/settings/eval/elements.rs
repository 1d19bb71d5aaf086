//! Elements, entries and slices.

use super::targets::position;
use super::values::{Item, K, ObjId, V};
use super::{Evaluator, Frame, Outcome, Raise};
use crate::facts::{ExprId, ExprRef};
use crate::place::Place;

impl<'a> Evaluator<'a> {
    pub(super) fn item(
        &mut self,
        frame: &mut Frame<'a>,
        value: &V<'a>,
        index: &V<'a>,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        match &value.kind {
            K::OneOf(alternatives) => self.each(alternatives.clone(), place, |own, value| {
                own.item(frame, &value, index, expr)
            }),
            K::Environ => match index.as_str() {
                Some(variable) => self.required_variable(&variable.clone(), "KeyError", place),
                None => Ok(V::unknown(
                    "an environment variable whose name is not known",
                    place,
                )),
            },
            &K::Dict(id) => {
                if let K::Environment(_) = &index.kind {
                    let chosen = self.entry_by_variable(id, index, None, place);
                    let unknown = || Ok(V::unknown("an entry that a variable chooses", place));
                    return chosen.unwrap_or_else(unknown);
                }
                self.dict_item(id, index, place)
            }
            K::Sequence(_) => {
                let Some(items) = self.closed_items(value) else {
                    return Ok(V::unknown("an element of a list that is not known", place));
                };
                match index.as_int() {
                    Some(at) => match position(at, items.len()) {
                        Some(at) => Ok(items[at].clone()),
                        None => Err(Raise {
                            exception: "IndexError",
                        }),
                    },
                    None => Ok(V::unknown("an element at a place that is not known", place)),
                }
            }
            K::Names(scope) => match index.as_str() {
                Some(name) => match self.state.name(*scope, name) {
                    Some(variable) => Ok(variable.value.clone()),
                    None => Err(Raise {
                        exception: "KeyError",
                    }),
                },
                None => Ok(V::unknown("a name that is not known", place)),
            },
            // `sys.modules[__name__]`
            K::External(name) if &**name == "sys.modules" => {
                let module = index.as_str().and_then(|name| self.modules.find(name));
                match module.filter(|module| self.loaded.contains_key(module)) {
                    Some(module) => Ok(V::new(K::Module(module), place)),
                    None => Ok(V::unknown("a module that may be loaded", place)),
                }
            }
            K::Str(text) => {
                let length = text.chars().count();
                let at = index.as_int().and_then(|at| position(at, length));
                match at.and_then(|at| text.chars().nth(at)) {
                    Some(letter) => Ok(V::str(&letter.to_string(), place)),
                    None => Err(Raise {
                        exception: "IndexError",
                    }),
                }
            }
            K::Path(path) => Ok(V::unknown(path, place)),
            K::Environment(_) => {
                Ok(self.derived(&[value, index], place, "an element", |_, _| None))
            }
            _ => Ok(V::unknown("an element of what is not known", place)),
        }
    }

    pub(super) fn dict_item(
        &mut self,
        id: ObjId,
        index: &V<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let dict = self.state.dict(id).clone();
        let Some(key) = index.key() else {
            return Ok(V::unknown("an entry whose key is not known", place));
        };
        match dict.get(&key) {
            Some(entry) if entry.when.is_always() => Ok(entry.value.clone()),
            Some(entry) => match self.holds(&entry.when) {
                Some(false) => Err(Raise {
                    exception: "KeyError",
                }),
                _ => Ok(entry.value.clone()),
            },
            None if dict.open => Ok(V::unknown("an entry of a dict that is not known", place)),
            None => Err(Raise {
                exception: "KeyError",
            }),
        }
    }

    pub(super) fn slice(
        &mut self,
        frame: &mut Frame<'a>,
        value: &V<'a>,
        bounds: [Option<ExprId>; 3],
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        let mut known = [None; 3];
        for (bound, known) in bounds.iter().zip(&mut known) {
            if let Some(id) = bound {
                let Some(at) = self.expr(frame, expr.at(*id))?.as_int() else {
                    return Ok(V::unknown("a slice whose bounds are not known", place));
                };
                *known = Some(at);
            }
        }
        let [lower, upper, step] = known;
        if step.is_some_and(|step| step != 1) {
            return Ok(V::unknown("a slice with steps", place));
        }
        let range = |length: usize| {
            let length = length as i64;
            let clamp = |at: i64| (if at < 0 { at + length } else { at }).clamp(0, length);
            let from = lower.map_or(0, clamp);
            let to = upper.map_or(length, clamp).max(from);
            usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0)
        };
        match &value.kind {
            K::Str(text) => {
                let letters: Vec<char> = text.chars().collect();
                let part: String = letters[range(letters.len())].iter().collect();
                Ok(V::str(&part, place))
            }
            &K::Sequence(id) => {
                let kind = self.state.sequence_kind(id);
                if bounds.iter().all(Option::is_none) {
                    let items = self.state.items(id).as_ref().clone();
                    return Ok(self.new_sequence(kind, items, place));
                }
                match self.closed_items(value) {
                    Some(items) => {
                        let part = items[range(items.len())]
                            .iter()
                            .cloned()
                            .map(Item::one)
                            .collect();
                        Ok(self.new_sequence(kind, part, place))
                    }
                    None => Ok(V::unknown("a slice of a list that is not known", place)),
                }
            }
            K::OneOf(alternatives) => self.each(alternatives.clone(), place, |own, value| {
                own.slice(frame, &value, bounds, expr)
            }),
            K::Environment(_) => Ok(self.derived(&[value], place, "a slice", |_, _| None)),
            _ => Ok(V::unknown("a slice of what is not known", place)),
        }
    }
}
