//! Production's settings in the environment that the deployment gives them.

use std::sync::Arc;

use luthier_source::Sources;

use super::{Assumptions, Condition, Contribution, Setting, SettingsModule, What};
use crate::deployment::GivenVariable;
use crate::modules::Modules;

/// The assumptions, with what is given where they say nothing themselves.
pub(super) fn with(given: &[GivenVariable], mut assumptions: Assumptions) -> Assumptions {
    for variable in given {
        let environment = &mut assumptions.environment;
        if environment.iter().all(|(name, _)| *name != variable.name) {
            environment.push((variable.name.clone(), Some(variable.value.clone())));
        }
    }
    assumptions
}

/// A module that was evaluated without an environment, in what is given of it. `None` where its
/// settings hang on none of that, or would not load with it: then it is not what they are run with.
pub(super) fn under(
    written: &SettingsModule,
    modules: &Modules,
    sources: &Sources,
    given: &[GivenVariable],
    assumptions: Assumptions,
) -> Option<SettingsModule> {
    let asked: Vec<(&str, Vec<Arc<str>>)> = written
        .settings()
        .iter()
        .map(|setting| (&*setting.name, asked_for(setting)))
        .filter(|(_, variables)| !variables.is_empty())
        .collect();
    let is_asked = |variable: &GivenVariable| {
        let mut all = asked.iter().flat_map(|(_, variables)| variables);
        // Which module that names is decided before it is evaluated.
        variable.name != "DJANGO_SETTINGS_MODULE" && all.any(|name| **name == *variable.name)
    };
    let given: Vec<_> = given.iter().filter(|one| is_asked(one)).cloned().collect();
    if given.is_empty() {
        return None;
    }
    let mut module = written.under(modules, sources, &with(&given, assumptions));
    if module.fails().is_some() {
        return None;
    }
    for setting in &mut module.evaluated.settings {
        let Ok(index) = asked.binary_search_by(|(name, _)| (*name).cmp(&setting.name)) else {
            continue;
        };
        let its_own = given
            .iter()
            .filter(|variable| asked[index].1.iter().any(|name| **name == *variable.name));
        setting.places.splice(0..0, its_own.map(contribution));
    }
    module.django = written.django;
    module.given = given;
    module.written = Some(Box::new(written.clone()));
    Some(module)
}

/// The variables that a setting hangs on, in its value or in the conditions on the way to it.
fn asked_for(setting: &Setting) -> Vec<Arc<str>> {
    let mut variables = setting.value.variables();
    for contribution in &setting.places {
        for variable in contribution.when.variables() {
            if !variables.contains(variable) {
                variables.push(variable.clone());
            }
        }
    }
    variables
}

fn contribution(variable: &GivenVariable) -> Contribution {
    Contribution {
        place: Some(variable.place),
        what: What::Given(format!("{}={}", variable.name, variable.value).into()),
        when: Condition::ALWAYS,
    }
}
