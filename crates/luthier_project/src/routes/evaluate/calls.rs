//! Calls: of project functions, which run; of classes, which give instances; of decorators, which
//! put something around a view.

use std::rc::Rc;

use super::statements::Flow;
use super::value::{CodePlace, FrameId, Item, Kind, ObjectId, Target, Value, View};
use super::{MAX_DEPTH, Machine, Step, natives};
use crate::facts::ir::ParamKind;
use crate::modules::{ClassRef, FunctionRef, Origin};

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(in crate::routes) struct Args {
    pub(in crate::routes) positional: Vec<Value>,
    pub(in crate::routes) keywords: Vec<(Rc<str>, Value)>,
    /// Whether there may be more.
    pub(in crate::routes) open: bool,
}

impl Args {
    pub(in crate::routes) fn positional(positional: Vec<Value>) -> Self {
        Self {
            positional,
            ..Self::default()
        }
    }

    /// The argument at a position or under a keyword.
    pub(in crate::routes) fn get(&self, position: usize, name: &str) -> Option<&Value> {
        self.positional.get(position).or_else(|| self.keyword(name))
    }

    pub(in crate::routes) fn keyword(&self, name: &str) -> Option<&Value> {
        self.keywords
            .iter()
            .find(|(keyword, _)| **keyword == *name)
            .map(|(_, value)| value)
    }
}

