//! Rules about querysets.

mod unknown_lookup;
mod unknown_relation;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &unknown_lookup::UNKNOWN_LOOKUP,
    &unknown_relation::UNKNOWN_RELATION,
];
