//! What a text is made of: where what is put into it comes from.
//!
//! Followed backwards, from the text to whoever brings its parts: through names as they are at that
//! place, `%`, `.format()`, f-strings and joined lists, into functions that give parts and back to the calls that hand
//! them in. Constants, numbers, settings, names of tables, and what code checks against a list or a pattern bring
//! nothing in; of what is not understood nothing is said either.

mod containers;
mod follow;
mod format;
mod names;
mod origins;

use std::cell::Cell;

use crate::Project;
use crate::facts::ExprRef;
use crate::models::ModelId;
use crate::modules::{FunctionRef, ModuleId, ValueRef};

/// Something in a text that is no constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingredient {
    pub origin: Origin,
    /// The expression that brings it.
    pub place: ValueRef,
    /// Where it is put between constant parts; `None` where it is all of the text.
    pub mixed_at: Option<ValueRef>,
    /// Whether it stands within quotes of SQL there.
    pub is_quoted: bool,
    /// Whether it passes from one function to another on its way.
    pub crosses: bool,
}

/// Who brings something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Whoever sends a request: parameters, a body, headers.
    Request,
    /// The same, by a part of the address that takes more than letters and digits.
    Address,
    /// The same, by the field of a form or serializer, where that is known.
    Form(FormField),
    /// A column of text, by the model and the field.
    Row(ModelId, Box<str>),
    /// Callers that are not seen.
    Parameter(FunctionRef),
}

/// What a form let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormField {
    /// A field of free text.
    Text,
    Unknown,
}

/// Expressions that one question may look at.
const STEPS: u32 = 3000;

impl Project {
    /// What is put into a text, each once, those that anybody may bring first.
    pub fn ingredients(&self, module: ModuleId, text: ExprRef<'_>) -> Vec<Ingredient> {
        let follower = follow::Follower {
            project: self,
            steps: Cell::new(STEPS),
        };
        let mut found = follower.of(follow::At::new(module), text);
        found.sort_by(|one, other| {
            let rank = |it: &Ingredient| (it.origin.clone(), it.place);
            rank(one).cmp(&rank(other))
        });
        found.dedup_by(|one, other| one.place == other.place && one.origin == other.origin);
        found
    }
}

#[cfg(test)]
mod tests;
