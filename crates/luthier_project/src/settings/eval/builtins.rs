//! Functions of Python itself and of well-known modules.

use std::rc::Rc;
use std::sync::Arc;

use super::calls::{Arguments, Site};
use super::environment::BOOLEAN_TRUE;
use super::operators::as_printed;
use super::values::{Dict, Entry, Environment, Item, K, SequenceKind, Unset, V};
use super::{Evaluator, Frame, Outcome, Raise, Verdict};
use crate::place::Place;
use crate::settings::value::Cast;

const MICROS: f64 = 1_000_000.0;

impl<'a> Evaluator<'a> {
    pub(super) fn call_external(
        &mut self,
        frame: &mut Frame<'a>,
        name: &str,
        arguments: Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        if let Some(builtin) = name.strip_prefix("builtins.") {
            return self.call_builtin(frame, builtin, arguments, site);
        }
        if let Some(value) = self.call_path_function(name, &arguments, site.place) {
            return Ok(value);
        }
        if let Some(value) = self.call_environment_library(name, &arguments, site)? {
            return Ok(value);
        }
        let place = site.place;
        match name {
            "datetime.timedelta" => Ok(timedelta(&arguments, place)),
            "collections.OrderedDict" | "collections.defaultdict" => {
                let arguments = match name {
                    "collections.defaultdict" => Arguments {
                        positional: arguments.positional.into_iter().skip(1).collect(),
                        ..arguments
                    },
                    _ => arguments,
                };
                self.call_builtin(frame, "dict", arguments, site)
            }
            "copy.copy" | "copy.deepcopy" => match arguments.get(0, "x") {
                Some(value) => Ok(self.copy(&value.clone(), name == "copy.deepcopy", &mut 100_000)),
                None => Err(Raise {
                    exception: "TypeError",
                }),
            },
            "importlib.import_module" => match arguments.get(0, "name").cloned() {
                Some(module) => self.dynamic_import(frame, &module, &arguments, site),
                None => Err(Raise {
                    exception: "TypeError",
                }),
            },
            "split_settings.tools.include" => self.include(frame, &arguments, place),
            "split_settings.tools.optional" => Ok(self.object(name, arguments, place)),
            "dynaconf.DjangoDynaconf" => {
                let why = "settings that Dynaconf loads from files and the environment";
                self.open_scopes.push((frame.module_scope(), why.into()));
                Ok(self.object(name, arguments, place))
            }
            "sys.exit" => Err(Raise {
                exception: "SystemExit",
            }),
            "itertools.chain" => {
                let mut items = Vec::new();
                for value in &arguments.positional {
                    items.extend(self.iterate(value, place));
                }
                Ok(self.new_list(items, place))
            }
            "functools.partial" => Ok(self.object(name, arguments, place)),
            "json.loads" | "ast.literal_eval" | "yaml.safe_load" => Ok(match parsed(&arguments) {
                Some(V {
                    kind: K::Environment(environment),
                    ..
                }) => {
                    let environment = environment.clone();
                    self.cast_environment(&environment, Cast::Json, place, |_, _| {
                        Ok(V::unknown("parsed text", place))
                    })
                }
                Some(V {
                    kind: K::Str(text), ..
                }) => self.parsed_json(&text.clone(), place),
                _ => V::unknown("parsed text", place),
            }),
            "distutils.util.strtobool" | "setuptools.distutils.util.strtobool" => {
                match arguments.get(0, "val").cloned() {
                    Some(value) => self.words_to_bool(&value, BOOLEAN_TRUE, place),
                    None => Err(Raise {
                        exception: "TypeError",
                    }),
                }
            }
            _ if is_translation(name) => match arguments.get(0, "message") {
                Some(text) => Ok(text.clone().at(place)),
                None => Err(Raise {
                    exception: "TypeError",
                }),
            },
            "django.urls.reverse_lazy" | "django.core.urlresolvers.reverse_lazy" => {
                Ok(self.object(name, arguments, place))
            }
            _ => Ok(self.object(name, arguments, place)),
        }
    }

