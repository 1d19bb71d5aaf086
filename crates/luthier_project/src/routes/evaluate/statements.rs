//! Statements, in order. A condition that is not decided runs both ways, and what each way adds
//! carries the condition.

use super::expressions::Truth;
use super::value::{CodePlace, FrameId, Item, Value, When};
use super::{Machine, calls::Args};
use crate::facts::ir::{BinaryOp, ImportKind};
use crate::facts::{BodyRef, Expr, ExprRef, Run, Stmt, StmtRef};
use crate::modules::{ClassRef, FunctionRef};

/// How a statement ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::routes) enum Flow {
    Next,
    Return,
    Raise,
    /// `break` and `continue`.
    Leave,
}

/// Loops over more elements than this are left after as many.
const MAX_ROUNDS: usize = 5000;

impl<'a> Machine<'a> {
    pub(in crate::routes) fn block(&mut self, frame: FrameId, body: BodyRef<'a>, run: Run) -> Flow {
        let outer = self.when;
        let mut flow = Flow::Next;
        for statement in body.block(run) {
            if !self.step() {
                break;
            }
            flow = self.statement(frame, statement);
            if flow != Flow::Next {
                break;
            }
        }
        self.when = outer;
        flow
    }

    fn statement(&mut self, frame: FrameId, statement: StmtRef<'a>) -> Flow {
        let body = statement.body;
        match statement.kind() {
            Stmt::Expr(expr) => {
                self.expr(frame, body.expr(expr));
            }
            Stmt::Assign { targets, value } => {
                let value = self.expr(frame, body.expr(value));
                for target in body.list(targets) {
                    self.assign(frame, target, value.clone());
                }
            }
            Stmt::Annotated {
                target,
                value: Some(value),
                ..
            } => {
                let value = self.expr(frame, body.expr(value));
                self.assign(frame, body.expr(target), value);
            }
            Stmt::Augmented { op, target, value } => {
                let value = self.expr(frame, body.expr(value));
                self.augment(frame, op, body.expr(target), &value);
            }
            Stmt::Return(value) => {
                let value = value.map_or(Value::None, |value| self.expr(frame, body.expr(value)));
                let when = self.when;
                self.frame_mut(frame).returns.push((value, when));
                return Flow::Return;
            }
            Stmt::Raise { .. } => return Flow::Raise,
            Stmt::If {
                test,
                body: then,
                orelse,
            } => {
                return self.branch(frame, body, body.expr(test), then, orelse);
            }
            Stmt::For {
                target,
                iter,
                body: inner,
                orelse,
                ..
            } => {
                let iter = self.expr(frame, body.expr(iter));
                let flow = self.repeat(frame, body.expr(target), &iter, |machine| {
                    machine.block(frame, body, inner)
                });
                if flow != Flow::Next {
                    return flow;
                }
                return self.block(frame, body, orelse);
            }
            Stmt::While {
                body: inner,
                orelse,
                ..
            } => {
                let maybe = When {
                    maybe: true,
                    ..When::default()
                };
                self.under(maybe, |machine| machine.block(frame, body, inner));
                self.block(frame, body, orelse);
            }
            Stmt::With {
                items, body: inner, ..
            } => {
                for item in &body.body().with_items[items.range()] {
                    self.expr(frame, body.expr(item.context));
                    if let Some(target) = item.target {
                        self.assign(frame, body.expr(target), Value::Unknown);
                    }
                }
                return self.block(frame, body, inner);
            }
            Stmt::Try(index) => return self.attempt(frame, body, index),
            Stmt::Match { cases, .. } => {
                let maybe = When {
                    maybe: true,
                    ..When::default()
                };
                for case in &body.body().cases[cases.range()] {
                    self.under(maybe, |machine| machine.block(frame, body, case.body));
                }
            }
            Stmt::Class(class) => {
                let class = ClassRef {
                    module: self.frame(frame).module,
                    class,
                };
                self.define_class(frame, body, class);
            }
            Stmt::Function(function) => {
                let function = FunctionRef {
                    module: self.frame(frame).module,
                    function,
                };
                self.define_function(frame, body, function);
            }
            Stmt::Import { first, count } => {
                for index in first.index()..first.index() + count as usize {
                    self.import(frame, &body.facts.imports[index]);
                }
            }
            Stmt::Break | Stmt::Continue => return Flow::Leave,
            _ => {}
        }
        Flow::Next
    }

    fn import(&mut self, frame: FrameId, import: &'a crate::facts::ir::Import) {
        let module = self.frame(frame).module;
        self.follow_import(module, import);
        if import.kind != ImportKind::Star {
            let value = self.imported(module, import);
            self.bind_name(frame, self.facts(module).text(import.binds), value);
        }
    }

