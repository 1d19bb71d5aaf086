//! The way from the rows of a queryset to what is asked of them.

use std::sync::Arc;

/// A way over relations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// Where there is a step.
    names: Option<Arc<str>>,
    crosses_many: bool,
}

impl Path {
    /// No step yet.
    pub(super) fn start() -> Self {
        Self {
            names: None,
            crosses_many: false,
        }
    }

    /// One step further.
    #[must_use]
    pub(super) fn step(&self, name: &str, is_to_many: bool) -> Self {
        self.then(&Self {
            names: Some(name.into()),
            crosses_many: is_to_many,
        })
    }

    /// This way, and another one from its end.
    #[must_use]
    pub(super) fn then(&self, rest: &Self) -> Self {
        match (&self.names, &rest.names) {
            (_, None) => self.clone(),
            (None, _) => rest.clone(),
            (Some(names), Some(further)) => Self {
                names: Some(format!("{names}__{further}").into()),
                crosses_many: self.crosses_many || rest.crosses_many,
            },
        }
    }

    /// The attributes, joined by `__`; empty where there is no step.
    pub fn names(&self) -> &str {
        self.names.as_deref().unwrap_or_default()
    }

    /// Whether a step leads from one row to many.
    pub fn crosses_many(&self) -> bool {
        self.crosses_many
    }
}
