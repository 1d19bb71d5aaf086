//! What calls give: functions, classes and methods.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::event::{Ask, Extent};
use super::loads::{Columns, Loads};
use super::members::{ClassAttribute, Method};
use super::path::Path;
use super::record::Unseen;
use super::run::{Arguments, Run};
use super::value::{Anchor, Callable, Dict, Fetch, Growth, Object, Row, Source, Value};
use crate::facts::Stmt;
use crate::facts::ir::ParamKind;
use crate::models::ModelId;
use crate::modules::{Ancestor, ClassRef};

/// Methods that only managers and querysets have, and that give rows.
const ALL_ROWS: &[&str] = &[
    "all",
    "iterator",
    "prefetch_related",
    "select_related",
    "values_list",
];

/// Methods of views that Django or a package calls for rows.
const HOOKS: &[&str] = &[
    "create",
    "delete",
    "destroy",
    "get",
    "get_object",
    "get_queryset",
    "list",
    "patch",
    "post",
    "put",
    "retrieve",
    "update",
];

/// Methods that hardly anything else has than managers, querysets and rows.
const UNMISTAKABLE: &[&str] = &[
    "aggregate",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "in_bulk",
    "save",
    "update_or_create",
];

/// Methods of signals that call who listens.
const SENDING: &[&str] = &["asend", "asend_robust", "send", "send_robust"];

impl Run<'_, '_> {
    /// Calls a value.
    pub(super) fn call(&mut self, callee: &Value, given: &Arguments, at: Location) -> Value {
        if !self.engine.burn() {
            return Value::Unknown;
        }
        match callee {
            Value::Function(callable) => self.call_function(callable, given, at),
            Value::Class(class) => self.construct(*class, given, at),
            Value::Past(model) => self.new_row(*model),
            Value::Outside(dotted) => {
                let dotted = Arc::clone(dotted);
                self.call_outside(&dotted, given, at)
            }
            Value::Object(_) => self.call_method(callee, "__call__", given, at),
            Value::Getter(paths) => {
                let Some(object) = given.positional.first() else {
                    return Value::Unknown;
                };
                let found = paths.iter().map(|path| {
                    path.split('.').fold(object.clone(), |object, name| {
                        self.member(&object, name, at)
                    })
                });
                let mut found: Vec<Value> = found.collect();
                match found.len() {
                    1 => found.swap_remove(0),
                    _ => Value::Tuple(found.into()),
                }
            }
            Value::Apart(callee) => self.apart(|run| run.call(callee, given, at)),
            Value::Either(_) => self.each(callee, |run, callee| run.call(callee, given, at)),
            Value::Never => Value::Never,
            // One form for each row.
            Value::FormSet(form) => {
                self.note_forms(*form, at);
                Value::many(Value::object(*form), Growth::Rows)
            }
            Value::Input => Value::Input,
            _ => {
                self.given_away(given, at);
                Value::Unknown
            }
        }
    }

    /// Code that is not seen may ask rows for more.
    pub(super) fn given_away(&mut self, given: &Arguments, at: Location) {
        if given.gives_rows() {
            self.unseen(Unseen::Outside(at));
        }
    }

