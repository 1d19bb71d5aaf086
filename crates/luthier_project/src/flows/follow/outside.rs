//! Functions of Python and Django that take or give rows.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::givens::taken;
use super::record::Unseen;
use super::run::{Arguments, Run};
use super::value::{Callable, Dict, Growth, Prefetch, Value};
use crate::flows::slow::slow;
use crate::modules::{FunctionRef, Modules};

/// Methods of loggers: they turn what they are given into text when the line is written.
const LOGGING: &[&str] = &[
    "critical",
    "debug",
    "error",
    "exception",
    "info",
    "log",
    "warning",
];

fn is_logger(dotted: &str) -> bool {
    dotted.to_lowercase().contains("log")
}

/// Whether a method of a logger says that something went wrong.
pub(super) fn tells_of_trouble(object: &Value, method: &str) -> bool {
    const TROUBLE: &[&str] = &["critical", "error", "exception", "warning"];
    let is_logger = matches!(object, Value::OutsideObject(dotted) if is_logger(dotted));
    is_logger && TROUBLE.contains(&method)
}

impl Run<'_, '_> {
    /// Calls something outside by its dotted name.
    pub(super) fn call_outside(&mut self, dotted: &str, given: &Arguments, at: Location) -> Value {
        if let Some(name) = dotted.strip_prefix("builtins.") {
            return self.builtin(name, given, at);
        }
        if slow(dotted).is_some() {
            self.notes_sending();
        }
        let first = given.positional.first();
        match dotted {
            "itertools.chain" => {
                let mut joined = (Value::Never, Growth::No);
                for many in &given.positional {
                    let (element, growth) = self.elements(many, at);
                    joined = (joined.0.join(element), joined.1.max(growth));
                }
                Value::many(joined.0, joined.1)
            }
            "itertools.chain.from_iterable" => {
                let Some(first) = first else {
                    return Value::Unknown;
                };
                let loops = self.loops.len();
                let inner = self.enter(first, at);
                let (element, growth) = self.elements(&inner, at);
                self.leave(loops);
                Value::many(element, growth.max(Growth::Rows))
            }
            "itertools.islice" | "itertools.takewhile" | "itertools.filterfalse" => {
                let many = given.positional.iter().find(|value| is_collection(value));
                let is_few = matches!(given.positional.last(), Some(Value::Few(_)));
                many.map_or(Value::Unknown, |many| {
                    let (element, growth) = self.elements(many, at);
                    if let (true, Some(Value::Few(few))) = (self.records(), given.positional.last())
                    {
                        return Value::Tuple(vec![element; usize::from(*few)].into());
                    }
                    Value::many(element, if is_few { Growth::No } else { growth })
                })
            }
            "itertools.groupby" => {
                let Some(first) = first else {
                    return Value::Unknown;
                };
                let element = self.mapped(first, given.get(1, "key"), at).0;
                let group = Value::many(element, Growth::Rows);
                Value::many(Value::Tuple(Rc::new([Value::Plain, group])), Growth::Rows)
            }
            "functools.partial" => match first {
                Some(Value::Function(callable)) => {
                    let more = given.positional[1..].iter();
                    let all = callable.given.iter().chain(more).cloned().collect();
                    Value::Function(Rc::new(Callable {
                        given: all,
                        ..Callable::clone(callable)
                    }))
                }
                _ => Value::Unknown,
            },
            "functools.reduce" => {
                if let [function, many, ..] = &given.positional[..] {
                    let loops = self.loops.len();
                    let element = self.enter(many, at);
                    let result = self.call(function, &Arguments::of([Value::Plain, element]), at);
                    self.leave(loops);
                    result
                } else {
                    Value::Unknown
                }
            }
            "collections.defaultdict" | "collections.OrderedDict" | "collections.Counter" => {
                if let Some(many @ (Value::Rows(_) | Value::Many(_))) = first {
                    self.elements(many, at);
                }
                let other = match first {
                    Some(Value::Outside(kind)) if is_list(kind) => Some(Value::Tuple(Rc::new([]))),
                    _ => None,
                };
                Value::Dict(Rc::new(Dict {
                    other,
                    ..Dict::default()
                }))
            }
            "heapq.nlargest" | "heapq.nsmallest" if self.records() => {
                let Some(many) = given.get(1, "iterable") else {
                    return Value::Unknown;
                };
                let (element, growth) = self.mapped(many, given.get(2, "key"), at);
                match first {
                    Some(Value::Few(few)) => Value::Tuple(vec![element; usize::from(*few)].into()),
                    _ => Value::many(element, growth),
                }
            }
            "collections.deque" | "copy.copy" | "copy.deepcopy" => {
                first.cloned().unwrap_or(Value::Tuple(Rc::new([])))
            }
            // Each line of a file; files grow as tables do.
            "csv.DictReader" | "csv.reader" => Value::many(Value::Plain, Growth::Rows),
            "operator.attrgetter" => {
                let paths = given.positional.iter().map(|path| match path {
                    Value::Text(path) => Some(Arc::clone(path)),
                    _ => None,
                });
                paths
                    .collect::<Option<_>>()
                    .map_or(Value::Unknown, Value::Getter)
            }
            // It loads what the client asks for.
            _ if dotted.starts_with("graphene_django_optimizer.") && dotted.ends_with(".query") => {
                first.map_or(Value::Unknown, |rows| rows.each(super::summary::widened))
            }
            "typing.cast" => given.positional.get(1).cloned().unwrap_or(Value::Unknown),
            _ if dotted.starts_with("django.") => self.call_django(dotted, given, at),
            "asgiref.sync.sync_to_async" | "channels.db.database_sync_to_async" => {
                let callee = first.cloned().unwrap_or(Value::Unknown);
                Value::Apart(Rc::new(callee))
            }
            "asgiref.sync.async_to_sync" => first.cloned().unwrap_or(Value::Unknown),
            _ if dotted.starts_with("rest_framework.") => {
                if dotted == "rest_framework.generics.get_object_or_404" {
                    return self.one_or_404(given, at);
                }
                Value::OutsideObject(dotted.into())
            }
            _ => {
                self.given_away(given, at);
                Value::OutsideObject(dotted.into())
            }
        }
    }

