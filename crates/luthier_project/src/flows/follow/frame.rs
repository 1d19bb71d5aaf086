//! One function's body, interpreted.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::{FileId, Location};

use super::givens::leaving;
use super::members::Method;
use super::run::{Engine, Run};
use super::state::State;
use super::summary::{Key, Summary};
use super::value::{Growth, Source, Value};
use crate::facts::ir::{Owner, ParamKind};
use crate::facts::{BodyId, BodyRef, Expr, ExprId, ExprRef, Name, PythonFacts};
use crate::modules::{ClassRef, Definition, ModuleId, ValueRef};

pub(super) struct Frame<'e, 'a> {
    pub(super) run: Run<'e, 'a>,
    pub(super) module: ModuleId,
    pub(super) file: FileId,
    pub(super) facts: &'a PythonFacts,
    pub(super) body: BodyRef<'a>,
    /// What the names of the scope hold.
    pub(super) state: State,
    /// The names of its parameters.
    pub(super) params: Vec<Name>,
    captured: Option<Rc<[(Name, Value)]>>,
    /// The name of `self`, and what it is.
    pub(super) own: Option<(Name, Value)>,
    /// The class whose method it is.
    pub(super) class: Option<ClassRef>,
    pub(super) returned: Value,
    pub(super) yielded: Value,
    pub(super) yields: Growth,
    pub(super) sets: BTreeMap<Arc<str>, Value>,
    pub(super) on_request: BTreeMap<Arc<str>, Value>,
}

/// What a name means that no statement of the function has bound: kept once looked up.
#[derive(Clone)]
pub(super) enum Outer {
    Known(Value),
    /// A module or class assigns it: what may still be being worked out.
    Assigned(ValueRef),
}

impl Outer {
    pub(super) fn of(definition: &Definition, value: &Value) -> Self {
        match definition {
            Definition::Value(assigned) => Self::Assigned(*assigned),
            _ => Self::Known(value.clone()),
        }
    }
}

/// Interprets a function with what it is given.
pub(super) fn interpret(engine: &mut Engine<'_>, key: &Key) -> Summary {
    let project = engine.project;
    let modules = &project.modules;
    let module = key.function.module;
    let Some(file) = modules.get(module).file else {
        return Summary::unknown();
    };
    let facts = modules.facts(module);
    let declared = modules.function(key.function);
    let mut frame = Frame {
        module,
        file,
        facts,
        body: facts.body(declared.body),
        state: State::default(),
        params: Vec::new(),
        captured: key.captured.clone(),
        own: None,
        class: None,
        returned: Value::Never,
        yielded: Value::Never,
        yields: Growth::No,
        sets: BTreeMap::new(),
        on_request: BTreeMap::new(),
        run: Run::new(engine),
    };
    frame.class = frame
        .run
        .class_of_method(key.function)
        .map(|(class, _)| class);
    frame.params = declared.params.iter().map(|param| param.name).collect();
    for (position, (param, value)) in declared.params.iter().zip(&key.bound).enumerate() {
        let value = match (value, param.annotation, param.kind) {
            (
                Value::Unknown,
                Some(annotation),
                ParamKind::PositionalOnly | ParamKind::Ordinary | ParamKind::KeywordOnly,
            ) => frame.annotated(declared.scope, annotation),
            (Value::Unknown, ..) if position == 0 && declared.is_async => frame.own_row(key),
            (value, ..) => value.clone(),
        };
        let value = match value {
            // What the REST framework gives to `create()` and `update()`.
            Value::Unknown if facts.text(param.name) == "validated_data" => Value::Input,
            value => value,
        };
        let value = match (value, param.default) {
            // Who gives another limit than five gives one of that kind.
            (Value::Unknown, Some(default)) if !frame.run.records() => {
                match facts.body(declared.scope).expr(default).kind() {
                    Expr::Int(number) if super::rows::is_few(number) => frame.run.few(number),
                    _ => Value::Unknown,
                }
            }
            (value, _) => value,
        };
        if position == 0 && frame.class.is_some() {
            frame.own = Some((param.name, value.clone()));
        }
        frame.state.change(param.name, value);
    }
    frame.block(frame.body.body().top);
    if declared.is_async {
        frame.run.tell_blocking();
    }
    frame.run.tell();
    let record = frame.run.take_record();
    let returned = if declared.is_generator {
        Value::many(frame.yielded, frame.yields)
    } else {
        match frame.returned {
            Value::Never => Value::None,
            returned => returned,
        }
    };
    let left = |sets: BTreeMap<Arc<str>, Value>| {
        let sets = sets.into_iter();
        sets.map(|(name, value)| (name, leaving(&value))).collect()
    };
    Summary {
        returned: leaving(&returned),
        events: frame.run.events,
        sets: left(frame.sets),
        on_request: left(frame.on_request),
        sends: frame.run.is_sending,
        writes_much: frame.run.written.is_much,
        record,
    }
}

/// What an expression in the body of a module or class gives.
pub(super) fn evaluate(engine: &mut Engine<'_>, value: ValueRef) -> Value {
    let modules = &engine.project.modules;
    let Some(file) = modules.get(value.module).file else {
        return Value::Unknown;
    };
    let facts = modules.facts(value.module);
    let body = facts.body(value.body);
    if let Owner::Function(_) = body.owner() {
        return Value::Unknown;
    }
    let mut frame = Frame::of_scope(engine, value.module, file, facts, body);
    let found = frame.value(body.expr(value.expr));
    frame.run.tell();
    found
}

