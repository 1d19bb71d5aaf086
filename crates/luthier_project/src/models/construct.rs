//! Which arguments reach Django's own field class, after the constructors of custom ones had them.

use std::cell::RefCell;
use std::sync::Arc;

use super::evaluate::{Evaluator, Scope};
use crate::constant::Constant;
use crate::facts::ir::{BinaryOp, BindingKind, CompareOp, ParamKind};
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, FunctionId, Run, Stmt, StmtRef};
use crate::modules::{ClassRef, FunctionRef, ModuleId};

/// The arguments of one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) positional: Vec<Constant>,
    pub(super) keywords: Vec<(Arc<str>, Constant)>,
    /// Whether there may be more than are known.
    pub(crate) open: bool,
}

impl Arguments {
    /// The arguments as written at a call.
    pub(super) fn of_call<'a>(
        evaluator: Evaluator<'a>,
        module: ModuleId,
        call: CallRef<'a>,
        scope: &dyn Scope,
    ) -> Self {
        let mut arguments = Self::default();
        for argument in call.arguments() {
            let value = call.expr.at(argument.value);
            match (argument.keyword, value.kind()) {
                (Some(name), _) => {
                    let name = value.facts().text(name);
                    arguments.set(name, evaluator.value_in(module, value, scope));
                }
                (None, Expr::Starred(inner)) => {
                    match evaluator.value_in(module, value.at(inner), scope) {
                        Constant::List(items) => arguments.positional.extend(items),
                        _ => arguments.open = true,
                    }
                }
                (None, Expr::DoubleStarred(inner)) => {
                    match evaluator.value_in(module, value.at(inner), scope) {
                        Constant::Dict(entries) => arguments.keywords.extend(entries),
                        _ => arguments.open = true,
                    }
                }
                (None, _) => {
                    let value = evaluator.value_in(module, value, scope);
                    arguments.positional.push(value);
                }
            }
        }
        arguments
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Constant> {
        let mut entries = self.keywords.iter().rev();
        entries
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, name: &str, value: Constant) {
        self.keywords.retain(|(key, _)| &**key != name);
        self.keywords.push((name.into(), value));
    }

    /// Gives positional arguments the names of the parameters that they fill.
    pub(super) fn name_positional(&mut self, parameters: &[&str]) {
        for (index, value) in self.positional.drain(..).enumerate() {
            if let Some(&name) = parameters.get(index) {
                self.keywords.push((name.into(), value));
            }
        }
    }
}

/// The arguments that `constructors` (the `__init__` of the classes before Django's own, nearest
/// first) hand on.
pub(super) fn through_constructors(
    evaluator: Evaluator<'_>,
    constructors: &[ClassRef],
    mut arguments: Arguments,
) -> Arguments {
    for &class in constructors {
        let body = evaluator.modules.class_body(class);
        let Some(binding) = body.binding("__init__") else {
            continue;
        };
        let BindingKind::Function(function) = binding.kind else {
            arguments.open = true;
            continue;
        };
        arguments = Frame::enter(evaluator, class, function, arguments).run();
    }
    arguments
}

/// The parameters of a function that was called.
pub(super) struct Called<'a> {
    names: Vec<(&'a str, Constant)>,
}

impl<'a> Called<'a> {
    pub(super) fn of(
        evaluator: Evaluator<'a>,
        function: FunctionRef,
        arguments: Arguments,
    ) -> Self {
        let names = bound(evaluator, function, 0, arguments);
        Self { names }
    }
}

impl Scope for Called<'_> {
    fn name(&self, name: &str) -> Option<Constant> {
        let found = self.names.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    }
}

