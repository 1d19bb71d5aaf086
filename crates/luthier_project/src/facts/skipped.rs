//! What is kept of function bodies that are not lowered: which calls they make.

use luthier_source::Span;
use ruff_python_ast as ast;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_text_size::Ranged;
use serde::{Deserialize, Serialize};

use super::ids::Name;
use super::lower::MAX_DEPTH;
use super::names::Interner;

/// A call in a body that was left out, kept once a file for each distinct name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkippedCall {
    /// The last two parts of what is called: `objects.create`, `self.assertNumQueries`, `Order`.
    pub name: Name,
    /// Where the first such call stands, absolute.
    pub span: Span,
}

/// Adds the calls of a function's body.
pub(super) fn collect(
    body: &[ast::Stmt],
    names: &mut Interner,
    calls: &mut Vec<SkippedCall>,
    known: &mut rustc_hash::FxHashSet<Name>,
) {
    let mut collector = Collector {
        names,
        calls,
        known,
        depth: 0,
    };
    for statement in body {
        collector.visit_stmt(statement);
    }
}

struct Collector<'a> {
    names: &'a mut Interner,
    calls: &'a mut Vec<SkippedCall>,
    known: &'a mut rustc_hash::FxHashSet<Name>,
    depth: u32,
}

impl Collector<'_> {
    fn call(&mut self, call: &ast::ExprCall) {
        let text = match &*call.func {
            ast::Expr::Name(name) => name.id.to_string(),
            ast::Expr::Attribute(attribute) => match &*attribute.value {
                ast::Expr::Name(name) => format!("{}.{}", name.id, attribute.attr),
                ast::Expr::Attribute(inner) => format!("{}.{}", inner.attr, attribute.attr),
                _ => format!(".{}", attribute.attr),
            },
            _ => return,
        };
        let name = self.names.intern(&text);
        if self.known.insert(name) {
            self.calls.push(SkippedCall {
                name,
                span: Span::from(call.func.range()),
            });
        }
    }
}

impl<'a> Visitor<'a> for Collector<'_> {
    fn visit_stmt(&mut self, statement: &'a ast::Stmt) {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            walk_stmt(self, statement);
            self.depth -= 1;
        }
    }

    fn visit_expr(&mut self, expr: &'a ast::Expr) {
        if let ast::Expr::Call(call) = expr {
            self.call(call);
        }
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            walk_expr(self, expr);
            self.depth -= 1;
        }
    }
}
