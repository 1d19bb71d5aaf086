//! Rules about migrations.

mod broken_migration_graph;
mod concurrent_in_transaction;
mod conflicting_migrations;
mod data_and_schema_mixed;
mod edited_after_release;
mod irreversible_operation;
mod model_changes_without_migration;
mod model_imported_in_migration;
mod no_lock_timeout;
mod nondeterministic_migration;
mod squash_due;
mod steps;
mod unbatched_data_migration;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &model_changes_without_migration::MODEL_CHANGES_WITHOUT_MIGRATION,
    &conflicting_migrations::RULE,
    &broken_migration_graph::RULE,
    &edited_after_release::RULE,
    &concurrent_in_transaction::RULE,
    &data_and_schema_mixed::RULE,
    &irreversible_operation::RULE,
    &model_imported_in_migration::RULE,
    &unbatched_data_migration::RULE,
    &squash_due::RULE,
    &no_lock_timeout::RULE,
    &nondeterministic_migration::RULE,
];
