//! Statements.

use std::cell::RefCell;

use luthier_source::{Location, Span};

use super::conditions::asks_cache;
use super::frame::Frame;
use super::record::End;
use super::state::State;
use super::value::{Anchor, Growth, Row, Rows, Value};
use crate::facts::ir::{BinaryOp, CompareOp, UnaryOp};
use crate::facts::{Expr, ExprRef, Name, Run as Block, Stmt, StmtRef};

/// What comes after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next one.
    Goes,
    /// The next round of the loop.
    Continues,
    /// The loop or function is left.
    Leaves,
}

/// What keeps something that is asked for once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    ByObject,
    /// A name outside the loop.
    ByName,
}

impl<'a> Frame<'_, 'a> {
    pub(super) fn block(&mut self, block: Block) -> Flow {
        let conditions = self.run.conditions;
        let mut flow = Flow::Goes;
        for statement in self.body.block(block) {
            flow = self.statement(statement);
            if flow != Flow::Goes {
                break;
            }
        }
        self.run.conditions = conditions;
        flow
    }

    fn span_of(&self, block: Block) -> Option<Span> {
        let first = self.body.block(block).next()?;
        let last = self.body.block(block).next_back()?;
        Some(first.span().cover(last.span()))
    }

    /// Whether a block may give an answer, so that what comes behind it is another way to one. To give
    /// nothing for what has nothing is none: `if self.customer_id is None: return ""`.
    fn may_answer(&self, block: Block) -> bool {
        let mut statements = self.body.block(block);
        statements.any(|statement| match statement.kind() {
            Stmt::Return(Some(value)) => !is_nothing(self.body.expr(value)),
            Stmt::If { body, orelse, .. } => self.may_answer(body) || self.may_answer(orelse),
            _ => false,
        })
    }

    fn statement(&mut self, statement: StmtRef<'a>) -> Flow {
        if !self.run.engine.burn() {
            return Flow::Goes;
        }
        let body = self.body;
        match statement.kind() {
            Stmt::Expr(value) => {
                let value = body.expr(value);
                let alone = match value.kind() {
                    Expr::Await(inner) => value.at(inner),
                    _ => value,
                };
                self.run.alone = Some(self.at(alone));
                self.value(value);
            }
            Stmt::Assign { targets, value } => {
                let value = self.value(body.expr(value));
                for target in body.list(targets) {
                    self.assign(target, value.clone());
                }
            }
            Stmt::Annotated {
                target,
                value: Some(value),
                ..
            } => {
                let value = self.value(body.expr(value));
                self.assign(body.expr(target), value);
            }
            Stmt::Augmented { op, target, value } => {
                let target = body.expr(target);
                let value = self.value(body.expr(value));
                let before = self.value(target);
                let after = self.augmented(op, &before, value, target);
                self.assign(target, after);
            }
            Stmt::Return(value) => {
                let value = value.map_or(Value::None, |value| self.value(body.expr(value)));
                let before = std::mem::replace(&mut self.returned, Value::Never);
                self.returned = before.join(value);
                self.run.ends(End::Function);
                return Flow::Leaves;
            }
            Stmt::Raise { exception, .. } => {
                // What only a failure asks for is not asked for each row.
                if let Some(exception) = exception {
                    self.run.caches += 1;
                    self.value(body.expr(exception));
                    self.run.caches -= 1;
                }
                self.run.ends(End::Raise);
                return Flow::Leaves;
            }
            Stmt::Assert { test, .. } => {
                self.test(body.expr(test));
            }
            Stmt::If {
                test,
                body: then,
                orelse,
            } => {
                let test = body.expr(test);
                if let Some(known) = self.known(test) {
                    return self.block(if known { then } else { orelse });
                }
                let caches = u32::from(asks_cache(test) || self.asks_next_key(test, then));
                self.run.caches += caches;
                let kept = if self.run.records() {
                    self.kept(test)
                } else {
                    None
                };
                let flow = self.either(then, orelse, kept);
                self.run.caches -= caches;
                // What comes behind `if found: return found`, to the end of the block around it, is run
                // where that was not found. In a loop it is run for all rows before.
                let may_answer = self.may_answer(then) || self.may_answer(orelse);
                self.run.conditions += u32::from(may_answer && self.run.loops.is_empty());
                return flow;
            }
            Stmt::For {
                target,
                iter,
                body: block,
                orelse,
                is_async,
            } => self.for_loop(target, iter, block, orelse, is_async),
            Stmt::While {
                test,
                body: block,
                orelse,
            } => {
                let test = body.expr(test);
                self.test(test);
                let loops = self.run.loops.len();
                let is_tried = !self.goes_through(test);
                if !is_tried {
                    let at = self.at(test);
                    self.run.enter_elements(&Value::Unknown, Growth::Rows, at);
                } else if self.run.records() {
                    let at = self.at(test);
                    self.run.size = None;
                    self.run
                        .enter_elements(&Value::Unknown, Growth::Unknown, at);
                }
                let before = self.run.events.len();
                self.repeat(|frame| {
                    frame.block(block);
                    frame.test(test);
                });
                if is_tried {
                    self.run.doubt_since(before);
                }
                self.run.leave(loops);
                self.block(orelse);
            }
            Stmt::With {
                items, body: block, ..
            } => {
                for item in &body.body().with_items[items.range()] {
                    let context = self.value(body.expr(item.context));
                    if matches!(&context, Value::OutsideObject(dotted) if is_atomic(dotted)) {
                        self.run.notes_transaction();
                    }
                    if let Some(target) = item.target {
                        let entered = match context {
                            Value::Many(many) => many.element.clone(),
                            _ => Value::Unknown,
                        };
                        self.assign(body.expr(target), entered);
                    }
                }
                return self.block(block);
            }
            Stmt::Try(index) => return self.attempt(index),
            Stmt::Match { subject, cases } => {
                self.value(body.expr(subject));
                let before = self.state.clone();
                let mut after = before.clone();
                let mut fork = self.run.fork();
                for case in &body.body().cases[cases.range()] {
                    self.state = before.clone();
                    if let Some(guard) = case.guard {
                        self.test(body.expr(guard));
                    }
                    let goes_on = self.branch(case.body) == Flow::Goes;
                    if goes_on {
                        after = after.join(&std::mem::take(&mut self.state));
                    }
                    self.run.way(&mut fork, goes_on);
                }
                self.run.way(&mut fork, true);
                self.run.meet(fork);
                self.state = after;
            }
            Stmt::Function(function) => {
                let declared = self.facts.function(function);
                let captured = self.captured_by(declared.body);
                let function = crate::modules::FunctionRef {
                    module: self.module,
                    function,
                };
                let callable = super::value::Callable {
                    function,
                    own: None,
                    captured,
                    given: std::rc::Rc::new([]),
                };
                self.state
                    .change(declared.name, Value::Function(callable.into()));
            }
            Stmt::Delete(targets) => {
                for target in body.list(targets) {
                    if let Expr::Name(name) = target.kind() {
                        self.state.delete(name);
                    }
                }
            }
            Stmt::Break => {
                self.run.ends(End::Round);
                return Flow::Leaves;
            }
            Stmt::Continue => {
                self.run.ends(End::Round);
                return Flow::Continues;
            }
            Stmt::Class(_)
            | Stmt::Import { .. }
            | Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::Annotated { value: None, .. }
            | Stmt::TypeAlias { .. }
            | Stmt::Pass => {}
        }
        Flow::Goes
    }

    /// Whether a condition asks for what code keeps once it has it: `if self.rows is None:`,
    /// `if not self.is_loaded:`, `if names is None:` in a loop.
    fn kept(&self, test: ExprRef<'a>) -> Option<Kept> {
        let subject = match test.kind() {
            Expr::Unary(UnaryOp::Not, inner) => test.at(inner),
            Expr::Compare(CompareOp::Is, left, right) if test.at(right).is_none() => test.at(left),
            _ => return None,
        };
        match subject.kind() {
            Expr::Attribute(object, _) => {
                let Expr::Name(name) = subject.at(object).kind() else {
                    return None;
                };
                let (own, value) = self.own.as_ref()?;
                // A row is another one in each round.
                let is_row = matches!(value, Value::Row(_) | Value::Rows(_));
                (*own == name && !is_row).then_some(Kept::ByObject)
            }
            Expr::Name(name) if !self.params.contains(&name) => {
                let is_none = matches!(test.kind(), Expr::Compare(..));
                (is_none && !self.run.loops.is_empty()).then_some(Kept::ByName)
            }
            _ => None,
        }
    }

    fn either(&mut self, then: Block, orelse: Block, kept: Option<Kept>) -> Flow {
        let before = self.state.clone();
        let mut fork = self.run.fork();
        let then = self.branch(then);
        let mut later = Vec::new();
        match kept {
            Some(Kept::ByObject) => later = self.run.take_kept(),
            Some(Kept::ByName) => self.run.recorded_last(),
            None => {}
        }
        self.run.way(&mut fork, then == Flow::Goes);
        let after = std::mem::replace(&mut self.state, before);
        let orelse = self.branch(orelse);
        self.run.way(&mut fork, orelse == Flow::Goes);
        self.run.meet(fork);
        self.run.put_kept(later);
        match (then, orelse) {
            (Flow::Goes, Flow::Goes) => {
                self.state = after.join(&std::mem::take(&mut self.state));
                Flow::Goes
            }
            (Flow::Goes, _) => {
                self.state = after;
                Flow::Goes
            }
            (_, Flow::Goes) => Flow::Goes,
            (Flow::Leaves, Flow::Leaves) => Flow::Leaves,
            _ => Flow::Continues,
        }
    }

    /// A block that may not be run.
    fn branch(&mut self, block: Block) -> Flow {
        let first = self.run.events.len();
        let around = self.run.conditional;
        if let Some(span) = self.span_of(block) {
            self.run.conditional = Some(Location::new(self.file, span));
        }
        self.run.conditions += 1;
        let flow = self.block(block);
        self.run.conditions -= 1;
        self.run.conditional = around;
        if flow == Flow::Leaves {
            self.run.leave_after(first);
            self.run.recorded_last();
        }
        flow
    }

    fn for_loop(
        &mut self,
        target: crate::facts::ExprId,
        iter: crate::facts::ExprId,
        block: Block,
        orelse: Block,
        is_async: bool,
    ) {
        let body = self.body;
        let many = self.value(body.expr(iter));
        let at = self.at(body.expr(iter));
        let (element, growth) = if is_async {
            self.run_through(body.expr(iter));
            self.run.apart(|run| run.elements(&many, at))
        } else {
            self.run.elements(&many, at)
        };
        let growth = self.given_growth(body.expr(iter), growth);
        // The first round is the last.
        let growth = if self.always_leaves(block) {
            self.run.size = Some(1);
            Growth::No
        } else {
            growth
        };
        let loops = self.run.loops.len();
        let element = self.run.enter_elements(&element, growth, at);
        let given = self.given_to_each(body.expr(target), block);
        let last = RefCell::new(Value::Never);
        let before = self.run.events.len();
        self.repeat(|frame| {
            frame.assign(body.expr(target), element.clone());
            frame.block(block);
            if let Some(known) = given.and_then(|name| frame.state.get(name)) {
                last.replace(known.clone());
            }
        });
        if self.seeks(block) {
            self.run.doubt_search_since(before);
        }
        self.run.leave(loops);
        self.keep_last(body.expr(target));
        if let Value::Row(row) = last.into_inner() {
            self.keep_given(body.expr(iter), &row);
        }
        self.block(orelse);
    }

    /// The name of a loop whose rows are each given something: `line.order = order`.
    fn given_to_each(&self, target: ExprRef<'a>, block: Block) -> Option<Name> {
        let Expr::Name(name) = target.kind() else {
            return None;
        };
        let is_it = |target: ExprRef<'a>| match target.kind() {
            Expr::Attribute(object, _) => target.at(object).kind() == Expr::Name(name),
            _ => false,
        };
        let mut statements = self.body.block(block);
        let gives = statements.any(|statement| match statement.kind() {
            Stmt::Assign { targets, .. } => self.body.list(targets).any(is_it),
            _ => false,
        });
        (gives && !self.has_continue(block)).then_some(name)
    }

    /// Behind a loop its name holds the last row, which is one.
    fn keep_last(&mut self, target: ExprRef<'a>) {
        let depth = self.run.depth();
        if let Expr::Name(name) = target.kind()
            && let Some(Value::Row(row)) = self.state.get(name)
            && row.anchor == Anchor::Here
            && row.made > depth
        {
            let row = Row {
                made: depth,
                ..(**row).clone()
            };
            self.state.change(name, Value::Row(row.into()));
        }
    }

    /// A list keeps what its rows were given, and so does a queryset that was gone through.
    fn keep_given(&mut self, iter: ExprRef<'a>, given: &Row) {
        let kept = match iter.kind() {
            Expr::Name(name) => self.state.get(name),
            Expr::Attribute(object, name) => match iter.at(object).kind() {
                Expr::Name(object) => self.state.attribute(object, name),
                _ => None,
            },
            _ => None,
        };
        let kept = match kept {
            Some(Value::Many(many)) => match &many.element {
                Value::Row(row) => {
                    let row = Row {
                        loads: row.loads.and(&given.loads),
                        ..(**row).clone()
                    };
                    Value::many(Value::Row(row.into()), many.growth)
                }
                _ => return,
            },
            Some(Value::Rows(rows)) if rows.manager == super::value::Manager::No => {
                let rows = Rows {
                    loads: rows.loads.and(&given.loads),
                    is_fetched: true,
                    is_whole: false,
                    relation: None,
                    ..(**rows).clone()
                };
                Value::Rows(rows.into())
            }
            _ => return,
        };
        self.change(iter, kept);
    }

    /// How a loop over an expression grows, which may be a list that callers give.
    pub(super) fn given_growth(&self, iter: ExprRef<'a>, growth: Growth) -> Growth {
        let is_given = |name| self.params.contains(&name);
        match iter.kind() {
            Expr::Name(name) if growth == Growth::Unknown && is_given(name) => Growth::Given,
            _ => growth,
        }
    }

    /// Whether a condition holds as long as there is more of a collection that grows with the rows:
    /// `while waiting:`, `while position < len(books):`.
    fn goes_through(&mut self, test: ExprRef<'a>) -> bool {
        match test.kind() {
            Expr::Name(_) => {
                matches!(self.value(test), Value::Many(many) if many.growth == Growth::Rows)
            }
            Expr::Compare(_, left, right) => [left, right].into_iter().any(|operand| {
                let call = test.at(operand).as_call();
                let call = call.filter(|call| call.callee.as_name() == Some("len"));
                let counted = call.and_then(|call| call.positional().next());
                counted.is_some_and(|counted| self.goes_through(counted))
            }),
            _ => false,
        }
    }

    /// Runs a loop's body as often as something new comes of it.
    fn repeat(&mut self, round: impl Fn(&mut Self)) {
        let before = self.state.clone();
        let outer = self.run.open();
        let asked = self.run.asked();
        let written = self.run.written.len();
        round(self);
        self.join_with(&before);
        if !before.has_same_names(&self.state) {
            self.run.again(asked);
            self.run.written.truncate(written);
            round(self);
            self.join_with(&before);
        }
        self.run.close(outer, End::Round);
    }

    /// Whether a loop ends once it has found what it seeks: `if fits: return row`.
    fn seeks(&self, block: Block) -> bool {
        let mut statements = self.body.block(block);
        statements.any(|statement| match statement.kind() {
            Stmt::If { body, orelse, .. } => [body, orelse].into_iter().any(|then| {
                let last = self.body.block(then).next_back();
                last.is_some_and(|last| matches!(last.kind(), Stmt::Return(_) | Stmt::Break))
                    || self.seeks(then)
            }),
            Stmt::With { body, .. } => self.seeks(body),
            Stmt::Try(index) => {
                let attempt = self.body.body().tries[index as usize];
                self.seeks(attempt.body) || self.seeks(attempt.orelse)
            }
            _ => false,
        })
    }

    /// Whether a loop's body never comes to a second round.
    fn always_leaves(&self, block: Block) -> bool {
        let mut statements = self.body.block(block);
        let Some(last) = statements.next_back() else {
            return false;
        };
        let leaves = match last.kind() {
            Stmt::Return(_) | Stmt::Break | Stmt::Raise { .. } => true,
            Stmt::If { body, orelse, .. } => self.always_leaves(body) && self.always_leaves(orelse),
            _ => false,
        };
        leaves && !self.has_continue(block)
    }

    fn has_continue(&self, block: Block) -> bool {
        self.body
            .block(block)
            .any(|statement| match statement.kind() {
                Stmt::Continue => true,
                Stmt::If { body, orelse, .. } => {
                    self.has_continue(body) || self.has_continue(orelse)
                }
                Stmt::With { body, .. } => self.has_continue(body),
                Stmt::Try(index) => {
                    let attempt = self.body.body().tries[index as usize];
                    let handlers = &self.body.body().handlers[attempt.handlers.range()];
                    self.has_continue(attempt.body)
                        || self.has_continue(attempt.orelse)
                        || handlers
                            .iter()
                            .any(|handler| self.has_continue(handler.body))
                }
                _ => false,
            })
    }

    fn attempt(&mut self, index: u32) -> Flow {
        let attempt = self.body.body().tries[index as usize];
        let before = self.state.clone();
        let outer = self.run.open();
        let mut fork = self.run.fork();
        let mut flow = self.block(attempt.body);
        let tried = self.run.recorded_so_far();
        if flow == Flow::Goes {
            flow = self.block(attempt.orelse);
        }
        self.run.way(&mut fork, flow == Flow::Goes);
        let mut after = (flow == Flow::Goes).then(|| self.state.clone());
        // Whatever was done so far may have been done when it fails.
        self.join_with(&before);
        let failed = std::mem::take(&mut self.state);
        for handler in &self.body.body().handlers[attempt.handlers.range()] {
            self.state = failed.clone();
            if let Some(name) = handler.name {
                self.state.change(name, Value::Unknown);
            }
            self.run.caches += 1;
            self.run.put(tried.clone());
            let handled = self.branch(handler.body);
            self.run.way(&mut fork, handled == Flow::Goes);
            self.run.caches -= 1;
            if handled == Flow::Goes {
                let state = std::mem::take(&mut self.state);
                after = Some(match after {
                    Some(after) => after.join(&state),
                    None => state,
                });
                flow = Flow::Goes;
            }
        }
        self.run.meet(fork);
        self.run.close(outer, End::Raise);
        self.state = after.unwrap_or(failed);
        match self.block(attempt.finally) {
            Flow::Goes => flow,
            left => left,
        }
    }

    /// The code may have been run or not: what held before may hold still.
    fn join_with(&mut self, before: &State) {
        self.state = before.clone().join(&std::mem::take(&mut self.state));
    }

    // ---- assignment ----

    pub(super) fn assign(&mut self, target: ExprRef<'a>, value: Value) {
        match target.kind() {
            Expr::Name(name) => {
                self.state.assign(name, value);
            }
            Expr::Tuple(run) | Expr::List(run) => {
                let targets: Vec<ExprRef<'a>> = target.body.list(run).collect();
                let at = self.at(target);
                for (position, target) in targets.iter().enumerate() {
                    let part = match &value {
                        Value::Tuple(values) if values.len() == targets.len() => {
                            values[position].clone()
                        }
                        Value::Many(many) => many.element.clone(),
                        Value::Rows(_) => self.run.elements(&value, at).0,
                        Value::Input => Value::Input,
                        _ => Value::Unknown,
                    };
                    match target.kind() {
                        Expr::Starred(inner) => {
                            let rest = Value::many(part, Growth::Unknown);
                            self.assign(target.at(inner), rest);
                        }
                        _ => self.assign(*target, part),
                    }
                }
            }
            Expr::Attribute(object, name) => self.assign_attribute(target.at(object), name, value),
            Expr::Subscript(object, key) => {
                let object = target.at(object);
                let key = self.value(target.at(key));
                let container = self.value(object);
                let growth = if self.run.is_in_growing_loop() {
                    Growth::Rows
                } else {
                    Growth::No
                };
                if let Value::Dict(dict) = &container {
                    let changed = dict.with(&key, value, growth);
                    self.change(object, Value::Dict(changed.into()));
                }
            }
            _ => {}
        }
    }

    fn assign_attribute(&mut self, object: ExprRef<'a>, name: Name, value: Value) {
        if object.last_name() == Some("request") {
            let name: std::sync::Arc<str> = self.facts.text(name).into();
            let known = self.on_request.entry(name).or_insert(Value::Never);
            let before = std::mem::replace(known, Value::Never);
            *known = before.join(value.clone());
        }
        let Expr::Name(of) = object.kind() else {
            self.value(object);
            return;
        };
        let is_own = self.own.as_ref().is_some_and(|(own, _)| *own == of);
        if is_own {
            let name: std::sync::Arc<str> = self.facts.text(name).into();
            let known = self.sets.entry(name).or_insert(Value::Never);
            let before = std::mem::replace(known, Value::Never);
            *known = before.join(value.clone());
        }
        if let Some(Value::Row(row)) = self.state.get(of) {
            let row = self.run.with_relation(row, self.facts.text(name), &value);
            self.state.change(of, row);
        }
        self.state.set_attribute(of, name, value);
    }

    /// A container has changed: whatever names it has that one now.
    pub(super) fn change(&mut self, object: ExprRef<'a>, value: Value) {
        match object.kind() {
            Expr::Name(name) if self.state.get(name).is_some() => {
                self.state.change(name, value);
            }
            Expr::Attribute(..) => self.assign(object, value),
            // `groups[key].append(row)`, `groups.setdefault(key, []).append(row)`
            Expr::Subscript(container, key) => {
                let container = object.at(container);
                let key = self.value(object.at(key));
                if let Value::Dict(dict) = self.value(container) {
                    let changed = dict.with(&key, value, Growth::Rows);
                    self.change(container, Value::Dict(changed.into()));
                }
            }
            Expr::Call(..) => {
                let call = object.as_call().expect("it is a call");
                if let Some((container, "setdefault")) = call.callee.as_attribute()
                    && let Value::Dict(dict) = self.value(container)
                {
                    let key = call.positional().next().map(|key| self.value(key));
                    let key = key.unwrap_or(Value::Unknown);
                    let changed = dict.with(&key, value, Growth::Rows);
                    self.change(container, Value::Dict(changed.into()));
                }
            }
            _ => {}
        }
    }

    fn augmented(
        &mut self,
        op: BinaryOp,
        before: &Value,
        value: Value,
        target: ExprRef<'a>,
    ) -> Value {
        let at = self.at(target);
        match (op, before) {
            (BinaryOp::Add | BinaryOp::BitOr, Value::Many(_) | Value::Tuple(_)) => {
                let given = super::run::Arguments::of([value]);
                let changed = self.run.changed(before, "extend", &given, at);
                changed.unwrap_or(Value::Unknown)
            }
            (_, Value::Rows(_)) => before.clone(),
            (BinaryOp::BitOr, Value::Dict(dict)) => match value {
                Value::Dict(other) => Value::Dict(dict.join(&other).into()),
                _ => before.clone(),
            },
            _ => before.clone().join(value),
        }
    }
}

/// Whether a value says that there is nothing: `None`, `False`, `0`, `""`, `[]`.
fn is_nothing(value: ExprRef<'_>) -> bool {
    match value.kind() {
        Expr::None | Expr::Bool(false) | Expr::Int(0) => true,
        Expr::Str(_) => value.as_str() == Some(""),
        Expr::List(run) | Expr::Tuple(run) | Expr::Dict(run) => run.is_empty(),
        _ => false,
    }
}

fn is_atomic(dotted: &str) -> bool {
    dotted.starts_with("django.db.transaction.") && dotted.ends_with("atomic")
}
