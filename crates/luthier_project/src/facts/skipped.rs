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
        spelled: String::new(),
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
    /// Room for putting a name together.
    spelled: String,
}

impl Collector<'_> {
    fn call(&mut self, call: &ast::ExprCall) {
        let (before, last) = match &*call.func {
            ast::Expr::Name(name) => ("", name.id.as_str()),
            ast::Expr::Attribute(attribute) => match &*attribute.value {
                ast::Expr::Name(name) => (name.id.as_str(), attribute.attr.as_str()),
                ast::Expr::Attribute(inner) => (inner.attr.as_str(), attribute.attr.as_str()),
                _ => ("", attribute.attr.as_str()),
            },
            _ => return,
        };
        self.spelled.clear();
        self.spelled.push_str(before);
        if call.func.is_attribute_expr() {
            self.spelled.push('.');
        }
        self.spelled.push_str(last);
        let name = self.names.intern(&self.spelled);
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
