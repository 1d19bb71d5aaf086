//! Which names of a function other scopes see.

use rustc_hash::FxHashSet;

use crate::facts::{BodyRef, Expr, Name, Stmt};

/// Names that code in other scopes may see or bind.
pub(super) fn shared(body: BodyRef<'_>) -> FxHashSet<Name> {
    let mut found = FxHashSet::default();
    for statement in body.all_statements() {
        if let Stmt::Global(names) | Stmt::Nonlocal(names) = statement.kind() {
            for name in body.list(names) {
                if let Expr::Name(name) = name.kind() {
                    found.insert(name);
                }
            }
        }
    }
    let facts = body.facts;
    for inner in facts.body_ids().map(|id| facts.body(id)) {
        if inner.id == body.id || !lies_in(inner, body) {
            continue;
        }
        for expr in inner.exprs() {
            if let Expr::Name(name) = expr.kind()
                && !inner.is_param(name)
            {
                found.insert(name);
            }
        }
    }
    found
}

fn lies_in(inner: BodyRef<'_>, outer: BodyRef<'_>) -> bool {
    let mut current = inner.body().parent;
    loop {
        if current == outer.id {
            return true;
        }
        let parent = inner.facts.body(current).body().parent;
        if parent == current {
            return false;
        }
        current = parent;
    }
}
