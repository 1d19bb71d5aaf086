//! Python's own functions and the methods of strings, lists and dicts, as far as URLconfs use them.

use super::Machine;
use super::calls::Args;
use super::expressions::{Truth, position};
use super::value::{CodePlace, Item, Value, When};
use crate::routes::surroundings::Setting;

impl Machine<'_> {
    pub(in crate::routes) fn call_builtin(
        &mut self,
        name: &str,
        args: &Args,
        place: CodePlace,
    ) -> Value {
        let first = args.positional.first().cloned().unwrap_or(Value::Unknown);
        match name {
            "list" | "tuple" | "set" | "frozenset" | "reversed" | "sorted" | "iter" => {
                self.call_sequence(name, args, place)
            }
            "dict" => {
                let dict = self.heap.dict(Vec::new());
                if !args.positional.is_empty() {
                    self.update(&dict, &first);
                }
                for (name, value) in &args.keywords {
                    let entry = self
                        .heap
                        .dict(vec![(Value::Str(name.clone()), value.clone())]);
                    self.update(&dict, &entry);
                }
                dict
            }
            "str" => match first {
                Value::Int(value) => Value::str(&value.to_string()),
                value @ Value::Str(_) => value,
                _ => Value::Unknown,
            },
            "int" => match first {
                Value::Str(text) => text.parse().map_or(Value::Unknown, Value::Int),
                value @ Value::Int(_) => value,
                _ => Value::Unknown,
            },
            "bool" => match self.value_truth(&first) {
                Truth::Known(value) => Value::Bool(value),
                Truth::Open { .. } => first,
            },
            "len" => match self.iterate(&first) {
                Some(items)
                    if items.iter().all(|item| {
                        item.value != Value::Unknown && item.when == When::default()
                    }) =>
                {
                    length(items.len())
                }
                _ => Value::Unknown,
            },
            "range" => self.range(args, place),
            "enumerate" => match self.iterate(&first) {
                Some(items) => {
                    let pairs = items.into_iter().enumerate().map(|(index, item)| {
                        let pair = [
                            Item {
                                value: length(index),
                                ..item.clone()
                            },
                            item.clone(),
                        ];
                        Item {
                            value: Value::Tuple(pair.into()),
                            ..item
                        }
                    });
                    let pairs = pairs.collect();
                    self.heap.list(pairs)
                }
                None => Value::Unknown,
            },
            "zip" => self.zip(args),
            "map" => match (args.positional.len(), args.positional.get(1).cloned()) {
                (2, Some(iter)) => self.map(&first, &iter, place),
                _ => Value::Unknown,
            },
            "getattr" => self.getattr(args),
            "hasattr" => self.hasattr(args),
            "isinstance" => self.isinstance(args),
            "callable" => match first {
                Value::Function(..) | Value::Class(_) | Value::View(_) | Value::Method { .. } => {
                    Value::Bool(true)
                }
                Value::Str(_) | Value::List(_) | Value::Dict(_) | Value::None => Value::Bool(false),
                _ => Value::Unknown,
            },
            "print" => Value::None,
            _ => Value::Unknown,
        }
    }

    fn call_sequence(&mut self, name: &str, args: &Args, place: CodePlace) -> Value {
        let Some(first) = args.positional.first() else {
            return self.heap.list(Vec::new());
        };
        let items = self.iterate(first);
        let Some(mut items) = items else {
            let unknown = self.item(Value::Unknown, place);
            return self.heap.list(vec![unknown]);
        };
        match name {
            "reversed" => items.reverse(),
            "sorted" if args.keywords.is_empty() => {
                let is_text = items.iter().all(|item| item.value.as_str().is_some());
                if is_text {
                    items.sort_by(|a, b| a.value.as_str().cmp(&b.value.as_str()));
                }
            }
            "tuple" | "set" | "frozenset" => return Value::Tuple(items.into()),
            _ => {}
        }
        self.heap.list(items)
    }

    fn range(&mut self, args: &Args, place: CodePlace) -> Value {
        let ints: Option<Vec<i64>> = args
            .positional
            .iter()
            .map(|value| match value {
                Value::Int(value) => Some(*value),
                _ => None,
            })
            .collect();
        let (low, high) = match ints.as_deref() {
            Some([high]) => (0, *high),
            Some([low, high]) => (*low, *high),
            _ => return Value::Unknown,
        };
        if high.saturating_sub(low) > 1000 {
            return Value::Unknown;
        }
        self.list_of((low..high).map(Value::Int).collect(), place)
    }

    fn zip(&mut self, args: &Args) -> Value {
        let mut columns = Vec::new();
        for value in &args.positional {
            match self.iterate(value) {
                Some(items) => columns.push(items),
                None => return Value::Unknown,
            }
        }
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let row = |index: usize| {
            let parts: Vec<_> = columns.iter().map(|column| column[index].clone()).collect();
            Item {
                value: Value::Tuple(parts.clone().into()),
                ..parts[0].clone()
            }
        };
        let rows = (0..rows).map(row).collect();
        self.heap.list(rows)
    }

    fn map(&mut self, function: &Value, iter: &Value, place: CodePlace) -> Value {
        let Some(items) = self.iterate(iter) else {
            return Value::Unknown;
        };
        let mut mapped = Vec::with_capacity(items.len());
        for item in items {
            let value = self.call_value(
                function.clone(),
                Args::positional(vec![item.value.clone()]),
                place,
            );
            mapped.push(Item { value, ..item });
        }
        self.heap.list(mapped)
    }

    fn getattr(&mut self, args: &Args) -> Value {
        let (Some(object), Some(Value::Str(name))) =
            (args.positional.first(), args.positional.get(1))
        else {
            return Value::Unknown;
        };
        let (object, name) = (object.clone(), name.clone());
        match (self.has(&object, &name), args.positional.get(2)) {
            (Some(false), Some(default)) => default.clone(),
            (None, Some(_)) => match self.attribute(&object, &name) {
                Value::Unknown => Value::Unknown,
                value => value,
            },
            _ => self.attribute(&object, &name),
        }
    }

    fn hasattr(&mut self, args: &Args) -> Value {
        match &args.positional[..] {
            [object, Value::Str(name)] => {
                self.has(object, name).map_or(Value::Unknown, Value::Bool)
            }
            _ => Value::Unknown,
        }
    }

    /// Whether a value has an attribute, where that is known.
    fn has(&mut self, value: &Value, name: &str) -> Option<bool> {
        match value {
            Value::Class(class) => match self.class_attribute_if_any(*class, name) {
                Some(Value::Unknown) => None,
                found => Some(found.is_some()),
            },
            Value::Module(module) => Some(self.member_if_any(*module, name).is_some()),
            Value::Pattern(_) => match self.attribute(value, name) {
                Value::Unknown => Some(false),
                _ => Some(true),
            },
            Value::Settings => match self.world.setting(name) {
                Setting::Known(_) => Some(true),
                Setting::Missing => Some(false),
                Setting::Unknown => None,
            },
            Value::Object(object) if self.heap.get(*object).attributes.contains_key(name) => {
                Some(true)
            }
            Value::Object(object) => match self.class_of(*object) {
                Some(class) => self.has(&Value::Class(class), name),
                None => None,
            },
            Value::Str(_) | Value::None | Value::List(_) | Value::Tuple(_) => Some(false),
            _ => None,
        }
    }

    fn isinstance(&mut self, args: &Args) -> Value {
        let [object, class] = &args.positional[..] else {
            return Value::Unknown;
        };
        let names: Vec<Value> = match self.heap.items(class) {
            Some(items) => items.iter().map(|item| item.value.clone()).collect(),
            None => vec![class.clone()],
        };
        let mut known = true;
        for class in names {
            match self.is_instance(object, &class) {
                Some(true) => return Value::Bool(true),
                Some(false) => {}
                None => known = false,
            }
        }
        if known {
            Value::Bool(false)
        } else {
            Value::Unknown
        }
    }

    fn is_instance(&mut self, value: &Value, class: &Value) -> Option<bool> {
        match class {
            Value::External(dotted) => match &**dotted {
                "builtins.str" => {
                    Some(matches!(value, Value::Str(_))).filter(|_| *value != Value::Unknown)
                }
                "builtins.list" => {
                    Some(matches!(value, Value::List(_))).filter(|_| *value != Value::Unknown)
                }
                "builtins.tuple" => {
                    Some(matches!(value, Value::Tuple(_))).filter(|_| *value != Value::Unknown)
                }
                "builtins.dict" => {
                    Some(matches!(value, Value::Dict(_))).filter(|_| *value != Value::Unknown)
                }
                dotted => self.is_pattern_class(value, dotted),
            },
            Value::Class(class) => {
                let dotted = self.modules.qualified_class(*class);
                if let Some(answer) = self.is_pattern_class(value, &dotted) {
                    return Some(answer);
                }
                match value {
                    Value::Object(object) => {
                        let own = self.class_of(*object)?;
                        self.modules.inherits(own, &dotted)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn is_pattern_class(&self, value: &Value, dotted: &str) -> Option<bool> {
        let Value::Pattern(pattern) = value else {
            return None;
        };
        let is_include = self.is_include(*pattern);
        match dotted.rsplit('.').next()? {
            "URLPattern" | "RegexURLPattern" => Some(!is_include),
            "URLResolver" | "RegexURLResolver" => Some(is_include),
            _ => None,
        }
    }

    /// A method of a string, list, dict or known function.
    pub(in crate::routes) fn call_method(
        &mut self,
        receiver: &Value,
        name: &str,
        args: &Args,
        place: CodePlace,
    ) -> Value {
        match receiver {
            Value::Str(text) => self.string_method(text, name, args, place),
            Value::List(id) => {
                let id = *id;
                let first = args.positional.first().cloned().unwrap_or(Value::Unknown);
                match name {
                    "append" => {
                        let item = self.item(first, place);
                        self.heap.lists[id.0 as usize].push(item);
                    }
                    "insert" => {
                        let value = args.positional.get(1).cloned().unwrap_or(Value::Unknown);
                        let item = self.item(value, place);
                        let list = &mut self.heap.lists[id.0 as usize];
                        let at = match first {
                            Value::Int(index) => position(index, list.len()),
                            _ => list.len(),
                        };
                        list.insert(at, item);
                    }
                    "extend" => self.extend(receiver, &first, place),
                    "copy" => {
                        let items = self.heap.lists[id.0 as usize].clone();
                        return self.heap.list(items);
                    }
                    "reverse" => self.heap.lists[id.0 as usize].reverse(),
                    "sort" => {}
                    // What is taken out is not known: the list is no longer either.
                    _ => {
                        let item = self.item(Value::Unknown, place);
                        self.heap.lists[id.0 as usize].push(item);
                        return Value::Unknown;
                    }
                }
                Value::None
            }
            Value::Dict(_) => self.dict_method(receiver, name, args, place),
            Value::Native("chain") if name == "from_iterable" => self.flatten(args, place),
            _ => Value::Unknown,
        }
    }

    fn dict_method(&mut self, dict: &Value, name: &str, args: &Args, place: CodePlace) -> Value {
        let entries = self
            .heap
            .entries(dict)
            .map(<[_]>::to_vec)
            .unwrap_or_default();
        let is_open = entries.iter().any(|(key, _)| *key == Value::Unknown);
        match name {
            "items" | "keys" | "values" => {
                let mut items = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let value = match name {
                        "keys" => key,
                        "values" => value,
                        _ => {
                            let pair = [self.item(key, place), self.item(value, place)];
                            Value::Tuple(pair.into())
                        }
                    };
                    items.push(self.item(value, place));
                }
                self.heap.list(items)
            }
            "get" | "setdefault" | "pop" => {
                let key = args.positional.first().cloned().unwrap_or(Value::Unknown);
                let found = entries.into_iter().find(|(known, _)| *known == key);
                match (found, args.positional.get(1)) {
                    (Some((_, value)), _) => value,
                    (None, _) if is_open => Value::Unknown,
                    (None, Some(default)) => {
                        if name == "setdefault" {
                            let entry = self.heap.dict(vec![(key, default.clone())]);
                            self.update(dict, &entry);
                        }
                        default.clone()
                    }
                    (None, None) => Value::None,
                }
            }
            "copy" => self.heap.dict(entries),
            "update" => {
                for other in &args.positional {
                    self.update(dict, other);
                }
                for (name, value) in &args.keywords {
                    let entry = self
                        .heap
                        .dict(vec![(Value::Str(name.clone()), value.clone())]);
                    self.update(dict, &entry);
                }
                Value::None
            }
            _ => Value::Unknown,
        }
    }

    pub(in crate::routes) fn flatten(&mut self, args: &Args, place: CodePlace) -> Value {
        let list = self.heap.list(Vec::new());
        let first = args.positional.first().cloned().unwrap_or(Value::Unknown);
        match self.iterate(&first) {
            Some(items) => {
                for item in items {
                    self.extend(&list, &item.value, place);
                }
            }
            None => self.extend(&list, &Value::Unknown, place),
        }
        list
    }

    fn string_method(&mut self, text: &str, name: &str, args: &Args, place: CodePlace) -> Value {
        let first = args
            .positional
            .first()
            .and_then(Value::as_str)
            .map(str::to_owned);
        let second = args.positional.get(1).and_then(Value::as_str);
        let trim_chars: Vec<char> = first
            .as_deref()
            .unwrap_or(" \t\r\n\x0b\x0c")
            .chars()
            .collect();
        if !args.positional.is_empty() && first.is_none() && name != "join" && name != "format" {
            return Value::Unknown;
        }
        match (name, first.as_deref()) {
            ("lower" | "casefold", _) => Value::str(&text.to_lowercase()),
            ("upper", _) => Value::str(&text.to_uppercase()),
            ("capitalize", _) => {
                let mut chars = text.chars();
                let head = chars
                    .next()
                    .map(|char| char.to_uppercase().to_string())
                    .unwrap_or_default();
                Value::str(&format!("{head}{}", chars.as_str().to_lowercase()))
            }
            ("strip", _) => Value::str(text.trim_matches(&trim_chars[..])),
            ("lstrip", _) => Value::str(text.trim_start_matches(&trim_chars[..])),
            ("rstrip", _) => Value::str(text.trim_end_matches(&trim_chars[..])),
            ("removeprefix", Some(prefix)) => Value::str(text.strip_prefix(prefix).unwrap_or(text)),
            ("removesuffix", Some(suffix)) => Value::str(text.strip_suffix(suffix).unwrap_or(text)),
            ("startswith", Some(prefix)) => Value::Bool(text.starts_with(prefix)),
            ("endswith", Some(suffix)) => Value::Bool(text.ends_with(suffix)),
            ("replace", Some(from)) => {
                second.map_or(Value::Unknown, |to| Value::str(&text.replace(from, to)))
            }
            ("split", separator) => {
                let parts: Vec<Value> = match separator {
                    Some(separator) if !separator.is_empty() => {
                        text.split(separator).map(Value::str).collect()
                    }
                    Some(_) => return Value::Unknown,
                    None => text.split_whitespace().map(Value::str).collect(),
                };
                if args.positional.len() > 1 {
                    Value::Unknown
                } else {
                    self.list_of(parts, place)
                }
            }
            ("join", _) => {
                let list = args.positional.first().cloned().unwrap_or(Value::Unknown);
                let Some(items) = self.iterate(&list) else {
                    return Value::Unknown;
                };
                let parts: Option<Vec<&str>> =
                    items.iter().map(|item| item.value.as_str()).collect();
                parts.map_or(Value::Unknown, |parts| Value::str(&parts.join(text)))
            }
            ("format", _) => Self::format(text, args),
            _ => Value::Unknown,
        }
    }

    /// `str.format` with plain fields.
    pub(in crate::routes) fn format(text: &str, args: &Args) -> Value {
        let mut out = String::new();
        let mut rest = text;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if after.starts_with(brace) {
                out.push_str(brace);
                rest = &after[1..];
                continue;
            }
            let Some(close) = after.find('}').filter(|_| brace == "{") else {
                return Value::Unknown;
            };
            let field = &after[..close];
            let value = if field.is_empty() {
                next += 1;
                args.positional.get(next - 1)
            } else if let Ok(index) = field.parse::<usize>() {
                args.positional.get(index)
            } else {
                args.keyword(field)
            };
            match value {
                Some(Value::Str(value)) => out.push_str(value),
                Some(Value::Int(value)) => out.push_str(&value.to_string()),
                _ => return Value::Unknown,
            }
            rest = &after[close + 1..];
        }
        out.push_str(rest);
        Value::str(&out)
    }

    /// `format % value` with `%s`, `%d` and `%(name)s`.
    pub(in crate::routes) fn percent(&self, format: &str, value: &Value) -> Value {
        let mut values = match self.heap.items(value) {
            Some(items) => items.iter().map(|item| item.value.clone()).collect(),
            None => vec![value.clone()],
        }
        .into_iter();
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let piece = if let Some(named) = rest.strip_prefix('(') {
                let Some((name, after)) = named.split_once(')') else {
                    return Value::Unknown;
                };
                rest = after;
                let key = Value::str(name);
                let entries = self.heap.entries(value).unwrap_or_default();
                entries
                    .iter()
                    .find(|(known, _)| *known == key)
                    .map(|(_, value)| value.clone())
            } else {
                values.next()
            };
            let Some(after) = rest.strip_prefix(['s', 'd']) else {
                return Value::Unknown;
            };
            match piece {
                Some(Value::Str(text)) => out.push_str(&text),
                Some(Value::Int(number)) => out.push_str(&number.to_string()),
                _ => return Value::Unknown,
            }
            rest = after;
        }
        out.push_str(rest);
        Value::str(&out)
    }
}

fn length(count: usize) -> Value {
    i64::try_from(count).map_or(Value::Unknown, Value::Int)
}