/// The parameters of a function from the one at `first` on, each with what it was given or takes by
/// itself.
fn bound<'a>(
    evaluator: Evaluator<'a>,
    function: FunctionRef,
    first: usize,
    arguments: Arguments,
) -> Vec<(&'a str, Constant)> {
    let facts = evaluator.modules.facts(function.module);
    let declared = facts.function(function.function);
    let scope = facts.body(declared.scope);
    let mut positional = arguments.positional.into_iter();
    let mut keywords = arguments.keywords;
    let mut names = Vec::new();
    let mut keywords_name = None;
    for param in declared.params.iter().skip(first) {
        let name = facts.text(param.name);
        let value = match param.kind {
            ParamKind::Arguments => Constant::List(positional.by_ref().collect()),
            ParamKind::Keywords => {
                keywords_name = Some(name);
                continue;
            }
            ParamKind::PositionalOnly | ParamKind::Ordinary | ParamKind::KeywordOnly => {
                let given = match param.kind {
                    ParamKind::KeywordOnly => None,
                    _ => positional.next(),
                };
                let by_name = || {
                    let index = keywords.iter().position(|(key, _)| &**key == name)?;
                    Some(keywords.remove(index).1)
                };
                match given.or_else(by_name) {
                    Some(value) => value,
                    None => match param.default {
                        Some(default) => evaluator.value(function.module, scope.expr(default)),
                        None => Constant::Unknown,
                    },
                }
            }
        };
        names.push((name, value));
    }
    if let Some(name) = keywords_name {
        names.push((name, Constant::Dict(keywords)));
    }
    names
}

/// One constructor while it is followed.
struct Frame<'a> {
    evaluator: Evaluator<'a>,
    module: ModuleId,
    body: BodyRef<'a>,
    names: RefCell<Vec<(&'a str, Constant)>>,
    open: bool,
}

impl Scope for Frame<'_> {
    fn name(&self, name: &str) -> Option<Constant> {
        let names = self.names.borrow();
        let found = names.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    }
}

/// How a block was left.
enum Flow {
    On,
    /// `super().__init__(...)` was called with these.
    Handed(Arguments),
}

impl<'a> Frame<'a> {
    fn enter(
        evaluator: Evaluator<'a>,
        class: ClassRef,
        function: FunctionId,
        arguments: Arguments,
    ) -> Self {
        let open = arguments.open;
        let function = FunctionRef {
            module: class.module,
            function,
        };
        // The first is the field itself.
        let names = bound(evaluator, function, 1, arguments);
        Self {
            evaluator,
            module: class.module,
            body: evaluator.modules.function_body(function),
            names: RefCell::new(names),
            open,
        }
    }

    fn run(mut self) -> Arguments {
        match self.block(self.body.body().top, true) {
            Flow::Handed(mut arguments) => {
                arguments.open |= self.open;
                arguments
            }
            // The constructor does not hand on in a way that is followed.
            Flow::On => Arguments {
                open: true,
                ..Arguments::default()
            },
        }
    }

    /// `is_sure` is false within branches that may not run: what they set is unknown then.
    fn block(&mut self, run: Run, is_sure: bool) -> Flow {
        for statement in self.body.block(run) {
            let flow = self.statement(statement, is_sure);
            if matches!(flow, Flow::Handed(_)) {
                return flow;
            }
        }
        Flow::On
    }

    fn statement(&mut self, statement: StmtRef<'a>, is_sure: bool) -> Flow {
        match statement.kind() {
            Stmt::Expr(expr) => return self.expression(self.body.expr(expr), is_sure),
            Stmt::Assign { targets, value } => {
                for target in self.body.list(targets) {
                    self.assign(target, self.body.expr(value), is_sure);
                }
            }
            Stmt::Annotated {
                target,
                value: Some(value),
                ..
            } => self.assign(self.body.expr(target), self.body.expr(value), is_sure),
            Stmt::Delete(targets) => {
                for target in self.body.list(targets) {
                    if let Some((dict, key)) = self.dict_key(target) {
                        self.with_dict(dict, |entries| entries.retain(|(name, _)| *name != key));
                    }
                }
            }
            Stmt::If { test, body, orelse } => match self.truth(self.body.expr(test)) {
                Some(true) => return self.block(body, is_sure),
                Some(false) => return self.block(orelse, is_sure),
                None => {
                    for run in [body, orelse] {
                        let flow = self.block(run, false);
                        if matches!(flow, Flow::Handed(_)) {
                            return flow;
                        }
                    }
                }
            },
            Stmt::With { body, .. } => return self.block(body, is_sure),
            Stmt::Try(index) => {
                let attempt = self.body.body().tries[index as usize];
                return self.block(attempt.body, is_sure);
            }
            _ => {}
        }
        Flow::On
    }

