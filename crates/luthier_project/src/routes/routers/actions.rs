//! What a router asks a viewset: its actions, its lookup, the model behind its queryset.

use std::rc::Rc;

use crate::facts::ir::BindingKind;
use crate::facts::{Expr, ExprRef};
use crate::modules::{Ancestor, ClassRef, FunctionRef, ModuleId};
use crate::routes::evaluate::calls::Args;
use crate::routes::evaluate::value::{ObjectId, Value};
use crate::routes::evaluate::{Machine, Step};

/// The actions that the framework's own viewsets and mixins bring, where their code is not there.
const KNOWN_ACTIONS: &[(&str, &[&str])] = &[
    ("CreateModelMixin", &["create"]),
    ("DestroyModelMixin", &["destroy"]),
    ("GenericViewSet", &[]),
    ("ListModelMixin", &["list"]),
    (
        "ModelViewSet",
        &[
            "create",
            "destroy",
            "list",
            "partial_update",
            "retrieve",
            "update",
        ],
    ),
    ("ReadOnlyModelViewSet", &["list", "retrieve"]),
    ("RetrieveModelMixin", &["retrieve"]),
    ("UpdateModelMixin", &["partial_update", "update"]),
    ("ViewSet", &[]),
    ("ViewSetMixin", &[]),
];

/// A method of a viewset that `@action` makes a route.
pub(super) struct ExtraAction {
    pub(super) mapping: Vec<(Rc<str>, Rc<str>)>,
    pub(super) detail: Option<bool>,
    pub(super) url_path: Option<Rc<str>>,
    pub(super) url_name: Option<Rc<str>>,
}

impl<'a> Machine<'a> {
    /// The lower-case name of the model whose rows a viewset's `queryset` holds.
    pub(super) fn default_basename(&mut self, viewset: ClassRef) -> Value {
        let Some((module, expr)) = self.class_expr(viewset, "queryset") else {
            return Value::Unknown;
        };
        if let Some(model) = self.model_of_made_queryset(module, expr) {
            return Value::Str(Rc::from(self.modules.class_name(model).to_lowercase()));
        }
        let mut current = expr;
        loop {
            current = match current.kind() {
                Expr::Call(callee, _) => current.at(callee),
                Expr::Attribute(value, _) => current.at(value),
                _ => break,
            };
        }
        // The model is the last name on the way that is a class: `models.Order.objects.all()`.
        let Some(name) = current.as_name() else {
            return Value::Unknown;
        };
        let mut value = self.member(module, name);
        for attribute in attributes_of(expr).into_iter().rev() {
            match value {
                Value::Class(model) => {
                    return Value::Str(Rc::from(self.modules.class_name(model).to_lowercase()));
                }
                Value::Module(_) | Value::External(_) => value = self.attribute(&value, attribute),
                _ => return Value::Unknown,
            }
        }
        match value {
            // `queryset = Order`, as some write it.
            Value::Class(model) => {
                Value::Str(Rc::from(self.modules.class_name(model).to_lowercase()))
            }
            _ => Value::Unknown,
        }
    }

    /// The model of `OrderQuerySet(model=Order)`, whatever is called on it.
    pub(super) fn model_of_made_queryset(
        &mut self,
        module: ModuleId,
        expr: ExprRef<'a>,
    ) -> Option<ClassRef> {
        let mut current = expr;
        let mut innermost = None;
        loop {
            current = match current.kind() {
                Expr::Call(callee, _) => {
                    innermost = current.as_call();
                    current.at(callee)
                }
                Expr::Attribute(value, _) => current.at(value),
                _ => break,
            };
        }
        let model = innermost
            .filter(|call| call.callee.dotted().is_some())?
            .keyword("model")?;
        let frame = self.frame_for(module, None);
        match self.expr(frame, model) {
            Value::Class(model) => Some(model),
            _ => None,
        }
    }

