//! Which values a name may have where it is read, and whether code checks it before.
//!
//! Seen from the read backwards, block by block: an assignment that surely runs ends the search, one
//! that may run adds a value, and what a loop assigns further down is there in its next round.

use crate::facts::ir::{Clause, CompareOp, Stmt, UnaryOp};
use crate::facts::{BodyRef, CallRef, Expr, ExprId, ExprRef, Run, StmtRef};

/// How a name gets a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    Value(ExprRef<'a>),
    /// One of what the expression gives.
    Element(ExprRef<'a>),
    /// What stands at a position of it.
    Item(ExprRef<'a>, usize),
    /// What stands at a position of one of what it gives.
    ItemOfElement(ExprRef<'a>, usize),
    /// `with it as name`: what a context gives is hardly ever a text.
    Context,
    /// Added to what the name has.
    More(ExprRef<'a>),
}

/// What a name may have where it is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Reaching<'a> {
    pub(super) given: Vec<Given<'a>>,
    /// Whether it may have what it has outside: a parameter, or a name of the scopes around.
    pub(super) from_outside: bool,
    /// Whether the place is only reached where a check let the value pass. Values in `given` were
    /// assigned after it.
    pub(super) is_checked: bool,
}

/// What a block does to a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It surely gives it a value.
    Gives,
    /// It may leave it as it is.
    Passes,
    /// What stands behind the block is not reached.
    Leaves,
}

/// Whether a call that looks at a text sees only a part of it: a pattern without an end.
pub(super) type SeesPart<'a, 'p> = &'p dyn Fn(CallRef<'a>) -> bool;

/// What reaches a name, or (`from_outside` alone is told) an attribute, that is read.
pub(super) fn reaching<'a>(read: ExprRef<'a>, sees_part: SeesPart<'a, '_>) -> Reaching<'a> {
    let mut search = Search {
        body: read.body,
        read,
        sees_part,
        found: Reaching::default(),
    };
    if search.comprehensions() || search.statements() {
        return search.found;
    }
    search.found.from_outside = true;
    search.found
}

struct Search<'a, 'p> {
    body: BodyRef<'a>,
    read: ExprRef<'a>,
    sees_part: SeesPart<'a, 'p>,
    found: Reaching<'a>,
}

