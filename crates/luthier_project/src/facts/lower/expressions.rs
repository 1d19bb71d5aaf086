//! Expressions.

use luthier_source::Span;
use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use super::super::ids::{ExprId, Run};
use super::super::ir::{Argument, BinaryOp, Clause, CompareOp, ComprehensionKind, Expr, UnaryOp};
use super::{Lowerer, MAX_DEPTH, append};

/// Operators chained longer than this (`a + b + ...`) are kept as [`Expr::Unknown`].
const MAX_CHAIN: usize = 2000;

impl<'a> Lowerer<'a> {
    pub(super) fn exprs(&mut self, expressions: impl IntoIterator<Item = &'a ast::Expr>) -> Run {
        let mark = self.expr_scratch.len();
        for expression in expressions {
            let id = self.expr(expression);
            self.expr_scratch.push(id);
        }
        self.list_since(mark)
    }

    /// Makes a list of what was put on the scratch stack since `mark`.
    pub(super) fn list_since(&mut self, mark: usize) -> Run {
        let start = self.body.lists.len() as u32;
        self.body.lists.extend(self.expr_scratch.drain(mark..));
        Run {
            start,
            len: self.body.lists.len() as u32 - start,
        }
    }

    /// Puts arguments on their scratch stack and says from where on.
    pub(super) fn arguments(&mut self, arguments: &'a ast::Arguments) -> usize {
        let mark = self.argument_scratch.len();
        for argument in &arguments.args {
            let value = self.expr(argument);
            self.argument_scratch.push(Argument {
                keyword: None,
                value,
            });
        }
        for keyword in &arguments.keywords {
            let value = self.expr(&keyword.value);
            let lowered = match &keyword.arg {
                Some(name) => Argument {
                    keyword: Some(self.name(name)),
                    value,
                },
                None => Argument {
                    keyword: None,
                    value: self.push(Expr::DoubleStarred(value), keyword.range),
                },
            };
            self.argument_scratch.push(lowered);
        }
        mark
    }

    pub(super) fn expr(&mut self, expression: &'a ast::Expr) -> ExprId {
        if self.depth >= MAX_DEPTH {
            return self.push(Expr::Unknown, expression.range());
        }
        self.depth += 1;
        let id = self.expr_within(expression);
        self.depth -= 1;
        id
    }