    fn call_builtin(
        &mut self,
        frame: &mut Frame<'a>,
        name: &str,
        arguments: Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        let place = site.place;
        let first = arguments.first().cloned();
        if let Some(V {
            kind: K::OneOf(alternatives),
            ..
        }) = &first
            && !matches!(
                name,
                "setattr" | "print" | "list" | "tuple" | "set" | "sorted" | "dict"
            )
        {
            return self.each(alternatives.clone(), place, |own, value| {
                let mut arguments = arguments.clone();
                arguments.positional[0] = value;
                own.call_builtin(frame, name, arguments, site)
            });
        }
        if let Some((_, method)) = name.split_once('.').filter(|(class, _)| *class == "str") {
            let mut arguments = arguments;
            let Some(receiver) = first else {
                return Err(Raise {
                    exception: "TypeError",
                });
            };
            arguments.positional.remove(0);
            return self.call_method(frame, &receiver, method, arguments, site);
        }
        match (name, first) {
            ("bool", None) => Ok(V::bool(false, place)),
            ("bool", Some(value)) => Ok(self.to_bool(frame, &value, site)),
            ("int" | "float", Some(value)) => self.to_number(name == "int", &value, place),
            ("str", None) => Ok(V::str("", place)),
            ("str", Some(value)) => Ok(match &value.kind {
                K::Environment(environment)
                    if !matches!(environment.cast, Cast::Raw | Cast::Text) =>
                {
                    let environment = environment.clone();
                    self.cast_environment(&environment, Cast::Text, place, |_, value| {
                        Ok(as_printed(&value)
                            .map_or_else(|| V::unknown("text", place), |text| V::str(&text, place)))
                    })
                }
                _ => self.text(vec![value], place),
            }),
            ("list" | "tuple" | "set" | "frozenset", value) => {
                let kind = match name {
                    "list" => SequenceKind::List,
                    "tuple" => SequenceKind::Tuple,
                    _ => SequenceKind::Set,
                };
                let Some(value) = value else {
                    return Ok(self.new_sequence(kind, Vec::new(), place));
                };
                if let K::Environment(environment) = &value.kind
                    && matches!(environment.cast, Cast::List { .. })
                {
                    return Ok(value);
                }
                let items = self.iterate(&value, place);
                let made = self.new_sequence(kind, Vec::new(), place);
                if let K::Sequence(id) = made.kind {
                    self.extend_with(id, items);
                    self.absorb_trail(id, &value);
                }
                Ok(made)
            }
            ("dict", value) => {
                let mut dict = Dict::new(arguments.open);
                if let Some(value) = &value {
                    self.spread_into(&mut dict, value);
                }
                for (keyword, value) in arguments.keywords {
                    dict.set(V::str(&keyword, value.place), value);
                }
                let made = self.new_dict(dict, place);
                if let (K::Dict(id), Some(value)) = (&made.kind, &value) {
                    self.absorb_trail(*id, value);
                }
                Ok(made)
            }
            ("len", Some(value)) => Ok(match self.closed_items(&value) {
                Some(items) => V::new(K::Int(items.len() as i64), place),
                None => self.derived(&[&value], place, "a length", |_, _| None),
            }),
            ("any" | "all", Some(value)) => Ok(self.any_or_all(frame, name == "any", &value, site)),
            ("reversed", Some(value)) => {
                let items = self.iterate(&value, place).into_iter().rev().collect();
                Ok(self.new_list(items, place))
            }
            ("sorted", Some(value)) => self.sorted(frame, &value, &arguments, site),
            ("enumerate", Some(value)) => Ok(match self.closed_items(&value) {
                Some(items) => {
                    let mut pairs = Vec::new();
                    for (index, item) in items.into_iter().enumerate() {
                        let number = K::Int(index as i64).into();
                        pairs.push(Item::one(self.new_tuple(vec![number, item], place)));
                    }
                    self.new_list(pairs, place)
                }
                None => V::unknown("an enumeration", place),
            }),
            ("zip", Some(_)) => {
                let columns: Option<Vec<_>> = arguments
                    .positional
                    .iter()
                    .map(|value| self.closed_items(value))
                    .collect();
                let Some(columns) = columns else {
                    return Ok(V::unknown("a zip", place));
                };
                let length = columns.iter().map(Vec::len).min().unwrap_or(0);
                let mut rows = Vec::new();
                for index in 0..length {
                    let row = columns.iter().map(|column| column[index].clone()).collect();
                    rows.push(Item::one(self.new_tuple(row, place)));
                }
                Ok(self.new_list(rows, place))
            }
            ("range", Some(value)) => {
                let bounds = (value.as_int(), arguments.positional.get(1).map(V::as_int));
                let (from, to) = match bounds {
                    (Some(to), None) => (0, to),
                    (Some(from), Some(Some(to))) => (from, to),
                    _ => return Ok(V::unknown("a range", place)),
                };
                if to - from > 10_000 || arguments.positional.len() > 2 {
                    return Ok(V::unknown("a range", place));
                }
                let items = (from..to)
                    .map(|number| Item::one(K::Int(number).into()))
                    .collect();
                Ok(self.new_list(items, place))
            }
            ("map" | "filter", Some(function)) => {
                let Some(values) = arguments.positional.get(1).cloned() else {
                    return Err(Raise {
                        exception: "TypeError",
                    });
                };
                self.map_or_filter(frame, name == "map", &function, &values, site)
            }
            ("min" | "max", Some(_)) => {
                let values = match &arguments.positional[..] {
                    [only] => self.closed_items(only),
                    several => Some(several.to_vec()),
                };
                let numbers: Option<Vec<i64>> =
                    values.and_then(|values| values.iter().map(V::as_int).collect());
                let best = numbers.and_then(|numbers| {
                    if name == "min" {
                        numbers.into_iter().min()
                    } else {
                        numbers.into_iter().max()
                    }
                });
                Ok(match best {
                    Some(best) => V::new(K::Int(best), place),
                    None => {
                        let values: Vec<_> = arguments.positional.iter().collect();
                        self.derived(&values, place, "the least or greatest", |_, _| None)
                    }
                })
            }
            ("getattr", Some(object)) => {
                let Some(name) = arguments.get(1, "name").and_then(V::as_str).cloned() else {
                    return Ok(V::unknown("an attribute whose name is not known", place));
                };
                let default = arguments.get(2, "default").cloned();
                match (
                    self.optional_attribute(frame, &object, &name, site),
                    default,
                ) {
                    (Ok(value), Some(_)) if matches!(value.kind, K::External(_)) => {
                        Ok(V::unknown("an attribute that may not be there", place))
                    }
                    (Ok(value), _) => Ok(value),
                    (Err(_), Some(default)) => Ok(default),
                    (Err(raise), None) => Err(raise),
                }
            }
            ("hasattr", Some(object)) => {
                let Some(name) = arguments.get(1, "name").and_then(V::as_str).cloned() else {
                    return Ok(V::unknown("an attribute whose name is not known", place));
                };
                Ok(match self.optional_attribute(frame, &object, &name, site) {
                    Ok(V {
                        kind: K::External(_) | K::Unknown(_),
                        ..
                    }) => V::unknown("whether an attribute is there", place),
                    Ok(_) => V::bool(true, place),
                    Err(_) => V::bool(false, place),
                })
            }
            ("setattr", Some(object)) => {
                let name = arguments.get(1, "name").and_then(V::as_str).cloned();
                match (name, arguments.positional.get(2).cloned()) {
                    (Some(name), Some(value)) => self.set_attribute(&object, &name, value, place),
                    _ => {
                        if let K::Module(module) = &object.kind
                            && let Some(loaded) = self.loaded.get(module)
                        {
                            let why = "names are set that are not known";
                            self.open_scopes.push((loaded.scope, why.into()));
                        }
                    }
                }
                Ok(V::none())
            }
            ("globals", _) => Ok(V::new(K::Names(frame.module_scope()), place)),
            ("locals" | "vars", None) => Ok(V::new(K::Names(frame.scope()), place)),
            ("vars", Some(object)) => self.vars(&object, place),
            ("dir", object) => Ok(match self.dir(frame, object.as_ref(), place) {
                Some(names) => names,
                None => self.object("builtins.dir", arguments, place),
            }),
            ("dict.fromkeys", Some(keys)) => {
                let value = arguments.get(1, "value").cloned().unwrap_or_else(V::none);
                let mut dict = Dict::default();
                for item in self.iterate(&keys, place) {
                    dict.open |= item.many;
                    let (key, when) = (item.value, item.when);
                    let value = value.clone();
                    self.put(&mut dict, &Entry { key, value, when });
                }
                Ok(self.new_dict(dict, place))
            }
            ("__import__", Some(module)) => self.dynamic_import(frame, &module, &arguments, site),
            ("exec", Some(code)) => {
                if !self.run_code(frame, &code)? {
                    self.open_by_exec(frame, arguments.get(1, "globals"));
                }
                Ok(V::none())
            }
            ("compile" | "iter", Some(value)) => Ok(value),
            ("exit" | "quit", _) => Err(Raise {
                exception: "SystemExit",
            }),
            ("isinstance", Some(value)) => Ok(is_instance(&value, &arguments, place)),
            ("abs", Some(value)) if value.as_int().is_some() => {
                Ok(V::new(K::Int(value.as_int().unwrap_or(0).abs()), place))
            }
            ("print", _) => Ok(V::none()),
            ("super", _) => Ok(V::new(K::External("builtins.super()".into()), place)),
            _ => {
                let name = format!("builtins.{name}");
                Ok(self.object(&name, arguments, place))
            }
        }
    }

