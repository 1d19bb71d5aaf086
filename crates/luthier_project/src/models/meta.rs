//! A model's options.

use std::sync::Arc;

use super::evaluate::Evaluator;
use crate::constant::Constant;
use crate::facts::ExprRef;
use crate::facts::ir::BindingKind;
use crate::modules::{ClassRef, ModuleId, Modules, Mro, ValueRef};

/// The `Meta` in force for one model, what it inherits included.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// The class in force: the model's own, or the nearest one that its bases hand down.
    pub class: Option<ClassRef>,
    /// Whether it stands in the model itself.
    pub is_own: bool,
    options: Arc<[MetaOption]>,
    /// Whether a base of `Meta` was not found, or a decorator may add what it likes.
    pub is_open: bool,
}

/// One option.
#[derive(Clone, Debug)]
struct MetaOption {
    name: Arc<str>,
    value: Constant,
    /// `None` where no code says it.
    place: Option<ValueRef>,
    /// Whether a `Meta` says it, and not Django by itself.
    is_original: bool,
}

impl Meta {
    /// Reads what `class` and its bases bind, as they are in order; the nearest binding wins.
    pub(super) fn read(evaluator: Evaluator<'_>, class: ClassRef, mro: &Mro, is_own: bool) -> Self {
        let modules = evaluator.modules;
        // Whatever `@with_checks` makes of the class.
        let is_decorated = |class: &ClassRef| {
            let declared = modules.facts(class.module).class(class.class);
            !declared.decorators.is_empty()
        };
        let mut options: Vec<MetaOption> = Vec::new();
        for &ancestor in mro.classes() {
            let body = modules.class_body(ancestor);
            let first = options.len();
            for binding in &body.body().bindings {
                let BindingKind::Value(expr) = binding.kind else {
                    continue;
                };
                let name = body.facts.text(binding.name);
                if options[..first].iter().any(|known| &*known.name == name) {
                    continue;
                }
                options.retain(|known| &*known.name != name);
                options.push(MetaOption {
                    name: name.into(),
                    value: evaluator.value(ancestor.module, body.expr(expr)),
                    place: Some(ValueRef {
                        module: ancestor.module,
                        body: body.id,
                        expr,
                    }),
                    is_original: true,
                });
            }
        }
        Self {
            class: Some(class),
            is_own,
            options: options.into(),
            is_open: !mro.is_complete() || mro.classes().any(is_decorated),
        }
    }

    /// The value of an option; `None` where it is not set.
    pub fn get(&self, name: &str) -> Option<&Constant> {
        self.option(name).map(|option| &option.value)
    }

    /// Whether a `Meta` in force says it: what Django sets itself, and what a parent's table hands
    /// down, is none (`Options.original_attrs`).
    pub(crate) fn is_original(&self, name: &str) -> bool {
        self.option(name).is_some_and(|option| option.is_original)
    }

    /// The code of an option's value, and the module it stands in.
    pub fn code<'a>(&self, modules: &'a Modules, name: &str) -> Option<(ModuleId, ExprRef<'a>)> {
        let place = self.option(name)?.place?;
        Some((place.module, modules.value(place)))
    }

    pub(super) fn text(&self, name: &str) -> Option<Arc<str>> {
        match self.get(name) {
            Some(Constant::Str(text)) => Some(Arc::clone(text)),
            _ => None,
        }
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).and_then(Constant::truth) == Some(true)
    }

    fn option(&self, name: &str) -> Option<&MetaOption> {
        self.options.iter().find(|option| &*option.name == name)
    }

    /// Sets what Django itself works out.
    pub(super) fn set(&mut self, name: &str, value: Constant) {
        let mut options = self.options.to_vec();
        options.retain(|option| &*option.name != name);
        options.push(MetaOption {
            name: name.into(),
            value,
            place: None,
            is_original: false,
        });
        self.options = options.into();
    }

    /// Sets what a child takes over from a parent's table without naming it.
    pub(super) fn inherit(&mut self, parent: &Self, name: &str) {
        if self.option(name).is_some() {
            return;
        }
        if let Some(option) = parent.option(name) {
            let mut options = self.options.to_vec();
            options.push(MetaOption {
                is_original: false,
                ..option.clone()
            });
            self.options = options.into();
        }
    }
}
