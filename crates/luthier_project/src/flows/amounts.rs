//! Exact amounts, and numbers that are floats: what `Decimal` keeps and `float` loses.

use super::Held;
use super::locals::only_value;
use crate::Project;
use crate::facts::ir::{BinaryOp, UnaryOp};
use crate::facts::{Expr, ExprRef};
use crate::models::{Field, FieldKind, ModelId};
use crate::modules::ModuleId;

/// How many steps lead from a value to what it is.
const MAX_STEPS: u32 = 12;

/// How many steps a call counts for: each function may have many.
const CALL: u32 = 3;

/// The decimal field that an exact amount comes from.
#[derive(Clone, Copy, Debug)]
pub struct Amount<'a> {
    pub model: ModelId,
    pub field: &'a Field,
}

impl Project {
    /// The decimal field whose value an expression is; of a parameter, that which a call gives it.
    pub fn exact_amount(&self, module: ModuleId, value: ExprRef<'_>) -> Option<Amount<'_>> {
        self.amount(module, value, MAX_STEPS)
    }

    fn amount(&self, module: ModuleId, value: ExprRef<'_>, steps: u32) -> Option<Amount<'_>> {
        let steps = steps.checked_sub(1)?;
        if let Some((object, name)) = value.as_attribute() {
            let model = self.row_given(module, object, steps)?;
            let (owner, field) = self.models.field(model, name)?;
            let is_exact = field.kind == FieldKind::Decimal;
            return is_exact.then_some(Amount {
                model: owner,
                field,
            });
        }
        let name = value.as_name()?;
        if let Some(bound) = only_value(value.body, name) {
            return self.amount(module, bound, steps);
        }
        let steps = steps.checked_sub(CALL)?;
        let given = self.given(module, value)?;
        let mut amounts = given
            .into_iter()
            .map(|(module, given)| self.amount(module, given, steps));
        amounts.find_map(|amount| amount)
    }

    /// The model of a row; of a parameter, that of the row which all calls give it.
    fn row_given(&self, module: ModuleId, object: ExprRef<'_>, steps: u32) -> Option<ModelId> {
        let steps = steps.checked_sub(1)?;
        if let Held::Row(model) = self.held_at(module, object) {
            return Some(model);
        }
        let steps = steps.checked_sub(CALL)?;
        let mut models = self
            .given(module, object)?
            .into_iter()
            .map(|(module, given)| self.row_given(module, given, steps));
        let first = models.next()??;
        models.all(|model| model == Some(first)).then_some(first)
    }

    /// Whether an expression surely gives a float.
    pub fn is_float(&self, module: ModuleId, value: ExprRef<'_>) -> bool {
        self.floats(module, value, MAX_STEPS)
    }

    fn floats(&self, module: ModuleId, value: ExprRef<'_>, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else {
            return false;
        };
        let floats = |value| self.floats(module, value, steps);
        match value.kind() {
            Expr::Number(text) => is_float_literal(value.facts().text(text)),
            Expr::Unary(UnaryOp::Minus | UnaryOp::Plus, inner) => floats(value.at(inner)),
            Expr::Binary(
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mult | BinaryOp::Div | BinaryOp::Pow,
                left,
                right,
            ) => floats(value.at(left)) || floats(value.at(right)),
            Expr::Name(_) => value
                .as_name()
                .and_then(|name| only_value(value.body, name))
                .is_some_and(floats),
            Expr::Call(..) => value.as_call().is_some_and(|call| {
                let mut given = call.positional();
                match call.callee.as_name() {
                    Some("float") => self.is_builtin(module, call.callee),
                    // Without digits it gives an integer.
                    Some("round") => {
                        call.positional().count() == 2
                            && self.is_builtin(module, call.callee)
                            && given.next().is_some_and(floats)
                    }
                    _ => false,
                }
            }),
            _ => false,
        }
    }

    /// The exact amount that `float()` is called on somewhere in arithmetic, names of the same
    /// function followed.
    pub fn floated_amount<'a>(
        &'a self,
        module: ModuleId,
        value: ExprRef<'_>,
    ) -> Option<Amount<'a>> {
        self.floated(module, value, MAX_STEPS)
    }

    fn floated(&self, module: ModuleId, value: ExprRef<'_>, steps: u32) -> Option<Amount<'_>> {
        let steps = steps.checked_sub(1)?;
        let floated = |value| self.floated(module, value, steps);
        match value.kind() {
            Expr::Unary(UnaryOp::Minus | UnaryOp::Plus, inner) => floated(value.at(inner)),
            Expr::Binary(op, left, right) => {
                let (left, right) = (floated(value.at(left)), floated(value.at(right)));
                // A share of one amount in another is no amount.
                let is_share = op == BinaryOp::Div && right.is_some();
                left.or(right).filter(|_| !is_share)
            }
            Expr::Name(_) => floated(only_value(value.body, value.as_name()?)?),
            Expr::Call(..) => {
                let call = value.as_call()?;
                let given = call.positional().next()?;
                match call.callee.as_name()? {
                    "float" if self.is_builtin(module, call.callee) => {
                        self.amount(module, given, steps)
                    }
                    "round" => floated(given),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn is_builtin(&self, module: ModuleId, callee: ExprRef<'_>) -> bool {
        let dotted = self.modules.qualified_expr(module, callee);
        dotted.is_some_and(|dotted| dotted.starts_with("builtins."))
    }
}

/// A float as Python writes it; integers of many digits and imaginary numbers are none.
fn is_float_literal(text: &str) -> bool {
    let is_plain = !text.starts_with("0x") && !text.ends_with(['j', 'J']);
    is_plain && text.contains(['.', 'e', 'E'])
}
