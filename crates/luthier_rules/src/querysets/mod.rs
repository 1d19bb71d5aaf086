//! Rules about querysets.

mod aggregation_in_python;
mod bulk_without_batch;
mod database_error_in_atomic;
mod decimal_through_float;
mod deferred_field_in_loop;
mod evaluated_in_lookup;
mod evaluated_twice;
mod filter_without_index;
mod get_without_uniqueness;
mod growing;
mod key_through_object;
mod len_for_count;
mod loader_never_used;
mod lock_order;
mod lock_outside_transaction;
mod mend;
mod missing_transaction;
mod multi_join_aggregate;
mod n_plus_one_admin;
mod n_plus_one_discarded_prefetch;
mod n_plus_one_graphql;
mod n_plus_one_loop;
mod n_plus_one_serializer;
mod n_plus_one_template;
mod naive_datetime;
mod query_in_loop;
mod queryset_at_import;
mod queryset_delete_cascade;
mod random_order;
mod read_modify_write;
mod save_without_update_fields;
mod side_effect_in_transaction;
mod sql_injection;
mod sql_parameters;
mod sync_query_in_async;
mod truth_for_exists;
mod unbounded_iteration;
mod unknown_lookup;
mod unknown_relation;
mod unordered_pagination;
mod using;
mod write_in_loop;
mod wrong_loader;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &unknown_lookup::UNKNOWN_LOOKUP,
    &unknown_relation::UNKNOWN_RELATION,
    &n_plus_one_loop::N_PLUS_ONE_LOOP,
    &n_plus_one_template::N_PLUS_ONE_TEMPLATE,
    &n_plus_one_serializer::N_PLUS_ONE_SERIALIZER,
    &n_plus_one_admin::N_PLUS_ONE_ADMIN,
    &n_plus_one_graphql::N_PLUS_ONE_GRAPHQL,
    &n_plus_one_discarded_prefetch::N_PLUS_ONE_DISCARDED_PREFETCH,
    &query_in_loop::QUERY_IN_LOOP,
    &write_in_loop::WRITE_IN_LOOP,
    &deferred_field_in_loop::DEFERRED_FIELD_IN_LOOP,
    &len_for_count::LEN_FOR_COUNT,
    &truth_for_exists::TRUTH_FOR_EXISTS,
    &evaluated_twice::EVALUATED_TWICE,
    &evaluated_in_lookup::EVALUATED_IN_LOOKUP,
    &aggregation_in_python::AGGREGATION_IN_PYTHON,
    &read_modify_write::READ_MODIFY_WRITE,
    &save_without_update_fields::SAVE_WITHOUT_UPDATE_FIELDS,
    &unbounded_iteration::UNBOUNDED_ITERATION,
    &wrong_loader::WRONG_LOADER,
    &loader_never_used::LOADER_NEVER_USED,
    &filter_without_index::FILTER_WITHOUT_INDEX,
    &unordered_pagination::UNORDERED_PAGINATION,
    &random_order::RANDOM_ORDER,
    &queryset_at_import::QUERYSET_AT_IMPORT,
    &multi_join_aggregate::MULTI_JOIN_AGGREGATE,
    &side_effect_in_transaction::SIDE_EFFECT_IN_TRANSACTION,
    &missing_transaction::MISSING_TRANSACTION,
    &lock_outside_transaction::LOCK_OUTSIDE_TRANSACTION,
    &lock_order::LOCK_ORDER,
    &database_error_in_atomic::DATABASE_ERROR_IN_ATOMIC,
    &sync_query_in_async::SYNC_QUERY_IN_ASYNC,
    &naive_datetime::NAIVE_DATETIME,
    &bulk_without_batch::BULK_WITHOUT_BATCH,
    &get_without_uniqueness::GET_WITHOUT_UNIQUENESS,
    &queryset_delete_cascade::QUERYSET_DELETE_CASCADE,
    &key_through_object::KEY_THROUGH_OBJECT,
    &decimal_through_float::DECIMAL_THROUGH_FLOAT,
    &sql_injection::SQL_INJECTION,
];
