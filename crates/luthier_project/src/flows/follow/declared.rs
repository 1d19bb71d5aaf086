//! What a function's declaration says of calls of it, worked out once.

use super::apart::runs_apart;
use super::members::{Method, method_kind};
use super::outside::is_remembered;
use super::run::Engine;
use super::value::Value;
use crate::facts::ir::Owner;
use crate::facts::{BodyId, Expr, Name, PythonFacts, Stmt};
use crate::modules::{ClassRef, FunctionRef, Modules};

/// Functions within functions deeper than this are not looked into.
const MAX_DEPTH: u32 = 8;

#[derive(Clone, Copy, Debug)]
pub(super) struct Declared {
    /// The class in whose body it stands.
    pub(super) class: Option<ClassRef>,
    /// How that binds it.
    pub(super) method: Method,
    /// Whether its results are kept.
    pub(super) is_kept: bool,
    pub(super) runs_apart: bool,
    /// The parameters that its code uses, by bit.
    used: u64,
}

impl Declared {
    fn of(modules: &Modules, function: FunctionRef) -> Self {
        let facts = modules.facts(function.module);
        let declared = facts.function(function.function);
        let class = match facts.body(declared.scope).owner() {
            Owner::Class(class) => Some(ClassRef {
                module: function.module,
                class,
            }),
            Owner::Module | Owner::Function(_) => None,
        };
        Self {
            class,
            method: method_kind(modules, function),
            is_kept: is_remembered(modules, function),
            runs_apart: runs_apart(modules, function),
            used: used(facts, function),
        }
    }

    /// What the code of the function may see of an argument: nothing, where it does not use it.
    pub(super) fn seen(self, position: usize, value: &Value) -> Option<&Value> {
        let bit = u32::try_from(position).ok();
        let bit = bit.and_then(|bit| 1_u64.checked_shl(bit));
        bit.is_none_or(|bit| self.used & bit != 0).then_some(value)
    }
}

impl Engine<'_> {
    pub(super) fn declared(&self, function: FunctionRef) -> Declared {
        let mut known = self.declared.borrow_mut();
        let known = known.entry(function);
        *known.or_insert_with(|| Declared::of(&self.project.modules, function))
    }
}

fn used(facts: &PythonFacts, function: FunctionRef) -> u64 {
    let declared = facts.function(function.function);
    let mut names = Vec::new();
    if !collect(facts, declared.body, &mut names, MAX_DEPTH) {
        return u64::MAX;
    }
    let own = facts.body(declared.body);
    // `super()` uses the first.
    let mut used = u64::from(own.exprs().any(|expr| expr.as_name() == Some("super")));
    for (position, param) in declared.params.iter().take(64).enumerate() {
        used |= u64::from(names.contains(&param.name)) << position;
    }
    used
}

/// The names in a function and in all that is defined in it; gives whether these are all.
fn collect(facts: &PythonFacts, body: BodyId, names: &mut Vec<Name>, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let body = facts.body(body).body();
    let mut is_whole = true;
    for expr in &body.exprs {
        match *expr {
            Expr::Name(name) => names.push(name),
            Expr::Lambda(function) => {
                is_whole &= collect(facts, facts.function(function).body, names, depth);
            }
            _ => {}
        }
    }
    for statement in &body.stmts {
        let inner = match *statement {
            Stmt::Function(function) => facts.function(function).body,
            Stmt::Class(class) => facts.class(class).body,
            _ => continue,
        };
        is_whole &= collect(facts, inner, names, depth);
    }
    is_whole
}
