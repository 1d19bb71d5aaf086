//! Which databases a part of a script is reached on: what `connection.vendor` is compared with around it.

use crate::facts::ir::CompareOp;
use crate::facts::{Expr, ExprRef};

/// A set of databases by their `vendor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vendors(u8);

impl Vendors {
    /// Those of Django's backends, and any other.
    pub(super) const ALL: Self = Self(0b1_1111);
    const NONE: Self = Self(0);

    fn of(vendor: &str) -> Self {
        Self(match vendor {
            "postgresql" => 1,
            "mysql" => 2,
            "sqlite" => 4,
            "oracle" => 8,
            _ => 16,
        })
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn has(self, vendor: &str) -> bool {
        self.0 & Self::of(vendor).0 != 0
    }

    /// What is left of it where a test holds, and where it does not. A test that asks for the vendor in a
    /// way that is not understood leaves nothing.
    pub(super) fn under(self, test: ExprRef<'_>) -> (Self, Self) {
        let within = |named: Self| (Self(self.0 & named.0), Self(self.0 & !named.0));
        if let Expr::Compare(op, left, right) = test.kind() {
            let (left, right) = (test.at(left), test.at(right));
            let named = match (asks(left), asks(right)) {
                (true, false) => named(right),
                (false, true) => named(left),
                _ => None,
            };
            match (op, named) {
                (CompareOp::Eq | CompareOp::In, Some(named)) => return within(named),
                (CompareOp::NotEq | CompareOp::NotIn, Some(named)) => {
                    let (is_in, is_not) = within(named);
                    return (is_not, is_in);
                }
                _ => {}
            }
        }
        let mut parts = vec![test];
        while let Some(part) = parts.pop() {
            if asks(part) {
                return (Self::NONE, Self::NONE);
            }
            match part.kind() {
                Expr::Compare(_, one, two) => parts.extend([part.at(one), part.at(two)]),
                Expr::Unary(_, inner) => parts.push(part.at(inner)),
                Expr::And(run) | Expr::Or(run) => parts.extend(part.body.list(run)),
                Expr::Call(callee, _) => {
                    parts.push(part.at(callee));
                    parts.extend(
                        part.as_call()
                            .into_iter()
                            .flat_map(|call| call.positional()),
                    );
                }
                Expr::Attribute(owner, _) => parts.push(part.at(owner)),
                _ => {}
            }
        }
        (self, self)
    }
}

/// `connection.vendor`, `schema_editor.connection.vendor`, a name for it.
fn asks(expr: ExprRef<'_>) -> bool {
    expr.last_name() == Some("vendor") && expr.as_call().is_none()
}

/// The databases of a text or of several.
fn named(expr: ExprRef<'_>) -> Option<Vendors> {
    match expr.elements() {
        Some(mut elements) => elements.try_fold(Vendors::NONE, |all, element| {
            Some(all.or(Vendors::of(element.as_str()?)))
        }),
        None => expr.as_str().map(Vendors::of),
    }
}
