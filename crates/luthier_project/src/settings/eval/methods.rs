//! Methods of strings, lists, dicts, sets and the other values that are known.

use std::sync::Arc;

use super::calls::{Arguments, Site};
use super::targets::position;
use super::values::{Dict, Entry, Item, K, V};
use super::{Evaluator, Frame, Outcome, Raise};
use crate::place::Place;
use crate::settings::What;

impl<'a> Evaluator<'a> {
    pub(super) fn call_method(
        &mut self,
        frame: &mut Frame<'a>,
        receiver: &V<'a>,
        name: &str,
        arguments: Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        let place = site.place;
        match receiver.kind.clone() {
            K::OneOf(alternatives) => self.each(alternatives, place, |own, receiver| {
                own.call_method(frame, &receiver, name, arguments.clone(), site)
            }),
            K::Str(text) => self.string_method(frame, receiver, &text, name, arguments, site),
            K::Text(_) => Ok(match name {
                "strip" | "rstrip" | "lstrip" | "lower" | "upper" | "format" => {
                    V::unknown("text made from what is not known", place)
                }
                _ => V::unknown("a method of text that is not known", place),
            }),
            K::Environment(environment) => {
                Ok(self.variable_method(frame, &environment, name, &arguments, site))
            }
            K::Sequence(_) => Ok(self.sequence_method(receiver, name, &arguments, site)),
            K::Dict(_) => self.dict_method(receiver, name, arguments, site),
            K::Names(scope) => Ok(self.names_method(scope, name, arguments, place)),
            K::Environ => self.environ_method(name, &arguments, place),
            K::Reader(reader) => self.read(&reader, Some(name), &arguments, site),
            K::Duration(span) => Ok(match name {
                "total_seconds" => V::new(K::Float(span as f64 / 1_000_000.0), place),
                _ => V::unknown("a method of a duration", place),
            }),
            K::Path(path) => Ok(self.path_method(&path, name, &arguments, place)),
            K::Object(object) => {
                let callee = format!("{}().{name}", object.callee);
                let mut arguments = arguments;
                if &*callee == "builtins.open().read" {
                    arguments.positional =
                        object.arguments.iter().map(|(_, v)| v.clone()).collect();
                }
                Ok(self.object(&callee, arguments, place))
            }
            _ => Ok(V::unknown("a method of what is not known", place)),
        }
    }

    // ---- strings ----

