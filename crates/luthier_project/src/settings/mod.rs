//! What the settings are.
//!
//! Settings modules are evaluated abstractly, never run: [`eval`] follows them in the order in which
//! Python would, on [`Value`]s of which only parts may be known. [`Settings`] holds every settings
//! module of the project with its role, knows which one production uses and why, and answers
//! "what is `CONN_MAX_AGE`" with the value, every place that contributed, and the conditions.

pub mod condition;
pub mod value;

mod discover;
mod display;
mod eval;
mod given;
mod worlds;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use luthier_source::Sources;

pub use condition::{Condition, Fact, Test, TestKind};
pub use discover::{Candidate, Role};
pub use eval::Assumptions;
use eval::Repetition;
pub use value::{Cast, Kind, Truth, Value, WhenUnset};

use worlds::Worlds;

use crate::deployment::{Deployment, Environment, GivenVariable};
use crate::django::settings as django_defaults;
use crate::django::{DjangoTarget, DjangoVersion, VersionSource};
use crate::modules::{ModuleId, Modules};
use crate::place::Place;

/// Stands for the repository's root at the beginning of paths.
pub const ROOT: &str = "<root>";

/// One step that led to a setting's value.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// `None` where it happened outside the repository.
    pub place: Option<Place>,
    pub what: What,
    /// The conditions around the place.
    pub when: Condition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Assigned,
    /// `+=` and its kin.
    Extended,
    /// A method that changes its object, such as `append`.
    Called(Arc<str>),
    ItemSet,
    Removed,
    /// Taken from another module.
    Imported(Arc<str>),
    /// An environment variable that it hangs on, as `NAME=text`, which the deployment sets there.
    Given(Arc<str>),
}

/// One setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub name: Arc<str>,
    pub value: Value,
    /// In the order in which they happened.
    pub places: Vec<Contribution>,
    /// Whether the value is Django's own default.
    pub is_default: bool,
}

/// What evaluating a module gave.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// By name.
    pub settings: Vec<Setting>,
    /// Why there may be settings which are not known, where there may.
    pub open: Option<Arc<str>>,
    /// The exception with which loading surely fails.
    pub fails: Option<Arc<str>>,
    /// The modules that were evaluated for it, in order; itself is the first.
    pub modules: Vec<ModuleId>,
    /// Modules and files of the project that are taken in where they exist, and do not exist in
    /// the repository: what they would set, production may have.
    pub optional: Vec<(Arc<str>, Option<Place>)>,
    /// Environment variables that the settings set themselves, `setdefault` included.
    pub environment: Vec<(Arc<str>, Value)>,
}

impl Evaluated {
    /// Whether it surely sets nothing.
    fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.open.is_none() && self.fails.is_none()
    }
}

/// One settings module, or one class of a class-based configuration.
#[derive(Clone, Debug)]
pub struct SettingsModule {
    /// Dotted name.
    pub name: String,
    pub module: ModuleId,
    /// Of a class-based configuration, the class.
    pub class: Option<String>,
    pub role: Role,
    evaluated: Evaluated,
    django: DjangoVersion,
    /// The environment that the deployment gives it, as far as its settings hang on that.
    given: Vec<GivenVariable>,
    /// As it is without that.
    written: Option<Box<SettingsModule>>,
}

/// All settings modules of a project.
///
/// Rules ask `project.settings.production()` and stay silent where there is none: a reusable app has
/// no settings, and nothing is known about those of its users.
#[derive(Debug)]
pub struct Settings {
    /// By name.
    pub modules: Vec<SettingsModule>,
    production: Option<usize>,
    /// Why the production module is taken for that.
    pub reason: String,
    django: DjangoVersion,
    has_atomic_requests: Option<bool>,
    worlds: Worlds,
}