    pub(super) fn expr_within(&mut self, expression: &'a ast::Expr) -> ExprId {
        let lowered = match expression {
            ast::Expr::Name(expr) => Expr::Name(self.name(&expr.id)),
            ast::Expr::Attribute(expr) => {
                let value = self.expr(&expr.value);
                Expr::Attribute(value, self.name(&expr.attr))
            }
            ast::Expr::Call(expr) => {
                let callee = self.expr(&expr.func);
                let mark = self.arguments(&expr.arguments);
                let arguments = self.argument_scratch.drain(mark..);
                Expr::Call(callee, append(&mut self.body.arguments, arguments))
            }
            ast::Expr::StringLiteral(expr) => Expr::Str(self.name(expr.value.to_str())),
            ast::Expr::BytesLiteral(expr) => {
                let text: String = expr.value.bytes().map(char::from).collect();
                Expr::Bytes(self.name(&text))
            }
            ast::Expr::NumberLiteral(expr) => {
                match expr.value.as_int().and_then(ast::Int::as_i64) {
                    Some(value) => Expr::Int(value),
                    None => Expr::Number(self.name(Span::from(expr.range).text(self.text))),
                }
            }
            ast::Expr::BooleanLiteral(expr) => Expr::Bool(expr.value),
            ast::Expr::NoneLiteral(_) => Expr::None,
            ast::Expr::EllipsisLiteral(_) => Expr::Ellipsis,
            ast::Expr::FString(expr) => self.f_string(expr),
            ast::Expr::List(expr) => Expr::List(self.exprs(&expr.elts)),
            ast::Expr::Tuple(expr) => Expr::Tuple(self.exprs(&expr.elts)),
            ast::Expr::Set(expr) => Expr::Set(self.exprs(&expr.elts)),
            ast::Expr::Dict(expr) => self.dict(expr),
            ast::Expr::Subscript(expr) => {
                let value = self.expr(&expr.value);
                Expr::Subscript(value, self.expr(&expr.slice))
            }
            ast::Expr::Slice(expr) => Expr::Slice(
                expr.lower.as_deref().map(|bound| self.expr(bound)),
                expr.upper.as_deref().map(|bound| self.expr(bound)),
                expr.step.as_deref().map(|bound| self.expr(bound)),
            ),
            ast::Expr::Starred(expr) => Expr::Starred(self.expr(&expr.value)),
            ast::Expr::BinOp(expr) => return self.binary(expr),
            ast::Expr::UnaryOp(expr) => self.unary(expr),
            ast::Expr::BoolOp(expr) => {
                let operands = self.exprs(&expr.values);
                if expr.op == ast::BoolOp::And {
                    Expr::And(operands)
                } else {
                    Expr::Or(operands)
                }
            }
            ast::Expr::Compare(expr) => return self.compare(expr),
            ast::Expr::If(expr) => Expr::Conditional {
                test: self.expr(&expr.test),
                body: self.expr(&expr.body),
                orelse: self.expr(&expr.orelse),
            },
            ast::Expr::Lambda(expr) => return self.lambda(expr),
            ast::Expr::ListComp(expr) => {
                self.comprehension(ComprehensionKind::List, &expr.elt, &expr.generators)
            }
            ast::Expr::SetComp(expr) => {
                self.comprehension(ComprehensionKind::Set, &expr.elt, &expr.generators)
            }
            ast::Expr::Generator(expr) => {
                self.comprehension(ComprehensionKind::Generator, &expr.elt, &expr.generators)
            }
            ast::Expr::DictComp(expr) => {
                let clauses = self.clauses(&expr.generators);
                let key = match expr.key.as_deref() {
                    Some(key) => self.expr(key),
                    None => self.push(Expr::Unpacking, expr.value.range()),
                };
                let value = self.expr(&expr.value);
                let pair = self.push(Expr::Pair(key, value), expr.value.range());
                Expr::Comprehension(ComprehensionKind::Dict, pair, clauses)
            }
            ast::Expr::Await(expr) => Expr::Await(self.expr(&expr.value)),
            ast::Expr::Yield(expr) => {
                self.yields = true;
                Expr::Yield(expr.value.as_deref().map(|value| self.expr(value)))
            }
            ast::Expr::YieldFrom(expr) => {
                self.yields = true;
                Expr::YieldFrom(self.expr(&expr.value))
            }
            ast::Expr::Named(expr) => {
                let value = self.expr(&expr.value);
                Expr::Named(self.expr(&expr.target), value)
            }
            ast::Expr::TString(_) | ast::Expr::IpyEscapeCommand(_) => Expr::Unknown,
        };
        self.push(lowered, expression.range())
    }

    /// Operators lean left, so long chains are walked along their spine rather than recursed into.
    pub(super) fn binary(&mut self, expression: &'a ast::ExprBinOp) -> ExprId {
        let mut spine = vec![expression];
        while let ast::Expr::BinOp(left) = &*spine[spine.len() - 1].left {
            spine.push(left);
        }
        let Some(innermost) = spine.last().filter(|_| spine.len() <= MAX_CHAIN) else {
            return self.push(Expr::Unknown, expression.range);
        };
        let mut left = self.expr(&innermost.left);
        for operation in spine.into_iter().rev() {
            let right = self.expr(&operation.right);
            left = self.push(
                Expr::Binary(binary_op(operation.op), left, right),
                operation.range,
            );
        }
        left
    }

    pub(super) fn unary(&mut self, expr: &'a ast::ExprUnaryOp) -> Expr {
        let operand = self.expr(&expr.operand);
        match (expr.op, self.body.exprs[operand.index()]) {
            (ast::UnaryOp::USub, Expr::Int(value)) => Expr::Int(value.wrapping_neg()),
            (ast::UnaryOp::USub, _) => Expr::Unary(UnaryOp::Minus, operand),
            (ast::UnaryOp::UAdd, _) => Expr::Unary(UnaryOp::Plus, operand),
            (ast::UnaryOp::Not, _) => Expr::Unary(UnaryOp::Not, operand),
            (ast::UnaryOp::Invert, _) => Expr::Unary(UnaryOp::Invert, operand),
        }
    }

