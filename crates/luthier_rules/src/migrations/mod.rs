//! Rules about migrations.

mod add_not_null_column;
mod default_dropped;
mod drop_not_null;
mod many_to_many_through_change;
mod model_changes_without_migration;
mod primary_key_change;
mod remove_column;
mod remove_table;
mod rename_column;
mod rename_table;
mod rollback_destroys_data;
mod set_not_null;
mod steps;
mod unique_with_shared_default;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &model_changes_without_migration::MODEL_CHANGES_WITHOUT_MIGRATION,
    &add_not_null_column::ADD_NOT_NULL_COLUMN,
    &remove_column::REMOVE_COLUMN,
    &rename_column::RENAME_COLUMN,
    &remove_table::REMOVE_TABLE,
    &rename_table::RENAME_TABLE,
    &set_not_null::SET_NOT_NULL,
    &default_dropped::DEFAULT_DROPPED,
    &many_to_many_through_change::MANY_TO_MANY_THROUGH_CHANGE,
    &primary_key_change::PRIMARY_KEY_CHANGE,
    &drop_not_null::DROP_NOT_NULL,
    &rollback_destroys_data::ROLLBACK_DESTROYS_DATA,
    &unique_with_shared_default::UNIQUE_WITH_SHARED_DEFAULT,
];
