//! Rules about templates.

mod missing_template;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[&missing_template::RULE];
