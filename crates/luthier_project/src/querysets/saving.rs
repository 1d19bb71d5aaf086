//! What runs when a row is saved, besides Django's own code.

use crate::Project;
use crate::facts::{CallRef, ExprRef};
use crate::models::ModelId;
use crate::modules::{Ancestor, Definition, ModuleId};

/// A receiver of `pre_save`, which may change what is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SaveHook {
    /// The model that it is called for; `None` where that is not seen, or where it is all.
    sender: Option<ModelId>,
}

impl Project {
    /// Whether `save()` of a model's rows does what Django's does, to the fields that Django has:
    /// no method of the project's or a package's, no receiver and no field with code of its own
    /// stands in between.
    pub fn saves_plainly(&self, id: ModelId) -> bool {
        let model = self.models.get(id);
        let Some(class) = model.class.filter(|_| !self.models.is_open(id)) else {
            return false;
        };
        let modules = &self.modules;
        let mro = modules.mro(class);
        let is_plain = mro.ancestors.iter().all(|ancestor| match ancestor {
            Ancestor::Class(class) => {
                let body = modules.class_body(*class);
                let hooks = ["__init__", "__setattr__", "_do_update", "save", "save_base"];
                modules
                    .get(class.module)
                    .name
                    .starts_with("django.db.models")
                    || hooks.iter().all(|name| body.binding(name).is_none())
            }
            Ancestor::External(name) => {
                name.starts_with("django.") || name.starts_with("builtins.")
            }
            Ancestor::Unknown => false,
        });
        let fields = self.models.fields(id);
        let is_djangos = fields
            .iter()
            .all(|(_, field)| field.class.dotted.starts_with("django.") || field.is_automatic);
        let hooks = self.flows.save_hooks.get_or_init(|| hooks(self));
        let concrete = |id: ModelId| self.models.get(id).concrete;
        let is_heard = hooks.iter().any(|hook| {
            hook.sender
                .is_none_or(|sender| concrete(sender) == model.concrete)
        });
        is_plain && is_djangos && !is_heard
    }
}

fn hooks(project: &Project) -> Vec<SaveHook> {
    let mut found = Vec::new();
    for module in project.own_modules() {
        let facts = project.modules.facts(module);
        if !facts.names.mention("pre_save") {
            continue;
        }
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for call in body.exprs().filter_map(ExprRef::as_call) {
                let connects = match call.callee.as_attribute() {
                    Some((signal, "connect")) => is_signal(signal),
                    _ => {
                        call.callee.last_name() == Some("receiver")
                            && call.positional().next().is_some_and(|signals| {
                                signals.elements().map_or_else(
                                    || is_signal(signals),
                                    |mut signals| signals.any(is_signal),
                                )
                            })
                    }
                };
                if connects {
                    found.push(SaveHook {
                        sender: sender(project, module, call),
                    });
                }
            }
        }
    }
    found
}

fn is_signal(expr: ExprRef<'_>) -> bool {
    expr.last_name() == Some("pre_save")
}

fn sender(project: &Project, module: ModuleId, call: CallRef<'_>) -> Option<ModelId> {
    let sender = call.keyword("sender")?;
    if let Some(label) = sender.as_str() {
        return project.models.by_label(label);
    }
    match project.modules.resolve_expr(module, sender) {
        Definition::Class(class) => project.models.by_class(class),
        _ => None,
    }
}