    /// Calls a method by its name.
    pub(super) fn call_method(
        &mut self,
        object: &Value,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Value {
        self.note_sending_method(object, name);
        match object {
            Value::Rows(rows) => self.rows_method(rows, name, given, at),
            Value::Row(row) => {
                let class = self.class_behind(object);
                match class.and_then(|class| self.class_attribute(class, name, None)) {
                    Some(_) => {
                        // Where queries are counted, what it calls itself says whether it writes.
                        if is_write_of_row(name) && !self.records() {
                            self.row_method(row, name, at);
                        }
                        let method = self.member(object, name, at);
                        self.call(&method, given, at)
                    }
                    None => {
                        // A copy under a key of its own, which what follows may need.
                        let is_copy = name == "save" && given.keyword("force_insert").is_some();
                        self.caches += u32::from(is_copy);
                        let written = self.row_method(row, name, at);
                        self.caches -= u32::from(is_copy);
                        written
                    }
                }
            }
            Value::Super(after, own) => {
                let class = self.class_behind(own);
                match class.and_then(|class| self.class_attribute(class, name, Some(*after))) {
                    Some(_) => {
                        let method = self.member(object, name, at);
                        self.call(&method, given, at)
                    }
                    // Who called the row's own `save()` writes it.
                    None if is_write_of_row(name)
                        && matches!(**own, Value::Row(_))
                        && !self.records() =>
                    {
                        Value::Plain
                    }
                    None => self.inherited_method(own, name, given, at),
                }
            }
            Value::Object(own) => {
                let is_known = own.fields.contains_key(name)
                    || self.class_attribute(own.class, name, None).is_some();
                if is_known {
                    let method = self.member(object, name, at);
                    self.call(&method, given, at)
                } else {
                    self.inherited_method(object, name, given, at)
                }
            }
            Value::OutsideObject(dotted) => {
                let dotted = Arc::clone(dotted);
                self.outside_method(&dotted, name, given, at)
            }
            Value::Many(_) | Value::Tuple(_) | Value::Dict(_) => {
                self.container_method(object, name, given)
            }
            Value::Signal(signal) if SENDING.contains(&name) => {
                for &receiver in self.project().receivers().of_signal(*signal) {
                    self.call(&Value::function(receiver), given, at);
                }
                Value::Unknown
            }
            Value::Input => Value::Input,
            // Rows of a model that is not known.
            Value::Unknown if ALL_ROWS.contains(&name) => {
                self.unseen(Unseen::Rows(at));
                Value::many(Value::Unknown, Growth::Rows)
            }
            Value::Unknown if UNMISTAKABLE.contains(&name) => {
                if !matches!(name, "aggregate" | "in_bulk") {
                    self.notes_writing(at);
                }
                self.unseen(Unseen::Rows(at));
                Value::Unknown
            }
            Value::Text(_) | Value::Plain => {
                self.text_method(name, given, at);
                Value::Plain
            }
            Value::Paginator(rows) => match name {
                "page" | "get_page" => self.page(&Value::clone(rows), at),
                _ => Value::Unknown,
            },
            Value::Either(_) => self.each(object, |run, object| {
                run.call_method(object, name, given, at)
            }),
            Value::Never => Value::Never,
            Value::Class(_) | Value::Past(_) | Value::Module(_) | Value::Outside(_) => {
                let method = self.member(object, name, at);
                self.call(&method, given, at)
            }
            _ => {
                self.given_away(given, at);
                Value::Unknown
            }
        }
    }

    /// What Django's own class has, where the project's has no such method.
    fn inherited_method(
        &mut self,
        own: &Value,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Value {
        match own {
            Value::Row(row) => self.row_method(row, name, at),
            Value::Rows(rows) if matches!(name, "get_queryset" | "all") => {
                let plain = super::value::Rows {
                    manager: super::value::Manager::No,
                    ..super::value::Rows::clone(rows)
                };
                Value::Rows(Rc::new(plain))
            }
            Value::Rows(rows) => self.queryset_method(rows, name, given, at),
            Value::Object(_) => {
                let found = self.django_method(own, name, given, at);
                if found == Value::Unknown && HOOKS.contains(&name) {
                    self.unseen(Unseen::Outside(at));
                }
                found
            }
            // `get_queryset()` of a GraphQL type gives what it is given.
            Value::Class(_) if name == "get_queryset" => {
                given.positional.first().cloned().unwrap_or(Value::Unknown)
            }
            _ => Value::Unknown,
        }
    }

    fn row_method(&mut self, row: &Rc<Row>, name: &str, at: Location) -> Value {
        let sync = match name {
            "adelete" => "delete",
            "arefresh_from_db" => "refresh_from_db",
            "asave" => "save",
            name => name,
        };
        if sync != name {
            return self.apart(|run| run.row_method(row, sync, at));
        }
        match sync {
            "save" | "delete" => {
                let ask = Ask::Write {
                    model: row.model,
                    name: sync.into(),
                    is_used: false,
                    extent: Extent::Untold,
                };
                // Which rows are to go may only be known one by one.
                let is_picked = u32::from(sync == "delete" && self.conditions > 0);
                self.caches += is_picked;
                self.note_row_method(row, sync, at);
                self.ask(ask, row.source, &row.path, at);
                self.caches -= is_picked;
                Value::Plain
            }
            "refresh_from_db" => {
                let ask = Ask::Method {
                    model: row.model,
                    name: sync.into(),
                    relation: None,
                    discards: false,
                    is_by_row: false,
                };
                self.note_row_method(row, sync, at);
                self.ask(ask, row.source, &row.path, at);
                Value::None
            }
            _ if name.starts_with("get_") && name.ends_with("_display") => Value::Plain,
            _ => Value::Unknown,
        }
    }

    // ---- functions ----

    fn call_function(&mut self, callable: &Rc<Callable>, given: &Arguments, at: Location) -> Value {
        let bound = self.bind(callable, given);
        let is_cache = self.is_cache(callable, given);
        self.caches += u32::from(is_cache);
        let (returned, ..) =
            self.enter_function(callable.function, &bound, callable.captured.as_ref(), at);
        self.caches -= u32::from(is_cache);
        // What a cache gives may have been fetched long ago.
        if is_cache { Value::Unknown } else { returned }
    }

    /// Whether a function keeps what another one gives: `cache_get_or_set(key, compute)`.
    fn is_cache(&self, callable: &Callable, given: &Arguments) -> bool {
        let makes = |value: &Value| matches!(value, Value::Function(_));
        if !given.positional.iter().any(makes) {
            return false;
        }
        let modules = &self.project().modules;
        let name = modules.function(callable.function).name;
        let facts = modules.facts(callable.function.module);
        facts.text(name).contains("cache")
    }

    /// A value for each parameter.
    fn bind(&self, callable: &Callable, given: &Arguments) -> Vec<Value> {
        let project = self.project();
        let function = callable.function;
        let declared = project.modules.function(function);
        let facts = project.modules.facts(function.module);
        let mut positional = callable
            .own
            .iter()
            .chain(callable.given.iter())
            .chain(&given.positional);
        let mut bound: Vec<Value> = Vec::with_capacity(declared.params.len());
        let mut used: Vec<&str> = Vec::new();
        for param in &declared.params {
            let value = match param.kind {
                ParamKind::PositionalOnly | ParamKind::Ordinary => positional.next().cloned(),
                ParamKind::KeywordOnly => None,
                ParamKind::Arguments => {
                    let rest: Vec<Value> = positional.by_ref().cloned().collect();
                    Some(if given.is_open {
                        let rest = rest.into_iter().fold(Value::Unknown, Value::join);
                        Value::many(rest, Growth::Unknown)
                    } else {
                        Value::Tuple(rest.into())
                    })
                }
                ParamKind::Keywords => {
                    let rest = given.keywords.iter();
                    let rest = rest.filter(|(keyword, _)| !used.contains(&&**keyword));
                    let known: BTreeMap<Arc<str>, Value> = rest.cloned().collect();
                    Some(Value::Dict(Rc::new(Dict {
                        known,
                        other: given.is_open.then_some(Value::Unknown),
                        is_growing: false,
                    })))
                }
            };
            let value = match value {
                None if !given.keywords.is_empty() => {
                    let name = facts.text(param.name);
                    let found = given.keyword(name).cloned();
                    used.extend(found.is_some().then_some(name));
                    found
                }
                value => value,
            };
            let value = match (value, param.default) {
                (Some(value), _) => value,
                // `*args` or `**kwargs` may give another.
                (None, Some(_)) if given.is_open => Value::Unknown,
                (None, Some(default)) => {
                    let default = facts.body(declared.scope).expr(default);
                    match default.kind() {
                        crate::facts::Expr::None => Value::None,
                        crate::facts::Expr::Bool(value) => Value::Bool(value),
                        crate::facts::Expr::Int(number) if super::rows::is_few(number) => {
                            self.few(number)
                        }
                        _ => match default.as_str() {
                            Some(text) => Value::text(text),
                            None => Value::Unknown,
                        },
                    }
                }
                (None, None) => Value::Unknown,
            };
            bound.push(value);
        }
        bound
    }

    // ---- classes ----

    fn construct(&mut self, class: ClassRef, given: &Arguments, at: Location) -> Value {
        let project = self.project();
        if let Some(model) = project.models.by_class(class) {
            return self.new_row(model);
        }
        let mut fields: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        if let Some(ClassAttribute::Function(init)) = self.class_attribute(class, "__init__", None)
        {
            let callable = Callable {
                function: init,
                own: Some(Value::object(class)),
                captured: None,
                given: Rc::new([]),
            };
            let bound = self.bind(&callable, given);
            let (_, summary, givens) = self.enter_function(init, &bound, None, at);
            let depth = self.depth();
            let sets = summary.sets.iter();
            fields.extend(sets.map(|(name, value)| (Arc::clone(name), givens.show(value, depth))));
        } else if self.is_record(class) {
            let names = self.annotated(class);
            let mut positional = given.positional.iter();
            for name in names {
                let value = positional.next().or_else(|| given.keyword(&name));
                fields.extend(value.map(|value| (name, value.clone())));
            }
        }
        self.remember(class, given, &mut fields);
        Value::Object(Rc::new(Object { class, fields }))
    }

    /// What Django's own constructors keep: a serializer its rows, a form its instance.
    fn remember(&self, class: ClassRef, given: &Arguments, fields: &mut BTreeMap<Arc<str>, Value>) {
        if self.is_serializer(class) {
            let instance = given.get(0, "instance").cloned();
            fields.extend(instance.map(|instance| ("instance".into(), instance)));
            let many = given.keyword("many").cloned();
            fields.extend(many.map(|many| ("many".into(), many)));
            let context = given.keyword("context").cloned();
            fields.extend(context.map(|context| ("context".into(), context)));
        }
    }

    pub(super) fn new_row(&self, model: ModelId) -> Value {
        Value::Row(Rc::new(Row {
            model,
            loads: Loads::Open,
            columns: Columns::All,
            source: Source::Unknown,
            path: Path::start(),
            anchor: Anchor::Here,
            made: self.depth(),
            fetch: Fetch::One,
            is_of_one: false,
            instance: self.new_instance(),
        }))
    }

    /// Whether a class is a dataclass or a named tuple.
    fn is_record(&self, class: ClassRef) -> bool {
        let modules = &self.project().modules;
        let declared = modules.class(class);
        let scope = modules.facts(class.module).body(declared.scope);
        let is_dataclass = declared.decorators.iter().any(|&decorator| {
            let decorator = scope.expr(decorator);
            let callee = decorator.without_call();
            let dotted = callee.dotted().unwrap_or_default();
            matches!(
                dotted.rsplit('.').next(),
                Some("dataclass" | "define" | "frozen" | "attrs")
            )
        });
        is_dataclass
            || modules.mro(class).ancestors.iter().any(|ancestor| {
                matches!(ancestor, Ancestor::External(name) if name == "typing.NamedTuple")
            })
    }

    fn annotated(&self, class: ClassRef) -> Vec<Arc<str>> {
        let body = self.project().modules.class_body(class);
        let names = body.statements().filter_map(|statement| {
            let Stmt::Annotated { target, .. } = statement.kind() else {
                return None;
            };
            body.expr(target).as_name().map(Arc::from)
        });
        names.collect()
    }

    /// The class whose body a function stands in, where calling it is calling a method.
    pub(super) fn class_of_method(
        &self,
        function: crate::modules::FunctionRef,
    ) -> Option<(ClassRef, Method)> {
        let declared = self.engine.declared(function);
        Some((declared.class?, declared.method))
    }
}

fn is_write_of_row(name: &str) -> bool {
    matches!(name, "adelete" | "asave" | "delete" | "save")
}
