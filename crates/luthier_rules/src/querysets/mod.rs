//! Rules about querysets.

mod bulk_without_batch;
mod database_error_in_atomic;
mod deferred_field_in_loop;
mod filter_without_index;
mod get_without_uniqueness;
mod growing;
mod lock_outside_transaction;
mod multi_join_aggregate;
mod n_plus_one_discarded_prefetch;
mod n_plus_one_loop;
mod naive_datetime;
mod query_in_loop;
mod queryset_at_import;
mod random_order;
mod side_effect_in_transaction;
mod sync_query_in_async;
mod unknown_lookup;
mod unknown_relation;
mod unordered_pagination;
mod wrong_loader;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &unknown_lookup::UNKNOWN_LOOKUP,
    &unknown_relation::UNKNOWN_RELATION,
    &n_plus_one_loop::N_PLUS_ONE_LOOP,
    &n_plus_one_discarded_prefetch::N_PLUS_ONE_DISCARDED_PREFETCH,
    &query_in_loop::QUERY_IN_LOOP,
    &deferred_field_in_loop::DEFERRED_FIELD_IN_LOOP,
    &wrong_loader::WRONG_LOADER,
    &filter_without_index::FILTER_WITHOUT_INDEX,
    &unordered_pagination::UNORDERED_PAGINATION,
    &random_order::RANDOM_ORDER,
    &queryset_at_import::QUERYSET_AT_IMPORT,
    &multi_join_aggregate::MULTI_JOIN_AGGREGATE,
    &side_effect_in_transaction::SIDE_EFFECT_IN_TRANSACTION,
    &lock_outside_transaction::LOCK_OUTSIDE_TRANSACTION,
    &database_error_in_atomic::DATABASE_ERROR_IN_ATOMIC,
    &sync_query_in_async::SYNC_QUERY_IN_ASYNC,
    &naive_datetime::NAIVE_DATETIME,
    &bulk_without_batch::BULK_WITHOUT_BATCH,
    &get_without_uniqueness::GET_WITHOUT_UNIQUENESS,
];
