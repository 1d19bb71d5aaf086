//! What a change comes to: releases, each with migrations. The models are those of the code from the
//! first one on: what the database lacks of them until the last one, no query notices.

use std::collections::BTreeSet;

use luthier_diagnostics::fix::Edit;
use luthier_project::migrations::{Code, Definitions, ModelKey};

use super::verbatim::Verbatim;

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
    /// What its models have otherwise than those of the code in the end.
    pub(super) code: Vec<Edit>,
    /// What has to hold before the next release, besides that every process runs this one.
    pub(super) before_next: Option<String>,
    pub(super) irreversible: Option<String>,
}

/// Operations that go into one migration.
#[derive(Clone, Debug)]
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
    /// The file in place of operations, where a migration that is there has code of its own.
    pub(super) verbatim: Option<Verbatim>,
}

/// One operation as code.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) code: Code,
    pub(super) summary: String,
    /// Models that have to be there.
    pub(super) needs: BTreeSet<ModelKey>,
    /// Whether it takes a lock that others wait behind, and so must not wait for it too long itself.
    pub(super) is_locking: bool,
    /// The statements that it is, where it is SQL of the plan's own.
    pub(super) statements: Vec<String>,
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
            verbatim: None,
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
            is_locking: true,
            statements: Vec::new(),
        }
    }

    /// What only the models hear of.
    pub(super) fn told(code: Code, summary: impl Into<String>) -> Self {
        Self::new(code, summary).waiting_for_nobody()
    }

    #[must_use]
    pub(super) fn waiting_for_nobody(mut self) -> Self {
        self.is_locking = false;
        self
    }

    #[must_use]
    pub(super) fn needing(mut self, needs: impl IntoIterator<Item = ModelKey>) -> Self {
        self.needs.extend(needs);
        self
    }
}