impl Settings {
    /// Finds and evaluates every settings module of the project whose modules are `own`.
    pub fn link(
        sources: &Sources,
        modules: &Modules,
        own: &[ModuleId],
        deployment: &Deployment,
        configured: Option<&str>,
        target: &DjangoTarget,
    ) -> Self {
        use rayon::prelude::*;

        let mut named = discover::named_in_python(sources, modules, own);
        let mut given = deployment.given.iter();
        let class_given = given.find(|variable| variable.name == "DJANGO_CONFIGURATION");
        let class_given = class_given.map(|variable| variable.value.clone());
        named.extend(deployment.settings.iter().map(|named| {
            discover::Named {
                module: named.module.clone(),
                class: class_given
                    .clone()
                    .filter(|_| named.environment != Environment::Development),
                source: match named.environment {
                    Environment::Production => discover::Source::Deployment,
                    Environment::Development => discover::Source::Development,
                    Environment::Unknown => discover::Source::Server,
                },
                place: named.place,
            }
        }));
        let mut candidates = discover::candidates(sources, modules, own, &named);
        if let Some(configured) = configured {
            discover::add_configured(modules, configured, &mut candidates);
        }
        let path_of = |named: &discover::Named| sources.file(named.place.file).path.to_string();
        let django = target.version;
        let known_django = (target.source != VersionSource::Assumed).then_some(django);
        let mut evaluated: Vec<SettingsModule> = candidates
            .par_iter()
            .map(|candidate| {
                let assumptions = Assumptions {
                    environment: Vec::new(),
                    django: known_django,
                    settings_module: Some(candidate.name.clone()),
                };
                let evaluated = eval::evaluate(
                    modules,
                    sources,
                    &assumptions,
                    (candidate.module, candidate.class.as_deref()),
                    None,
                );
                SettingsModule {
                    name: candidate.name.clone(),
                    module: candidate.module,
                    class: candidate.class.clone(),
                    role: candidate.role,
                    evaluated,
                    django,
                    given: Vec::new(),
                    written: None,
                }
            })
            .collect();
        // An empty package that a left-over wsgi.py names runs nothing.
        named.retain(|named| {
            let id = modules.find(&named.module);
            let mut same = evaluated.iter().filter(|module| Some(module.module) == id);
            same.all(|module| !module.evaluated.is_empty())
        });
        let takes_in = |one: usize, other: usize| {
            let parts = &evaluated[one].evaluated.modules;
            parts.contains(&evaluated[other].module)
        };
        let chosen =
            discover::production(&candidates, configured, &named, modules, path_of, takes_in);
        let (production, reason) = match chosen {
            Some((index, reason)) => (Some(index), reason),
            None => (None, "there is no settings module".to_owned()),
        };
        if let Some(production) = production.and_then(|index| evaluated.get_mut(index)) {
            let assumptions = Assumptions {
                environment: Vec::new(),
                django: known_django,
                settings_module: Some(production.name.clone()),
            };
            let given = given::under(production, modules, sources, &deployment.given, assumptions);
            if let Some(given) = given {
                *production = given;
            }
        }
        let of_production = production.and_then(|index| evaluated.get(index));
        Self {
            has_atomic_requests: of_production.and_then(SettingsModule::has_atomic_requests),
            modules: evaluated,
            production,
            reason,
            django,
            worlds: Worlds::default(),
        }
    }

    /// The settings module that production uses.
    pub fn production(&self) -> Option<&SettingsModule> {
        self.modules.get(self.production?)
    }

    /// Whether each request runs in a transaction of production's default database; `None` where
    /// that is not known, or not always so.
    pub fn has_atomic_requests(&self) -> Option<bool> {
        self.has_atomic_requests
    }

    /// The Django version whose defaults stand behind the settings.
    pub fn django(&self) -> DjangoVersion {
        self.django
    }

    /// The settings module of a dotted name.
    pub fn find(&self, name: &str) -> Option<&SettingsModule> {
        self.modules.iter().find(|module| module.name == name)
    }
}

impl SettingsModule {
    /// Evaluates the module anew with other assumptions, such as a known environment; of that,
    /// what the deployment gives holds where nothing else is assumed.
    pub fn under(&self, modules: &Modules, sources: &Sources, assumptions: &Assumptions) -> Self {
        self.repeated(modules, sources, assumptions, None)
    }

    fn repeated(
        &self,
        modules: &Modules,
        sources: &Sources,
        assumptions: &Assumptions,
        repetition: Option<Repetition<'_>>,
    ) -> Self {
        let module = (self.module, self.class.as_deref());
        let assumptions = &given::with(&self.given, assumptions.clone());
        let evaluated = eval::evaluate(modules, sources, assumptions, module, repetition);
        Self {
            name: self.name.clone(),
            module: self.module,
            class: self.class.clone(),
            role: self.role,
            evaluated,
            django: assumptions.django.unwrap_or(self.django),
            given: self.given.clone(),
            written: None,
        }
    }

    /// The module as its own code makes it, whatever the deployment gives it: for questions about
    /// the code rather than about production.
    pub fn as_written(&self) -> &Self {
        self.written.as_deref().unwrap_or(self)
    }

