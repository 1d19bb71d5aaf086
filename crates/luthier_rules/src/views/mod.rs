//! Rules about views.

mod lists;
mod offset_pagination_large;
mod unpaginated_list;
mod unstable_cursor_order;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &unpaginated_list::UNPAGINATED_LIST,
    &unstable_cursor_order::UNSTABLE_CURSOR_ORDER,
    &offset_pagination_large::OFFSET_PAGINATION_LARGE,
];
