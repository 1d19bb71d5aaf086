//! Rules about settings.

mod databases;
mod no_connection_reuse;
mod no_statement_timeout;
mod sqlite_in_production;
mod static_files_unserved;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &no_connection_reuse::RULE,
    &no_statement_timeout::RULE,
    &static_files_unserved::RULE,
    &sqlite_in_production::RULE,
];