    /// The setting as the module's own code makes it; `None` where it does not set it.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        let settings = &self.evaluated.settings;
        let index = settings
            .binary_search_by(|setting| (*setting.name).cmp(name))
            .ok()?;
        Some(&settings[index])
    }

    /// What `settings.NAME` is: the module's value, else Django's default, else unknown where there
    /// may be settings that are not seen; `None` where nothing defines it. Where the module sets it
    /// only under a condition, the default stands among the alternatives.
    pub fn effective(&self, name: &str) -> Option<Setting> {
        let default = django_defaults::default(name, self.django);
        if let Some(own) = self.get(name) {
            let mut own = own.clone();
            if let (Kind::OneOf(alternatives), Some(default)) = (&mut own.value.kind, default) {
                for alternative in alternatives {
                    if alternative.value.kind == Kind::Unset {
                        alternative.value = default.clone();
                    }
                }
            }
            return Some(own);
        }
        let value = match (&self.evaluated.open, default) {
            (Some(why), _) => Value::new(Kind::Unknown(why.clone()), None),
            (None, Some(default)) => default.clone(),
            (None, None) if self.evaluated.fails.is_some() => {
                Value::unknown("loading the settings fails before the end")
            }
            (None, None) => return None,
        };
        Some(Setting {
            name: name.into(),
            value,
            places: Vec::new(),
            is_default: true,
        })
    }

    fn has_atomic_requests(&self) -> Option<bool> {
        self.at(&["DATABASES", "default"]).as_dict()?;
        let value = self.at(&["DATABASES", "default", "ATOMIC_REQUESTS"]);
        match value.truth() {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::DependsOn(_) | Truth::Unknown => None,
        }
    }

    /// What is at a path such as `["DATABASES", "default", "OPTIONS"]`, defaults included;
    /// [`Kind::Unset`] where nothing is there.
    pub fn at(&self, path: &[&str]) -> Value {
        let Some((name, rest)) = path.split_first() else {
            return Value::new(Kind::Unset, None);
        };
        // Only the value of a name that is not always set takes parts of Django's default.
        if let Some(own) = self.get(name)
            && !matches!(own.value.kind, Kind::OneOf(_))
        {
            return own.value.at(rest);
        }
        match self.effective(name) {
            Some(setting) => setting.value.at(rest),
            None => Value::new(Kind::Unset, None),
        }
    }

    /// Every setting of the module itself, by name.
    pub fn settings(&self) -> &[Setting] {
        &self.evaluated.settings
    }

    /// What the settings themselves set an environment variable to.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        let mut set = self.evaluated.environment.iter();
        set.find(|(variable, _)| **variable == *name)
            .map(|(_, value)| value)
    }

    /// Why there may be settings that are not seen, where there may.
    pub fn open(&self) -> Option<&str> {
        self.evaluated.open.as_deref()
    }

    /// The exception with which loading the module surely fails.
    pub fn fails(&self) -> Option<&str> {
        self.evaluated.fails.as_deref()
    }

    /// The repository's modules that were evaluated for it; itself is the first.
    pub fn evaluated_modules(&self) -> &[ModuleId] {
        &self.evaluated.modules
    }

    /// Modules and files that are taken in where they exist, and do not exist in the repository:
    /// what they set, production may have. Findings about what they could change are not certain.
    pub fn optional(&self) -> &[(Arc<str>, Option<Place>)] {
        &self.evaluated.optional
    }
}

impl Setting {
    /// Where the setting got its value last: where a finding about it belongs.
    pub fn place(&self) -> Option<Place> {
        let mut own = self
            .places
            .iter()
            .rev()
            .filter(|place| !matches!(place.what, What::Imported(_) | What::Given(_)));
        own.find_map(|contribution| contribution.place)
            .or(self.value.place)
    }

    /// Whether it is true, as Python's `bool()` says.
    pub fn truth(&self) -> Truth {
        self.value.truth()
    }
}

/// The strings that a list of a module, or the keys of a dict, come to when the module runs; `None`
/// where one of them is not known. For code that is too busy to be read as it stands.
pub(crate) fn strings_of(
    modules: &Modules,
    sources: &Sources,
    module: ModuleId,
    name: &str,
) -> Option<Vec<Arc<str>>> {
    let value = eval::evaluate_name(modules, sources, module, name)?;
    let text = |value: &Value, when: &Condition| {
        let text = value.as_str().filter(|_| when.is_always())?;
        Some(Arc::from(text))
    };
    match &value.kind {
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => items
            .iter()
            .map(|item| text(&item.value, &item.when).filter(|_| !item.many))
            .collect(),
        Kind::Dict(dict) if !dict.open => dict
            .entries
            .iter()
            .map(|entry| text(&entry.key, &entry.when))
            .collect(),
        _ => None,
    }
}
