//! Who calls a function, and with what.

use super::Target;
use crate::Project;
use crate::facts::ir::{Owner, ParamKind};
use crate::facts::{CallRef, ExprRef};
use crate::modules::{FunctionRef, ModuleId};

impl Project {
    /// The calls that surely lead to a function; those of tests are left out.
    pub(crate) fn calls_of(&self, function: FunctionRef) -> Vec<(ModuleId, CallRef<'_>)> {
        let name = self.modules.function_name(function);
        let mut found = Vec::new();
        for module in self.naming(name) {
            let facts = self.modules.facts(module);
            let calls = self.calls(module).all().iter();
            let calls = calls.filter(|call| call.target == Target::Function(function));
            found.extend(calls.filter_map(|call| {
                let expr = facts.body(call.body).expr(call.expr);
                Some((module, expr.as_call()?))
            }));
        }
        found
    }

    /// The modules of the project, tests left out, whose code has a name.
    pub(crate) fn naming(&self, name: &str) -> impl Iterator<Item = ModuleId> {
        self.own_modules().filter(move |&module| {
            !self.modules.is_test(module) && self.modules.facts(module).names.has(name)
        })
    }

    /// The same, where the name may be part of a text as well.
    pub(crate) fn mentioning(&self, name: &str) -> impl Iterator<Item = ModuleId> {
        self.own_modules().filter(move |&module| {
            !self.modules.is_test(module) && self.modules.facts(module).names.mention(name)
        })
    }

    /// What the calls of a function give the parameter that a name of it is; `None` where the name
    /// is something else, or one of the calls may give something that is not seen.
    pub fn given(
        &self,
        module: ModuleId,
        name: ExprRef<'_>,
    ) -> Option<Vec<(ModuleId, ExprRef<'_>)>> {
        let Owner::Function(function) = name.body.owner() else {
            return None;
        };
        let bound = name.head()?;
        let mut bindings = name.body.body().bindings.iter();
        if name.as_name().is_none() || bindings.any(|binding| binding.name == bound) {
            return None;
        }
        let declared = name.facts().function(function);
        let index = declared
            .params
            .iter()
            .position(|param| param.name == bound)?;
        let param = declared.params[index];
        let is_method = name
            .facts()
            .body(declared.scope)
            .enclosing_class()
            .is_some();
        let position = match param.kind {
            ParamKind::PositionalOnly | ParamKind::Ordinary => {
                Some(index.checked_sub(usize::from(is_method))?)
            }
            ParamKind::KeywordOnly => None,
            ParamKind::Arguments | ParamKind::Keywords => return None,
        };
        let text = name.facts().text(bound);
        let calls = self.calls_of(FunctionRef { module, function }).into_iter();
        calls
            .filter_map(|(module, call)| {
                let given = match position {
                    Some(position) => call.argument(position, text),
                    None => call.keyword(text),
                };
                match given {
                    Some(given) => Some(Some((module, given))),
                    None if call.is_open() => Some(None),
                    None => None,
                }
            })
            .collect()
    }
}