    fn call_django(&mut self, dotted: &str, given: &Arguments, at: Location) -> Value {
        if let Some(model) = self.get_model_of(dotted, given) {
            return model;
        }
        let last = dotted.rsplit('.').next().unwrap_or(dotted);
        match last {
            "Prefetch" => {
                let Some(Value::Text(lookup)) = given.get(0, "lookup") else {
                    return Value::Unknown;
                };
                let to_attr = match given.get(2, "to_attr") {
                    Some(Value::Text(name)) => Some(Arc::clone(name)),
                    Some(Value::None) | None => None,
                    Some(_) => return Value::Unknown,
                };
                let rows = given.get(1, "queryset").cloned().unwrap_or(Value::None);
                let rows = match rows {
                    Value::Rows(rows) if rows.manager != super::value::Manager::No => {
                        self.rows_method(&rows, "all", &Arguments::default(), at)
                    }
                    rows => rows,
                };
                Value::Prefetch(Rc::new(Prefetch {
                    lookup: Arc::clone(lookup),
                    rows,
                    to_attr,
                }))
            }
            "aget_object_or_404" | "aget_list_or_404" => {
                let sync = last.trim_start_matches('a');
                let dotted = format!("django.shortcuts.{sync}");
                self.apart(|run| run.call_django(&dotted, given, at))
            }
            "get_object_or_404" => self.one_or_404(given, at),
            "get_list_or_404" => match given.positional.first() {
                Some(Value::Class(class)) => match self.project().models.by_class(*class) {
                    Some(model) => {
                        let rows = self.all_rows(model);
                        self.list_of(&rows, at)
                    }
                    None => Value::Unknown,
                },
                Some(rows) => {
                    let rows = rows.clone();
                    self.list_of(&rows, at)
                }
                None => Value::Unknown,
            },
            "render" => self.render_given(given, (1, "template_name"), 2, true, at),
            "render_to_string" => {
                let has_request = given.get(2, "request").is_some();
                self.render_given(given, (0, "template_name"), 1, has_request, at)
            }
            "TemplateResponse" => self.render_given(given, (1, "template"), 2, true, at),
            "formset_factory" | "inlineformset_factory" | "modelformset_factory" => {
                let position = match last {
                    "formset_factory" => 0,
                    "modelformset_factory" => 1,
                    _ => 2,
                };
                match given.get(position, "form") {
                    Some(Value::Class(form)) => Value::FormSet(*form),
                    _ => Value::Unknown,
                }
            }
            // Not all of several conditions need to hold.
            "Q" if given.keyword("_connector").is_some() && !self.records() => Value::Plain,
            "Q" => {
                let mut names: Vec<Arc<str>> = Vec::new();
                for value in &given.positional {
                    if let Value::Lookups(more) = value {
                        names.extend(more.iter().cloned());
                    }
                }
                names.extend(given.keywords.iter().map(|(name, _)| Arc::clone(name)));
                Value::Lookups(names.into())
            }
            "get_user_model" => {
                let user = self.project().flows.likely_user;
                user.map_or(Value::Unknown, |user| self.class_of(user))
            }
            "Paginator" => match given.get(0, "object_list") {
                Some(rows) => Value::Paginator(Rc::new(rows.clone())),
                None => Value::Unknown,
            },
            "format_html" | "format_lazy" => {
                for value in &given.positional {
                    self.show(value, at);
                }
                Value::Plain
            }
            "force_str" | "smart_str" | "escape" | "conditional_escape" | "slugify" => {
                for value in &given.positional {
                    self.show(value, at);
                }
                Value::Plain
            }
            _ => Value::OutsideObject(dotted.into()),
        }
    }