    /// An attribute whose absence is expected.
    fn optional_attribute(
        &mut self,
        frame: &mut Frame<'a>,
        object: &V<'a>,
        name: &str,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        self.guards += 1;
        let found = self.attribute(frame, object, name, site.expr);
        self.guards -= 1;
        found
    }

    fn any_or_all(&mut self, frame: &Frame<'a>, any: bool, value: &V<'a>, site: Site<'a>) -> V<'a> {
        let Some(items) = self.closed_items(value) else {
            return V::unknown("whether any or all are true", site.place);
        };
        let mut verdict = Verdict::from(!any);
        for item in items {
            let next = self.verdict(frame, &item, site.expr);
            verdict = if any {
                self.either(verdict, next)
            } else {
                self.both(verdict, next)
            };
        }
        self.truth_value(verdict, site.place)
    }

    /// `sorted(values, key=..., reverse=...)`; as they come where their order is not known.
    fn sorted(
        &mut self,
        frame: &mut Frame<'a>,
        values: &V<'a>,
        arguments: &Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        let items = self.iterate(values, site.place);
        let is_plain = |item: &Item<'a>| !item.many && item.when.is_always();
        let reverse = arguments.keyword("reverse").cloned();
        let reverse = reverse.map(|reverse| self.verdict(frame, &reverse, site.expr));
        let mut keyed = Vec::with_capacity(items.len());
        for item in &items {
            let key = match arguments.keyword("key").cloned() {
                Some(function) if !matches!(function.kind, K::None) => {
                    let arguments = Arguments {
                        positional: vec![item.value.clone()],
                        ..Arguments::default()
                    };
                    self.apply_call(frame, &function, arguments, site)?
                }
                _ => item.value.clone(),
            };
            keyed.push((key, item.clone()));
        }
        let mut is_ordered = items.iter().all(is_plain);
        keyed.sort_by(|(a, _), (b, _)| {
            let order = self.order(a, b);
            is_ordered &= order.is_some();
            order.unwrap_or(std::cmp::Ordering::Equal)
        });
        let sorted: Vec<Item<'a>> = match reverse {
            _ if !is_ordered => items,
            None | Some(Verdict::False) => keyed.into_iter().map(|(_, item)| item).collect(),
            Some(Verdict::True) => {
                // Python keeps equal elements in their order here too.
                keyed.reverse();
                let mut sorted: Vec<Item<'a>> = Vec::with_capacity(keyed.len());
                for equal in keyed.chunk_by(|(a, _), (b, _)| self.same(a, b)) {
                    sorted.extend(equal.iter().rev().map(|(_, item)| item.clone()));
                }
                sorted
            }
            Some(Verdict::When(_)) => items,
        };
        Ok(self.new_list(sorted, site.place))
    }

