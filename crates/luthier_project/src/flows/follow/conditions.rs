//! Conditions: what asking them fetches, and what is known to come of them.

use super::frame::Frame;
use super::loads::Loads;
use super::value::{Rows, Value};
use crate::facts::ir::{CompareOp, UnaryOp};
use crate::facts::{Expr, ExprRef, Name, Run as Block, Stmt};

/// Types of Python's that no row is of.
const PLAIN: &[&str] = &[
    "bool", "bytes", "dict", "float", "int", "list", "set", "str", "tuple",
];

impl<'a> Frame<'_, 'a> {
    /// A condition: rows that stand for their truth are fetched. Gives what comes of it, where that
    /// is known.
    pub(super) fn test(&mut self, test: ExprRef<'a>) -> Option<bool> {
        match test.kind() {
            Expr::And(run) | Expr::Or(run) => {
                let decides = matches!(test.kind(), Expr::Or(_));
                let mut known = Some(!decides);
                for operand in test.body.list(run) {
                    match self.test(operand) {
                        Some(found) if found == decides => return Some(decides),
                        Some(_) => {}
                        None => known = None,
                    }
                }
                known
            }
            Expr::Unary(UnaryOp::Not, inner) => self.test(test.at(inner)).map(|known| !known),
            _ if self.asks_of_fetched_row(test) || self.takes_row_for_plain(test) => Some(false),
            _ => {
                let value = self.value(test);
                self.truth(&value, test);
                match (value, test.kind()) {
                    // What an object says of itself may be something else by then.
                    (_, Expr::Attribute(..)) => None,
                    (Value::Bool(known), _) => Some(known),
                    (Value::Function(_) | Value::Class(_), _) if self.run.records() => Some(true),
                    _ => None,
                }
            }
        }
    }

    /// `order._state.adding` of a row that came out of the database.
    ///
    /// Source: `Model.from_db` (Django 5.2).
    fn asks_of_fetched_row(&mut self, test: ExprRef<'a>) -> bool {
        let Some((state, "adding")) = test.as_attribute() else {
            return false;
        };
        let Some((row, "_state")) = state.as_attribute() else {
            return false;
        };
        matches!(self.value(row), Value::Row(row) if row.loads != Loads::Open)
    }

    /// `isinstance(order, int)` of a row.
    fn takes_row_for_plain(&mut self, test: ExprRef<'a>) -> bool {
        let Some(call) = test.as_call() else {
            return false;
        };
        if call.callee.as_name() != Some("isinstance") {
            return false;
        }
        let mut given = call.positional();
        let (Some(object), Some(class)) = (given.next(), given.next()) else {
            return false;
        };
        let is_plain = class.as_name().is_some_and(|name| PLAIN.contains(&name));
        let Expr::Name(object) = object.kind() else {
            return false;
        };
        is_plain && matches!(self.state.get(object), Some(Value::Row(_) | Value::Rows(_)))
    }

    /// Goes through a condition; gives what it comes to, where its values or the arguments that the
    /// caller left out say.
    pub(super) fn known(&mut self, test: ExprRef<'a>) -> Option<bool> {
        self.test(test).or_else(|| self.decided(test))
    }

    /// What a condition on arguments comes to that the caller left out: `if name:` where `name` is
    /// `None`.
    fn decided(&self, test: ExprRef<'a>) -> Option<bool> {
        match test.kind() {
            Expr::Name(name) => match self.given(name)? {
                Value::None => Some(false),
                Value::Bool(value) => Some(*value),
                _ => None,
            },
            Expr::Unary(UnaryOp::Not, inner) => self.decided(test.at(inner)).map(|truth| !truth),
            Expr::And(run) => {
                let mut operands = test.body.list(run);
                operands
                    .any(|operand| self.decided(operand) == Some(false))
                    .then_some(false)
            }
            Expr::Or(run) => {
                let mut operands = test.body.list(run);
                operands
                    .any(|operand| self.decided(operand) == Some(true))
                    .then_some(true)
            }
            Expr::Compare(op @ (CompareOp::Is | CompareOp::IsNot), left, right)
                if test.at(right).is_none() =>
            {
                let Expr::Name(name) = test.at(left).kind() else {
                    return None;
                };
                let is_none = *self.given(name)? == Value::None;
                is_none.then_some(op == CompareOp::Is)
            }
            _ => None,
        }
    }

    /// What a parameter holds that the function gives no other value.
    fn given(&self, name: Name) -> Option<&Value> {
        let is_given = self.body.is_param(name) && self.body.bound(name).is_none();
        self.state.get(name).filter(|_| is_given)
    }

    fn truth(&mut self, value: &Value, test: ExprRef<'a>) {
        match value {
            Value::Rows(rows) if rows.manager == super::value::Manager::No => {
                let at = self.at(test);
                self.run.fetch(rows, at);
                self.keep_fetched(test, rows);
            }
            Value::Either(values) => {
                for value in values.iter() {
                    self.truth(value, test);
                }
            }
            _ => {}
        }
    }

    /// A queryset of a name that stood for its truth has its rows in memory from then on.
    ///
    /// Source: `QuerySet.__bool__` and `QuerySet.__getitem__` (Django 5.2).
    fn keep_fetched(&mut self, test: ExprRef<'a>, rows: &Rows) {
        if let Expr::Name(name) = test.kind()
            && !self.run.records()
            && self.state.get(name).is_some()
        {
            let fetched = Rows {
                is_fetched: true,
                is_whole: false,
                relation: None,
                ..rows.clone()
            };
            self.state.change(name, Value::Rows(fetched.into()));
        }
    }

    /// `if event_id != order.event_id:`, where that is noted then: rows in the order of a key ask
    /// once for each of its values.
    pub(super) fn asks_next_key(&self, test: ExprRef<'a>, then: Block) -> bool {
        let Expr::Compare(CompareOp::NotEq | CompareOp::IsNot, left, right) = test.kind() else {
            return false;
        };
        let (left, right) = (test.at(left), test.at(right));
        let is_noted = |noted: ExprRef<'a>, key: ExprRef<'a>| {
            let (Expr::Name(noted), Some((_, key))) = (noted.kind(), key.as_attribute()) else {
                return false;
            };
            self.body
                .block(then)
                .any(|statement| match statement.kind() {
                    Stmt::Assign { targets, value } => {
                        let value = self.body.expr(value).as_attribute();
                        let mut targets = self.body.list(targets);
                        value.is_some_and(|(_, value)| value == key)
                            && targets.any(|target| target.kind() == Expr::Name(noted))
                    }
                    _ => false,
                })
        };
        is_noted(left, right) || is_noted(right, left)
    }
}

/// Whether a condition asks whether something is there already: `key not in known`,
/// `known.get(key) is None`, `not hasattr(self, "_known")`.
pub(super) fn asks_cache(test: ExprRef<'_>) -> bool {
    match test.kind() {
        Expr::Compare(CompareOp::NotIn | CompareOp::In, ..) => true,
        Expr::Compare(CompareOp::Is, _, right) => test.at(right).is_none(),
        Expr::Unary(UnaryOp::Not, inner) => {
            let inner = test.at(inner);
            let called = inner.as_call().and_then(|call| call.callee.as_name());
            called == Some("hasattr") || asks_cache(inner)
        }
        Expr::And(run) | Expr::Or(run) => test.body.list(run).any(asks_cache),
        _ => false,
    }
}