    pub(super) fn lookup_regex(&mut self, router: ObjectId, args: &Args) -> Value {
        let Some(Value::Class(viewset)) = args.get(0, "viewset").cloned() else {
            return Value::Unknown;
        };
        let prefix = match args.get(1, "lookup_prefix") {
            Some(Value::Str(prefix)) => Rc::clone(prefix),
            None => Rc::from(""),
            Some(_) => return Value::Unknown,
        };
        let text =
            |machine: &mut Self, name: &str| match machine.class_attribute_if_any(viewset, name) {
                Some(Value::Str(text)) => Some(Some(text)),
                Some(Value::None) | None => Some(None),
                Some(_) => None,
            };
        let (Some(field), Some(kwarg)) =
            (text(self, "lookup_field"), text(self, "lookup_url_kwarg"))
        else {
            return Value::Unknown;
        };
        let name = kwarg.or(field).unwrap_or_else(|| Rc::from("pk"));
        let is_regex = self.object_attribute(router, "_use_regex") != Value::Bool(false);
        let Some(pattern) = text(self, "lookup_value_regex") else {
            return Value::Unknown;
        };
        if is_regex {
            let pattern = pattern.unwrap_or_else(|| Rc::from("[^/.]+"));
            return Value::Str(Rc::from(format!("(?P<{prefix}{name}>{pattern})")));
        }
        let Some(converter) = text(self, "lookup_value_converter") else {
            return Value::Unknown;
        };
        let converter = converter.or(pattern).unwrap_or_else(|| Rc::from("str"));
        Value::Str(Rc::from(format!("<{converter}:{prefix}{name}>")))
    }

    pub(super) fn method_map(&mut self, args: &Args) -> Value {
        let (Some(Value::Class(viewset)), Some(map)) =
            (args.get(0, "viewset").cloned(), args.get(1, "method_map"))
        else {
            return Value::Unknown;
        };
        let Some(entries) = self.heap.entries(map).map(<[_]>::to_vec) else {
            return Value::Unknown;
        };
        let bound = entries.into_iter().filter(|(_, action)| {
            action
                .as_str()
                .is_some_and(|action| self.has_action(viewset, action) != Some(false))
        });
        let bound = bound.collect();
        self.heap.dict(bound)
    }

    /// Whether a viewset has a method, where that is known.
    pub(super) fn has_action(&self, viewset: ClassRef, name: &str) -> Option<bool> {
        let mut known = true;
        for ancestor in &self.modules.mro(viewset).ancestors {
            match ancestor {
                Ancestor::Class(class) => {
                    if self.modules.class_body(*class).binding(name).is_some() {
                        return Some(true);
                    }
                }
                Ancestor::External(dotted) if dotted.starts_with("builtins.") => {}
                Ancestor::External(dotted) => match known_actions(dotted) {
                    Some(actions) if actions.contains(&name) => return Some(true),
                    Some(_) => {}
                    None => known = false,
                },
                Ancestor::Unknown => known = false,
            }
        }
        known.then_some(false)
    }

