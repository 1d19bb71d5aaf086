//! Rules about migrations.

mod add_check_validating;
mod add_exclusion_constraint;
mod add_foreign_key_validating;
mod add_index_blocking;
mod add_not_null_column;
mod add_unique_constraint;
mod alter_column_type;
mod broken_migration_graph;
mod code_and_removal_together;
mod concurrent_in_transaction;
mod conflicting_migrations;
mod dangerous_sql;
mod data_and_schema_mixed;
mod default_dropped;
mod drop_not_null;
mod edited_after_release;
mod heavy_operations_together;
mod irreversible_operation;
mod large_table_hint;
mod lock_held_long;
mod many_to_many_through_change;
mod model_changes_without_migration;
mod model_imported_in_migration;
mod narrow_primary_key;
mod no_lock_timeout;
mod nondeterministic_migration;
mod primary_key_change;
mod remove_column;
mod remove_index_blocking;
mod remove_table;
mod rename_column;
mod rename_table;
mod rollback_destroys_data;
mod set_not_null;
pub mod sql_hazards;
mod squash_due;
mod steps;
mod stored_column_rewrite;
mod unbatched_data_migration;
mod unique_with_shared_default;
mod volatile_default_rewrite;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &model_changes_without_migration::MODEL_CHANGES_WITHOUT_MIGRATION,
    &conflicting_migrations::RULE,
    &broken_migration_graph::RULE,
    &edited_after_release::RULE,
    &add_not_null_column::ADD_NOT_NULL_COLUMN,
    &remove_column::REMOVE_COLUMN,
    &rename_column::RENAME_COLUMN,
    &remove_table::REMOVE_TABLE,
    &rename_table::RENAME_TABLE,
    &alter_column_type::ALTER_COLUMN_TYPE,
    &set_not_null::SET_NOT_NULL,
    &add_index_blocking::ADD_INDEX_BLOCKING,
    &concurrent_in_transaction::RULE,
    &add_unique_constraint::ADD_UNIQUE_CONSTRAINT,
    &add_foreign_key_validating::ADD_FOREIGN_KEY_VALIDATING,
    &add_check_validating::ADD_CHECK_VALIDATING,
    &add_exclusion_constraint::ADD_EXCLUSION_CONSTRAINT,
    &data_and_schema_mixed::RULE,
    &irreversible_operation::RULE,
    &model_imported_in_migration::RULE,
    &unbatched_data_migration::RULE,
    &volatile_default_rewrite::VOLATILE_DEFAULT_REWRITE,
    &default_dropped::DEFAULT_DROPPED,
    &dangerous_sql::RULE,
    &squash_due::RULE,
    &no_lock_timeout::RULE,
    &many_to_many_through_change::MANY_TO_MANY_THROUGH_CHANGE,
    &nondeterministic_migration::RULE,
    &large_table_hint::RULE,
    &primary_key_change::PRIMARY_KEY_CHANGE,
    &drop_not_null::DROP_NOT_NULL,
    &remove_index_blocking::REMOVE_INDEX_BLOCKING,
    &heavy_operations_together::HEAVY_OPERATIONS_TOGETHER,
    &narrow_primary_key::RULE,
    &code_and_removal_together::RULE,
    &rollback_destroys_data::ROLLBACK_DESTROYS_DATA,
    &unique_with_shared_default::UNIQUE_WITH_SHARED_DEFAULT,
    &lock_held_long::LOCK_HELD_LONG,
    &stored_column_rewrite::STORED_COLUMN_REWRITE,
];
