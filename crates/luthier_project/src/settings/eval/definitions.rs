//! Functions and classes of the project.

use std::rc::Rc;
use std::sync::Arc;

use super::statements::Flow;
use super::values::{Class, Function, K, V};
use super::{Evaluator, Frame, Outcome};
use crate::facts::ir::{Owner, ParamKind};
use crate::facts::{ClassId, FunctionId};

impl<'a> Evaluator<'a> {
    pub(super) fn function_statement(
        &mut self,
        frame: &mut Frame<'a>,
        id: FunctionId,
    ) -> Outcome<V<'a>> {
        let declared = frame.facts.function(id);
        let place = Self::place(frame, declared.name_span);
        let scope = frame.body_of(declared.scope);
        let mut is_property = false;
        for &decorator in &declared.decorators {
            match scope.expr(decorator).dotted().as_deref() {
                Some(
                    "property" | "classproperty" | "cached_property" | "functools.cached_property",
                ) => {
                    is_property = true;
                }
                Some(
                    "staticmethod"
                    | "classmethod"
                    | "cache"
                    | "lru_cache"
                    | "functools.cache"
                    | "functools.lru_cache",
                ) => {}
                _ if scope.expr(decorator).as_call().is_some_and(|call| {
                    call.callee
                        .dotted()
                        .is_some_and(|name| name.ends_with("lru_cache"))
                }) => {}
                _ => return Ok(V::unknown("a decorated function", place)),
            }
        }
        let function = self.function_value(frame, id, is_property)?;
        Ok(V::new(K::Function(Rc::new(function)), place))
    }

    /// A function or lambda with its defaults evaluated.
    pub(super) fn function_value(
        &mut self,
        frame: &mut Frame<'a>,
        id: FunctionId,
        is_property: bool,
    ) -> Outcome<Function<'a>> {
        let declared = frame.facts.function(id);
        let scope = frame.body_of(declared.scope);
        let mut defaults = Vec::new();
        for param in &declared.params {
            let is_star = matches!(param.kind, ParamKind::Arguments | ParamKind::Keywords);
            if let Some(default) = param.default.filter(|_| !is_star) {
                let value = self.expr(frame, scope.expr(default))?;
                defaults.push((frame.facts.text(param.name).into(), value));
            }
        }
        // A class's names are not seen from the functions in it.
        let is_class = matches!(scope.owner(), Owner::Class(_));
        let scopes = frame.scopes[usize::from(is_class && frame.scopes.len() > 1)..].to_vec();
        Ok(Function {
            facts: frame.facts,
            module: frame.module,
            id,
            scopes,
            defaults,
            is_property,
            receiver: None,
        })
    }

    pub(super) fn class_statement(&mut self, frame: &mut Frame<'a>, id: ClassId) -> Outcome<V<'a>> {
        let declared = frame.facts.class(id);
        let place = Self::place(frame, declared.name_span);
        let header = frame.body_of(declared.scope);
        let mut bases = Vec::new();
        for base in &declared.bases {
            if base.keyword.is_none() {
                bases.push(self.expr(frame, header.expr(base.value))?);
            }
        }
        let scope = self.state.new_scope();
        let mut inner = Frame {
            scopes: Vec::new(),
            globals: Vec::new(),
            ..frame.clone()
        };
        inner.scopes.push(scope);
        inner.scopes.extend_from_slice(&frame.scopes);
        let body: Vec<_> = frame.body_of(declared.body).statements().collect();
        if let Flow::Raise(raise) = self.block(&mut inner, &body) {
            return Err(raise);
        }
        let name: Arc<str> = frame.facts.text(declared.name).into();
        let class = Class {
            facts: frame.facts,
            module: frame.module,
            id,
            name,
            bases,
            scope,
        };
        Ok(V::new(K::Class(Rc::new(class)), place))
    }
}
