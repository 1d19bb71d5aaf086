//! Which calls are made on rows: on managers, querysets and related managers.

use super::tables;
use super::trace::Tracer;
use super::value::{Value, Why};
use crate::Project;
use crate::facts::{BodyId, CallRef, ExprId, ExprRef};
use crate::models::ModelId;
use crate::modules::ModuleId;

/// Methods of querysets whose result is a queryset again, of something other than rows.
const VALUES: &[&str] = &["dates", "datetimes", "values", "values_list"];

/// A call that makes a row of a model, or one of a method that querysets have: on rows of a model
/// whose own method it is, or on what is not known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowsCall {
    pub(crate) body: BodyId,
    pub(crate) expr: ExprId,
    /// The model of the rows, or why it is not known whether there are any.
    pub(crate) model: Result<ModelId, Why>,
    /// Whether the model's class itself is called.
    pub(crate) makes_row: bool,
}

impl Project {
    /// A call as one on rows; `None` where it is none.
    pub(crate) fn call_on_rows(&self, module: ModuleId, call: CallRef<'_>) -> Option<&RowsCall> {
        let on_rows = self.calls_on_rows(module);
        let place = (call.expr.body.id, call.expr.id);
        let found = on_rows.binary_search_by_key(&place, |on| (on.body, on.expr));
        Some(&on_rows[found.ok()?])
    }

    /// The calls on rows in a module of the repository, by body, then by expression.
    pub(crate) fn calls_on_rows(&self, module: ModuleId) -> &[RowsCall] {
        self.traced(module).map_or(&[], |traced| &traced.on_rows)
    }
}

/// A call as one that has to do with rows.
pub(super) fn call_on_rows<'a>(
    tracer: &mut Tracer<'a>,
    call: CallRef<'a>,
    callee: Value,
) -> Option<RowsCall> {
    let (model, makes_row) = match callee {
        Value::Class(class) => (Ok(tracer.ground.models.by_class(class)?), true),
        // What a manager or queryset of the project defines may read its arguments otherwise.
        Value::Function(_) => return None,
        _ => (method_on_rows(tracer, call)?, false),
    };
    Some(RowsCall {
        body: call.expr.body.id,
        expr: call.expr.id,
        model,
        makes_row,
    })
}

fn method_on_rows<'a>(tracer: &mut Tracer<'a>, call: CallRef<'a>) -> Option<Result<ModelId, Why>> {
    let (object, name) = call.callee.as_attribute()?;
    tables::rows_method(name)?;
    let model = rows_under(tracer, object)?;
    let (modules, models) = (tracer.ground.modules, tracer.ground.models);
    let is_own = |model| models.manager_method(modules, model, name).is_some();
    (!model.is_ok_and(is_own)).then_some(model)
}

/// The model whose rows a queryset begins with; `None` where it is something else.
fn rows_under<'a>(tracer: &mut Tracer<'a>, expr: ExprRef<'a>) -> Option<Result<ModelId, Why>> {
    let mut current = expr;
    loop {
        let why = match tracer.known(current).sure() {
            Value::Rows(model) => return Some(Ok(model)),
            Value::Instance(class) => return tracer.ground.models.served_by(class).map(Ok),
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