    fn map_or_filter(
        &mut self,
        frame: &mut Frame<'a>,
        maps: bool,
        function: &V<'a>,
        values: &V<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        if let K::Environment(environment) = &values.kind
            && matches!(environment.cast, Cast::List { .. })
        {
            return Ok(values.clone());
        }
        let mut made = Vec::new();
        for item in self.iterate(values, site.place) {
            let arguments = Arguments {
                positional: vec![item.value.clone()],
                ..Arguments::default()
            };
            let result = match &function.kind {
                K::None => item.value.clone(),
                _ => self.apply_call(frame, function, arguments, site)?,
            };
            if maps {
                made.push(Item {
                    value: result,
                    ..item
                });
                continue;
            }
            match self.verdict(frame, &result, site.expr) {
                Verdict::True => made.push(item),
                Verdict::False => {}
                Verdict::When(fact) => {
                    if let Some(when) = item.when.and(&fact) {
                        made.push(Item { when, ..item });
                    }
                }
            }
        }
        Ok(self.new_list(made, site.place))
    }
}

/// Constants of well-known modules.
pub(super) fn constant<'a>(dotted: &str) -> Option<K<'a>> {
    Some(match dotted {
        "logging.NOTSET" => K::Int(0),
        "logging.DEBUG" => K::Int(10),
        "logging.INFO" => K::Int(20),
        "logging.WARNING" | "logging.WARN" => K::Int(30),
        "logging.ERROR" => K::Int(40),
        "logging.CRITICAL" | "logging.FATAL" => K::Int(50),
        "os.name" => K::Str("posix".into()),
        "sys.platform" => K::Str("linux".into()),
        "django.contrib.messages.constants.DEBUG" => K::Int(10),
        "django.contrib.messages.constants.INFO" => K::Int(20),
        "django.contrib.messages.constants.SUCCESS" => K::Int(25),
        "django.contrib.messages.constants.WARNING" => K::Int(30),
        "django.contrib.messages.constants.ERROR" => K::Int(40),
        _ => return None,
    })
}

