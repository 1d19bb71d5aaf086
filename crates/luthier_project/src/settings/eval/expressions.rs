//! Expressions.

use std::rc::Rc;
use std::sync::Arc;

use super::values::{K, SequenceKind, V};
use super::{Evaluator, Frame, Outcome, Raise, Verdict};
use crate::facts::ir::Expr;
use crate::facts::{ExprId, ExprRef};

/// Room that one expression may need before the stack is grown.
const RED_ZONE: usize = 256 * 1024;
const STACK_STEP: usize = 4 * 1024 * 1024;

/// What Dynaconf (3.2) takes in a list or dict as a sign that it only adds to another one.
const MERGED: &str = "dynaconf_merge";

impl<'a> Evaluator<'a> {
    /// The value of an expression; never one of several where what was assumed decides which.
    pub(super) fn expr(&mut self, frame: &mut Frame<'a>, expr: ExprRef<'a>) -> Outcome<V<'a>> {
        if !self.step() {
            return Err(Raise {
                exception: "too many steps",
            });
        }
        let value = match self.leaf(frame, expr) {
            Some(value) => value,
            None => stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.composite(frame, expr))?,
        };
        Ok(self.select(value))
    }

    fn leaf(&mut self, frame: &mut Frame<'a>, expr: ExprRef<'a>) -> Option<V<'a>> {
        let kind = match expr.kind() {
            Expr::None => K::None,
            Expr::Bool(value) => K::Bool(value),
            Expr::Int(value) => K::Int(value),
            Expr::Number(name) => match number(frame.facts.text(name)) {
                Some(value) => K::Float(value),
                None => K::Unknown("a number".into()),
            },
            Expr::Str(name) => {
                let text = frame.facts.text(name);
                if text == MERGED {
                    let why: Arc<str> = "settings that Dynaconf merges with those of others".into();
                    let scope = frame.module_scope();
                    self.open_scopes.push((scope, Arc::clone(&why)));
                    K::Unknown(why)
                } else {
                    K::Str(text.into())
                }
            }
            Expr::Bytes(_) => K::Bytes,
            Expr::Ellipsis => K::External("builtins.Ellipsis".into()),
            Expr::Name(name) => return Some(self.name(frame, frame.facts.text(name), expr)),
            _ => return None,
        };
        Some(V::new(kind, Self::place_of(frame, expr)))
    }

    fn name(&mut self, frame: &Frame<'a>, name: &str, expr: ExprRef<'a>) -> V<'a> {
        for &scope in &frame.scopes {
            if let Some(variable) = self.state.name(scope, name) {
                return variable.value.clone();
            }
        }
        let place = Self::place_of(frame, expr);
        match name {
            "__file__" => self.file_of(self.owner(frame), place),
            "__name__" => V::str(&self.modules.get(self.owner(frame)).name, place),
            "__package__" => V::str(&self.package_of(frame), place),
            "__debug__" => V::bool(true, place),
            _ => {
                if let Some(why) = self.is_open(frame.module_scope()) {
                    return V::new(K::Unknown(why.clone()), place);
                }
                V::new(K::External(format!("builtins.{name}").into()), place)
            }
        }
    }

    fn composite(&mut self, frame: &mut Frame<'a>, expr: ExprRef<'a>) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        let at = |id: ExprId| expr.at(id);
        match expr.kind() {
            Expr::FString(parts) => {
                let mut values = Vec::new();
                for part in expr.body.list(parts) {
                    values.push(match part.kind() {
                        Expr::Formatted { value, plain } => {
                            let value = self.expr(frame, at(value))?;
                            let is_text = matches!(value.kind, K::Str(_) | K::Path(_));
                            if plain || is_text {
                                value
                            } else {
                                V::unknown("formatted", place)
                            }
                        }
                        _ => self.expr(frame, part)?,
                    });
                }
                Ok(self.text(values, place))
            }
            Expr::Formatted { value, .. } => self.expr(frame, at(value)),
            Expr::Attribute(value, name) => {
                let value = self.expr(frame, at(value))?;
                self.attribute(frame, &value, frame.facts.text(name), expr)
            }
            Expr::Subscript(value, index) => {
                let value = self.expr(frame, at(value))?;
                if let Expr::Slice(lower, upper, step) = at(index).kind() {
                    return self.slice(frame, &value, [lower, upper, step], expr);
                }
                let index = self.expr(frame, at(index))?;
                self.item(frame, &value, &index, expr)
            }
            Expr::Call(..) => {
                let call = expr.as_call().expect("a call");
                let value = self.call(frame, call)?;
                Ok(value)
            }
            Expr::List(run) => self.display(frame, SequenceKind::List, run, expr),
            Expr::Tuple(run) => self.display(frame, SequenceKind::Tuple, run, expr),
            Expr::Set(run) => self.display(frame, SequenceKind::Set, run, expr),
            Expr::Dict(_) => self.dict_display(frame, expr),
            Expr::Starred(value) | Expr::DoubleStarred(value) | Expr::Await(value) => {
                self.expr(frame, at(value))
            }
            Expr::Binary(op, left, right) => {
                let left = self.expr(frame, at(left))?;
                let right = self.expr(frame, at(right))?;
                self.binary(frame, op, &left, &right, expr)
            }
            Expr::Unary(op, value) => {
                let value = self.expr(frame, at(value))?;
                Ok(self.unary(frame, op, &value, expr))
            }
            Expr::And(run) => self.all_of(frame, run, expr),
            Expr::Or(run) => self.any_of(frame, run, expr),
            Expr::Compare(op, left, right) => {
                let left = self.expr(frame, at(left))?;
                let right = self.expr(frame, at(right))?;
                Ok(self.compare(frame, op, &left, &right, expr))
            }
            Expr::Conditional { test, body, orelse } => match self.verdict_of(frame, at(test))? {
                Verdict::True => self.expr(frame, at(body)),
                Verdict::False => self.expr(frame, at(orelse)),
                Verdict::When(fact) => {
                    let mut other = frame.clone();
                    self.fork(
                        &fact,
                        |own| own.expr(frame, at(body)),
                        |own| own.expr(&mut other, at(orelse)),
                    )
                }
            },
            Expr::Lambda(function) => {
                let function = self.function_value(frame, function, false)?;
                Ok(V::new(K::Function(Rc::new(function)), place))
            }
            Expr::Comprehension(kind, element, clauses) => {
                self.comprehension(frame, kind, at(element), clauses, expr)
            }
            Expr::Named(target, value) => {
                let value = self.expr(frame, at(value))?;
                self.assign_target(frame, at(target), value.clone(), place)?;
                Ok(value)
            }
            _ => Ok(V::unknown("code that is not understood", place)),
        }
    }
}

/// A float or big integer as Python writes it.
fn number(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|letter| *letter != '_').collect();
    plain.parse().ok()
}
