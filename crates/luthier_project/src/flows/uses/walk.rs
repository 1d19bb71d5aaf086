//! Walking one function in the order in which it runs: which value of a variable reaches which of
//! its uses, and which uses surely came before.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::bits::Bits;
use super::shared::shared;
use super::{Bound, Use, UseKind};
use crate::facts::ir::{CompareOp, Owner, UnaryOp};
use crate::facts::{BodyRef, CallRef, Expr, ExprId, ExprRef, Name, Run, Stmt, StmtRef};
use crate::flows::{Calls, Target};

/// Loops within loops deeper than this are walked once only.
const MAX_LOOPS: usize = 4;

/// What is known of one way through the code.
#[derive(Clone)]
struct State {
    /// The values of variables that may be in force, by number.
    reach: Bits,
    /// The names that surely were looked at, by expression.
    ran: Bits,
}

impl State {
    fn join(&mut self, other: &Self) {
        self.reach.add(&other.reach);
        self.ran.keep(&other.ran);
    }
}

fn joined(one: Option<State>, other: Option<State>) -> Option<State> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.join(&other);
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

/// One value that a name is given.
#[derive(Clone)]
pub(super) struct Version {
    pub(super) name: Name,
    pub(super) bound: Bound,
    /// The loops around the place.
    loops: Vec<u32>,
}

/// One use of a name.
pub(super) struct Met {
    pub(super) found: Use,
    /// The values that may be in force, by number.
    pub(super) versions: Vec<usize>,
    before: Bits,
}

/// What is done with an expression, and with what does it.
#[derive(Clone, Copy)]
struct Context {
    kind: UseKind,
    whole: Option<ExprId>,
    then: UseKind,
    then_whole: Option<ExprId>,
}

impl Context {
    fn of(kind: UseKind) -> Self {
        Self {
            kind,
            whole: None,
            then: UseKind::Stored,
            then_whole: None,
        }
    }

    /// What `whole`, which stands in this context itself, does with a part of it.
    fn within(self, kind: UseKind, whole: ExprId) -> Self {
        Self {
            kind,
            whole: Some(whole),
            then: self.kind,
            then_whole: self.whole,
        }
    }
}

pub(super) struct Walk<'a> {
    body: BodyRef<'a>,
    calls: &'a Calls,
    is_fresh: &'a dyn Fn(ExprRef<'a>) -> bool,
    state: Option<State>,
    statement: Option<StmtRef<'a>>,
    /// By number.
    pub(super) versions: BTreeMap<usize, Version>,
    of_name: FxHashMap<Name, Vec<usize>>,
    /// Uses of names, by expression.
    pub(super) met: BTreeMap<ExprId, Met>,
    /// Querysets that are used where they are built, each with what surely was looked at before.
    pub(super) standing: BTreeMap<ExprId, (Use, Bits)>,
    /// Names that other scopes see, or that are bound in ways that are not followed.
    pub(super) shared: FxHashSet<Name>,
    loops: Vec<u32>,
    /// Ways out of each loop that is open, and ways back to its beginning.
    exits: Vec<(Option<State>, Option<State>)>,
}

