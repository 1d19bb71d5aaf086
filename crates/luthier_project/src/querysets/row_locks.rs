//! Queries that lock one row, found by its key.

use crate::Project;
use crate::facts::{BodyRef, CallRef, ExprRef};
use crate::flows::{keeps_rows, only_value};
use crate::models::ModelId;
use crate::modules::ModuleId;

/// Chains longer than this are not followed.
const MAX_DEPTH: u32 = 32;

/// A query that locks one row and waits for it.
#[derive(Clone, Copy, Debug)]
pub struct RowLock<'a> {
    /// The call that sends it.
    pub call: CallRef<'a>,
    /// The model of the row, where that is known.
    pub model: Option<ModelId>,
    /// The key that it is found by.
    pub key: ExprRef<'a>,
}

impl Project {
    /// The queries of a function that lock one row each.
    pub fn row_locks<'a>(&self, module: ModuleId, body: BodyRef<'a>) -> Vec<RowLock<'a>> {
        let mut found = Vec::new();
        if !body.facts.names.has("select_for_update") {
            return found;
        }
        for call in body.exprs().filter_map(ExprRef::as_call) {
            let rows = match call.callee.as_attribute() {
                Some((rows, "get" | "first")) => Some(rows),
                None if call.callee.as_name() == Some("get_object_or_404") => {
                    call.positional().next()
                }
                _ => None,
            };
            let mut lock = RowLock {
                call,
                model: None,
                key: call.expr,
            };
            let mut key = key_of(call);
            let is_lock = rows
                .is_some_and(|rows| self.is_waiting(module, rows, &mut lock, &mut key, MAX_DEPTH));
            if let Some(key) = key.filter(|_| is_lock) {
                found.push(RowLock { key, ..lock });
            }
        }
        found
    }

    /// Whether a queryset locks its rows and waits for those that others have locked.
    fn is_waiting<'a>(
        &self,
        module: ModuleId,
        rows: ExprRef<'a>,
        lock: &mut RowLock<'a>,
        key: &mut Option<ExprRef<'a>>,
        depth: u32,
    ) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        if let Some(name) = rows.as_name() {
            return only_value(rows.body, name)
                .is_some_and(|rows| self.is_waiting(module, rows, lock, key, depth));
        }
        let Some(call) = rows.as_call() else {
            return false;
        };
        let Some((object, method)) = call.callee.as_attribute() else {
            return false;
        };
        if method == "select_for_update" {
            let on_rows = self.call_on_rows(module, call);
            lock.model = on_rows.and_then(|on_rows| on_rows.model.ok());
            let gives_up = ["nowait", "skip_locked"].iter().any(|name| {
                let given = call.keyword(name);
                given.is_some_and(|given| given.as_bool() != Some(false))
            });
            return !gives_up && !call.is_open();
        }
        *key = key.or_else(|| key_of(call));
        keeps_rows(method) && self.is_waiting(module, object, lock, key, depth)
    }
}

/// What a call compares the key with.
fn key_of(call: CallRef<'_>) -> Option<ExprRef<'_>> {
    let mut keywords = call.keywords();
    keywords.find_map(|(name, value)| matches!(name, "pk" | "id").then_some(value))
}
