//! Statements, in the order in which Python runs them.

use std::rc::Rc;
use std::sync::Arc;

use super::forks::fact;
use super::values::{Class, Function, Item, K, V};
use super::{Evaluator, Frame, Outcome, Raise, Risk, Verdict};
use crate::facts::ir::{Expr, ParamKind, Stmt};
use crate::facts::{ExprId, ExprRef, Run, StmtRef};
use crate::settings::What;
use crate::settings::condition::Fact;

/// How a statement ends.
#[derive(Clone, Debug)]
pub(super) enum Flow<'a> {
    Next,
    Break,
    Continue,
    Return(V<'a>),
    Raise(Raise),
    /// The first where the fact holds, else the second.
    Split(Box<(Fact, Flow<'a>, Flow<'a>)>),
}

impl<'a> Flow<'a> {
    fn is_next(&self) -> bool {
        matches!(self, Self::Next)
    }

    /// Whether any way goes on with the next statement.
    fn may_go_on(&self) -> bool {
        match self {
            Self::Next => true,
            Self::Split(split) => split.1.may_go_on() || split.2.may_go_on(),
            _ => false,
        }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn block(&mut self, frame: &mut Frame<'a>, statements: &[StmtRef<'a>]) -> Flow<'a> {
        for (index, &statement) in statements.iter().enumerate() {
            if !self.step() {
                return Flow::Raise(Raise {
                    exception: "too many steps",
                });
            }
            let flow = self.statement(frame, statement);
            match flow {
                Flow::Next => {}
                Flow::Split(_) if flow.may_go_on() => {
                    return self.after_split(frame, flow, &statements[index + 1..]);
                }
                ended => return ended,
            }
        }
        Flow::Next
    }

    pub(super) fn run(&mut self, frame: &mut Frame<'a>, block: Run, of: StmtRef<'a>) -> Flow<'a> {
        let statements: Vec<_> = of.body.block(block).collect();
        self.block(frame, &statements)
    }

    /// The rest of a block, on those ways that go on.
    fn after_split(
        &mut self,
        frame: &mut Frame<'a>,
        flow: Flow<'a>,
        rest: &[StmtRef<'a>],
    ) -> Flow<'a> {
        match flow {
            Flow::Next => self.block(frame, rest),
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                self.both_ways(
                    frame,
                    &fact,
                    |own, frame| own.after_split(frame, first, rest),
                    |own, frame| own.after_split(frame, second, rest),
                )
            }
            ended => ended,
        }
    }

    /// Runs both ways and merges; where one raises and nothing catches that, only the other is possible.
    pub(super) fn both_ways(
        &mut self,
        frame: &mut Frame<'a>,
        when: &Fact,
        first: impl FnOnce(&mut Self, &mut Frame<'a>) -> Flow<'a>,
        second: impl FnOnce(&mut Self, &mut Frame<'a>) -> Flow<'a>,
    ) -> Flow<'a> {
        let not = fact(&when.test, !when.holds);
        let (one, one_delta) = self.branch(when.clone(), |own| first(own, frame));
        let (other, other_delta) = self.branch(not.clone(), |own| second(own, frame));
        match (one, other) {
            (Flow::Raise(_), other) if self.guards == 0 && !matches!(other, Flow::Raise(_)) => {
                self.path.push(not);
                self.apply(other_delta);
                other
            }
            (one, Flow::Raise(_)) if self.guards == 0 && !matches!(one, Flow::Raise(_)) => {
                self.path.push(when.clone());
                self.apply(one_delta);
                one
            }
            (one, other) => {
                self.merge(when, one_delta, other_delta);
                if one.is_next() && other.is_next() {
                    return Flow::Next;
                }
                Flow::Split(Box::new((when.clone(), one, other)))
            }
        }
    }

    fn statement(&mut self, frame: &mut Frame<'a>, statement: StmtRef<'a>) -> Flow<'a> {
        match self.try_statement(frame, statement) {
            Ok(flow) => flow,
            Err(raise) => Flow::Raise(raise),
        }
    }

    fn try_statement(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
    ) -> Outcome<Flow<'a>> {
        let at = |id: ExprId| statement.body.expr(id);
        let place = Self::place(frame, statement.span());
        match statement.kind() {
            Stmt::Expr(value) => {
                self.expr(frame, at(value))?;
            }
            Stmt::Assign { targets, value } => {
                let value = self.expr(frame, at(value))?;
                for target in statement.body.list(targets) {
                    self.assign_target(frame, target, value.clone(), place)?;
                }
            }
            Stmt::Annotated { target, value, .. } => {
                if let Some(value) = value {
                    let value = self.expr(frame, at(value))?;
                    self.assign_target(frame, at(target), value, place)?;
                }
            }
            Stmt::Augmented { op, target, value } => {
                self.augmented(frame, op, at(target), at(value), place)?;
            }
            Stmt::Return(value) => {
                let value = match value {
                    Some(value) => self.expr(frame, at(value))?,
                    None => V::none(),
                };
                return Ok(Flow::Return(value));
            }
            Stmt::Delete(targets) => {
                for target in statement.body.list(targets) {
                    self.delete(frame, target, place)?;
                }
            }
            Stmt::Raise { exception, .. } => {
                return Err(Raise {
                    exception: exception_name(exception.map(at)),
                });
            }
            Stmt::Assert { test, .. } => match self.verdict_of(frame, at(test))? {
                Verdict::True => {}
                Verdict::False => {
                    return Err(Raise {
                        exception: "AssertionError",
                    });
                }
                Verdict::When(fact) if self.guards == 0 => self.path.push(fact),
                Verdict::When(_) => {}
            },
            Stmt::If { test, body, orelse } => {
                return match self.verdict_of(frame, at(test))? {
                    Verdict::True => Ok(self.run(frame, body, statement)),
                    Verdict::False => Ok(self.run(frame, orelse, statement)),
                    Verdict::When(fact) => Ok(self.both_ways(
                        frame,
                        &fact,
                        |own, frame| own.run(frame, body, statement),
                        |own, frame| own.run(frame, orelse, statement),
                    )),
                };
            }
            Stmt::For {
                target,
                iter,
                body,
                orelse,
                ..
            } => {
                let iterable = self.expr(frame, at(iter))?;
                return self.for_loop(frame, statement, at(target), iterable, body, orelse);
            }
            Stmt::While { test, body, orelse } => {
                return self.while_loop(frame, statement, at(test), body, orelse);
            }
            Stmt::With { items, body, .. } => {
                return self.with_block(frame, statement, items, body);
            }
            Stmt::Try(index) => {
                let attempt = statement.body.body().tries[index as usize];
                return Ok(self.attempt(frame, statement, attempt));
            }
            Stmt::Match { subject, cases } => {
                let subject = self.expr(frame, at(subject))?;
                return self.match_cases(frame, statement, &subject, cases);
            }
            Stmt::Class(class) => {
                let value = self.class_statement(frame, class)?;
                let name: Arc<str> = frame.facts.text(frame.facts.class(class).name).into();
                self.assign(frame.scope_for(&name), &name, value, place);
            }
            Stmt::Function(function) => {
                let value = self.function_statement(frame, function)?;
                let name: Arc<str> = frame.facts.text(frame.facts.function(function).name).into();
                self.assign(frame.scope_for(&name), &name, value, place);
            }
            Stmt::Import { first, count } => {
                for index in first.index()..first.index() + count as usize {
                    self.import(frame, &frame.facts.imports[index])?;
                }
            }
            Stmt::Global(names) => {
                for name in statement.body.list(names).filter_map(ExprRef::as_name) {
                    frame.globals.push(name.into());
                }
            }
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
            Stmt::Nonlocal(_) | Stmt::TypeAlias { .. } | Stmt::Pass => {}
        }
        Ok(Flow::Next)
    }

    // ---- loops ----

    fn for_loop(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        target: ExprRef<'a>,
        iterable: V<'a>,
        body: Run,
        orelse: Run,
    ) -> Outcome<Flow<'a>> {
        let items = self.iterate(&iterable, Self::place_of(frame, target));
        let flow = self.iterations(frame, statement, target, &items, body);
        Ok(self.after_loop(frame, flow, statement, orelse))
    }

    /// Runs the `else` of a loop on those ways that did not break out of it.
    fn after_loop(
        &mut self,
        frame: &mut Frame<'a>,
        flow: Flow<'a>,
        statement: StmtRef<'a>,
        orelse: Run,
    ) -> Flow<'a> {
        match flow {
            Flow::Break => Flow::Next,
            Flow::Next => self.run(frame, orelse, statement),
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                self.both_ways(
                    frame,
                    &fact,
                    |own, frame| own.after_loop(frame, first, statement, orelse),
                    |own, frame| own.after_loop(frame, second, statement, orelse),
                )
            }
            ended => ended,
        }
    }

    fn iterations(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        target: ExprRef<'a>,
        items: &[Item<'a>],
        body: Run,
    ) -> Flow<'a> {
        for (index, item) in items.iter().enumerate() {
            if !self.step() {
                return Flow::Raise(Raise {
                    exception: "too many steps",
                });
            }
            let flow = self.iteration(frame, statement, target, item.clone(), body);
            match flow {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Break,
                Flow::Split(_) if self.path.len() < MAX_NESTED_BREAKS => {
                    let rest = &items[index + 1..];
                    return self.after_iteration(frame, flow, statement, target, rest, body);
                }
                Flow::Split(_) => return Flow::Next,
                ended => return ended,
            }
        }
        Flow::Next
    }

    /// The rest of a loop, on those ways that did not leave it.
    fn after_iteration(
        &mut self,
        frame: &mut Frame<'a>,
        flow: Flow<'a>,
        statement: StmtRef<'a>,
        target: ExprRef<'a>,
        rest: &[Item<'a>],
        body: Run,
    ) -> Flow<'a> {
        match flow {
            Flow::Next | Flow::Continue => self.iterations(frame, statement, target, rest, body),
            Flow::Break => Flow::Break,
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                self.both_ways(
                    frame,
                    &fact,
                    |own, frame| own.after_iteration(frame, first, statement, target, rest, body),
                    |own, frame| own.after_iteration(frame, second, statement, target, rest, body),
                )
            }
            ended => ended,
        }
    }

    fn iteration(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        target: ExprRef<'a>,
        item: Item<'a>,
        body: Run,
    ) -> Flow<'a> {
        let once = |own: &mut Self, frame: &mut Frame<'a>, value: V<'a>| {
            let place = value.place;
            match own.assign_target(frame, target, value, place) {
                Ok(()) => own.run(frame, body, statement),
                Err(raise) => Flow::Raise(raise),
            }
        };
        let mut conditions = item.when.facts().to_vec();
        if item.many {
            // Runs any number of times: at least it may run, and it may not.
            let test = self.opaque_test(frame, target, Vec::new());
            conditions.push(fact(&Arc::new(test), true));
        }
        self.under(frame, &conditions, &mut |own, frame| {
            once(own, frame, item.value.clone())
        })
    }

    /// Runs `work` under several conditions, one within the other.
    fn under(
        &mut self,
        frame: &mut Frame<'a>,
        conditions: &[Fact],
        work: &mut dyn FnMut(&mut Self, &mut Frame<'a>) -> Flow<'a>,
    ) -> Flow<'a> {
        let Some((first, rest)) = conditions.split_first() else {
            return work(self, frame);
        };
        match self.assumed(&first.test) {
            Some(holds) if holds == first.holds => self.under(frame, rest, work),
            Some(_) => Flow::Next,
            None => self.both_ways(
                frame,
                first,
                |own, frame| own.under(frame, rest, work),
                |_, _| Flow::Next,
            ),
        }
    }

    /// `while`: run as long as its test is decided; then at most once more.
    fn while_loop(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        test: ExprRef<'a>,
        body: Run,
        orelse: Run,
    ) -> Outcome<Flow<'a>> {
        for _ in 0..1000 {
            match self.verdict_of(frame, test)? {
                Verdict::False => return Ok(self.run(frame, orelse, statement)),
                Verdict::True => match self.run(frame, body, statement) {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break | Flow::Split(_) => return Ok(Flow::Next),
                    other => return Ok(other),
                },
                Verdict::When(fact) => {
                    return Ok(self.both_ways(
                        frame,
                        &fact,
                        |own, frame| match own.run(frame, body, statement) {
                            Flow::Break | Flow::Continue | Flow::Split(_) => Flow::Next,
                            other => other,
                        },
                        |own, frame| own.run(frame, orelse, statement),
                    ));
                }
            }
        }
        Ok(Flow::Next)
    }

    // ---- with, try ----

    fn with_block(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        items: Run,
        body: Run,
    ) -> Outcome<Flow<'a>> {
        let mut suppressed = false;
        let mut rebound = Vec::new();
        for item in &statement.body.body().with_items[items.range()] {
            let context = statement.body.expr(item.context);
            let value = self.expr(frame, context)?;
            suppressed |= matches!(
                &value.kind,
                K::Object(object) if &*object.callee == "contextlib.suppress"
            );
            if let Some(target) = item.target {
                let place = Self::place_of(frame, context);
                self.assign_target(frame, statement.body.expr(target), value.clone(), place)?;
            }
            // `with env.prefixed("APP_"):` changes `env` itself as long as the block runs.
            let receiver = context
                .as_call()
                .and_then(|call| call.callee.as_attribute());
            if let K::Reader(_) = value.kind
                && let Some((name, _)) = receiver
                && let Some(name) = name.as_name()
            {
                let name: Arc<str> = name.into();
                let scope = frame.scope_for(&name);
                rebound.push((scope, name.clone(), self.state.name(scope, &name).cloned()));
                self.assign(scope, &name, value, None);
            }
        }
        let flow = if suppressed {
            let statements: Vec<_> = statement.body.block(body).collect();
            self.guarded(frame, &statements, &|_, _, _| Some(Flow::Next))
        } else {
            self.run(frame, body, statement)
        };
        for (scope, name, before) in rebound {
            self.state.bind(scope, &name, before);
        }
        Ok(flow)
    }

    fn attempt(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        attempt: crate::facts::ir::Try,
    ) -> Flow<'a> {
        let handlers = &statement.body.body().handlers[attempt.handlers.range()];
        let mut body: Vec<_> = statement.body.block(attempt.body).collect();
        body.extend(statement.body.block(attempt.orelse));
        let handle = |own: &mut Self, frame: &mut Frame<'a>, raise: &Raise| {
            let handler = handlers.iter().find(|handler| {
                let exception = handler.exception.map(|id| statement.body.expr(id));
                exception.is_none_or(|exception| catches(exception, raise.exception))
            })?;
            if let Some(name) = handler.name {
                let name: Arc<str> = frame.facts.text(name).into();
                let value = V::unknown("an exception", None);
                own.assign(frame.scope_for(&name), &name, value, None);
            }
            Some(own.run(frame, handler.body, statement))
        };
        let flow = self.guarded(frame, &body, &handle);
        let finally: Vec<_> = statement.body.block(attempt.finally).collect();
        if finally.is_empty() {
            return flow;
        }
        match (self.block(frame, &finally), flow) {
            (Flow::Next, flow) => flow,
            (ended, _) => ended,
        }
    }

    /// Runs statements whose exceptions `handle` catches; it gives `None` for those it does not.
    fn guarded(
        &mut self,
        frame: &mut Frame<'a>,
        statements: &[StmtRef<'a>],
        handle: Handle<'_, 'a>,
    ) -> Flow<'a> {
        for (index, &statement) in statements.iter().enumerate() {
            let risks_before = self.risks.len();
            self.guards += 1;
            self.begin();
            let flow = self.statement(frame, statement);
            self.guards -= 1;
            let risks = self.risks.split_off(risks_before);
            let risky = risks
                .into_iter()
                .find(|risk| self.assumed(&risk.safe.test).is_none());
            let Some(Risk { exception, safe }) = risky else {
                self.commit();
                if flow.is_next() {
                    continue;
                }
                return self.after_guarded(frame, flow, &statements[index + 1..], handle);
            };
            self.rollback();
            let rest = &statements[index..];
            return self.both_ways(
                frame,
                &safe,
                |own, frame| own.guarded(frame, rest, handle),
                |own, frame| {
                    own.after_guarded(frame, Flow::Raise(Raise { exception }), &[], handle)
                },
            );
        }
        Flow::Next
    }

    /// What comes after a statement of a guarded block: its handler where it raised.
    fn after_guarded(
        &mut self,
        frame: &mut Frame<'a>,
        flow: Flow<'a>,
        rest: &[StmtRef<'a>],
        handle: Handle<'_, 'a>,
    ) -> Flow<'a> {
        match flow {
            Flow::Next => self.guarded(frame, rest, handle),
            Flow::Raise(raise) => handle(self, frame, &raise).unwrap_or(Flow::Raise(raise)),
            Flow::Split(split) => {
                let (fact, first, second) = *split;
                self.both_ways(
                    frame,
                    &fact,
                    |own, frame| own.after_guarded(frame, first, rest, handle),
                    |own, frame| own.after_guarded(frame, second, rest, handle),
                )
            }
            ended => ended,
        }
    }

    // ---- match ----

    fn match_cases(
        &mut self,
        frame: &mut Frame<'a>,
        statement: StmtRef<'a>,
        subject: &V<'a>,
        cases: Run,
    ) -> Outcome<Flow<'a>> {
        let Some(case) = statement.body.body().cases[cases.range()].first() else {
            return Ok(Flow::Next);
        };
        let rest = Run {
            start: cases.start + 1,
            len: cases.len - 1,
        };
        let mut verdict = self.pattern(frame, statement.body.expr(case.pattern), subject)?;
        if let Some(guard) = case.guard
            && !matches!(verdict, Verdict::False)
        {
            let guarded = self.verdict_of(frame, statement.body.expr(guard))?;
            verdict = self.both(verdict, guarded);
        }
        match verdict {
            Verdict::True => Ok(self.run(frame, case.body, statement)),
            Verdict::False => self.match_cases(frame, statement, subject, rest),
            Verdict::When(fact) => Ok(self.both_ways(
                frame,
                &fact,
                |own, frame| own.run(frame, case.body, statement),
                |own, frame| match own.match_cases(frame, statement, subject, rest) {
                    Ok(flow) => flow,
                    Err(raise) => Flow::Raise(raise),
                },
            )),
        }
    }

    fn pattern(
        &mut self,
        frame: &mut Frame<'a>,
        pattern: ExprRef<'a>,
        subject: &V<'a>,
    ) -> Outcome<Verdict> {
        match pattern.kind() {
            Expr::Ellipsis => Ok(Verdict::True),
            Expr::Name(_) => {
                let place = Self::place_of(frame, pattern);
                self.assign_target(frame, pattern, subject.clone(), place)?;
                Ok(Verdict::True)
            }
            Expr::Named(name, inner) => {
                let place = Self::place_of(frame, pattern);
                self.assign_target(frame, pattern.at(name), subject.clone(), place)?;
                self.pattern(frame, pattern.at(inner), subject)
            }
            Expr::Binary(_, left, right) => {
                let left = self.pattern(frame, pattern.at(left), subject)?;
                let right = self.pattern(frame, pattern.at(right), subject)?;
                Ok(self.either(left, right))
            }
            Expr::Str(_) | Expr::Int(_) | Expr::Bool(_) | Expr::None | Expr::Attribute(..) => {
                let value = self.expr(frame, pattern)?;
                let equal = self.compare(
                    frame,
                    crate::facts::ir::CompareOp::Eq,
                    subject,
                    &value,
                    pattern,
                );
                Ok(self.verdict(frame, &equal, pattern))
            }
            _ => {
                let test = self.opaque_test(frame, pattern, Vec::new());
                Ok(Verdict::When(fact(&Arc::new(test), true)))
            }
        }
    }

    // ---- definitions ----

    fn function_statement(
        &mut self,
        frame: &mut Frame<'a>,
        id: crate::facts::FunctionId,
    ) -> Outcome<V<'a>> {
        let declared = frame.facts.function(id);
        let place = Self::place(frame, declared.name_span);
        let scope = frame.body_of(declared.scope);
        let mut is_property = false;
        for &decorator in &declared.decorators {
            match scope.expr(decorator).dotted().as_deref() {
                Some(
                    "property" | "classproperty" | "cached_property" | "functools.cached_property",
                ) => {
                    is_property = true;
                }
                Some(
                    "staticmethod"
                    | "classmethod"
                    | "cache"
                    | "lru_cache"
                    | "functools.cache"
                    | "functools.lru_cache",
                ) => {}
                _ if scope.expr(decorator).as_call().is_some_and(|call| {
                    call.callee
                        .dotted()
                        .is_some_and(|name| name.ends_with("lru_cache"))
                }) => {}
                _ => return Ok(V::unknown("a decorated function", place)),
            }
        }
        let function = self.function_value(frame, id, is_property)?;
        Ok(V::new(K::Function(Rc::new(function)), place))
    }

    /// A function or lambda with its defaults evaluated.
    pub(super) fn function_value(
        &mut self,
        frame: &mut Frame<'a>,
        id: crate::facts::FunctionId,
        is_property: bool,
    ) -> Outcome<Function<'a>> {
        let declared = frame.facts.function(id);
        let scope = frame.body_of(declared.scope);
        let mut defaults = Vec::new();
        for param in &declared.params {
            let is_star = matches!(param.kind, ParamKind::Arguments | ParamKind::Keywords);
            if let Some(default) = param.default.filter(|_| !is_star) {
                let value = self.expr(frame, scope.expr(default))?;
                defaults.push((frame.facts.text(param.name).into(), value));
            }
        }
        // A class's names are not seen from the functions in it.
        let is_class = matches!(scope.owner(), crate::facts::ir::Owner::Class(_));
        let scopes = frame.scopes[usize::from(is_class && frame.scopes.len() > 1)..].to_vec();
        Ok(Function {
            facts: frame.facts,
            module: frame.module,
            id,
            scopes,
            defaults,
            is_property,
            receiver: None,
        })
    }

    fn class_statement(
        &mut self,
        frame: &mut Frame<'a>,
        id: crate::facts::ClassId,
    ) -> Outcome<V<'a>> {
        let declared = frame.facts.class(id);
        let place = Self::place(frame, declared.name_span);
        let header = frame.body_of(declared.scope);
        let mut bases = Vec::new();
        for base in &declared.bases {
            if base.keyword.is_none() {
                bases.push(self.expr(frame, header.expr(base.value))?);
            }
        }
        let scope = self.state.new_scope();
        let mut inner = Frame {
            scopes: Vec::new(),
            globals: Vec::new(),
            ..frame.clone()
        };
        inner.scopes.push(scope);
        inner.scopes.extend_from_slice(&frame.scopes);
        let body: Vec<_> = frame.body_of(declared.body).statements().collect();
        if let Flow::Raise(raise) = self.block(&mut inner, &body) {
            return Err(raise);
        }
        let name: Arc<str> = frame.facts.text(declared.name).into();
        let class = Class {
            facts: frame.facts,
            module: frame.module,
            id,
            name,
            bases,
            scope,
        };
        Ok(V::new(K::Class(Rc::new(class)), place))
    }

    /// Removes a name, an element or an entry.
    fn delete(
        &mut self,
        frame: &mut Frame<'a>,
        target: ExprRef<'a>,
        place: Option<crate::place::Place>,
    ) -> Outcome<()> {
        match target.kind() {
            Expr::Name(name) => {
                let name: Arc<str> = frame.facts.text(name).into();
                self.state.bind(frame.scope_for(&name), &name, None);
            }
            Expr::Subscript(value, index) => {
                let value = self.expr(frame, target.at(value))?;
                let index = self.expr(frame, target.at(index))?;
                self.delete_item(&value, &index);
                self.contribute_to(&value, place, What::Removed);
            }
            _ => {}
        }
        Ok(())
    }
}

