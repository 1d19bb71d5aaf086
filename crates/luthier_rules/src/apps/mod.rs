//! Rules about apps.

mod app_not_installed;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[&app_not_installed::APP_NOT_INSTALLED];