    /// Methods made routes by `@action`, by name; and whether there may be others.
    pub(super) fn extra_actions(
        &mut self,
        viewset: ClassRef,
    ) -> (Vec<(String, ExtraAction)>, bool) {
        let mut found: Vec<(String, Option<FunctionRef>)> = Vec::new();
        let mut open = false;
        for ancestor in &self.modules.mro(viewset).ancestors {
            let class = match ancestor {
                Ancestor::Class(class) => *class,
                Ancestor::External(dotted)
                    if dotted.starts_with("builtins.") || known_actions(dotted).is_some() =>
                {
                    continue;
                }
                _ => {
                    open = true;
                    continue;
                }
            };
            let body = self.modules.class_body(class);
            for binding in &body.body().bindings {
                let name = body.facts.text(binding.name);
                if found.iter().any(|(known, _)| known == name) {
                    continue;
                }
                let function = match binding.kind {
                    BindingKind::Function(function) => Some(FunctionRef {
                        module: class.module,
                        function,
                    }),
                    _ => None,
                };
                found.push((name.to_owned(), function));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let mut actions = Vec::new();
        for (name, function) in found {
            if let Some(action) = function.and_then(|function| self.extra_action(function)) {
                actions.push((name, action));
            }
        }
        (actions, open)
    }

    /// Whether a class of the project has its own way to say which actions there are.
    pub(super) fn picks_actions(&self, viewset: ClassRef) -> bool {
        let mro = self.modules.mro(viewset);
        mro.classes().any(|&class| {
            let is_framework = self
                .modules
                .get(class.module)
                .name
                .starts_with("rest_framework.");
            !is_framework
                && self
                    .modules
                    .class_body(class)
                    .binding("get_extra_actions")
                    .is_some()
        })
    }

    pub(super) fn extra_action(&mut self, function: FunctionRef) -> Option<ExtraAction> {
        let facts = self.facts(function.module);
        let declared = facts.function(function.function);
        let scope = facts.body(declared.scope);
        let name = facts.text(declared.name);
        let call = declared.decorators.iter().find_map(|&decorator| {
            let call = scope.expr(decorator).as_call()?;
            let dotted = self.modules.qualified_expr(function.module, call.callee)?;
            (dotted.ends_with("decorators.action") && dotted.starts_with("rest_framework"))
                .then_some(call)
        })?;
        let frame = self.frame_for(function.module, None);
        let value = |machine: &mut Self, position, keyword| {
            call.argument(position, keyword)
                .map(|expr| machine.expr(frame, expr))
        };
        let methods = value(self, 0, "methods");
        let detail = match value(self, 1, "detail") {
            Some(Value::Bool(detail)) => Some(detail),
            _ => None,
        };
        let text = |value: Option<Value>, default: Rc<str>| match value {
            Some(Value::Str(text)) if !text.is_empty() => Some(text),
            None | Some(Value::None | Value::Str(_)) => Some(default),
            Some(_) => None,
        };
        let url_path = text(value(self, 2, "url_path"), Rc::from(name));
        let url_name = text(value(self, 3, "url_name"), Rc::from(name.replace('_', "-")));
        let mut mapping = Vec::new();
        match methods {
            None | Some(Value::None) => mapping.push((Rc::from("get"), Rc::from(name))),
            Some(methods) => {
                for item in self.iterate(&methods).unwrap_or_default() {
                    if let Value::Str(method) = item.value {
                        mapping.push((Rc::from(method.to_lowercase()), Rc::from(name)));
                    }
                }
            }
        }
        self.add_mapped(function, name, &mut mapping);
        Some(ExtraAction {
            mapping,
            detail,
            url_path,
            url_name,
        })
    }

    /// Methods that `@name.mapping.delete` adds to an action.
    pub(super) fn add_mapped(
        &self,
        function: FunctionRef,
        name: &str,
        mapping: &mut Vec<(Rc<str>, Rc<str>)>,
    ) {
        let facts = self.facts(function.module);
        let scope = facts.function(function.function).scope;
        for other in facts.functions.iter().filter(|other| other.scope == scope) {
            for &decorator in &other.decorators {
                let dotted = facts
                    .body(scope)
                    .expr(decorator)
                    .dotted()
                    .unwrap_or_default();
                if let Some(method) = dotted
                    .strip_prefix(name)
                    .and_then(|rest| rest.strip_prefix(".mapping."))
                {
                    mapping.push((Rc::from(method), Rc::from(facts.text(other.name))));
                }
            }
        }
    }

    /// The expression that a class attribute is assigned, with the module it stands in.
    pub(super) fn class_expr(
        &self,
        class: ClassRef,
        name: &str,
    ) -> Option<(ModuleId, ExprRef<'a>)> {
        for step in self.class_steps(class).iter() {
            let &Step::Class(class) = step else { continue };
            let body = self.modules.class_body(class);
            let Some(binding) = body.binding(name) else {
                continue;
            };
            let BindingKind::Value(expr) = binding.kind else {
                return None;
            };
            let expr = body.expr(expr);
            // `queryset = None` of a base says nothing.
            return (!expr.is_none()).then_some((class.module, expr));
        }
        None
    }
}

/// The attributes and method names of a chain, outermost first.
fn attributes_of(expr: ExprRef<'_>) -> Vec<&str> {
    let mut names = Vec::new();
    let mut current = expr;
    loop {
        current = match current.kind() {
            Expr::Call(callee, _) => current.at(callee),
            Expr::Attribute(value, name) => {
                names.push(current.facts().text(name));
                current.at(value)
            }
            _ => return names,
        };
    }
}

fn known_actions(dotted: &str) -> Option<&'static [&'static str]> {
    let name = dotted.rsplit('.').next()?;
    if !dotted.starts_with("rest_framework.") {
        return None;
    }
    KNOWN_ACTIONS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, actions)| *actions)
}