/// What catches: gives how the handler ends, or `None` where none fits.
type Handle<'h, 'a> = &'h dyn Fn(&mut Evaluator<'a>, &mut Frame<'a>, &Raise) -> Option<Flow<'a>>;

/// Undecided `break`s, one within the other, before a loop is given up.
const MAX_NESTED_BREAKS: usize = 48;

/// The exceptions that are told apart; any other is just one.
const EXCEPTIONS: &[&str] = &[
    "ImportError",
    "ModuleNotFoundError",
    "KeyError",
    "ImproperlyConfigured",
    "ValueError",
    "TypeError",
    "AttributeError",
    "NameError",
    "IndexError",
    "FileNotFoundError",
    "OSError",
    "SystemExit",
    "UndefinedValueError",
    "EnvError",
    "RuntimeError",
    "ValidationError",
];

fn exception_name(exception: Option<ExprRef<'_>>) -> &'static str {
    let dotted = exception.and_then(|exception| {
        exception
            .as_call()
            .map_or_else(|| exception.dotted(), |call| call.callee.dotted())
    });
    let name = dotted
        .as_deref()
        .and_then(|dotted| dotted.rsplit('.').next())
        .unwrap_or("");
    EXCEPTIONS
        .iter()
        .find(|known| **known == name)
        .copied()
        .unwrap_or("Exception")
}

/// Whether a handler for `exception` catches what was raised.
fn catches(exception: ExprRef<'_>, raised: &str) -> bool {
    if let Some(mut several) = exception.elements() {
        return several.any(|one| catches(one, raised));
    }
    let dotted = exception.dotted().unwrap_or_default();
    let name = dotted.rsplit('.').next().unwrap_or("");
    match name {
        "BaseException" => true,
        "Exception" => raised != "SystemExit",
        "ImportError" => matches!(raised, "ImportError" | "ModuleNotFoundError"),
        "LookupError" => matches!(raised, "KeyError" | "IndexError"),
        "OSError" | "IOError" | "EnvironmentError" => {
            matches!(raised, "OSError" | "FileNotFoundError")
        }
        "EnvError" => matches!(raised, "EnvError" | "ValidationError"),
        "ValueError" => matches!(raised, "ValueError" | "EnvError"),
        _ => name == raised,
    }
}
