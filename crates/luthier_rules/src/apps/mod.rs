//! Rules about apps.

mod app_import_cycle;
mod app_not_installed;
mod signal_never_connected;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &app_import_cycle::APP_IMPORT_CYCLE,
    &signal_never_connected::SIGNAL_NEVER_CONNECTED,
    &app_not_installed::APP_NOT_INSTALLED,
];
