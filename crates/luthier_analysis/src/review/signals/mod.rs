//! The eight signals of the health check, one file each.

mod background_tasks;
mod caching;
mod database_connections;
mod deploy_checks;
mod migrations_applied;
mod secret_management;
mod settings_split;
mod static_files;

use luthier_diagnostics::review::Signal;

use super::answer::Answer;
use super::sheet::Sheet;

pub(super) use deploy_checks::codes as deploy_check_codes;
pub(super) use secret_management::{debug, secret_key};

/// What is known about each signal; other parts of the page ask the same questions.
pub(super) struct Signals {
    pub(super) settings_split: Answer,
    pub(super) secret_management: Answer,
    pub(super) database_connections: Answer,
    pub(super) migrations_applied: Answer,
    pub(super) static_files: static_files::StaticFiles,
    pub(super) background_tasks: background_tasks::BackgroundTasks,
    pub(super) caching: Answer,
    pub(super) deploy_checks: Answer,
}

impl Signals {
    pub(super) fn new(sheet: Sheet<'_>) -> Self {
        Self {
            settings_split: settings_split::answer(sheet),
            secret_management: secret_management::answer(sheet),
            database_connections: database_connections::answer(sheet),
            migrations_applied: migrations_applied::answer(sheet),
            static_files: static_files::judge(sheet),
            background_tasks: background_tasks::judge(sheet),
            caching: caching::answer(sheet),
            deploy_checks: deploy_checks::answer(sheet),
        }
    }

    /// In the order of the page.
    pub(super) fn lines(&self) -> Vec<Signal> {
        vec![
            self.settings_split.signal("settings-split"),
            self.secret_management.signal("secret-management"),
            self.database_connections.signal("database-connections"),
            self.migrations_applied.signal("migrations-applied"),
            self.static_files.answer.signal("static-files"),
            self.background_tasks.answer.signal("background-tasks"),
            self.caching.signal("caching"),
            self.deploy_checks.signal("deploy-checks"),
        ]
    }
}