impl Machine<'_> {
    pub(in crate::routes) fn call_value(
        &mut self,
        callee: Value,
        args: Args,
        place: CodePlace,
    ) -> Value {
        if !self.step() || self.depth >= MAX_DEPTH {
            return Value::Unknown;
        }
        self.depth += 1;
        let result = self.dispatch(callee, args, place);
        self.depth -= 1;
        result
    }

    fn dispatch(&mut self, callee: Value, args: Args, place: CodePlace) -> Value {
        match callee {
            Value::Native(name) => self.call_native(name, &args, place),
            Value::External(dotted) => self.call_external(&dotted, &args, place),
            Value::Class(class) => self.instantiate(class, args, place),
            Value::Function(function, parent) => self.call_named(function, parent, args, place),
            Value::Method {
                object,
                function,
                step,
            } => self.call_function(function, None, Some((object, step)), args, place),
            Value::Bound(bound) => self.call_bound(&bound.0, &bound.1, &args, place),
            Value::Made(dotted) => self.wrap(&args, Some(dotted)),
            Value::Object(object) => match self.attribute_from(object, 0, "__call__") {
                method @ Value::Method { .. } => self.call_value(method, args, place),
                _ => self.wrap(&args, None),
            },
            // `last_modified(lambda ...)(view)`: what looked like a view was a decorator's argument.
            Value::View(view) => self.wrap(&args, view.wrappers.last().cloned().flatten()),
            _ => self.wrap(&args, None),
        }
    }

    /// What calling something that is not understood gives: with a view as its only argument it
    /// is a decorator.
    fn wrap(&self, args: &Args, name: Option<Rc<str>>) -> Value {
        match &args.positional[..] {
            [only] if args.keywords.is_empty() && !args.open => match self.view_of(only) {
                Some(mut view) if view.target != Target::Unknown => {
                    view.wrappers.push(name);
                    Value::View(Rc::new(view))
                }
                _ => name.map_or(Value::Unknown, Value::Made),
            },
            _ => name.map_or(Value::Unknown, Value::Made),
        }
    }

    fn call_external(&mut self, dotted: &Rc<str>, args: &Args, place: CodePlace) -> Value {
        if let Some(class) = natives::class(dotted) {
            let object = self.heap.object(Kind::Native(class));
            self.init_native(object, class, args, place);
            return Value::Object(object);
        }
        if let Some(name) = dotted.strip_prefix("builtins.") {
            return self.call_builtin(name, args, place);
        }
        if let Some(class) = dotted.strip_suffix(".as_view") {
            return self.as_view(Target::External(Rc::from(class)), args);
        }
        self.wrap(args, Some(Rc::clone(dotted)))
    }

    fn instantiate(&mut self, class: ClassRef, args: Args, place: CodePlace) -> Value {
        if let Some(native) = natives::class(&self.modules.qualified_class(class)) {
            let object = self.heap.object(Kind::Native(native));
            self.init_native(object, native, &args, place);
            return Value::Object(object);
        }
        let object = self.heap.object(Kind::Class(class));
        match self.attribute_from(object, 0, "__init__") {
            method @ Value::Method { .. } if self.runs(class) => {
                self.call_value(method, args, place);
            }
            Value::Bound(bound) => {
                self.call_bound(&bound.0, &bound.1, &args, place);
            }
            _ => {}
        }
        Value::Object(object)
    }

    /// Whether the code of a class is worth running: the project's own, and what builds on routers.
    fn runs(&self, class: ClassRef) -> bool {
        self.modules.is_repository(class.module)
            || self
                .class_steps(class)
                .iter()
                .any(|step| matches!(step, Step::Native(_)))
    }

    fn call_named(
        &mut self,
        function: FunctionRef,
        parent: Option<FrameId>,
        args: Args,
        place: CodePlace,
    ) -> Value {
        let name: Rc<str> = Rc::from(self.modules.qualified_function(function));
        let decorates = match &args.positional[..] {
            [only] => self
                .view_of(only)
                .filter(|view| view.target != Target::Unknown),
            _ => None,
        };
        let is_own = self.modules.get(function.module).origin == Origin::Repository;
        if let Some(view) = &decorates
            && !is_own
        {
            let mut view = view.clone();
            view.wrappers.push(Some(name));
            return Value::View(Rc::new(view));
        }
        let result = self.call_function(function, parent, None, args, place);
        match (decorates, result) {
            (Some(view), Value::View(made)) if made.target == view.target => {
                let mut view = view;
                view.wrappers.push(Some(name));
                Value::View(Rc::new(view))
            }
            // A closure that stands around the view without saying so.
            (Some(mut view), Value::Unknown | Value::Function(_, Some(_))) => {
                view.wrappers.push(Some(name));
                Value::View(Rc::new(view))
            }
            (None, Value::Unknown) if !is_own => Value::Made(name),
            (_, result) => result,
        }
    }

    /// Runs a function of the project.
    pub(in crate::routes) fn call_function(
        &mut self,
        function: FunctionRef,
        parent: Option<FrameId>,
        receiver: Option<(ObjectId, u32)>,
        args: Args,
        place: CodePlace,
    ) -> Value {
        let facts = self.facts(function.module);
        let declared = facts.function(function.function);
        let body = facts.body(declared.body);
        if body.body().skipped || declared.is_async {
            return Value::Unknown;
        }
        let frame = self.frame_for(function.module, parent);
        self.frame_mut(frame).receiver = receiver;
        let mut args = args;
        if let Some((object, _)) = receiver {
            let is_class_method = declared.decorators.iter().any(|&decorator| {
                facts.body(declared.scope).expr(decorator).as_name() == Some("classmethod")
            });
            let first = match (is_class_method, self.class_of(object)) {
                (true, Some(class)) => Value::Class(class),
                _ => Value::Object(object),
            };
            args.positional.insert(0, first);
        }
        self.bind_params(frame, function, parent, args, place);
        let flow = self.block(frame, body, body.body().top);
        let frame = self.frame_mut(frame);
        if declared.is_generator {
            let yields = std::mem::take(&mut frame.yields);
            return self.heap.list(yields);
        }
        let base = frame.base;
        let mut returns = std::mem::take(&mut frame.returns);
        if returns.is_empty() {
            return if flow == Flow::Raise {
                Value::Unknown
            } else {
                Value::None
            };
        }
        if flow == Flow::Next && returns.iter().all(|(_, when)| *when != base) {
            returns.push((Value::None, base));
        }
        self.either(&returns)
    }

    fn bind_params(
        &mut self,
        frame: FrameId,
        function: FunctionRef,
        parent: Option<FrameId>,
        args: Args,
        place: CodePlace,
    ) {
        let facts = self.facts(function.module);
        let declared = facts.function(function.function);
        let scope = facts.body(declared.scope);
        let mut positional = args.positional.into_iter();
        let mut keywords = args.keywords;
        for param in &declared.params {
            let name = facts.text(param.name);
            let by_keyword = keywords.iter().position(|(keyword, _)| **keyword == *name);
            let value = match param.kind {
                ParamKind::Arguments => {
                    let mut items: Vec<Item> = positional
                        .by_ref()
                        .map(|value| self.item(value, place))
                        .collect();
                    if args.open {
                        items.push(self.item(Value::Unknown, place));
                    }
                    Value::Tuple(items.into())
                }
                ParamKind::Keywords => {
                    let rest = std::mem::take(&mut keywords);
                    let mut entries: Vec<_> = rest
                        .into_iter()
                        .map(|(name, value)| (Value::Str(name), value))
                        .collect();
                    if args.open {
                        entries.push((Value::Unknown, Value::Unknown));
                    }
                    self.heap.dict(entries)
                }
                ParamKind::Ordinary | ParamKind::PositionalOnly | ParamKind::KeywordOnly => {
                    let given = match param.kind {
                        ParamKind::KeywordOnly => None,
                        _ => positional.next(),
                    };
                    match (given, by_keyword, param.default) {
                        (Some(value), ..) => value,
                        (None, Some(index), _) => keywords.remove(index).1,
                        (None, None, Some(default)) if !args.open => {
                            let outer = match parent {
                                Some(parent) => parent,
                                None => self.frame_for(function.module, None),
                            };
                            self.expr(outer, scope.expr(default))
                        }
                        _ => Value::Unknown,
                    }
                }
            };
            self.frame_mut(frame).names.insert(name, value);
        }
    }

    fn call_bound(&mut self, receiver: &Value, name: &str, args: &Args, place: CodePlace) -> Value {
        match receiver {
            Value::Class(class) if name == "as_view" => self.class_as_view(*class, args),
            Value::View(_) if name == "wraps" => {
                let wrapper = match args.positional.first() {
                    Some(Value::Function(function, _)) => {
                        Some(Rc::from(self.modules.qualified_function(*function)))
                    }
                    _ => None,
                };
                let Value::View(view) = receiver else {
                    return Value::Unknown;
                };
                let mut view = View::clone(view);
                view.wrappers.push(wrapper);
                Value::View(Rc::new(view))
            }
            Value::Tuple(_) if name == "decorate_admin" || name == "add_operation" => {
                let decorated = args.positional.first().cloned().unwrap_or(Value::Unknown);
                match name {
                    "decorate_admin" => self.decorate_admin(receiver, &decorated, place),
                    _ => self.add_operation(receiver, &decorated, place),
                }
            }
            Value::Object(object) => self.call_native_method(*object, name, args, place),
            _ => self.call_method(receiver, name, args, place),
        }
    }

    fn class_as_view(&mut self, class: ClassRef, args: &Args) -> Value {
        self.as_view(Target::Class(class), args)
    }

    fn as_view(&mut self, target: Target, args: &Args) -> Value {
        let mut view = View::new(target);
        view.keywords.clone_from(&args.keywords);
        let actions = args.get(0, "actions").cloned();
        if let Some(entries) =
            actions.and_then(|actions| self.heap.entries(&actions).map(<[_]>::to_vec))
        {
            for (method, action) in entries {
                if let (Value::Str(method), Value::Str(action)) = (method, action) {
                    view.actions.push((method, action));
                }
            }
        }
        Value::View(Rc::new(view))
    }

    /// What a value is as a view; `None` for values that are none.
    pub(in crate::routes) fn view_of(&self, value: &Value) -> Option<View> {
        Some(match value {
            Value::View(view) => View::clone(view),
            Value::Function(function, _) => View::new(Target::Function(*function)),
            Value::Method {
                object, function, ..
            } => match self.class_of(*object) {
                Some(class) => View::new(Target::Method(
                    class,
                    Rc::from(self.modules.function_name(*function)),
                )),
                None => View::new(Target::Function(*function)),
            },
            Value::Bound(bound) => match &bound.0 {
                Value::Object(object) => match self.heap.get(*object).kind {
                    Kind::Class(class) => View::new(Target::Method(class, Rc::clone(&bound.1))),
                    Kind::Native(native) => View::new(Target::External(Rc::from(format!(
                        "{}.{}",
                        natives::home(native),
                        bound.1
                    )))),
                },
                _ => return None,
            },
            Value::Object(object) => View::new(Target::Class(self.class_of(*object)?)),
            Value::External(dotted) if !dotted.starts_with("builtins.") => {
                View::new(Target::External(Rc::clone(dotted)))
            }
            Value::Unknown | Value::Made(_) => View::new(Target::Unknown),
            _ => return None,
        })
    }
}
