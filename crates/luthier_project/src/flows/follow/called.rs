//! On which rows the methods of querysets are called, wherever the rows come from.

use super::run::Engine;
use super::value::Value;
use crate::flows::tables;
use crate::models::ModelId;
use crate::modules::ValueRef;

impl Engine<'_> {
    /// Remembers on what a method is called.
    pub(super) fn remember_call(&mut self, call: ValueRef, object: &Value, method: &str) {
        let mut alternatives = object.alternatives().iter();
        let may_be_rows = alternatives.any(|it| matches!(it, Value::Rows(_) | Value::Class(_)));
        if may_be_rows && tables::rows_method(method).is_some() {
            self.remember_rows(call, object);
        }
    }

    /// Remembers the rows, or the model, that a call is about.
    pub(super) fn remember_rows(&mut self, call: ValueRef, object: &Value) {
        for value in object.alternatives() {
            let model = match value {
                Value::Rows(rows) => Some(rows.model),
                Value::Class(class) => self.project.models.by_class(*class),
                _ => None,
            };
            let flows = &self.project.flows;
            let is_known =
                |model: &ModelId| flows.user.is_some() || flows.likely_user != Some(*model);
            let model = model.filter(is_known);
            self.called.extend(model.map(|model| (call, model)));
        }
    }
}
