//! What the methods of lists, dicts and texts do.

use std::rc::Rc;

use luthier_source::Location;

use super::run::{Arguments, Run};
use super::value::{Dict, Growth, Value};

/// Entries of a dict that take long to be looked through.
const LARGE: usize = 32;

impl Run<'_, '_> {
    /// Calls a method of a list, set, tuple or dict that does not change it.
    pub(super) fn container_method(
        &mut self,
        object: &Value,
        name: &str,
        given: &Arguments,
    ) -> Value {
        match object {
            Value::Dict(dict) => match name {
                "get" | "pop" | "setdefault" => {
                    let found = self.item(object, given.get(0, "key").unwrap_or(&Value::Unknown));
                    match given.positional.get(1) {
                        Some(default) => found.join(default.clone()),
                        None => found,
                    }
                }
                "values" => Value::many(self.any_of(dict), growth_of(dict)),
                "items" => {
                    let pair = Value::Tuple(Rc::new([Value::Plain, self.any_of(dict)]));
                    Value::many(pair, growth_of(dict))
                }
                "keys" => Value::many(Value::Plain, growth_of(dict)),
                "copy" => object.clone(),
                _ => Value::Unknown,
            },
            Value::Many(many) => match name {
                "pop" | "popleft" => super::givens::taken(&many.element, self.depth()),
                "copy" | "union" | "difference" | "intersection" => object.clone(),
                // Rows of a model that is not known.
                _ if many.element == Value::Unknown && crate::flows::keeps_rows(name) => {
                    object.clone()
                }
                "__iter__" => object.clone(),
                "__next__" => many.element.clone(),
                _ => Value::Plain,
            },
            Value::Tuple(values) => match name {
                // Nothing, and what is joined to it.
                "union" if values.is_empty() && self.records() => {
                    given.positional.first().cloned().unwrap_or(Value::Unknown)
                }
                "pop" => {
                    let values = values.iter().cloned();
                    values.fold(Value::Never, Value::join)
                }
                "copy" => object.clone(),
                _ => Value::Plain,
            },
            _ => Value::Unknown,
        }
    }

    /// `container[key]`
    pub(super) fn item(&mut self, container: &Value, key: &Value) -> Value {
        let depth = self.depth();
        match (container, key) {
            (Value::Dict(dict), Value::Text(key)) => match dict.known.get(key) {
                Some(found) => found.clone(),
                None => {
                    let other = dict.other.clone().unwrap_or(Value::Unknown);
                    super::givens::taken(&other, depth)
                }
            },
            (Value::Dict(dict), _) => super::givens::taken(&self.any_of(dict), depth),
            (Value::Many(many), Value::Bool(_)) => many.element.clone(),
            (Value::Many(many), _) => super::givens::taken(&many.element, depth),
            (Value::Tuple(values), _) => {
                let values = values.iter().cloned();
                values.fold(Value::Never, Value::join)
            }
            (Value::Input, _) => Value::Input,
            (Value::Either(_), _) => {
                self.each(container, |run, container| run.item(container, key))
            }
            _ => Value::Unknown,
        }
    }

    /// What any key of a dict leads to; of large ones, such as tables of defaults, kept.
    fn any_of(&mut self, dict: &Rc<Dict>) -> Value {
        if dict.known.len() < LARGE {
            return dict.any();
        }
        let place = Rc::as_ptr(dict);
        if let Some((_, known)) = self.engine.large.get(&place) {
            return known.clone();
        }
        let found = dict.any();
        // With the dict, whose place no other one can take then.
        let kept = (Rc::clone(dict), found.clone());
        self.engine.large.insert(place, kept);
        found
    }

    /// What a list or dict is after a method changed it; `None` where the method changes nothing.
    pub(super) fn changed(
        &mut self,
        container: &Value,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Option<Value> {
        let growth = if self.is_in_growing_loop() {
            Growth::Rows
        } else {
            Growth::No
        };
        match (name, container) {
            ("append" | "add" | "appendleft" | "insert", Value::Tuple(_) | Value::Many(_)) => {
                let added = given.positional.last()?.clone();
                let added = super::givens::leaving(&added);
                Some(grown(container, added, growth))
            }
            ("extend" | "update", Value::Tuple(_) | Value::Many(_)) => {
                let (element, more) = self.elements(given.positional.first()?, at);
                Some(grown(container, element, growth.max(more)))
            }
            ("setdefault", Value::Dict(dict)) => {
                let value = given.positional.get(1).cloned().unwrap_or(Value::None);
                let key = given.positional.first()?;
                Some(Value::Dict(Rc::new(dict.with(key, value, growth))))
            }
            ("update", Value::Dict(dict)) => {
                let mut changed = Dict::clone(dict);
                match given.positional.first() {
                    Some(Value::Dict(other)) => changed = changed.join(other),
                    Some(_) => changed.other = Some(changed.other.unwrap_or(Value::Unknown)),
                    None => {}
                }
                for (name, value) in &given.keywords {
                    changed.known.insert(name.clone(), value.clone());
                }
                Some(Value::Dict(Rc::new(changed)))
            }
            _ => None,
        }
    }

    /// A text's method: what it formats is turned into text.
    pub(super) fn text_method(&mut self, name: &str, given: &Arguments, at: Location) {
        match name {
            "format" => {
                let keywords = given.keywords.iter().map(|(_, value)| value);
                for value in given.positional.iter().chain(keywords) {
                    self.show(value, at);
                }
            }
            "join" => {
                if let Some(many) = given.positional.first() {
                    self.elements(many, at);
                }
            }
            _ => {}
        }
    }

    /// Turns a value into text, as `str()` does.
    pub(super) fn show(&mut self, value: &Value, at: Location) {
        match value {
            Value::Row(_) | Value::Object(_) => {
                let class = self.class_behind(value);
                let is_there = class
                    .is_some_and(|class| self.class_attribute(class, "__str__", None).is_some());
                if is_there {
                    self.call_method(value, "__str__", &Arguments::default(), at);
                }
            }
            // `repr()` of a queryset shows its first rows.
            Value::Rows(rows) => self.fetch(rows, at),
            Value::Either(values) => {
                for value in values.iter() {
                    self.show(value, at);
                }
            }
            _ => {}
        }
    }
}

impl Dict {
    /// The same with one more entry.
    pub(super) fn with(&self, key: &Value, value: Value, growth: Growth) -> Self {
        let mut changed = self.clone();
        changed.add(key, value, growth);
        changed
    }

    pub(super) fn add(&mut self, key: &Value, value: Value, growth: Growth) {
        if let Value::Text(key) = key {
            self.known.insert(key.clone(), value);
        } else {
            let other = self.other.take().unwrap_or(Value::Never);
            self.other = Some(other.join(super::givens::leaving(&value)));
            self.is_growing |= growth == Growth::Rows;
        }
    }
}

fn growth_of(dict: &Dict) -> Growth {
    match (&dict.other, dict.is_growing) {
        (_, true) => Growth::Rows,
        (None, false) => Growth::No,
        (Some(_), false) => Growth::Unknown,
    }
}

/// A list with one more element.
fn grown(container: &Value, added: Value, growth: Growth) -> Value {
    match container {
        Value::Tuple(values) if growth == Growth::No => {
            let values = values.iter().cloned().chain([added]);
            Value::Tuple(values.collect())
        }
        Value::Tuple(values) => {
            let values = values.iter().cloned();
            Value::many(values.fold(added, Value::join), growth)
        }
        Value::Many(many) => Value::many(many.element.clone().join(added), many.growth.max(growth)),
        _ => Value::Unknown,
    }
}
