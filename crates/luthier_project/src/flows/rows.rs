//! Which calls are made on rows: on managers, querysets and related managers.

use super::tables;
use super::trace::Tracer;
use super::value::{Value, Why};
use crate::facts::{CallRef, ExprRef};
use crate::models::{Model, ModelId};
use crate::modules::{ClassRef, ModuleId};
use crate::{ModelGraph, Project};

/// Methods of querysets whose result is a queryset again, of something other than rows.
const VALUES: &[&str] = &["dates", "datetimes", "values", "values_list"];

/// A call of a method that querysets have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowsCall<'a> {
    pub(crate) call: CallRef<'a>,
    /// The model of the rows, or why it is not known whether there are any.
    pub(crate) model: Result<ModelId, Why>,
}

impl Project {
    /// The calls of methods that are `wanted`, by their names, on rows of a model whose own methods
    /// they are, or on what is not known; in the order of the module's bodies.
    pub(crate) fn calls_on_rows(
        &self,
        module: ModuleId,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<RowsCall<'_>> {
        let mut found = Vec::new();
        if !self.modules.is_repository(module) {
            return found;
        }
        let facts = self.modules.facts(module);
        let ground = self.flows.ground(&self.modules, &self.models);
        let mut tracer = Tracer::new(ground, module, facts);
        tracer.is_strict = true;
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for call in body.exprs().filter_map(ExprRef::as_call) {
                let Some((object, name)) = call.callee.as_attribute() else {
                    continue;
                };
                if !wanted(name) {
                    continue;
                }
                let Some(model) = rows_under(&mut tracer, object) else {
                    continue;
                };
                // What a manager or queryset of the project defines may read its arguments otherwise.
                let is_own = |model| {
                    self.models
                        .manager_method(&self.modules, model, name)
                        .is_some()
                };
                let is_defined = matches!(tracer.value(call.callee), Value::Function(_))
                    || model.is_ok_and(is_own);
                if !is_defined {
                    found.push(RowsCall { call, model });
                }
            }
        }
        found
    }
}

/// The model whose rows a queryset begins with; `None` where it is something else.
fn rows_under<'a>(tracer: &mut Tracer<'a>, expr: ExprRef<'a>) -> Option<Result<ModelId, Why>> {
    let mut current = expr;
    loop {
        let why = match tracer.value(current) {
            Value::Rows(model) => return Some(Ok(model)),
            Value::Instance(class) => return managed(tracer.ground.models, class).map(Ok),
            Value::Unknown(why) => why,
            Value::OutsideMember(_) | Value::Circle => Why::Result,
            _ => return None,
        };
        let inner = current
            .as_call()
            .and_then(|call| call.callee.as_attribute());
        match inner {
            Some((object, name)) if VALUES.contains(&name) || tables::keeps_rows(name) => {
                current = object;
            }
            _ => return Some(Err(why)),
        }
    }
}

/// The model whose rows a manager class is for: where there is one only.
pub(crate) fn managed(models: &ModelGraph, class: ClassRef) -> Option<ModelId> {
    let is_of = |model: &Model| {
        let mut managers = model.managers.iter();
        managers.any(|manager| manager.manager_class == Some(class))
    };
    let mut managed = models.registered().filter(|(_, model)| is_of(model));
    let (first, _) = managed.next()?;
    managed.next().is_none().then_some(first)
}