    fn branch(
        &mut self,
        frame: FrameId,
        body: BodyRef<'a>,
        test: ExprRef<'a>,
        then: Run,
        orelse: Run,
    ) -> Flow {
        let (yes, no) = match self.truth(frame, test) {
            Truth::Known(true) => return self.block(frame, body, then),
            Truth::Known(false) => return self.block(frame, body, orelse),
            Truth::Open { yes, no } => (yes, no),
        };
        let first = self.under(yes, |machine| machine.block(frame, body, then));
        let second = self.under(no, |machine| machine.block(frame, body, orelse));
        match (first, second) {
            (Flow::Next, Flow::Next) => Flow::Next,
            // What follows runs only the other way.
            (_, Flow::Next) => {
                self.when = self.when.and(no);
                Flow::Next
            }
            (Flow::Next, _) => {
                self.when = self.when.and(yes);
                Flow::Next
            }
            (first, _) => first,
        }
    }

    /// Calls `round` for each element of `iter`, bound to `target`.
    pub(in crate::routes) fn repeat(
        &mut self,
        frame: FrameId,
        target: ExprRef<'a>,
        iter: &Value,
        mut round: impl FnMut(&mut Self) -> Flow,
    ) -> Flow {
        let Some(items) = self.iterate(iter) else {
            let maybe = When {
                maybe: true,
                ..When::default()
            };
            self.under(maybe, |machine| {
                machine.assign(frame, target, Value::Unknown);
                round(machine)
            });
            return Flow::Next;
        };
        for item in items.into_iter().take(MAX_ROUNDS) {
            let mut when = item.when;
            when.maybe |= item.value == Value::Unknown;
            // A loop variable is what this round says, whatever the rounds before left.
            self.assign_firmly(frame, target, item.value);
            let flow = self.under(when, &mut round);
            if matches!(flow, Flow::Return | Flow::Raise) {
                return flow;
            }
        }
        Flow::Next
    }

    fn attempt(&mut self, frame: FrameId, body: BodyRef<'a>, index: u32) -> Flow {
        let attempt = body.body().tries[index as usize];
        let flow = self.block(frame, body, attempt.body);
        // A handler runs where an import may fail; other failures are not foreseen.
        if self.may_miss_import(frame, body, attempt.body) {
            let maybe = When {
                maybe: true,
                ..When::default()
            };
            for handler in &body.body().handlers[attempt.handlers.range()] {
                self.under(maybe, |machine| machine.block(frame, body, handler.body));
            }
        }
        if flow != Flow::Next {
            return flow;
        }
        let flow = self.block(frame, body, attempt.orelse);
        if flow != Flow::Next {
            return flow;
        }
        self.block(frame, body, attempt.finally)
    }

    fn may_miss_import(&mut self, frame: FrameId, body: BodyRef<'a>, run: Run) -> bool {
        let module = self.frame(frame).module;
        body.block(run).any(|statement| {
            let Stmt::Import { first, count } = statement.kind() else {
                return false;
            };
            let imports = &body.facts.imports[first.index()..first.index() + count as usize];
            imports.iter().any(|import| {
                let target = self.modules.absolute(module, import);
                target.is_none_or(|target| self.modules.find(&target).is_none())
            })
        })
    }

    // ---- binding ----

    pub(in crate::routes) fn assign(&mut self, frame: FrameId, target: ExprRef<'a>, value: Value) {
        match target.kind() {
            Expr::Name(name) => self.bind_name(frame, target.facts().text(name), value),
            Expr::Starred(inner) => self.assign(frame, target.at(inner), Value::Unknown),
            Expr::Tuple(run) | Expr::List(run) => self.unpack(frame, target, run, &value),
            Expr::Attribute(object, name) => {
                let object = self.expr(frame, target.at(object));
                self.set_attribute(&object, target.facts().text(name), value);
            }
            Expr::Subscript(container, key) => {
                let container = self.expr(frame, target.at(container));
                let key = self.expr(frame, target.at(key));
                self.set_item(&container, key, value);
            }
            _ => {}
        }
    }

    fn assign_firmly(&mut self, frame: FrameId, target: ExprRef<'a>, value: Value) {
        match target.kind() {
            Expr::Name(name) => {
                self.frame_mut(frame)
                    .names
                    .insert(target.facts().text(name), value);
            }
            Expr::Tuple(run) | Expr::List(run) => {
                let parts: Option<Vec<Value>> = self
                    .heap
                    .items(&value)
                    .map(|items| items.iter().map(|item| item.value.clone()).collect());
                for (index, target) in target.body.list(run).enumerate() {
                    let part = parts.as_ref().and_then(|parts| parts.get(index)).cloned();
                    self.assign_firmly(frame, target, part.unwrap_or(Value::Unknown));
                }
            }
            _ => self.assign(frame, target, value),
        }
    }

    fn unpack(&mut self, frame: FrameId, whole: ExprRef<'a>, run: Run, value: &Value) {
        let targets: Vec<_> = whole.body.list(run).collect();
        let starred = targets
            .iter()
            .any(|target| matches!(target.kind(), Expr::Starred(_)));
        let parts = self
            .heap
            .items(value)
            .map(<[Item]>::to_vec)
            .unwrap_or_default();
        let fits = !starred && parts.len() == targets.len();
        for (index, target) in targets.into_iter().enumerate() {
            let part = if fits {
                parts[index].value.clone()
            } else {
                Value::Unknown
            };
            self.assign(frame, target, part);
        }
    }

