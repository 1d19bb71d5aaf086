//! Rules about migrations.

mod model_changes_without_migration;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] =
    &[&model_changes_without_migration::MODEL_CHANGES_WITHOUT_MIGRATION];
