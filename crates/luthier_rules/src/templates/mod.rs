//! Rules about templates.

mod missing_template;
mod unknown_template_tag;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[&missing_template::RULE, &unknown_template_tag::RULE];
