//! Which branches of a module's own `if` statements run, where the kind of database decides.

use luthier_source::Span;

use crate::facts::ir::{Binding, BindingKind, CompareOp, ImportKind};
use crate::facts::{BodyId, BodyRef, Expr, ExprRef, PythonFacts, Run, Stmt};

/// The spans of branches whose condition is known.
#[derive(Debug, Default)]
pub(super) struct Branches {
    run: Vec<Span>,
    skipped: Vec<Span>,
}

impl Branches {
    /// Looks at the conditions of a module that ask for `connection.vendor`.
    pub(super) fn of(facts: &PythonFacts, vendor: Option<&str>) -> Self {
        let mut branches = Self::default();
        let Some(vendor) = vendor.filter(|_| asks_for_vendor(facts)) else {
            return branches;
        };
        let body = facts.module();
        branches.block(body, body.body().top, vendor);
        branches
    }

    /// A binding as it is with these branches decided; `None` where it never happens.
    pub(super) fn decide(&self, facts: &PythonFacts, mut binding: Binding) -> Option<Binding> {
        if self.run.is_empty() && self.skipped.is_empty() {
            return Some(binding);
        }
        let body = facts.module();
        let span = match binding.kind {
            BindingKind::Class(class) => facts.class(class).span,
            BindingKind::Function(function) => facts.function(function).span,
            BindingKind::Import(import) => facts.import(import).span,
            BindingKind::Value(value) => body.expr(value).span(),
            BindingKind::Other(statement) => body.stmt(statement).span(),
        };
        let is_in = |spans: &[Span]| spans.iter().any(|outer| outer.encloses(span));
        if is_in(&self.skipped) {
            return None;
        }
        binding.conditional &= !is_in(&self.run);
        Some(binding)
    }

    fn block(&mut self, body: BodyRef<'_>, run: Run, vendor: &str) {
        for statement in body.block(run) {
            let Stmt::If {
                test,
                body: then,
                orelse,
            } = statement.kind()
            else {
                continue;
            };
            let Some(holds) = is_vendor(body.expr(test), vendor) else {
                continue;
            };
            let (live, dead) = if holds {
                (then, orelse)
            } else {
                (orelse, then)
            };
            self.skipped.extend(span(body, dead));
            // What stands under another condition within it stays open.
            let plain = body
                .block(live)
                .filter(|inner| !matches!(inner.kind(), Stmt::If { .. }));
            self.run.extend(plain.map(|inner| inner.span()));
            self.block(body, live, vendor);
        }
    }
}

fn span(body: BodyRef<'_>, run: Run) -> Option<Span> {
    let mut block = body.block(run);
    let first = block.next()?.span();
    let last = block.next_back().map_or(first, |last| last.span());
    Some(Span::new(first.start, last.end))
}

fn asks_for_vendor(facts: &PythonFacts) -> bool {
    facts.names.mention("vendor")
        && facts.imports.iter().any(|import| {
            import.kind == ImportKind::From
                && import.scope == BodyId::MODULE
                && facts.text(import.module) == "django.db"
                && facts.text(import.binds) == "connection"
        })
}

/// What `connection.vendor == "sqlite"` and `connection.vendor in (...)` say.
fn is_vendor(test: ExprRef<'_>, vendor: &str) -> Option<bool> {
    let Expr::Compare(op, left, right) = test.kind() else {
        return None;
    };
    let (owner, "vendor") = test.at(left).as_attribute()? else {
        return None;
    };
    if owner.as_name() != Some("connection") {
        return None;
    }
    let right = test.at(right);
    let is_it = match op {
        CompareOp::Eq | CompareOp::NotEq => right.as_str()? == vendor,
        CompareOp::In | CompareOp::NotIn => {
            let words: Option<Vec<&str>> = right.elements()?.map(ExprRef::as_str).collect();
            words?.contains(&vendor)
        }
        _ => return None,
    };
    Some(is_it == matches!(op, CompareOp::Eq | CompareOp::In))
}
