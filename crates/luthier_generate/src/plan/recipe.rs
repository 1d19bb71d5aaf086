//! What a change comes to: releases, each with migrations. The models are those of the code from the
//! first one on: what the database lacks of them until the last one, no query notices.

use std::collections::BTreeSet;

use luthier_project::migrations::{Code, Definitions, ModelKey};

/// Why there is no plan.
pub(super) type Because = String;

/// How one operation comes to the database.
#[derive(Debug, Default)]
pub(super) struct Recipe {
    /// The name of the rule that finds it.
    pub(super) kind: &'static str,
    pub(super) releases: Vec<Release>,
}

/// What one release does for the operation.
#[derive(Debug, Default)]
pub(super) struct Release {
    /// In the imperative.
    pub(super) title: String,
    pub(super) why: String,
    pub(super) parts: Vec<Part>,
    /// What has to hold before the next release, besides that every process runs this one.
    pub(super) before_next: Option<String>,
    pub(super) irreversible: Option<String>,
}

/// Operations that go into one migration.
#[derive(Debug)]
pub(super) struct Part {
    /// The end of the file's name: `order_reference_fill`.
    pub(super) name: String,
    pub(super) is_atomic: bool,
    /// Whether it may share a file with neighbours about the same table: all that it does is quick.
    /// Strong locks of two tables in one transaction can meet those of a query the other way round.
    pub(super) is_quick: bool,
    /// The model whose table it changes.
    pub(super) about: Option<ModelKey>,
    pub(super) operations: Vec<Written>,
    pub(super) definitions: Option<Definitions>,
}

/// One operation as code.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) code: Code,
    pub(super) summary: String,
    /// Models that have to be there.
    pub(super) needs: BTreeSet<ModelKey>,
}

impl Part {
    /// Operations that have a transaction, and a file, of their own.
    pub(super) fn alone(name: impl Into<String>, operations: Vec<Written>) -> Self {
        Self {
            name: name.into(),
            is_atomic: true,
            is_quick: false,
            about: None,
            operations,
            definitions: None,
        }
    }

    /// Operations that need no transaction of their own.
    pub(super) fn quick(name: impl Into<String>, operations: Vec<Written>) -> Self {
        Self {
            is_quick: true,
            ..Self::alone(name, operations)
        }
    }

    /// Operations that must not be, or should not be, in a transaction.
    pub(super) fn outside_transaction(name: impl Into<String>, operations: Vec<Written>) -> Self {
        Self {
            is_atomic: false,
            ..Self::alone(name, operations)
        }
    }
}

impl Written {
    pub(super) fn new(code: Code, summary: impl Into<String>) -> Self {
        Self {
            code,
            summary: summary.into(),
            needs: BTreeSet::new(),
        }
    }

    #[must_use]
    pub(super) fn needing(mut self, needs: impl IntoIterator<Item = ModelKey>) -> Self {
        self.needs.extend(needs);
        self
    }
}
