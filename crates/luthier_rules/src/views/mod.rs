//! Rules about views.

mod list_serializer_too_heavy;
mod lists;
mod offset_pagination_large;
mod unpaginated_list;
mod unscoped_queryset;
mod unstable_cursor_order;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &unscoped_queryset::UNSCOPED_QUERYSET,
    &unpaginated_list::UNPAGINATED_LIST,
    &list_serializer_too_heavy::LIST_SERIALIZER_TOO_HEAVY,
    &unstable_cursor_order::UNSTABLE_CURSOR_ORDER,
    &offset_pagination_large::OFFSET_PAGINATION_LARGE,
];
