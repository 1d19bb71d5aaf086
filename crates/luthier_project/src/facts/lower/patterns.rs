//! Patterns of match statements, as the expressions they resemble.

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use super::super::ids::{ExprId, Run};
use super::super::ir::{Argument, BinaryOp, Expr};
use super::{Lowerer, MAX_DEPTH, append};

impl<'a> Lowerer<'a> {
    pub(super) fn patterns(&mut self, patterns: &'a [ast::Pattern]) -> Run {
        let mark = self.expr_scratch.len();
        for pattern in patterns {
            let id = self.pattern(pattern);
            self.expr_scratch.push(id);
        }
        self.list_since(mark)
    }

    pub(super) fn pattern(&mut self, pattern: &'a ast::Pattern) -> ExprId {
        if self.depth >= MAX_DEPTH {
            return self.push(Expr::Unknown, pattern.range());
        }
        self.depth += 1;
        let lowered = self.pattern_within(pattern);
        self.depth -= 1;
        self.push(lowered, pattern.range())
    }

    pub(super) fn pattern_within(&mut self, pattern: &'a ast::Pattern) -> Expr {
        match pattern {
            ast::Pattern::MatchValue(pattern) => {
                let id = self.expr(&pattern.value);
                self.body.exprs[id.index()]
            }
            ast::Pattern::MatchSingleton(pattern) => match pattern.value {
                ast::Singleton::None => Expr::None,
                ast::Singleton::True => Expr::Bool(true),
                ast::Singleton::False => Expr::Bool(false),
            },
            ast::Pattern::MatchSequence(pattern) => Expr::List(self.patterns(&pattern.patterns)),
            ast::Pattern::MatchMapping(pattern) => {
                let mark = self.expr_scratch.len();
                for (key, value) in pattern.keys.iter().zip(&pattern.patterns) {
                    let key = self.expr(key);
                    let value = self.pattern(value);
                    self.expr_scratch.extend([key, value]);
                }
                Expr::Dict(self.list_since(mark))
            }
            ast::Pattern::MatchClass(pattern) => {
                let callee = self.expr(&pattern.cls);
                let mut arguments = Vec::new();
                for positional in &pattern.arguments.patterns {
                    arguments.push(Argument {
                        keyword: None,
                        value: self.pattern(positional),
                    });
                }
                for keyword in &pattern.arguments.keywords {
                    let name = self.name(&keyword.attr);
                    arguments.push(Argument {
                        keyword: Some(name),
                        value: self.pattern(&keyword.pattern),
                    });
                }
                Expr::Call(callee, append(&mut self.body.arguments, arguments))
            }
            ast::Pattern::MatchStar(pattern) => match &pattern.name {
                Some(identifier) => {
                    let name = self.name(identifier);
                    Expr::Starred(self.push(Expr::Name(name), identifier.range))
                }
                None => Expr::Ellipsis,
            },
            ast::Pattern::MatchAs(pattern) => {
                let captured = pattern.name.as_ref().map(|identifier| {
                    let name = self.name(identifier);
                    self.push(Expr::Name(name), identifier.range)
                });
                match (&pattern.pattern, captured) {
                    (Some(inner), Some(name)) => {
                        let inner = self.pattern(inner);
                        Expr::Named(name, inner)
                    }
                    (None, Some(name)) => self.body.exprs[name.index()],
                    _ => Expr::Ellipsis,
                }
            }
            ast::Pattern::MatchOr(pattern) => {
                let mut alternatives = pattern.patterns.iter();
                let Some(first) = alternatives.next() else {
                    return Expr::Unknown;
                };
                let mut left = self.pattern(first);
                for alternative in alternatives {
                    let right = self.pattern(alternative);
                    left = self.push(
                        Expr::Binary(BinaryOp::BitOr, left, right),
                        alternative.range(),
                    );
                }
                self.body.exprs[left.index()]
            }
        }
    }
}
