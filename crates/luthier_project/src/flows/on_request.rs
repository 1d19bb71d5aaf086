//! Where code puts something on the request: middleware, decorators, mixins of views.

use rustc_hash::FxHashMap;

use crate::facts::ir::{Owner, Stmt};
use crate::facts::{Expr, ExprId, PythonFacts};
use crate::modules::{FunctionRef, Modules};

/// The functions that set each attribute of what is called `request`.
#[derive(Debug, Default)]
pub(super) struct RequestAttributes(FxHashMap<Box<str>, Vec<FunctionRef>>);

impl RequestAttributes {
    pub(super) fn of(modules: &Modules) -> Self {
        let mut found = Self::default();
        for module in modules.repository() {
            if modules.is_test(module) || modules.is_migration(module) {
                continue;
            }
            let facts = modules.facts(module);
            for body in facts.body_ids() {
                let scope = facts.body(body);
                let Owner::Function(function) = scope.owner() else {
                    continue;
                };
                let code = scope.body();
                for statement in &code.stmts {
                    let Stmt::Assign { targets, .. } = *statement else {
                        continue;
                    };
                    for &target in &code.lists[targets.range()] {
                        if let Some(name) = attribute_of_request(facts, &code.exprs, target) {
                            found.add(name, FunctionRef { module, function });
                        }
                    }
                }
            }
        }
        found
    }

    fn add(&mut self, name: &str, function: FunctionRef) {
        let known = self.0.entry(name.into()).or_default();
        if known.last() != Some(&function) {
            known.push(function);
        }
    }

    pub(super) fn get(&self, name: &str) -> &[FunctionRef] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

fn attribute_of_request<'a>(
    facts: &'a PythonFacts,
    exprs: &[Expr],
    target: ExprId,
) -> Option<&'a str> {
    let Expr::Attribute(object, name) = exprs[target.index()] else {
        return None;
    };
    let is_request = match exprs[object.index()] {
        Expr::Name(name) | Expr::Attribute(_, name) => facts.text(name) == "request",
        _ => false,
    };
    is_request.then(|| facts.text(name))
}