    fn expression(&mut self, expr: ExprRef<'a>, is_sure: bool) -> Flow {
        let Some(call) = expr.as_call() else {
            return Flow::On;
        };
        let Some((owner, method)) = call.callee.as_attribute() else {
            return Flow::On;
        };
        if method == "__init__" {
            let mut arguments = Arguments::of_call(self.evaluator, self.module, call, self);
            let is_super = owner
                .as_call()
                .is_some_and(|call| call.callee.as_name() == Some("super"));
            // `Base.__init__(self, ...)`
            if !is_super && !arguments.positional.is_empty() {
                arguments.positional.remove(0);
            }
            return Flow::Handed(arguments);
        }
        if let Some(dict) = self.dict(owner) {
            self.change_dict(dict, call, method, is_sure);
        }
        Flow::On
    }

    /// The name of `**kwargs`, or of another dict: `defaults = {"max_length": 50}`.
    fn dict(&self, owner: ExprRef<'a>) -> Option<&'a str> {
        let name = owner.as_name()?;
        matches!(self.name(name)?, Constant::Dict(_)).then_some(name)
    }

    fn change_dict(&mut self, dict: &'a str, call: CallRef<'a>, method: &str, is_sure: bool) {
        let given = Arguments::of_call(self.evaluator, self.module, call, self);
        let sure = |value: Constant| if is_sure { value } else { Constant::Unknown };
        match (method, given.positional.as_slice()) {
            ("setdefault", [Constant::Str(key), value]) => self.with_dict(dict, |entries| {
                if entries.iter().all(|(name, _)| name != key) {
                    entries.push((Arc::clone(key), sure(value.clone())));
                }
            }),
            ("update", rest) => {
                let first = match rest {
                    [Constant::Dict(first)] => first.as_slice(),
                    [] => &[],
                    _ => {
                        self.open = true;
                        &[]
                    }
                };
                self.with_dict(dict, |entries| {
                    for (key, value) in first.iter().chain(&given.keywords) {
                        entries.retain(|(name, _)| name != key);
                        entries.push((Arc::clone(key), sure(value.clone())));
                    }
                });
            }
            ("pop", [Constant::Str(key), ..]) => {
                self.with_dict(dict, |entries| entries.retain(|(name, _)| name != key));
            }
            _ => {}
        }
    }

    fn assign(&mut self, target: ExprRef<'a>, value: ExprRef<'a>, is_sure: bool) {
        let result = self.value(value);
        if let Some(call) = value.as_call()
            && let Some((owner, method)) = call.callee.as_attribute()
            && let Some(dict) = self.dict(owner)
        {
            self.change_dict(dict, call, method, is_sure);
        }
        let result = if is_sure { result } else { Constant::Unknown };
        if let Some((dict, key)) = self.dict_key(target) {
            self.with_dict(dict, |entries| {
                entries.retain(|(name, _)| *name != key);
                entries.push((key, result));
            });
        } else if let Some(name) = target.as_name() {
            self.names.borrow_mut().push((name, result));
        }
    }

    /// The name and the key of `kwargs["key"]`.
    fn dict_key(&self, expr: ExprRef<'a>) -> Option<(&'a str, Arc<str>)> {
        let Expr::Subscript(owner, key) = expr.kind() else {
            return None;
        };
        let dict = self.dict(expr.at(owner))?;
        match self.value(expr.at(key)) {
            Constant::Str(key) => Some((dict, key)),
            _ => None,
        }
    }

    fn with_dict(&self, dict: &str, change: impl FnOnce(&mut Vec<(Arc<str>, Constant)>)) {
        let mut names = self.names.borrow_mut();
        let found = names.iter_mut().rev().find(|(name, _)| *name == dict);
        if let Some((_, Constant::Dict(entries))) = found {
            change(entries);
        }
    }

    /// A value, with `kwargs.get(...)`, `kwargs.pop(...)` and `kwargs[...]` looked up, also in sums of lists.
    fn value(&self, expr: ExprRef<'a>) -> Constant {
        if let Expr::Binary(BinaryOp::Add, left, right) = expr.kind()
            && let Constant::List(mut items) = self.value(expr.at(left))
            && let Constant::List(further) = self.value(expr.at(right))
        {
            items.extend(further);
            return Constant::List(items);
        }
        let looked_up = match expr.kind() {
            Expr::Subscript(owner, key) => Some((expr.at(owner), expr.at(key), None)),
            Expr::Call(..) => expr.as_call().and_then(|call| {
                let (owner, method) = call.callee.as_attribute()?;
                let mut arguments = call.positional();
                let key = arguments.next()?;
                matches!(method, "get" | "pop" | "setdefault")
                    .then(|| (owner, key, arguments.next()))
            }),
            _ => None,
        };
        if let Some((owner, key, default)) = looked_up
            && let Some(Constant::Dict(entries)) = owner.as_name().and_then(|name| self.name(name))
            && let Constant::Str(key) = self.evaluator.value_in(self.module, key, self)
        {
            let found = entries.into_iter().rev().find(|(name, _)| *name == key);
            return match (found, default) {
                (Some((_, value)), _) => value,
                (None, _) if self.open => Constant::Unknown,
                (None, Some(default)) => self.evaluator.value_in(self.module, default, self),
                (None, None) => Constant::None,
            };
        }
        self.evaluator.value_in(self.module, expr, self)
    }

    fn truth(&self, test: ExprRef<'a>) -> Option<bool> {
        match test.kind() {
            Expr::Compare(op, left, right) => {
                let (left, right) = (test.at(left), test.at(right));
                match op {
                    CompareOp::In | CompareOp::NotIn => {
                        let Constant::Dict(entries) = self.value(right) else {
                            return None;
                        };
                        let Constant::Str(key) = self.value(left) else {
                            return None;
                        };
                        let is_in = entries.iter().any(|(name, _)| *name == key);
                        if !is_in && self.open {
                            return None;
                        }
                        Some(is_in == (op == CompareOp::In))
                    }
                    CompareOp::Is | CompareOp::IsNot if right.is_none() => {
                        let is_none = self.value(left).is_none()?;
                        Some(is_none == (op == CompareOp::Is))
                    }
                    CompareOp::Eq | CompareOp::NotEq => {
                        match (self.value(left), self.value(right)) {
                            (Constant::Str(left), Constant::Str(right)) => {
                                Some((left == right) == (op == CompareOp::Eq))
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
            Expr::Unary(crate::facts::ir::UnaryOp::Not, inner) => {
                self.truth(test.at(inner)).map(|truth| !truth)
            }
            Expr::And(run) => {
                let mut all = Some(true);
                for operand in test.body.list(run) {
                    match self.truth(operand) {
                        Some(false) => return Some(false),
                        Some(true) => {}
                        None => all = None,
                    }
                }
                all
            }
            Expr::Or(run) => {
                let mut any = Some(false);
                for operand in test.body.list(run) {
                    match self.truth(operand) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => any = None,
                    }
                }
                any
            }
            _ => self.value(test).truth(),
        }
    }
}
