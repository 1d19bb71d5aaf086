//! Production's settings in the states that its environment may be in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use luthier_source::Sources;

use super::eval::{Calls, Repetition};
use super::{Assumptions, Settings, SettingsModule};
use crate::django::settings as django;
use crate::modules::Modules;

/// The states of environment variables: their texts, `None` for those that are not set.
type Environment = BTreeMap<String, Option<String>>;

/// Settings that Django reads where they are there, and has no default of (Django 6.1).
const WITHOUT_DEFAULT: &[&str] = &["MAILERS"];

/// What was evaluated: several checks ask for the same settings, and most calls come to the same in
/// most worlds.
#[derive(Debug, Default)]
pub(super) struct Worlds {
    known: Mutex<BTreeMap<Environment, Arc<SettingsModule>>>,
    calls: Calls,
}

impl Settings {
    /// The settings of production that Django and known packages read, with some variables of the
    /// environment known; `None` where there is no production.
    pub fn production_in(
        &self,
        modules: &Modules,
        sources: &Sources,
        assumptions: &Assumptions,
    ) -> Option<Arc<SettingsModule>> {
        let production = self.production()?;
        let environment: Environment = assumptions.environment.iter().cloned().collect();
        let worlds = &self.worlds;
        let known = || worlds.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = known().get(&environment) {
            return Some(Arc::clone(module));
        }
        let repetition = Repetition {
            calls: &worlds.calls,
            is_wanted: is_read,
        };
        let module = production.repeated(modules, sources, assumptions, Some(repetition));
        let module = Arc::new(module);
        known().insert(environment, Arc::clone(&module));
        Some(module)
    }
}

#[cfg(test)]
impl Settings {
    /// How many outcomes of calls are remembered.
    pub(super) fn remembered_calls(&self) -> usize {
        self.worlds.calls.len()
    }
}

/// Whether Django or a known package reads a setting: what else there is need not be kept.
fn is_read(name: &str) -> bool {
    django::is_known(name) || django::is_of_any_package(name) || WITHOUT_DEFAULT.contains(&name)
}
