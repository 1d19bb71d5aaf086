//! Rules about querysets.

mod bulk_without_batch;
mod naive_datetime;
mod queryset_at_import;
mod random_order;
mod unknown_lookup;
mod unknown_relation;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &unknown_lookup::UNKNOWN_LOOKUP,
    &unknown_relation::UNKNOWN_RELATION,
    &random_order::RANDOM_ORDER,
    &queryset_at_import::QUERYSET_AT_IMPORT,
    &naive_datetime::NAIVE_DATETIME,
    &bulk_without_batch::BULK_WITHOUT_BATCH,
];