impl<'a> Search<'a, '_> {
    fn is_read(&self, expr: ExprRef<'a>) -> bool {
        is_same(expr, self.read)
    }

    /// The comprehensions and conditional expressions around the read, innermost first; whether the
    /// search ends with them.
    fn comprehensions(&mut self) -> bool {
        let span = self.read.span();
        let around = self.body.exprs().skip(self.read.id.index() + 1);
        for expr in around.filter(|expr| expr.span().encloses(span)) {
            match expr.kind() {
                Expr::Comprehension(_, _, clauses) if self.clauses(self.body.clauses(clauses)) => {
                    return true;
                }
                Expr::Conditional { test, body, orelse } => {
                    let is_within = |id: ExprId| expr.at(id).span().encloses(span);
                    let test = expr.at(test);
                    if is_within(body) && self.checks(test, true)
                        || is_within(orelse) && self.checks(test, false)
                    {
                        self.found.is_checked = true;
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }

    fn clauses(&mut self, clauses: &[Clause]) -> bool {
        let span = self.read.span();
        let in_source = |clause: &Clause| self.body.expr(clause.iter).span().encloses(span);
        // What is gone through first is read outside.
        if clauses.first().is_some_and(in_source) {
            return false;
        }
        let body = self.body;
        let mut conditions = clauses
            .iter()
            .flat_map(|clause| body.list(clause.conditions));
        if conditions.any(|test| !test.span().encloses(span) && self.checks(test, true)) {
            self.found.is_checked = true;
            return true;
        }
        clauses.iter().rev().any(|clause| {
            let iter = self.body.expr(clause.iter);
            self.target(self.body.expr(clause.target), Bound::Each(iter))
        })
    }

    /// The statements around the read, innermost first.
    fn statements(&mut self) -> bool {
        let mut path = Vec::new();
        enclosing(self.body, self.body.body().top, self.read, &mut path);
        for &(block, index) in path.iter().rev() {
            let statements: Vec<StmtRef<'a>> = self.body.block(block).collect();
            for statement in statements[..index].iter().rev() {
                if self.statement(*statement) == Outcome::Gives {
                    return true;
                }
                if self.is_guard(*statement) {
                    self.found.is_checked = true;
                    return true;
                }
            }
            // The statement whose block this is.
            let Some(around) = self.owner_of(block) else {
                continue;
            };
            match around.kind() {
                Stmt::If { test, body, .. } => {
                    let is_then = body == block;
                    if self.checks(self.body.expr(test), is_then) {
                        self.found.is_checked = true;
                        return true;
                    }
                }
                Stmt::For {
                    target, iter, body, ..
                } if body == block => {
                    self.later(&statements[index..]);
                    let iter = self.body.expr(iter);
                    if self.target(self.body.expr(target), Bound::Each(iter)) {
                        return true;
                    }
                }
                Stmt::While { body, .. } if body == block => self.later(&statements[index..]),
                Stmt::With { items, .. } if self.items(items) => return true,
                _ => {}
            }
        }
        false
    }

    /// What the rest of a loop's body gives the name for the next round.
    fn later(&mut self, statements: &[StmtRef<'a>]) {
        for statement in statements.iter().rev() {
            if self.statement(*statement) == Outcome::Gives {
                return;
            }
        }
    }

    fn owner_of(&self, block: Run) -> Option<StmtRef<'a>> {
        let mut all = self.body.all_statements();
        all.find(|statement| blocks(*statement).contains(&block))
    }

    fn items(&mut self, items: Run) -> bool {
        let body = self.body;
        let items = body.body().with_items[items.range()].iter().rev();
        let targets: Vec<_> = items
            .filter_map(|item| Some(body.expr(item.target?)))
            .collect();
        targets
            .into_iter()
            .any(|target| self.target(target, Bound::Context))
    }

    /// What a statement gives the name.
    fn statement(&mut self, statement: StmtRef<'a>) -> Outcome {
        let body = self.body;
        match statement.kind() {
            Stmt::Assign { targets, value } => {
                let value = body.expr(value);
                for target in body.list(targets) {
                    if self.target(target, Bound::All(value)) {
                        return Outcome::Gives;
                    }
                }
                self.named(value);
                Outcome::Passes
            }
            Stmt::Annotated {
                target,
                value: Some(value),
                ..
            } => match self.target(body.expr(target), Bound::All(body.expr(value))) {
                true => Outcome::Gives,
                false => Outcome::Passes,
            },
            Stmt::Augmented { target, value, .. } => {
                if self.is_read(body.expr(target)) {
                    self.found.given.push(Given::More(body.expr(value)));
                }
                Outcome::Passes
            }
            Stmt::Expr(value) => {
                self.named(body.expr(value));
                Outcome::Passes
            }
            Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Break | Stmt::Continue => Outcome::Leaves,
            Stmt::If {
                test,
                body: then,
                orelse,
            } => {
                self.named(body.expr(test));
                let then = self.branch(then);
                let orelse = self.branch(orelse);
                both(then, orelse)
            }
            Stmt::For {
                target,
                iter,
                body: within,
                ..
            } => {
                self.branch(within);
                self.target(body.expr(target), Bound::Each(body.expr(iter)));
                Outcome::Passes
            }
            Stmt::While { body: within, .. } => {
                self.branch(within);
                Outcome::Passes
            }
            Stmt::With {
                items,
                body: within,
                ..
            } => match self.branch(within) {
                Outcome::Passes if self.items(items) => Outcome::Gives,
                outcome => outcome,
            },
            Stmt::Try(index) => {
                let parts = body.body().tries[index as usize];
                let mut outcome = both_in_turn(self.branch(parts.orelse), self.branch(parts.body));
                for handler in &body.body().handlers[parts.handlers.range()] {
                    let caught = self.branch(handler.body);
                    outcome = both(outcome, caught);
                }
                both_in_turn(self.branch(parts.finally), outcome)
            }
            Stmt::Match { cases, .. } => {
                for case in &body.body().cases[cases.range()] {
                    self.branch(case.body);
                }
                Outcome::Passes
            }
            _ => Outcome::Passes,
        }
    }

    /// A block that may run. What it gives before it leaves does not reach the read.
    fn branch(&mut self, block: Run) -> Outcome {
        let before = self.found.given.len();
        let statements: Vec<StmtRef<'a>> = self.body.block(block).collect();
        let mut leaves = false;
        for statement in statements.iter().rev() {
            match self.statement(*statement) {
                Outcome::Gives if leaves => break,
                Outcome::Gives => return Outcome::Gives,
                Outcome::Leaves => leaves = true,
                Outcome::Passes => {}
            }
        }
        if leaves {
            self.found.given.truncate(before);
            return Outcome::Leaves;
        }
        Outcome::Passes
    }

    /// `(name := value)` somewhere in an expression: it may be given.
    fn named(&mut self, expr: ExprRef<'a>) {
        for within in expr.within() {
            if let Expr::Named(target, value) = within.kind()
                && self.is_read(within.at(target))
            {
                self.found.given.push(Given::Value(within.at(value)));
            }
        }
    }

    /// Whether a target is the name, and what it gets then.
    fn target(&mut self, target: ExprRef<'a>, bound: Bound<'a>) -> bool {
        if self.is_read(target) {
            self.found.given.push(match bound {
                Bound::All(value) => Given::Value(value),
                Bound::Each(value) => Given::Element(value),
                Bound::Context => Given::Context,
            });
            return true;
        }
        // `names[key] = value` and `holder.name = value` add to what the name holds.
        if let (Expr::Subscript(object, _), Bound::All(value)) = (target.kind(), bound) {
            if self.is_read(target.at(object)) {
                self.found.given.push(Given::More(value));
            }
            return false;
        }
        let (Expr::Tuple(run) | Expr::List(run)) = target.kind() else {
            return false;
        };
        for (position, inner) in target.body.list(run).enumerate() {
            let inner = match inner.kind() {
                Expr::Starred(inner) => target.at(inner),
                _ => inner,
            };
            if self.is_read(inner) {
                self.found.given.push(match bound {
                    Bound::All(value) => Given::Item(value, position),
                    Bound::Each(value) => Given::ItemOfElement(value, position),
                    Bound::Context => Given::Context,
                });
                return true;
            }
            // Deeper in, all of it counts.
            if let Expr::Tuple(_) | Expr::List(_) = inner.kind()
                && self.target(inner, bound)
            {
                return true;
            }
        }
        false
    }

    /// Whether what stands behind a statement is only reached with a value that a check let pass.
    fn is_guard(&self, statement: StmtRef<'a>) -> bool {
        let body = self.body;
        match statement.kind() {
            Stmt::If {
                test,
                body: then,
                orelse,
            } => {
                let test = body.expr(test);
                leaves(body, then) && self.checks(test, false)
                    || leaves(body, orelse) && self.checks(test, true)
            }
            Stmt::Assert { test, .. } => self.checks(body.expr(test), true),
            Stmt::Expr(value) => is_checking_call(body.expr(value), self.read),
            Stmt::Assign { value, .. } => is_checking_call(body.expr(value), self.read),
            Stmt::Try(index) => {
                let parts = body.body().tries[index as usize];
                let mut handlers = body.body().handlers[parts.handlers.range()].iter();
                handlers.all(|handler| leaves(body, handler.body))
                    && body.block(parts.body).any(|inner| self.is_guard(inner))
            }
            _ => false,
        }
    }

    /// Whether a value is fit where a test comes out as `outcome`: it is one of some, it is that one, or
    /// something looked at it closely. That it is there at all is no check.
    fn checks(&self, test: ExprRef<'a>, outcome: bool) -> bool {
        match test.kind() {
            Expr::Unary(UnaryOp::Not, inner) => self.checks(test.at(inner), !outcome),
            Expr::And(run) if outcome => test.body.list(run).any(|part| self.checks(part, true)),
            Expr::And(run) => test.body.list(run).all(|part| self.checks(part, false)),
            Expr::Or(run) if !outcome => test.body.list(run).any(|part| self.checks(part, false)),
            Expr::Or(run) => test.body.list(run).all(|part| self.checks(part, true)),
            Expr::Named(_, value) => self.checks(test.at(value), outcome),
            Expr::Compare(op, left, right) => {
                let (left, right) = (test.at(left), test.at(right));
                let is_left = holds(left, self.read);
                match op {
                    CompareOp::In => is_left && outcome || holds(right, self.read) && !outcome,
                    CompareOp::NotIn => is_left && !outcome || holds(right, self.read) && outcome,
                    CompareOp::Eq => outcome && (is_left || holds(right, self.read)),
                    CompareOp::NotEq => !outcome && (is_left || holds(right, self.read)),
                    CompareOp::Is | CompareOp::IsNot => self.looks_closely(left),
                    _ => false,
                }
            }
            _ => self.looks_closely(test),
        }
    }

    /// Whether a call looks at the value closely: `name.isidentifier()`, `re.match(pattern, name)`, or a
    /// name that such a call gave.
    fn looks_closely(&self, test: ExprRef<'a>) -> bool {
        let read = self.read;
        if let Some(call) = test.as_call() {
            if let Some((object, method)) = call.callee.as_attribute()
                && is_same(object, read)
            {
                return matches!(
                    method,
                    "isdigit" | "isdecimal" | "isnumeric" | "isalnum" | "isalpha" | "isidentifier"
                );
            }
            let is_shallow = matches!(
                call.callee.as_name(),
                Some("len" | "bool" | "str" | "any" | "all" | "hasattr" | "callable" | "print")
            );
            let is_text = call.callee.as_name() == Some("isinstance")
                && call.positional().nth(1).and_then(ExprRef::as_name) == Some("str");
            return !is_shallow
                && !is_text
                && !(self.sees_part)(call)
                && call.positional().any(|given| holds(given, read));
        }
        let Some(name) = test.as_name() else {
            return false;
        };
        let made = crate::flows::only_value(test.body, name);
        made.is_some_and(|made| made.as_call().is_some() && self.looks_closely(made))
    }
}

#[derive(Clone, Copy)]
enum Bound<'a> {
    All(ExprRef<'a>),
    Each(ExprRef<'a>),
    Context,
}

/// What two ways come to that exclude each other.
fn both(one: Outcome, other: Outcome) -> Outcome {
    match (one, other) {
        (Outcome::Leaves, outcome) | (outcome, Outcome::Leaves) => outcome,
        (Outcome::Gives, Outcome::Gives) => Outcome::Gives,
        _ => Outcome::Passes,
    }
}

fn both_in_turn(last: Outcome, first: Outcome) -> Outcome {
    if last == Outcome::Passes { first } else { last }
}

/// The blocks around an expression with the place of the statement in each, outermost first.
fn enclosing<'a>(body: BodyRef<'a>, block: Run, expr: ExprRef<'a>, path: &mut Vec<(Run, usize)>) {
    let span = expr.span();
    let mut statements = body.block(block).enumerate();
    let found = statements.find(|(_, statement)| statement.span().encloses(span));
    let Some((index, statement)) = found else {
        return;
    };
    path.push((block, index));
    for inner in blocks(statement) {
        enclosing(body, inner, expr, path);
    }
}

fn blocks(statement: StmtRef<'_>) -> Vec<Run> {
    let body = statement.body.body();
    match statement.kind() {
        Stmt::If {
            body: then, orelse, ..
        } => vec![then, orelse],
        Stmt::For {
            body: within,
            orelse,
            ..
        }
        | Stmt::While {
            body: within,
            orelse,
            ..
        } => vec![within, orelse],
        Stmt::With { body: within, .. } => vec![within],
        Stmt::Try(index) => {
            let parts = body.tries[index as usize];
            let mut all = vec![parts.body, parts.orelse, parts.finally];
            all.extend(
                body.handlers[parts.handlers.range()]
                    .iter()
                    .map(|it| it.body),
            );
            all
        }
        Stmt::Match { cases, .. } => body.cases[cases.range()].iter().map(|it| it.body).collect(),
        _ => Vec::new(),
    }
}

/// Whether a block ends with leaving what stands around it.
pub(super) fn leaves(body: BodyRef<'_>, block: Run) -> bool {
    body.block(block)
        .last()
        .is_some_and(|last| match last.kind() {
            Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Break | Stmt::Continue => true,
            Stmt::If {
                body: then, orelse, ..
            } => leaves(body, then) && leaves(body, orelse),
            Stmt::With { body: within, .. } => leaves(body, within),
            _ => false,
        })
}

/// Whether two expressions are the same name or the same attribute of it.
fn is_same(one: ExprRef<'_>, other: ExprRef<'_>) -> bool {
    match (one.kind(), other.kind()) {
        (Expr::Name(one), Expr::Name(other)) => one == other,
        (Expr::Attribute(object, name), Expr::Attribute(of, named)) => {
            name == named && is_same(one.at(object), other.at(of))
        }
        (Expr::Subscript(object, key), Expr::Subscript(of, by)) => {
            let (key, by) = (one.at(key), other.at(by));
            let is_same_key = is_same(key, by) || key.as_str().is_some() && key.kind() == by.kind();
            is_same_key && is_same(one.at(object), other.at(of))
        }
        _ => false,
    }
}

/// Whether an expression is what is read, or that stripped, lowered and so on.
fn holds(expr: ExprRef<'_>, read: ExprRef<'_>) -> bool {
    is_same(expr, read)
        || expr.as_call().is_some_and(|call| {
            let object = call.callee.as_attribute();
            object.is_some_and(|(object, _)| holds(object, read))
                || call.positional().any(|given| holds(given, read))
        })
}

/// Whether a call fails for what is not fit: `int(name)`, `validate_name(name)`.
fn is_checking_call(expr: ExprRef<'_>, read: ExprRef<'_>) -> bool {
    let Some(call) = expr.as_call() else {
        return false;
    };
    let is_given = |call: CallRef<'_>| {
        let mut given = call
            .positional()
            .chain(call.keywords().map(|(_, value)| value));
        given.any(|given| is_same(given, read))
    };
    let Some(name) = call.callee.last_name() else {
        return false;
    };
    let is_checking = matches!(name, "int" | "float" | "Decimal" | "UUID")
        || [
            "validate",
            "check",
            "ensure",
            "assert",
            "verify",
            "_validate",
            "_check",
            "_ensure",
        ]
        .iter()
        .any(|word| name.starts_with(word))
        || name.ends_with("validator");
    is_checking && is_given(call)
}
