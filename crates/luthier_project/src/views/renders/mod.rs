//! Which templates code renders, and what the names of their contexts hold.

mod entries;
mod generic;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use luthier_source::{FileId, Location};
use rayon::prelude::*;

use crate::Project;
use crate::facts::ir::BindingKind;
use crate::facts::{BodyRef, CallRef, ExprRef, Name};
use crate::flows::Held;
use crate::modules::{ModuleId, ValueRef};
use crate::routes::{imported_name, leads_to};

use super::View;
use entries::Entries;

/// One place that renders a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Render {
    /// The view's class, or the call that renders.
    pub place: Location,
    /// The template's file.
    pub template: FileId,
    /// What the context's names hold, as far as rows go. Names that are not here may be in the
    /// context all the same.
    pub context: BTreeMap<String, Held>,
}

/// Functions that render a template: the positions of its name and of the context.
const RENDERING: &[(&str, usize, usize)] = &[
    ("django.shortcuts.render", 1, 2),
    ("django.template.loader.render_to_string", 0, 1),
    ("django.template.response.SimpleTemplateResponse", 0, 1),
    ("django.template.response.TemplateResponse", 1, 2),
];

impl Project {
    /// The renderings of the project's code whose template and context are known: those of Django's
    /// generic views that routes lead to, then those by call, in file order. Tests are left out.
    pub fn renders(&self) -> Vec<Render> {
        let modules: Vec<ModuleId> = self.own_modules().collect();
        let of_view = |view| {
            let mut found = Vec::new();
            generic::add_renders(self, view, &mut found);
            found
        };
        let of_module = |&module| {
            let mut found = Vec::new();
            self.add_called(module, &mut found);
            found
        };
        let views = self.views.views.par_iter().map(of_view);
        let found: Vec<_> = views.chain(modules.par_iter().map(of_module)).collect();
        let mut found: Vec<Render> = found.into_iter().flatten().collect();
        found.retain(|render| !render.context.is_empty());
        found
    }

    fn add_called(&self, module: ModuleId, found: &mut Vec<Render>) {
        let facts = self.modules.facts(module);
        let functions = || RENDERING.iter().map(|(dotted, ..)| *dotted);
        let near = facts.imports.iter();
        let near = near.filter(|import| leads_to(facts, import, functions()));
        let near: Vec<Name> = near.map(|import| import.binds).collect();
        let Some(file) = self.modules.get(module).file.filter(|_| !near.is_empty()) else {
            return;
        };
        if self.modules.is_test(module) {
            return;
        }
        let mut here = Vec::new();
        let exprs = facts.body_ids().flat_map(|id| facts.body(id).exprs());
        for call in exprs.filter_map(ExprRef::as_call) {
            if !call.callee.head().is_some_and(|head| near.contains(&head)) {
                continue;
            }
            let Some(dotted) = imported_name(&self.modules, module, call.callee) else {
                continue;
            };
            let function = RENDERING.iter().find(|(known, ..)| *known == dotted);
            here.extend(function.and_then(|&(_, template, context)| {
                self.called(module, file, call, (template, context))
            }));
        }
        here.sort_by_key(|render| render.place);
        found.append(&mut here);
    }

    fn called(
        &self,
        module: ModuleId,
        file: FileId,
        call: CallRef<'_>,
        (template, context): (usize, usize),
    ) -> Option<Render> {
        let name = call.argument(template, "template_name").or_else(|| {
            // `TemplateResponse` calls it otherwise.
            call.argument(template, "template")
        })?;
        let template = self.templates.file(name.as_str()?)?;
        let context = call.argument(context, "context")?;
        let entries = Entries::of(context, None)?;
        Some(Render {
            place: Location::new(file, call.expr.span()),
            template,
            context: entries.held(|value| self.held_at(module, value)),
        })
    }

    pub(crate) fn held_at(&self, module: ModuleId, expr: ExprRef<'_>) -> Held {
        self.held(ValueRef::of(module, expr))
    }
}

/// The template that a class-based view is sure to look for, and where its code says so.
pub(crate) fn template_of(project: &Project, view: &View) -> Option<(Location, String)> {
    generic::template_of(project, view)
}

/// The value that a scope gives to a name by plain assignments only, each of them.
fn assigned<'a>(body: BodyRef<'a>, name: &str) -> Option<Vec<ExprRef<'a>>> {
    let mut values = Vec::new();
    for binding in &body.body().bindings {
        if body.facts.text(binding.name) != name {
            continue;
        }
        match binding.kind {
            BindingKind::Value(value) => values.push(body.expr(value)),
            _ => return None,
        }
    }
    (!values.is_empty()).then_some(values)
}

/// Whether a call is one of `super()`'s method of that name.
fn is_super_call(call: CallRef<'_>, method: &str) -> bool {
    let Some((object, name)) = call.callee.as_attribute() else {
        return false;
    };
    let object = object.as_call().and_then(|object| object.callee.as_name());
    name == method && object == Some("super")
}