impl<'a> Walk<'a> {
    pub(super) fn of(
        body: BodyRef<'a>,
        calls: &'a Calls,
        is_fresh: &'a dyn Fn(ExprRef<'a>) -> bool,
    ) -> Self {
        let code = body.body();
        let params = match body.owner() {
            Owner::Function(function) => body.facts.function(function).params.as_slice(),
            Owner::Module | Owner::Class(_) => &[],
        };
        let exprs = code.exprs.len();
        let mut walk = Self {
            body,
            calls,
            is_fresh,
            state: Some(State {
                reach: Bits::new(exprs + code.stmts.len() + params.len()),
                ran: Bits::new(exprs),
            }),
            statement: None,
            versions: BTreeMap::new(),
            of_name: FxHashMap::default(),
            met: BTreeMap::new(),
            standing: BTreeMap::new(),
            shared: shared(body),
            loops: Vec::new(),
            exits: Vec::new(),
        };
        for (index, param) in params.iter().enumerate() {
            let number = exprs + code.stmts.len() + index;
            walk.bind(number, param.name, Bound::Other);
        }
        walk.block(code.top);
        walk
    }

    fn bind(&mut self, number: usize, name: Name, bound: Bound) {
        let Some(state) = &mut self.state else {
            return;
        };
        let own = self.of_name.entry(name).or_default();
        for &other in own.iter() {
            state.reach.remove(other);
        }
        if !own.contains(&number) {
            own.push(number);
            let loops = self.loops.clone();
            self.versions.insert(number, Version { name, bound, loops });
        }
        state.reach.insert(number);
    }

    fn bind_in(&mut self, statement: StmtRef<'a>, name: Name) {
        // Several names of one import are told apart by no number: they are shared instead.
        self.shared.insert(name);
        let number = self.body.body().exprs.len() + statement.id.index();
        if !self.versions.contains_key(&number) {
            self.bind(number, name, Bound::Other);
        }
    }

    // ---- statements ----

    fn block(&mut self, run: Run) {
        for statement in self.body.block(run) {
            if self.state.is_none() {
                return;
            }
            let outer = self.statement.replace(statement);
            self.statement(statement);
            self.statement = outer;
        }
    }

    fn statement(&mut self, statement: StmtRef<'a>) {
        let body = self.body;
        match statement.kind() {
            Stmt::Expr(value) => self.expr(body.expr(value), Context::of(UseKind::Dropped)),
            Stmt::Assign { targets, value } => {
                let value = body.expr(value);
                self.expr(value, Context::of(UseKind::Stored));
                let targets: Vec<_> = body.list(targets).collect();
                let bound = match targets.len() {
                    1 => Bound::Value(value.id),
                    _ => Bound::Other,
                };
                for target in targets {
                    self.target(target, bound);
                }
            }
            Stmt::Annotated { target, value, .. } => {
                if let Some(value) = value {
                    self.expr(body.expr(value), Context::of(UseKind::Stored));
                    self.target(body.expr(target), Bound::Value(value));
                }
            }
            Stmt::Augmented { target, value, .. } => {
                self.expr(body.expr(value), Context::of(UseKind::Combined));
                let target = body.expr(target);
                match target.kind() {
                    Expr::Attribute(object, name) => {
                        let context = Context::of(UseKind::Stored);
                        let context = context.within(UseKind::Changed(name), target.id);
                        self.expr(target.at(object), context);
                    }
                    Expr::Name(_) => {
                        self.expr(target, Context::of(UseKind::Combined));
                        self.target(target, Bound::Other);
                    }
                    _ => self.expr(target, Context::of(UseKind::Stored)),
                }
            }
            Stmt::Return(value) => {
                if let Some(value) = value {
                    self.expr(body.expr(value), Context::of(UseKind::Returned));
                }
                self.state = None;
            }
            Stmt::Delete(targets) => {
                for target in body.list(targets) {
                    if target.as_name().is_none() {
                        self.expr(target, Context::of(UseKind::Stored));
                    }
                }
            }
            Stmt::Raise { exception, cause } => {
                for value in [exception, cause].into_iter().flatten() {
                    self.expr(body.expr(value), Context::of(UseKind::Stored));
                }
                self.state = None;
            }
            Stmt::Assert { test, message } => {
                self.expr(body.expr(test), Context::of(UseKind::Truth));
                if let Some(message) = message {
                    let kept = self.state.clone();
                    self.expr(body.expr(message), Context::of(UseKind::Stored));
                    self.state = kept;
                }
            }
            Stmt::If {
                test,
                body: then,
                orelse,
            } => {
                self.expr(body.expr(test), Context::of(UseKind::Truth));
                let before = self.state.clone();
                self.block(then);
                let after = std::mem::replace(&mut self.state, before);
                self.block(orelse);
                self.state = joined(after, self.state.take());
            }
            Stmt::For {
                target,
                iter,
                body: inner,
                orelse,
                ..
            } => {
                self.expr(body.expr(iter), Context::of(UseKind::Iterated));
                self.looped(statement, None, inner, Some((target, iter)));
                self.block(orelse);
                self.state = joined(self.state.take(), self.left());
            }
            Stmt::While {
                test,
                body: inner,
                orelse,
            } => {
                self.looped(statement, Some(test), inner, None);
                self.block(orelse);
                self.state = joined(self.state.take(), self.left());
            }
            Stmt::With {
                items, body: inner, ..
            } => {
                for item in &body.body().with_items[items.range()] {
                    self.expr(body.expr(item.context), Context::of(UseKind::Given));
                    if let Some(target) = item.target {
                        self.target(body.expr(target), Bound::Other);
                    }
                }
                self.block(inner);
            }
            Stmt::Try(index) => self.attempt(statement, index),
            Stmt::Match { subject, cases } => {
                self.expr(body.expr(subject), Context::of(UseKind::Stored));
                let before = self.state.clone();
                let mut after = before.clone();
                for case in &body.body().cases[cases.range()] {
                    self.state.clone_from(&before);
                    self.expr(body.expr(case.pattern), Context::of(UseKind::Stored));
                    if let Some(guard) = case.guard {
                        self.expr(body.expr(guard), Context::of(UseKind::Truth));
                    }
                    self.block(case.body);
                    after = joined(after, self.state.take());
                }
                self.state = after;
            }
            Stmt::Class(class) => {
                let declared = body.facts.class(class);
                for base in &declared.bases {
                    self.expr(body.expr(base.value), Context::of(UseKind::Stored));
                }
                self.bind_in(statement, declared.name);
            }
            Stmt::Function(function) => {
                let declared = body.facts.function(function);
                let defaults = declared.params.iter().filter_map(|param| param.default);
                for expr in declared.decorators.iter().copied().chain(defaults) {
                    self.expr(body.expr(expr), Context::of(UseKind::Stored));
                }
                self.bind_in(statement, declared.name);
            }
            Stmt::Import { first, count } => {
                let first = first.index();
                for import in &body.facts.imports[first..first + count as usize] {
                    self.bind_in(statement, import.binds);
                }
            }
            Stmt::Break => {
                if let Some((breaks, _)) = self.exits.last_mut() {
                    *breaks = joined(breaks.take(), self.state.clone());
                }
                self.state = None;
            }
            Stmt::Continue => {
                if let Some((_, continues)) = self.exits.last_mut() {
                    *continues = joined(continues.take(), self.state.clone());
                }
                self.state = None;
            }
            Stmt::TypeAlias { .. } | Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass => {}
        }
    }

    /// Walks a loop; what is left by `break` waits in `exits`.
    fn looped(
        &mut self,
        statement: StmtRef<'a>,
        test: Option<ExprId>,
        inner: Run,
        each: Option<(ExprId, ExprId)>,
    ) {
        let body = self.body;
        self.exits.push((None, None));
        self.loops.push(statement.id.index() as u32 * 2);
        let passes = if self.loops.len() > MAX_LOOPS { 1 } else { 2 };
        for _ in 0..passes {
            let mut start = self.state.clone();
            if let Some(test) = test {
                self.expr(body.expr(test), Context::of(UseKind::Truth));
                start.clone_from(&self.state);
            }
            if let Some((target, iter)) = each {
                self.target(body.expr(target), Bound::Element(iter));
            }
            self.block(inner);
            let back = self.exits.last_mut().and_then(|(_, back)| back.take());
            let end = joined(self.state.take(), back);
            self.state = joined(start, end);
        }
        self.loops.pop();
    }

    /// What left the innermost loop by `break`.
    fn left(&mut self) -> Option<State> {
        self.exits.pop().and_then(|(breaks, _)| breaks)
    }

    fn attempt(&mut self, statement: StmtRef<'a>, index: u32) {
        let body = self.body;
        let attempt = body.body().tries[index as usize];
        let before = self.state.clone();
        let known: FxHashSet<usize> = self.versions.keys().copied().collect();
        self.block(attempt.body);
        self.block(attempt.orelse);
        let mut after = self.state.take();
        // Each statement may have been the last one: whatever it binds may be in force.
        let mut failed = before;
        if let Some(failed) = &mut failed {
            for &number in self.versions.keys() {
                let within = body.body().exprs.len() > number && {
                    let span = body.expr(ExprId::new(number)).span();
                    let mut inner = body.block(attempt.body);
                    inner.any(|statement| statement.span().encloses(span))
                };
                if within || !known.contains(&number) {
                    failed.reach.insert(number);
                }
            }
        }
        for handler in &body.body().handlers[attempt.handlers.range()] {
            self.state.clone_from(&failed);
            if let Some(exception) = handler.exception {
                self.expr(body.expr(exception), Context::of(UseKind::Stored));
            }
            if let Some(name) = handler.name {
                self.bind_in(statement, name);
            }
            self.block(handler.body);
            after = joined(after, self.state.take());
        }
        let goes_on = after.is_some();
        self.state = match after {
            Some(after) => Some(after),
            None => failed,
        };
        self.block(attempt.finally);
        if !goes_on {
            self.state = None;
        }
    }

    fn target(&mut self, target: ExprRef<'a>, bound: Bound) {
        match target.kind() {
            Expr::Name(name) => self.bind(target.id.index(), name, bound),
            Expr::Starred(inner) => self.target(target.at(inner), Bound::Other),
            Expr::Tuple(run) | Expr::List(run) => {
                for element in self.body.list(run) {
                    self.target(element, Bound::Other);
                }
            }
            Expr::Attribute(object, name) => {
                let context = Context::of(UseKind::Stored);
                let context = context.within(UseKind::Written(name), target.id);
                self.expr(target.at(object), context);
            }
            _ => self.expr(target, Context::of(UseKind::Stored)),
        }
    }

    // ---- expressions ----

    fn expr(&mut self, expr: ExprRef<'a>, context: Context) {
        if self.state.is_none() {
            return;
        }
        if matches!(expr.kind(), Expr::Call(..) | Expr::Subscript(..)) && (self.is_fresh)(expr) {
            let found = self.found(expr, context);
            self.stand(found);
        }
        match expr.kind() {
            Expr::Name(name) => self.name(expr, name, context),
            Expr::Attribute(object, name) => {
                let context = context.within(UseKind::Read(name), expr.id);
                self.expr(expr.at(object), context);
            }
            Expr::Call(..) => {
                if let Some(call) = expr.as_call() {
                    self.call(call, context);
                }
            }
            Expr::Subscript(object, index) => {
                let kind = match expr.at(index).kind() {
                    Expr::Slice(..) => UseKind::Sliced,
                    _ => UseKind::Indexed,
                };
                self.expr(expr.at(object), context.within(kind, expr.id));
                self.expr(expr.at(index), Context::of(UseKind::Stored));
            }
            Expr::Slice(lower, upper, step) => {
                for bound in [lower, upper, step].into_iter().flatten() {
                    self.expr(expr.at(bound), Context::of(UseKind::Stored));
                }
            }
            Expr::And(run) | Expr::Or(run) => self.operands(run, context),
            Expr::Compare(op, left, right) => {
                let kind = match op {
                    CompareOp::Is | CompareOp::IsNot => UseKind::Tested,
                    _ => UseKind::Compared,
                };
                self.expr(expr.at(left), context.within(kind, expr.id));
                let kind = match op {
                    CompareOp::In | CompareOp::NotIn => UseKind::Searched,
                    _ => kind,
                };
                self.expr(expr.at(right), context.within(kind, expr.id));
            }
            Expr::Unary(UnaryOp::Not, inner) => {
                let context = Context {
                    kind: UseKind::Truth,
                    whole: None,
                    then: context.kind,
                    then_whole: Some(expr.id),
                };
                self.expr(expr.at(inner), context);
            }
            Expr::Unary(_, inner) => {
                self.expr(expr.at(inner), context.within(UseKind::Combined, expr.id));
            }
            Expr::Binary(_, left, right) => {
                self.expr(expr.at(left), context.within(UseKind::Combined, expr.id));
                self.expr(expr.at(right), context.within(UseKind::Combined, expr.id));
            }
            Expr::Conditional { test, body, orelse } => {
                self.expr(expr.at(test), Context::of(UseKind::Truth));
                let before = self.state.clone();
                self.expr(expr.at(body), Context::of(UseKind::Stored));
                let after = std::mem::replace(&mut self.state, before);
                self.expr(expr.at(orelse), Context::of(UseKind::Stored));
                self.state = joined(after, self.state.take());
            }
            Expr::Comprehension(_, element, clauses) => {
                self.comprehension(expr, element, clauses, context);
            }
            Expr::Named(target, value) => {
                self.expr(expr.at(value), Context::of(UseKind::Stored));
                if let Expr::Name(name) = expr.at(target).kind() {
                    self.shared.insert(name);
                }
                self.target(expr.at(target), Bound::Other);
            }
            Expr::Starred(inner) => {
                self.expr(expr.at(inner), context.within(UseKind::Iterated, expr.id));
            }
            Expr::List(run) | Expr::Tuple(run) | Expr::Set(run) | Expr::Dict(run) => {
                for element in self.body.list(run) {
                    self.expr(element, Context::of(UseKind::Stored));
                }
            }
            Expr::FString(run) => {
                for part in self.body.list(run) {
                    if let Expr::Formatted { value, .. } = part.kind() {
                        self.expr(part.at(value), Context::of(UseKind::Stored));
                    }
                }
            }
            Expr::Pair(key, value) => {
                self.expr(expr.at(key), Context::of(UseKind::Stored));
                self.expr(expr.at(value), Context::of(UseKind::Stored));
            }
            Expr::DoubleStarred(inner)
            | Expr::Await(inner)
            | Expr::YieldFrom(inner)
            | Expr::Yield(Some(inner)) => {
                self.expr(expr.at(inner), Context::of(UseKind::Stored));
            }
            _ => {}
        }
    }

    fn stand(&mut self, found: Use) {
        let Some(state) = &mut self.state else {
            return;
        };
        let before = state.ran.clone();
        state.ran.insert(found.expr.index());
        match self.standing.get_mut(&found.expr) {
            Some((_, known)) => known.keep(&before),
            None => {
                self.standing.insert(found.expr, (found, before));
            }
        }
    }

    fn found(&self, expr: ExprRef<'a>, context: Context) -> Use {
        let whole = context.whole.unwrap_or(expr.id);
        Use {
            expr: expr.id,
            kind: context.kind,
            whole,
            then: context.then,
            then_whole: context.then_whole.unwrap_or(whole),
            is_repeated: false,
            after: Vec::new(),
            statement: self.statement.map(|statement| statement.id),
        }
    }

    fn name(&mut self, expr: ExprRef<'a>, name: Name, context: Context) {
        let Some(state) = &mut self.state else {
            return;
        };
        let own = self.of_name.get(&name).map_or(&[][..], Vec::as_slice);
        let in_force = own.iter().filter(|&&number| state.reach.has(number));
        let versions: Vec<usize> = in_force.copied().collect();
        if versions.is_empty() {
            return;
        }
        let is_repeated = versions.iter().any(|number| {
            let made_in = &self.versions[number].loops;
            !made_in.starts_with(&self.loops)
        });
        let before = state.ran.clone();
        state.ran.insert(expr.id.index());
        match self.met.get_mut(&expr.id) {
            Some(met) => {
                let new = versions.iter().filter(|it| !met.versions.contains(it));
                let new: Vec<usize> = new.copied().collect();
                met.versions.extend(new);
                met.before.keep(&before);
                met.found.is_repeated |= is_repeated;
            }
            None => {
                let mut found = self.found(expr, context);
                found.is_repeated = is_repeated;
                let met = Met {
                    found,
                    versions,
                    before,
                };
                self.met.insert(expr.id, met);
            }
        }
    }

    /// All operands but the last are asked whether they are true, and may be the result.
    fn operands(&mut self, run: Run, context: Context) {
        let is_truth = context.kind == UseKind::Truth;
        let operand = if is_truth {
            Context::of(UseKind::Truth)
        } else {
            Context::of(UseKind::Stored)
        };
        let mut ran = None;
        for value in self.body.list(run) {
            self.expr(value, operand);
            if ran.is_none() {
                ran = self.state.as_ref().map(|state| state.ran.clone());
            }
        }
        if let (Some(state), Some(ran)) = (&mut self.state, ran) {
            state.ran = ran;
        }
    }

    fn comprehension(
        &mut self,
        expr: ExprRef<'a>,
        element: ExprId,
        clauses: Run,
        context: Context,
    ) {
        let body = self.body;
        let depth = self.loops.len();
        let mut kept = None;
        for (index, clause) in body.clauses(clauses).iter().enumerate() {
            let within = context.within(UseKind::Iterated, expr.id);
            self.expr(body.expr(clause.iter), within);
            kept = kept.or_else(|| self.state.clone());
            self.loops.push(expr.id.index() as u32 * 2 + 1);
            let bound = match index {
                0 => Bound::Element(clause.iter),
                _ => Bound::Other,
            };
            self.target(body.expr(clause.target), bound);
            for condition in body.list(clause.conditions) {
                self.expr(condition, Context::of(UseKind::Truth));
            }
        }
        self.expr(body.expr(element), Context::of(UseKind::Stored));
        self.loops.truncate(depth);
        self.state = kept;
    }

    fn call(&mut self, call: CallRef<'a>, context: Context) {
        let expr = call.expr;
        match call.callee.kind() {
            Expr::Attribute(object, name) => {
                let context = context.within(UseKind::Method(name), expr.id);
                self.expr(call.callee.at(object), context);
            }
            _ => self.expr(call.callee, Context::of(UseKind::Stored)),
        }
        let kind = self.given(call);
        for argument in call.arguments() {
            let value = expr.at(argument.value);
            let kind = match argument.keyword {
                None => kind,
                Some(name) if self.is_lookup(call, name) => UseKind::Lookup(name),
                Some(_) => UseKind::Given,
            };
            self.expr(value, context.within(kind, expr.id));
        }
    }

    /// What a call does with what it is given.
    fn given(&self, call: CallRef<'a>) -> UseKind {
        if let Some((object, method)) = call.callee.as_attribute() {
            match method {
                "join" if object.as_str().is_some() => return UseKind::Iterated,
                "extend" => return UseKind::Iterated,
                _ => {}
            }
        }
        let target = self.calls.target(call.expr.body.id, call.expr.id);
        let Some(Target::Outside(name)) = target else {
            return UseKind::Given;
        };
        let count = call.positional().count();
        match self.calls.name(name) {
            "builtins.len" => UseKind::Len,
            "builtins.bool" => UseKind::Truth,
            "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.frozenset"
            | "builtins.sorted" | "builtins.dict" => UseKind::Collected,
            "builtins.max" | "builtins.min" if count > 1 => UseKind::Given,
            "builtins.sum"
            | "builtins.max"
            | "builtins.min"
            | "builtins.any"
            | "builtins.all"
            | "builtins.enumerate"
            | "builtins.zip"
            | "builtins.map"
            | "builtins.filter"
            | "builtins.reversed"
            | "builtins.iter"
            | "collections.Counter"
            | "itertools.chain"
            | "itertools.groupby" => UseKind::Iterated,
            "builtins.isinstance"
            | "builtins.type"
            | "builtins.id"
            | "builtins.callable"
            | "builtins.issubclass" => UseKind::Tested,
            _ => UseKind::Given,
        }
    }

    /// Whether an argument is compared in a query of Django's own: `filter(order__in=...)`,
    /// `Q(order__in=...)`.
    fn is_lookup(&self, call: CallRef<'a>, name: Name) -> bool {
        if !self.body.facts.text(name).ends_with("__in") {
            return false;
        }
        let target = self.calls.target(call.expr.body.id, call.expr.id);
        let Some(Target::Outside(target)) = target else {
            return false;
        };
        let dotted = self.calls.name(target);
        let last = dotted.rsplit('.').next().unwrap_or(dotted);
        dotted.starts_with("django.db.models.")
            && matches!(last, "Q" | "exclude" | "filter" | "get")
    }
}

impl Met {
    /// The uses that surely ran before, among others of the same variable.
    pub(super) fn after(&self, others: &[ExprId]) -> Vec<ExprId> {
        ran(&self.before, others)
    }
}

/// Which of several expressions are among those that ran.
pub(super) fn ran(before: &Bits, exprs: &[ExprId]) -> Vec<ExprId> {
    let ran = exprs.iter().filter(|expr| before.has(expr.index()));
    ran.copied().collect()
}