    pub(in crate::routes) fn bind_name(&mut self, frame: FrameId, name: &'a str, value: Value) {
        let base = self.frame(frame).base;
        let value = match self.frame(frame).names.get(name).cloned() {
            Some(old) if self.when != base => self.join(&old, value),
            _ => value,
        };
        self.frame_mut(frame).names.insert(name, value);
    }

    /// A name that was `old` and under the present condition becomes `new`.
    fn join(&mut self, old: &Value, new: Value) -> Value {
        if *old == new {
            return new;
        }
        let (Some(before), Some(after)) = (self.heap.items(old), self.heap.items(&new)) else {
            return Value::Unknown;
        };
        let kept: Vec<_> = after
            .iter()
            .map(|item| before.iter().any(|other| other.value == item.value))
            .collect();
        let mut items = before.to_vec();
        let added = after.iter().zip(kept).filter(|(_, kept)| !kept);
        let when = self.when;
        items.extend(added.map(|(item, _)| Item {
            when: item.when.and(when),
            ..item.clone()
        }));
        self.heap.list(items)
    }

    fn augment(&mut self, frame: FrameId, op: BinaryOp, target: ExprRef<'a>, value: &Value) {
        let old = self.expr(frame, target);
        let place = self.place(frame, target);
        match (&old, op) {
            (Value::List(_), BinaryOp::Add) => {
                self.extend(&old, value, place);
                // `+=` binds the name here too, where the list came from a star import.
                if let Expr::Name(name) = target.kind() {
                    self.frame_mut(frame)
                        .names
                        .insert(target.facts().text(name), old);
                }
            }
            (Value::Dict(_), BinaryOp::BitOr) => self.update(&old, value),
            _ => {
                let new = self.binary(op, &old, value, place);
                self.assign(frame, target, new);
            }
        }
    }

    fn set_item(&mut self, container: &Value, key: Value, value: Value) {
        let Value::Dict(id) = container else { return };
        let entries = &mut self.heap.dicts[id.0 as usize];
        match entries.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        }
    }

    pub(in crate::routes) fn update(&mut self, dict: &Value, other: &Value) {
        match self.heap.entries(other).map(<[(Value, Value)]>::to_vec) {
            Some(entries) => {
                for (key, value) in entries {
                    self.set_item(dict, key, value);
                }
            }
            None => self.set_item(dict, Value::Unknown, Value::Unknown),
        }
    }

    /// Adds the elements of `more` to a list, in place.
    pub(in crate::routes) fn extend(&mut self, list: &Value, more: &Value, place: CodePlace) {
        let Value::List(id) = list else { return };
        let when = self.when;
        let items = match self.iterate(more) {
            Some(items) => items
                .into_iter()
                .map(|item| Item {
                    when: item.when.and(when),
                    ..item
                })
                .collect(),
            None => vec![self.item(Value::Unknown, place)],
        };
        self.heap.lists[id.0 as usize].extend(items);
    }

    // ---- definitions ----

    fn define_class(&mut self, frame: FrameId, body: BodyRef<'a>, class: ClassRef) {
        let declared = body.facts.class(class.class);
        self.bind_name(frame, body.facts.text(declared.name), Value::Class(class));
        for &decorator in &declared.decorators {
            self.apply_registering(frame, body.expr(decorator), Value::Class(class));
        }
    }

    fn define_function(&mut self, frame: FrameId, body: BodyRef<'a>, function: FunctionRef) {
        let declared = body.facts.function(function.function);
        let name = body.facts.text(declared.name);
        let is_module = matches!(body.owner(), crate::facts::ir::Owner::Module);
        let mut value = Value::Function(function, (!is_module).then_some(frame));
        for &decorator in declared.decorators.iter().rev() {
            let decorator = body.expr(decorator);
            if is_module {
                // The name keeps meaning the function; views look at its decorators themselves.
                self.apply_registering(frame, decorator, value.clone());
            } else {
                let callee = self.expr(frame, decorator);
                let place = self.place(frame, decorator);
                value = self.call_value(callee, Args::positional(vec![value]), place);
            }
        }
        self.bind_name(frame, name, value);
    }

    /// A decorator that hands what it decorates to an object: `@admin.register(Order)`,
    /// `@api.get("/orders")`.
    fn apply_registering(&mut self, frame: FrameId, decorator: ExprRef<'a>, decorated: Value) {
        let callee = decorator.without_call();
        let hands_over = match callee.as_attribute() {
            Some((object, _)) if object.as_attribute().is_some() || object.as_name().is_some() => {
                let object = self.expr(frame, object);
                let is_admin = matches!(object, Value::Module(_) | Value::External(_))
                    && self.expr(frame, callee) == Value::Native("admin.register");
                is_admin || matches!(object, Value::Object(_))
            }
            Some(_) => false,
            None => self.expr(frame, callee) == Value::Native("admin.register"),
        };
        if hands_over {
            let decorator_value = self.expr(frame, decorator);
            let place = self.place(frame, decorator);
            self.call_value(decorator_value, Args::positional(vec![decorated]), place);
        }
    }
}
