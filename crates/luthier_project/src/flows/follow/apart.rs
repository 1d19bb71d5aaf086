//! What async code waits for without holding up others: awaited methods, `async for`, threads.

use std::rc::Rc;

use super::frame::Frame;
use super::summary::widened;
use super::value::{Rows, Value};
use crate::Project;
use crate::facts::{Expr, ExprRef, Name};
use crate::flows::tables;
use crate::modules::{FunctionRef, Modules};
use crate::settings::Truth;

/// Decorators that leave a function to run where it is called.
const PLAIN: &[&str] = &[
    "abstractmethod",
    "atomic",
    "cache",
    "cached_property",
    "classmethod",
    "getter",
    "lru_cache",
    "override",
    "property",
    "setter",
    "staticmethod",
    "wraps",
];

/// Whether a call of a function may run elsewhere or later: a decorator puts it into a thread, or
/// it is a generator, which begins when something goes through it.
pub(super) fn runs_apart(modules: &Modules, function: FunctionRef) -> bool {
    let declared = modules.function(function);
    let scope = modules.facts(function.module).body(declared.scope);
    let mut decorators = declared.decorators.iter();
    let is_plain = |decorator: ExprRef<'_>| {
        let last = decorator.without_call().last_name();
        last.is_some_and(|last| PLAIN.contains(&last))
    };
    declared.is_generator || !decorators.all(|&decorator| is_plain(scope.expr(decorator)))
}

/// The variable that makes Django let everything through, whatever it holds but an empty text.
const UNSAFE: &str = "DJANGO_ALLOW_ASYNC_UNSAFE";

impl Project {
    /// Whether Django may be told to let async code make queries that block it: by the settings of
    /// production, by the deployment, or by what starts the project.
    pub fn allows_blocking_in_async(&self) -> bool {
        let production = self.settings.production();
        let by_settings = production.and_then(|production| production.variable(UNSAFE));
        let is_settings = |module| {
            let mut modules = self.settings.modules.iter();
            modules.any(|settings| settings.module == module)
        };
        let mut starting = self.own_modules().filter(|&module| {
            let names = &self.modules.facts(module).names;
            names.find(UNSAFE).is_some() && !is_settings(module) && !self.modules.is_test(module)
        });
        by_settings.is_some_and(|value| value.truth() != Truth::False)
            || self
                .deployment
                .given
                .iter()
                .any(|given| given.name == UNSAFE)
            || starting.next().is_some()
    }
}

impl<'a> Frame<'_, 'a> {
    /// What an awaited call was given may have anything loaded from then on. Django's own methods
    /// load nothing into their arguments.
    pub(super) fn awaited(&mut self, expr: ExprRef<'a>) {
        let called = expr.as_call().and_then(|call| call.callee.as_attribute());
        let is_djangos = called.is_some_and(|(_, name)| {
            let is_row_method = matches!(name, "adelete" | "arefresh_from_db" | "asave");
            name.starts_with('a') && (is_row_method || tables::rows_method(name).is_some())
        });
        if !is_djangos {
            self.run_through(expr);
        }
    }

    /// The rows that an expression names may be in memory from then on, with all that they lead to.
    pub(super) fn run_through(&mut self, expr: ExprRef<'a>) {
        let span = expr.span();
        let mut used: Vec<Name> = Vec::new();
        let within = expr
            .body
            .exprs()
            .filter(|inner| span.encloses(inner.span()));
        for inner in within {
            match inner.kind() {
                Expr::Name(name) => used.push(name),
                Expr::Lambda(function) => {
                    self.collect_names(self.facts.function(function).body, &mut used, 0);
                }
                _ => {}
            }
        }
        for name in used {
            if let Some(value) = self.state.get(name) {
                let value = value.each(in_memory);
                self.state.change(name, value);
            }
        }
    }
}

fn in_memory(value: &Value) -> Value {
    match value {
        Value::Rows(rows) => {
            let Value::Rows(widened) = widened(&Value::Rows(rows.clone())) else {
                return value.clone();
            };
            Value::Rows(Rc::new(Rows {
                is_fetched: true,
                ..Rows::clone(&widened)
            }))
        }
        Value::Row(_) => widened(value),
        value => value.clone(),
    }
}
