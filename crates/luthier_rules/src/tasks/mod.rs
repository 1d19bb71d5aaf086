//! Rules about background tasks.

mod always_eager_in_production;
mod celery_settings;
mod no_time_limit;
mod pickle_accepted;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &no_time_limit::RULE,
    &pickle_accepted::RULE,
    &always_eager_in_production::RULE,
];