    fn string_method(
        &mut self,
        frame: &mut Frame<'a>,
        receiver: &V<'a>,
        text: &Arc<str>,
        name: &str,
        arguments: Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        let place = site.place;
        let first = arguments.first().cloned();
        let first_text = first.as_ref().and_then(V::as_str).cloned();
        let stripped = |text: &str, from: &str| -> String {
            let letters: Option<Vec<char>> = first_text.as_ref().map(|text| text.chars().collect());
            let drop = |letter: char| match &letters {
                Some(letters) => letters.contains(&letter),
                None => letter.is_whitespace(),
            };
            match from {
                "lstrip" => text.trim_start_matches(drop),
                "rstrip" => text.trim_end_matches(drop),
                _ => text.trim_matches(drop),
            }
            .to_owned()
        };
        let made = match (name, &first_text) {
            ("lower" | "casefold", _) => text.to_lowercase(),
            ("upper", _) => text.to_uppercase(),
            ("capitalize" | "title", _) => {
                let mut letters = text.chars();
                let head: String = letters
                    .next()
                    .into_iter()
                    .flat_map(char::to_uppercase)
                    .collect();
                head + &letters.as_str().to_lowercase()
            }
            ("strip" | "lstrip" | "rstrip", _) => stripped(text, name),
            ("removeprefix", Some(prefix)) => {
                text.strip_prefix(&**prefix).unwrap_or(text).to_owned()
            }
            ("removesuffix", Some(suffix)) => {
                text.strip_suffix(&**suffix).unwrap_or(text).to_owned()
            }
            ("replace", Some(old)) => match arguments.get(1, "new").and_then(V::as_str) {
                Some(new) => text.replace(&**old, new),
                None => return Ok(V::unknown("text", place)),
            },
            ("startswith" | "endswith", _) => {
                let affixes = match &first {
                    Some(affix) if affix.as_str().is_none() => self.closed_items(affix),
                    affix => affix.clone().map(|affix| vec![affix]),
                };
                let fits = |affix: &V<'a>| {
                    let affix = affix.as_str()?;
                    Some(match name {
                        "startswith" => text.starts_with(&**affix),
                        _ => text.ends_with(&**affix),
                    })
                };
                let answers: Option<Vec<bool>> =
                    affixes.and_then(|affixes| affixes.iter().map(fits).collect());
                return Ok(match answers {
                    Some(answers) => V::bool(answers.contains(&true), place),
                    None => V::unknown("a method of a string", place),
                });
            }
            (_, _) if is_question(name) => return Ok(V::bool(asked(text, name), place)),
            ("encode" | "decode", _) => return Ok(receiver.clone()),
            ("split" | "rsplit" | "splitlines" | "partition", _) => {
                return Ok(self.split(
                    text,
                    name,
                    first_text.as_deref(),
                    &arguments,
                    receiver,
                    place,
                ));
            }
            ("join", _) => {
                let Some(value) = first else {
                    return Err(Raise {
                        exception: "TypeError",
                    });
                };
                return Ok(self.join(text, &value, place));
            }
            ("format", _) => return Ok(self.format(frame, text, &arguments, site)),
            _ => return Ok(V::unknown("a method of a string", place)),
        };
        Ok(V::str(&made, place))
    }

    fn split(
        &mut self,
        text: &str,
        name: &str,
        separator: Option<&str>,
        arguments: &Arguments<'a>,
        receiver: &V<'a>,
        place: Option<Place>,
    ) -> V<'a> {
        let limit = arguments
            .get(1, "maxsplit")
            .and_then(V::as_int)
            .unwrap_or(-1);
        let separator = separator.map(str::to_owned).or_else(|| {
            arguments
                .keyword("sep")
                .and_then(V::as_str)
                .map(ToString::to_string)
        });
        let count = usize::try_from(limit).map_or(usize::MAX, |limit| limit.saturating_add(1));
        let parts: Vec<String> = match (&separator, name) {
            (_, "splitlines") => text.lines().map(str::to_owned).collect(),
            (Some(separator), "partition") => match text.split_once(separator.as_str()) {
                Some((before, after)) => vec![before.into(), separator.clone(), after.into()],
                None => vec![text.into(), String::new(), String::new()],
            },
            (Some(separator), "rsplit") => {
                let mut parts: Vec<_> = text
                    .rsplitn(count, separator.as_str())
                    .map(str::to_owned)
                    .collect();
                parts.reverse();
                parts
            }
            (Some(separator), _) if !separator.is_empty() => text
                .splitn(count, separator.as_str())
                .map(str::to_owned)
                .collect(),
            (None, _) => text.split_whitespace().map(str::to_owned).collect(),
            _ => return V::unknown("a split", place),
        };
        let items = parts
            .iter()
            .map(|part| Item::one(V::str(part, receiver.place)))
            .collect();
        self.new_list(items, place)
    }

    fn join(&mut self, separator: &str, value: &V<'a>, place: Option<Place>) -> V<'a> {
        let Some(items) = self.closed_items(value) else {
            return V::unknown("text joined from what is not known", place);
        };
        let mut parts = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                parts.push(V::str(separator, place));
            }
            parts.push(item);
        }
        self.text(parts, place)
    }

    /// `"{} {name}".format(...)`
    fn format(
        &mut self,
        frame: &mut Frame<'a>,
        text: &str,
        arguments: &Arguments<'a>,
        site: Site<'a>,
    ) -> V<'a> {
        let place = site.place;
        let mut parts = Vec::new();
        let mut rest = text;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            parts.push(V::str(&rest[..at], place));
            let doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
            if doubled {
                parts.push(V::str(&rest[at..=at], place));
                rest = &rest[at + 2..];
                continue;
            }
            let Some(end) = rest[at..].find('}').filter(|_| rest[at..].starts_with('{')) else {
                return V::unknown("a format that is not understood", place);
            };
            let field = &rest[at + 1..at + end];
            rest = &rest[at + end + 1..];
            let name = field.split([':', '!']).next().unwrap_or("");
            let head = name.split(['.', '[']).next().unwrap_or("");
            let value = if head.is_empty() {
                next += 1;
                arguments.positional.get(next - 1)
            } else if let Ok(index) = head.parse::<usize>() {
                arguments.positional.get(index)
            } else {
                arguments.keyword(head)
            };
            let Some(mut value) = value.cloned().filter(|_| !field.contains(':')) else {
                return V::unknown("a format that is not understood", place);
            };
            for attribute in name.split('.').skip(1) {
                match self.attribute(frame, &value, attribute, site.expr) {
                    Ok(found) => value = found,
                    Err(_) => return V::unknown("a format that is not understood", place),
                }
            }
            parts.push(value);
        }
        parts.push(V::str(rest, place));
        self.text(parts, place)
    }

    /// `"%s %(name)s" % ...`
    pub(super) fn percent_format(
        &mut self,
        left: &V<'a>,
        right: &V<'a>,
        place: Option<Place>,
    ) -> V<'a> {
        let Some(text) = left.as_str().cloned() else {
            return V::unknown("a format that is not known", place);
        };
        let positional = match &right.kind {
            K::Sequence(_) => self.closed_items(right).unwrap_or_default(),
            K::Dict(_) => Vec::new(),
            _ => vec![right.clone()],
        };
        let mut positional = positional.into_iter();
        let mut parts = Vec::new();
        let mut rest = &*text;
        while let Some(at) = rest.find('%') {
            parts.push(V::str(&rest[..at], place));
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                parts.push(V::str("%", place));
                rest = after;
                continue;
            }
            let value = if let Some(named) = rest.strip_prefix('(') {
                let Some((name, after)) = named.split_once(')') else {
                    break;
                };
                rest = after;
                self.entry(right, name)
            } else {
                positional.next()
            };
            let is_plain = rest.starts_with(['s', 'd', 'r', 'i']);
            let Some(value) = value.filter(|_| is_plain) else {
                return V::unknown("a format that is not understood", place);
            };
            parts.push(value);
            rest = &rest[1..];
        }
        parts.push(V::str(rest, place));
        self.text(parts, place)
    }

    // ---- lists, tuples, sets ----

    fn sequence_method(
        &mut self,
        receiver: &V<'a>,
        name: &str,
        arguments: &Arguments<'a>,
        site: Site<'a>,
    ) -> V<'a> {
        let place = site.place;
        let K::Sequence(id) = receiver.kind else {
            return V::none();
        };
        let first = arguments.first().cloned();
        match (name, first) {
            ("append" | "add", Some(value)) => {
                self.extend_with(id, vec![Item::one(value)]);
                self.contribute_to(receiver, place, What::Called(name.into()));
            }
            ("extend" | "update", Some(value)) => {
                let items = self.iterate(&value, place);
                self.extend_with(id, items);
                self.absorb_trail(id, &value);
                self.contribute_to(receiver, place, What::Called(name.into()));
            }
            ("insert", Some(at)) => {
                let Some(value) = arguments.positional.get(1).cloned() else {
                    return V::none();
                };
                let length = self.state.items(id).len();
                let is_closed = self.closed_items(receiver).is_some();
                let wanted = at.as_int().map(|at| {
                    let length = length as i64;
                    usize::try_from((if at < 0 { at + length } else { at }).clamp(0, length))
                        .unwrap_or(0)
                });
                match wanted {
                    Some(at) if is_closed || at == 0 => {
                        self.state.items_mut(id).insert(at, Item::one(value));
                    }
                    // At a place that is not known: there, but where only the list itself knows.
                    _ => self.insert_somewhere(id, value),
                }
                self.contribute_to(receiver, place, What::Called(name.into()));
            }
            ("remove" | "discard", Some(value)) => {
                self.remove_equal(id, &value);
                self.contribute_to(receiver, place, What::Called(name.into()));
            }
            ("pop", at) => {
                let length = self.state.items(id).len();
                let is_closed = self.closed_items(receiver).is_some();
                let at = at.map_or(Some(-1), |at| at.as_int());
                self.contribute_to(receiver, place, What::Called(name.into()));
                if let Some(at) = at.filter(|_| is_closed).and_then(|at| position(at, length)) {
                    return self.state.items_mut(id).remove(at).value;
                }
                return V::unknown("an element that was taken out", place);
            }
            ("clear", _) => self.state.items_mut(id).clear(),
            ("reverse", _) => self.state.items_mut(id).reverse(),
            ("sort", _) => {}
            ("index", Some(value)) => {
                let Some(items) = self.closed_items(receiver) else {
                    return V::unknown("a place in a list that is not known", place);
                };
                let at = items.iter().position(|item| self.same(item, &value));
                return match at {
                    Some(at) => V::new(K::Int(at as i64), place),
                    None => V::unknown("the place of what is not there", place),
                };
            }
            ("count", Some(value)) => {
                let Some(items) = self.closed_items(receiver) else {
                    return V::unknown("a count", place);
                };
                let count = items.iter().filter(|item| self.same(item, &value)).count();
                return V::new(K::Int(count as i64), place);
            }
            ("copy", _) => return self.copy(receiver, false, &mut 100_000),
            ("union", Some(value)) => {
                let made = self.copy(receiver, false, &mut 100_000);
                if let K::Sequence(id) = made.kind {
                    let items = self.iterate(&value, place);
                    self.extend_with(id, items);
                }
                return made;
            }
            _ => return V::unknown("a method of a list", place),
        }
        V::none()
    }

    /// Puts an element among others whose places are not all known.
    fn insert_somewhere(&mut self, id: super::values::ObjId, value: V<'a>) {
        let why = V::unknown("an element may stand before this", value.place);
        let items = self.state.items_mut(id);
        items.insert(0, Item::one(value));
        items.insert(
            0,
            Item {
                many: true,
                ..Item::one(why)
            },
        );
    }

    fn remove_equal(&mut self, id: super::values::ObjId, value: &V<'a>) {
        let items = self.state.items(id).clone();
        if let Some(at) = items.iter().position(|item| self.same(&item.value, value)) {
            self.state.items_mut(id).remove(at);
        }
    }

    // ---- dicts ----

    fn dict_method(
        &mut self,
        receiver: &V<'a>,
        name: &str,
        arguments: Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        let place = site.place;
        let K::Dict(id) = receiver.kind else {
            return Ok(V::none());
        };
        let first = arguments.first().cloned();
        match (name, first) {
            ("update", value) => {
                if let Some(value) = value {
                    self.update_dict(id, &value);
                }
                for (keyword, value) in arguments.keywords {
                    self.state
                        .dict_mut(id)
                        .set(V::str(&keyword, value.place), value);
                }
                self.state.dict_mut(id).open |= arguments.open;
                self.contribute_to(receiver, place, What::Called(name.into()));
                Ok(V::none())
            }
            ("get" | "setdefault" | "pop", Some(key)) => {
                let default = arguments.get(1, "default").cloned();
                let found = self.lookup(id, &key, default.clone().unwrap_or_else(V::none), place);
                match (name, key.key()) {
                    ("setdefault", Some(known)) if self.state.dict(id).get(&known).is_none() => {
                        let default = default.unwrap_or_else(V::none);
                        self.state.dict_mut(id).set(key, default.clone());
                        self.contribute_to(receiver, place, What::Called(name.into()));
                        return Ok(default);
                    }
                    ("pop", Some(known)) => {
                        let removed = self.state.dict_mut(id).remove(&known);
                        self.contribute_to(receiver, place, What::Called(name.into()));
                        let is_open = self.state.dict(id).open;
                        if removed.is_none() && default.is_none() && !is_open {
                            return Err(Raise {
                                exception: "KeyError",
                            });
                        }
                    }
                    ("pop", None) => self.state.dict_mut(id).open = true,
                    _ => {}
                }
                Ok(found)
            }
            ("keys", _) => {
                let items = self.iterate(receiver, place);
                Ok(self.new_list(items, place))
            }
            ("values" | "items", _) => {
                let dict = self.state.dict(id).clone();
                let mut items = Vec::new();
                for entry in dict.entries() {
                    let value = match name {
                        "items" => {
                            self.new_tuple(vec![entry.key.clone(), entry.value.clone()], place)
                        }
                        _ => entry.value.clone(),
                    };
                    items.push(Item {
                        value,
                        when: entry.when.clone(),
                        many: false,
                    });
                }
                if dict.open {
                    items.push(Item::many(V::unknown("entries that are not known", place)));
                }
                Ok(self.new_list(items, place))
            }
            ("copy", _) => Ok(self.copy(receiver, false, &mut 100_000)),
            ("clear", _) => {
                *self.state.dict_mut(id) = Dict::default();
                Ok(V::none())
            }
            _ => Ok(V::unknown("a method of a dict", place)),
        }
    }

    /// What is at a key, or what stands in for it.
    fn lookup(
        &mut self,
        id: super::values::ObjId,
        key: &V<'a>,
        default: V<'a>,
        place: Option<Place>,
    ) -> V<'a> {
        let dict = self.state.dict(id).clone();
        if let K::Environment(_) = &key.kind {
            let chosen = self.entry_by_variable(id, key, Some(&default), place);
            if let Some(Ok(chosen)) = chosen {
                return chosen;
            }
        }
        let Some(known) = key.key() else {
            return V::unknown("an entry whose key is not known", place);
        };
        match dict.get(&known).cloned() {
            Some(Entry { when, value, .. }) => {
                let mut found = value;
                if self.holds(&when) == Some(false) {
                    return default;
                }
                for fact in when.facts() {
                    if self.assumed(&fact.test).is_none() {
                        found = self.merge_values(fact, found, default.clone());
                    }
                }
                found
            }
            None if dict.open => V::unknown("an entry of a dict that is not known", place),
            None => default,
        }
    }
}

fn is_question(method: &str) -> bool {
    matches!(
        method,
        "isupper" | "islower" | "isdigit" | "isalpha" | "isalnum" | "isspace" | "isidentifier"
    )
}

/// What `"text".isupper()` and its kin answer.
fn asked(text: &str, method: &str) -> bool {
    let all = |is: fn(char) -> bool| !text.is_empty() && text.chars().all(is);
    match method {
        "isupper" => text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
        "islower" => text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
        "isdigit" => all(|letter| letter.is_ascii_digit()),
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(char::is_whitespace),
        _ => {
            let is_part = |letter: char| letter == '_' || letter.is_alphanumeric();
            text.chars().all(is_part) && !text.chars().next().is_none_or(char::is_numeric)
        }
    }
}
