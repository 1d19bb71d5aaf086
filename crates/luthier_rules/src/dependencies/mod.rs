//! Rules about dependencies.

mod requirements_not_split;
mod unpinned_requirements;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[&requirements_not_split::RULE, &unpinned_requirements::RULE];