impl<'e, 'a> Frame<'e, 'a> {
    fn of_scope(
        engine: &'e mut Engine<'a>,
        module: ModuleId,
        file: FileId,
        facts: &'a PythonFacts,
        body: BodyRef<'a>,
    ) -> Self {
        Self {
            run: Run::new(engine),
            module,
            file,
            facts,
            body,
            state: State::default(),
            params: Vec::new(),
            captured: None,
            own: None,
            class: None,
            returned: Value::Never,
            yielded: Value::Never,
            yields: Growth::No,
            sets: BTreeMap::new(),
            on_request: BTreeMap::new(),
        }
    }

    pub(super) fn at(&self, expr: ExprRef<'a>) -> Location {
        Location::new(self.file, expr.span())
    }

    pub(super) fn site(&self, expr: ExprRef<'a>) -> Source {
        Source::Code(self.value_ref(expr))
    }

    pub(super) fn value_ref(&self, expr: ExprRef<'a>) -> ValueRef {
        ValueRef::of(self.module, expr)
    }

    /// What a name holds.
    pub(super) fn name(&mut self, name: Name) -> Value {
        if let Some(value) = self.state.get(name) {
            return value.clone();
        }
        if let Some(captured) = &self.captured
            && let Some((_, value)) = captured.iter().find(|(known, _)| *known == name)
        {
            return value.clone();
        }
        self.run.site = Source::Unknown;
        let key = (self.module, self.body.id, name);
        match self.run.engine.outer.get(&key) {
            Some(known) => {
                let known = known.clone();
                self.run.outer(known)
            }
            None => {
                let (value, outer) = self.outer(name);
                self.run.engine.outer.insert(key, outer);
                value
            }
        }
    }

    /// What a name means that no statement of this function has bound so far.
    fn outer(&mut self, name: Name) -> (Value, Outer) {
        let is_own = matches!(self.body.owner(), Owner::Function(_))
            && self.body.bound(name).is_some_and(|binding| {
                !matches!(
                    binding.kind,
                    crate::facts::ir::BindingKind::Import(_)
                        | crate::facts::ir::BindingKind::Class(_)
                )
            });
        if is_own {
            return (Value::Unknown, Outer::Known(Value::Unknown));
        }
        // Most names of a function are the module's, and mean the same in all of its functions.
        let is_of_module = self.is_of_module(name);
        let key = (self.module, BodyId::MODULE, name);
        if is_of_module && let Some(known) = self.run.engine.outer.get(&key) {
            let known = known.clone();
            return (self.run.outer(known.clone()), known);
        }
        let scope = match is_of_module {
            true => BodyId::MODULE,
            false => self.body.id,
        };
        let modules = &self.run.project().modules;
        let found = modules.resolve_in(self.module, scope, self.facts.text(name));
        let value = self.run.defined(&found);
        let outer = Outer::of(&found, &value);
        if is_of_module {
            self.run.engine.outer.insert(key, outer.clone());
        }
        (value, outer)
    }

    /// Whether no function or class around the code has a name of its own.
    fn is_of_module(&self, name: Name) -> bool {
        let mut current = self.body;
        while current.id != BodyId::MODULE {
            if current.is_param(name) || current.bound(name).is_some() {
                return false;
            }
            current = self.facts.body(current.body().parent);
        }
        true
    }

    /// The names that a nested function takes from here.
    pub(super) fn captured_by(&self, body: BodyId) -> Option<Rc<[(Name, Value)]>> {
        let mut used: Vec<Name> = Vec::new();
        self.collect_names(body, &mut used, 0);
        used.sort_unstable();
        used.dedup();
        let outer = self.captured.as_deref().unwrap_or_default();
        let found: Rc<[(Name, Value)]> = used
            .into_iter()
            .filter_map(|name| {
                let own = self.state.get(name);
                let value = own.or_else(|| {
                    let mut outer = outer.iter();
                    outer
                        .find(|(known, _)| *known == name)
                        .map(|(_, value)| value)
                })?;
                Some((name, value.clone()))
            })
            .collect();
        (!found.is_empty()).then_some(found)
    }

    pub(super) fn collect_names(&self, body: BodyId, used: &mut Vec<Name>, depth: u32) {
        let scope = self.facts.body(body);
        for expr in &scope.body().exprs {
            match *expr {
                Expr::Name(name) => used.push(name),
                Expr::Lambda(function) if depth < 4 => {
                    self.collect_names(self.facts.function(function).body, used, depth + 1);
                }
                _ => {}
            }
        }
        for statement in &scope.body().stmts {
            if let crate::facts::Stmt::Function(function) = *statement
                && depth < 4
            {
                self.collect_names(self.facts.function(function).body, used, depth + 1);
            }
        }
    }

    /// A parameter that nobody gave a value, by its annotation.
    fn annotated(&mut self, scope: BodyId, annotation: ExprId) -> Value {
        let annotation = self.facts.body(scope).expr(annotation);
        let dotted = match annotation.as_str() {
            Some(text) => Some(text.to_owned()),
            None => annotation.dotted(),
        };
        let Some(dotted) = dotted else {
            return Value::Unknown;
        };
        let modules = &self.run.project().modules;
        let found = modules.resolve_in(self.module, scope, &dotted);
        let class = self.run.defined(&found);
        match class {
            Value::Class(class) => match self.run.project().models.by_class(class) {
                // Anything may be loaded: only what is asked of the database anyway counts.
                Some(model) => self.run.new_row(model),
                None => Value::object(class),
            },
            _ => Value::Unknown,
        }
    }

    /// `self` of a method of a model.
    fn own_row(&self, key: &Key) -> Value {
        let method = self.run.class_of_method(key.function);
        let class = method.filter(|(_, kind)| *kind == Method::Plain);
        let model = class.and_then(|(class, _)| self.run.project().models.by_class(class));
        model.map_or(Value::Unknown, |model| self.run.new_row(model))
    }
}