    /// A call that renders: the position and the name of its template, the position of the context.
    fn render_given(
        &mut self,
        given: &Arguments,
        (template, name): (usize, &str),
        context: usize,
        has_request: bool,
        at: Location,
    ) -> Value {
        let template = given.get(template, name).unwrap_or(&Value::Unknown);
        let context = given.get(context, "context").unwrap_or(&Value::Unknown);
        self.render(template, context, has_request, at)
    }

    /// `get_object_or_404(Model, ...)`
    fn one_or_404(&mut self, given: &Arguments, at: Location) -> Value {
        let rows = match given.positional.first() {
            Some(Value::Class(class)) => match self.project().models.by_class(*class) {
                Some(model) => self.all_rows(model),
                None => {
                    self.unseen(Unseen::Rows(at));
                    return Value::Unknown;
                }
            },
            Some(rows) => rows.clone(),
            None => return Value::Unknown,
        };
        let conditions = Arguments {
            positional: given.positional.iter().skip(1).cloned().collect(),
            ..given.clone()
        };
        self.each(&rows, |run, rows| match rows {
            Value::Rows(rows) => run.rows_method(rows, "get", &conditions, at),
            _ => {
                run.unseen(Unseen::Rows(at));
                Value::Unknown
            }
        })
    }

    /// A method of an instance of a class outside.
    pub(super) fn outside_method(
        &mut self,
        dotted: &str,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Value {
        if LOGGING.contains(&name) && is_logger(dotted) {
            // What is written for debugging is hardly ever written in production.
            let is_left_out = u32::from(name == "debug");
            self.caches += is_left_out;
            for value in given.positional.iter().skip(1) {
                self.show(value, at);
            }
            self.caches -= is_left_out;
        }
        self.method_of_apps(dotted, name, given)
            .unwrap_or(Value::Unknown)
    }

    // ---- builtins ----

    fn builtin(&mut self, name: &str, given: &Arguments, at: Location) -> Value {
        let Some(first) = given.positional.first() else {
            return match name {
                "dict" => Value::Dict(Rc::new(Dict {
                    known: given.keywords.iter().cloned().collect(),
                    other: given.is_open.then_some(Value::Unknown),
                    is_growing: false,
                })),
                "list" | "set" | "tuple" | "frozenset" => Value::Tuple(Rc::new([])),
                _ => Value::Plain,
            };
        };
        match name {
            "list" | "set" | "tuple" | "frozenset" | "reversed" | "iter" => self.list_of(first, at),
            "aiter" => self.apart(|run| run.list_of(first, at)),
            "sorted" => {
                let (element, growth) = self.mapped(first, given.keyword("key"), at);
                Value::many(element, growth)
            }
            "min" | "max" => {
                let (element, _) = self.mapped(first, given.keyword("key"), at);
                taken(&element, self.depth())
            }
            "map" => {
                let mut results = Value::Never;
                let mut growth = Growth::No;
                if let Some(many) = given.positional.get(1) {
                    let loops = self.loops.len();
                    let (element, grows) = self.elements(many, at);
                    let element = self.enter_elements(&element, grows, at);
                    results = self.call(first, &Arguments::of([element]), at);
                    self.leave(loops);
                    growth = grows;
                }
                Value::many(super::givens::leaving(&results), growth)
            }
            "filter" => match given.positional.get(1) {
                Some(many) => {
                    let (element, growth) = self.mapped(many, Some(first), at);
                    Value::many(element, growth)
                }
                None => Value::Unknown,
            },
            "enumerate" => {
                let (element, growth) = self.elements(first, at);
                Value::many(Value::Tuple(Rc::new([Value::Plain, element])), growth)
            }
            "zip" => {
                let mut parts = Vec::new();
                let mut growth = Growth::No;
                for many in &given.positional {
                    let (element, grows) = self.elements(many, at);
                    parts.push(element);
                    growth = growth.max(grows);
                }
                Value::many(Value::Tuple(parts.into()), growth)
            }
            "range" => match first {
                Value::Few(few) if self.records() && given.positional.len() == 1 => {
                    Value::Tuple(vec![Value::Plain; usize::from(*few)].into())
                }
                _ => Value::many(Value::Plain, Growth::No),
            },
            "anext" => self.apart(|run| run.builtin("next", given, at)),
            "next" => {
                let (element, _) = self.elements(first, at);
                taken(&element, self.depth())
            }
            "len" | "bool" | "any" | "all" | "sum" => {
                if is_collection(first) {
                    self.elements(first, at);
                }
                Value::Plain
            }
            "str" | "repr" | "format" | "print" => {
                for value in &given.positional {
                    self.show(value, at);
                }
                Value::Plain
            }
            "dict" => match first {
                Value::Dict(dict) => {
                    let mut copy = Dict::clone(dict);
                    copy.known.extend(given.keywords.iter().cloned());
                    Value::Dict(Rc::new(copy))
                }
                many => {
                    let (element, growth) = self.elements(many, at);
                    let value = match element {
                        Value::Tuple(pair) if pair.len() == 2 => pair[1].clone(),
                        _ => Value::Unknown,
                    };
                    Value::Dict(Rc::new(Dict {
                        known: BTreeMap::new(),
                        other: Some(value),
                        is_growing: growth == Growth::Rows,
                    }))
                }
            },
            "getattr" => match given.positional.get(1) {
                Some(Value::Text(name)) => {
                    let name = Arc::clone(name);
                    self.member(first, &name, at)
                }
                _ => Value::Unknown,
            },
            "hasattr" => {
                if let Some(Value::Text(name)) = given.positional.get(1) {
                    let name = Arc::clone(name);
                    self.member(first, &name, at);
                }
                Value::Plain
            }
            "type" => self
                .class_behind(first)
                .map_or(Value::Unknown, Value::Class),
            "isinstance" | "issubclass" | "int" | "float" | "abs" | "round" | "id" | "hash" => {
                Value::Plain
            }
            _ => Value::Unknown,
        }
    }

    /// Goes through a collection and gives each element to a function, where there is one; gives
    /// the elements.
    fn mapped(&mut self, many: &Value, function: Option<&Value>, at: Location) -> (Value, Growth) {
        let (element, growth) = self.elements(many, at);
        if let Some(function @ (Value::Function(_) | Value::Getter(_))) = function {
            let loops = self.loops.len();
            let each = self.enter_elements(&element, growth, at);
            self.call(function, &Arguments::of([each]), at);
            self.leave(loops);
        }
        (element, growth)
    }
}

fn is_collection(value: &Value) -> bool {
    matches!(
        value,
        Value::Rows(_) | Value::Many(_) | Value::Tuple(_) | Value::Dict(_) | Value::Either(_)
    )
}

fn is_list(dotted: &str) -> bool {
    matches!(dotted, "builtins.list" | "builtins.set")
}

/// Whether a function's results are kept: `functools.lru_cache`.
pub(super) fn is_remembered(modules: &Modules, function: FunctionRef) -> bool {
    let declared = modules.function(function);
    let scope = modules.facts(function.module).body(declared.scope);
    declared.decorators.iter().any(|&decorator| {
        let decorator = scope.expr(decorator);
        let callee = decorator.without_call();
        let dotted = callee.dotted().unwrap_or_default();
        matches!(
            dotted.rsplit('.').next(),
            Some("lru_cache" | "cache" | "memoize" | "cached")
        )
    })
}
