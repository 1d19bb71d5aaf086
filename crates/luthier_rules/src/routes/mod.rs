//! Rules about routes.

mod admin_at_default_url;
mod unknown_url_name;
mod view_argument_mismatch;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &unknown_url_name::RULE,
    &view_argument_mismatch::RULE,
    &admin_at_default_url::RULE,
];