    pub(super) fn compare(&mut self, expr: &'a ast::ExprCompare) -> ExprId {
        let mark = self.expr_scratch.len();
        let mut left = self.expr(&expr.left);
        let mut left_range = expr.left.range();
        for (op, comparator) in expr.ops.iter().zip(&expr.comparators) {
            let right = self.expr(comparator);
            let range = left_range.cover(comparator.range());
            let id = self.push(Expr::Compare(compare_op(*op), left, right), range);
            self.expr_scratch.push(id);
            (left, left_range) = (right, comparator.range());
        }
        if let [.., only] = self.expr_scratch[mark..]
            && self.expr_scratch.len() == mark + 1
        {
            self.expr_scratch.truncate(mark);
            return only;
        }
        let operands = self.list_since(mark);
        self.push(Expr::And(operands), expr.range)
    }

    pub(super) fn dict(&mut self, expr: &'a ast::ExprDict) -> Expr {
        let mark = self.expr_scratch.len();
        for item in &expr.items {
            let key = match &item.key {
                Some(key) => self.expr(key),
                None => self.push(Expr::Unpacking, item.value.range()),
            };
            let value = self.expr(&item.value);
            self.expr_scratch.extend([key, value]);
        }
        Expr::Dict(self.list_since(mark))
    }

    pub(super) fn f_string(&mut self, expr: &'a ast::ExprFString) -> Expr {
        let mark = self.expr_scratch.len();
        for part in &expr.value {
            match part {
                ast::FStringPart::Literal(literal) => {
                    let name = self.name(&literal.value);
                    let id = self.push(Expr::Str(name), literal.range);
                    self.expr_scratch.push(id);
                }
                ast::FStringPart::FString(string) => self.f_string_elements(&string.elements),
            }
        }
        Expr::FString(self.list_since(mark))
    }

    pub(super) fn f_string_elements(&mut self, elements: &'a ast::InterpolatedStringElements) {
        for element in elements {
            let id = match element {
                ast::InterpolatedStringElement::Literal(literal) => {
                    let name = self.name(&literal.value);
                    self.push(Expr::Str(name), literal.range)
                }
                ast::InterpolatedStringElement::Interpolation(element) => {
                    let value = self.expr(&element.expression);
                    let plain = element.format_spec.is_none() && element.debug_text.is_none();
                    self.push(Expr::Formatted { value, plain }, element.range)
                }
            };
            self.expr_scratch.push(id);
        }
    }

    pub(super) fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        element: &'a ast::Expr,
        generators: &'a [ast::Comprehension],
    ) -> Expr {
        let clauses = self.clauses(generators);
        Expr::Comprehension(kind, self.expr(element), clauses)
    }

    pub(super) fn clauses(&mut self, generators: &'a [ast::Comprehension]) -> Run {
        let mut clauses = Vec::with_capacity(generators.len());
        for generator in generators {
            let iter = self.expr(&generator.iter);
            let target = self.expr(&generator.target);
            let conditions = self.exprs(&generator.ifs);
            clauses.push(Clause {
                target,
                iter,
                conditions,
                is_async: generator.is_async,
            });
        }
        append(&mut self.body.clauses, clauses)
    }
}

pub(super) fn binary_op(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Sub => BinaryOp::Sub,
        ast::Operator::Mult => BinaryOp::Mult,
        ast::Operator::MatMult => BinaryOp::MatMult,
        ast::Operator::Div => BinaryOp::Div,
        ast::Operator::Mod => BinaryOp::Mod,
        ast::Operator::Pow => BinaryOp::Pow,
        ast::Operator::LShift => BinaryOp::LShift,
        ast::Operator::RShift => BinaryOp::RShift,
        ast::Operator::BitOr => BinaryOp::BitOr,
        ast::Operator::BitXor => BinaryOp::BitXor,
        ast::Operator::BitAnd => BinaryOp::BitAnd,
        ast::Operator::FloorDiv => BinaryOp::FloorDiv,
    }
}

fn compare_op(op: ast::CmpOp) -> CompareOp {
    match op {
        ast::CmpOp::Eq => CompareOp::Eq,
        ast::CmpOp::NotEq => CompareOp::NotEq,
        ast::CmpOp::Lt => CompareOp::Lt,
        ast::CmpOp::LtE => CompareOp::LtE,
        ast::CmpOp::Gt => CompareOp::Gt,
        ast::CmpOp::GtE => CompareOp::GtE,
        ast::CmpOp::Is => CompareOp::Is,
        ast::CmpOp::IsNot => CompareOp::IsNot,
        ast::CmpOp::In => CompareOp::In,
        ast::CmpOp::NotIn => CompareOp::NotIn,
    }
}
