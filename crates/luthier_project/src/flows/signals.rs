//! What else runs when rows of a model are written: receivers of signals, and methods of its own.

use rustc_hash::FxHashMap;

use crate::Project;
use crate::facts::ir::BindingKind;
use crate::facts::{CallRef, ExprRef};
use crate::models::ModelId;
use crate::modules::{Definition, FunctionRef, ModuleId, ValueRef};

/// The signals that models send.
///
/// Source: `django.db.models.signals` (Django 5.2).
const SIGNALS: &[&str] = &[
    "m2m_changed",
    "post_delete",
    "post_init",
    "post_save",
    "pre_delete",
    "pre_init",
    "pre_save",
];

/// Which models' signals the project's code listens to.
#[derive(Debug, Default)]
pub struct Receivers {
    /// The signals of one model, as a set of bits.
    of: FxHashMap<ModelId, u8>,
    /// Those listened to for all models, or for ones that are not known.
    of_all: u8,
    /// What listens to one signal of a model.
    by_model: FxHashMap<(ModelId, u8), Vec<FunctionRef>>,
    /// What listens to signals of the project's own, by where they are made.
    own: FxHashMap<ValueRef, Vec<FunctionRef>>,
}

impl Receivers {
    /// Whether code listens to one of these signals of a model: `pre_save`, `post_save`.
    pub fn listen(&self, model: ModelId, signals: &[&str]) -> bool {
        let heard = self.of_all | self.of.get(&model).copied().unwrap_or_default();
        signals
            .iter()
            .any(|signal| bit(signal).is_some_and(|bit| heard & bit != 0))
    }

    /// The functions that a signal of the project's own calls, by place.
    pub(crate) fn of_signal(&self, signal: ValueRef) -> &[FunctionRef] {
        self.own.get(&signal).map_or(&[], Vec::as_slice)
    }

    /// The functions that a signal of a model calls, by place.
    pub(crate) fn of_model(&self, model: ModelId, signal: &str) -> &[FunctionRef] {
        let found = bit(signal).and_then(|bit| self.by_model.get(&(model, bit)));
        found.map_or(&[], Vec::as_slice)
    }

    fn of(project: &Project) -> Self {
        let mut receivers = Self::default();
        for module in project.own_modules() {
            let facts = project.modules.facts(module);
            let is_near = |name: &&str| facts.names.find(name).is_some();
            if project.modules.is_test(module) || !["connect", "receiver"].iter().any(is_near) {
                continue;
            }
            for function in facts.function_ids() {
                let declared = facts.function(function);
                let scope = facts.body(declared.scope);
                let decorators = declared.decorators.iter();
                let function = FunctionRef { module, function };
                for call in decorators.filter_map(|&decorator| scope.expr(decorator).as_call()) {
                    receivers.add_decorator(project, function, call);
                }
            }
            for body in facts.body_ids().map(|id| facts.body(id)) {
                for call in body.exprs().filter_map(ExprRef::as_call) {
                    if let Some((signal, "connect")) = call.callee.as_attribute() {
                        let handler = call.argument(0, "receiver");
                        let handler =
                            handler.map(|handler| project.modules.resolve_expr(module, handler));
                        let handler = match handler {
                            Some(Definition::Function(function)) => Some(function),
                            _ => None,
                        };
                        receivers.add(project, module, signal, (call, handler));
                    }
                }
            }
        }
        receivers
    }

    /// `@receiver(post_save, sender=Order)`, `@receiver([pre_save, post_save])`
    fn add_decorator(&mut self, project: &Project, function: FunctionRef, call: CallRef<'_>) {
        let module = function.module;
        let callee = project.modules.qualified_expr(module, call.callee);
        if callee.as_deref() != Some("django.dispatch.receiver")
            && callee.as_deref() != Some("django.dispatch.dispatcher.receiver")
        {
            return;
        }
        let Some(signals) = call.argument(0, "signal") else {
            return;
        };
        match signals.elements() {
            Some(signals) => {
                for signal in signals {
                    self.add(project, module, signal, (call, Some(function)));
                }
            }
            None => self.add(project, module, signals, (call, Some(function))),
        }
    }

    fn add(
        &mut self,
        project: &Project,
        module: ModuleId,
        signal: ExprRef<'_>,
        (call, handler): (CallRef<'_>, Option<FunctionRef>),
    ) {
        let name = match project.modules.resolve_expr(module, signal) {
            Definition::Value(own) if project.modules.is_repository(own.module) => {
                self.own.entry(own).or_default().extend(handler);
                return;
            }
            // Django's own signals are values too, where its code is there.
            Definition::Value(value) => named(project, value),
            definition => project.modules.qualified(&definition),
        };
        let name = name
            .as_deref()
            .and_then(|name| name.strip_prefix("django.db.models.signals."));
        let Some(bit) = name.and_then(bit) else {
            return;
        };
        let sender = call.keyword("sender");
        let model = sender.and_then(
            |sender| match project.modules.resolve_expr(module, sender) {
                Definition::Class(class) => project.models.by_class(class),
                _ => project.models.by_label(sender.as_str()?),
            },
        );
        match model {
            Some(model) => {
                *self.of.entry(model).or_default() |= bit;
                self.by_model
                    .entry((model, bit))
                    .or_default()
                    .extend(handler);
            }
            None => self.of_all |= bit,
        }
    }
}

/// The dotted name of what a module assigns.
fn named(project: &Project, value: ValueRef) -> Option<String> {
    let facts = project.modules.facts(value.module);
    let mut bindings = facts.body(value.body).body().bindings.iter();
    let binding = bindings
        .find(|binding| matches!(binding.kind, BindingKind::Value(expr) if expr == value.expr))?;
    let module = &project.modules.get(value.module).name;
    Some(format!("{module}.{}", facts.text(binding.name)))
}

fn bit(signal: &str) -> Option<u8> {
    let position = SIGNALS.binary_search(&signal).ok()?;
    Some(1 << position)
}

impl Project {
    /// Which models' signals the project's code listens to; tests are left out.
    pub fn receivers(&self) -> &Receivers {
        self.flows.receivers.get_or_init(|| Receivers::of(self))
    }

    /// Whether the project's code replaces a method of a model, such as `save`.
    pub fn overrides(&self, model: ModelId, method: &str) -> bool {
        let Some(class) = self.models.get(model).class else {
            return false;
        };
        let mro = self.modules.mro(class);
        let mut own = mro
            .classes()
            .filter(|class| self.modules.is_repository(class.module));
        own.any(|class| self.modules.class_body(*class).binding(method).is_some())
    }
}