/// The text that `json.loads(s)` and its like read.
fn parsed<'v, 'a>(arguments: &'v Arguments<'a>) -> Option<&'v V<'a>> {
    let names = ["s", "node_or_string", "stream"];
    let mut named = names.iter().filter_map(|name| arguments.keyword(name));
    arguments.first().or_else(|| named.next())
}

fn is_translation(name: &str) -> bool {
    matches!(
        name,
        "django.utils.translation.gettext_lazy"
            | "django.utils.translation.gettext"
            | "django.utils.translation.gettext_noop"
            | "django.utils.translation.ugettext_lazy"
            | "django.utils.translation.ugettext"
            | "django.utils.safestring.mark_safe"
            | "builtins.str"
            | "sys.intern"
    )
}

fn timedelta<'a>(arguments: &Arguments<'a>, place: Option<Place>) -> V<'a> {
    const UNITS: [(&str, f64); 7] = [
        ("days", 86_400.0),
        ("seconds", 1.0),
        ("microseconds", 0.000_001),
        ("milliseconds", 0.001),
        ("minutes", 60.0),
        ("hours", 3600.0),
        ("weeks", 604_800.0),
    ];
    let mut seconds = 0.0;
    for (index, (name, unit)) in UNITS.iter().enumerate() {
        let Some(value) = arguments.get(index, name) else {
            continue;
        };
        let Some(number) = value.as_float() else {
            if let K::Environment(environment) = &value.kind {
                let environment = Environment {
                    variables: environment.variables.clone(),
                    cast: Cast::Duration,
                    unset: match &environment.unset {
                        Unset::Value(value) => match value.as_float() {
                            Some(number) => Unset::Value(V::new(
                                K::Duration((number * unit * MICROS) as i64),
                                place,
                            )),
                            None => Unset::Unknown,
                        },
                        other => other.clone(),
                    },
                };
                return V::new(K::Environment(Rc::new(environment)), place);
            }
            return V::unknown("a duration", place);
        };
        seconds += number * unit;
    }
    V::new(K::Duration((seconds * MICROS).round() as i64), place)
}

fn is_instance<'a>(value: &V<'a>, arguments: &Arguments<'a>, place: Option<Place>) -> V<'a> {
    let class = arguments.positional.get(1).map(|class| &class.kind);
    let Some(K::External(class)) = class else {
        return V::unknown("whether something is of a class", place);
    };
    let class: &Arc<str> = class;
    let own = match &value.kind {
        K::Str(_) => "builtins.str",
        K::Bool(_) => "builtins.bool",
        K::Int(_) => "builtins.int",
        K::Float(_) => "builtins.float",
        K::Dict(_) => "builtins.dict",
        K::Environment(environment) => match (&environment.cast, &environment.unset) {
            (Cast::Text, _) => "builtins.str",
            (Cast::Raw, Unset::Fails) => "builtins.str",
            (Cast::Raw, Unset::Value(unset)) if unset.as_str().is_some() => "builtins.str",
            _ => return V::unknown("whether something is of a class", place),
        },
        _ => return V::unknown("whether something is of a class", place),
    };
    V::bool(
        **class == *own || (own == "builtins.bool" && **class == *"builtins.int"),
        place,
    )
}
