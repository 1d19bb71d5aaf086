//! What is found on a request.

use std::rc::Rc;
use std::sync::Arc;

use super::givens::{Givens, of_unknown_origin};
use super::run::Run;
use super::summary::widened;
use super::value::Value;

/// Functions that set an attribute beyond which it may be anything.
const MOST: usize = 12;

impl Run<'_, '_> {
    /// `request.name`: what code of the project puts there, or Django's own middleware. Which of
    /// several ways a request went is not known, and so not what is loaded.
    pub(super) fn of_request(&mut self, name: &str) -> Value {
        if name == "user" {
            let user = self.project().flows.likely_user;
            return user.map_or(Value::Unknown, |user| self.new_row(user));
        }
        if let Some(known) = self.engine.on_request.get(name) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        self.engine
            .on_request
            .insert(Arc::clone(&name), Value::Unknown);
        let project = self.project();
        let functions = project.flows.request_attributes(&project.modules);
        let functions = functions.get(&name);
        let mut joined = Value::Never;
        if functions.len() <= MOST {
            for &function in functions {
                let params = project.modules.function(function).params.len();
                let summary = self.summary_of(function, vec![Value::Unknown; params]);
                if let Some(set) = summary.on_request.get(&name) {
                    joined = joined.join(Givens::default().show(set, 0));
                }
            }
        }
        let found = match joined {
            Value::Row(row) => of_unknown_origin(&widened(&Value::Row(Rc::clone(&row)))),
            _ => Value::Unknown,
        };
        self.engine.on_request.insert(name, found.clone());
        found
    }
}
