//! One setting of Celery, wherever the project sets it: Django's settings, the app, its module.

use luthier_project::facts::ExprRef;
use luthier_project::settings::{Setting, Value};
use luthier_project::tasks::{CeleryApp, CeleryConfig};
use luthier_project::{Place, Project};

/// What one app has for a setting.
pub(super) enum Found<'a> {
    /// In Django's settings, under this name.
    Setting(&'a Setting),
    /// On the app or in its configuration module.
    Option(ExprRef<'a>, Place),
    /// Surely nowhere: Celery's default holds.
    Nowhere,
    /// Somewhere that was not understood, or may be.
    Unknown,
}

/// Celery's old names, which hold where there is no namespace.
const OLD_NAMES: [(&str, &str); 6] = [
    ("accept_content", "CELERY_ACCEPT_CONTENT"),
    ("result_serializer", "CELERY_RESULT_SERIALIZER"),
    ("task_always_eager", "CELERY_ALWAYS_EAGER"),
    ("task_serializer", "CELERY_TASK_SERIALIZER"),
    ("task_soft_time_limit", "CELERYD_TASK_SOFT_TIME_LIMIT"),
    ("task_time_limit", "CELERYD_TASK_TIME_LIMIT"),
];

/// Finds a setting by its new lower-case name.
pub(super) fn find<'a>(project: &'a Project, app: &CeleryApp, name: &str) -> Found<'a> {
    if let Some(option) = app.options.iter().rev().find(|option| option.name == name) {
        return Found::Option(project.modules.value(option.value), option.place);
    }
    let namespace = match &app.config {
        CeleryConfig::Own | CeleryConfig::Module(_) => return Found::Nowhere,
        CeleryConfig::Unknown => return Found::Unknown,
        CeleryConfig::Settings { namespace } => namespace,
    };
    let Some(settings) = project.settings.production() else {
        return Found::Unknown;
    };
    let new = name.to_uppercase();
    let old = OLD_NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, old)| (*old).to_owned());
    let names = match namespace {
        Some(namespace) => vec![format!("{}_{new}", namespace.to_uppercase())],
        None => old.into_iter().chain([new]).collect(),
    };
    match names.iter().find_map(|name| settings.get(name)) {
        Some(setting) => Found::Setting(setting),
        None if settings.open().is_some()
            || settings.fails().is_some()
            || !settings.optional().is_empty() =>
        {
            Found::Unknown
        }
        None => Found::Nowhere,
    }
}

impl Found<'_> {
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            Self::Setting(setting) => setting.place(),
            Self::Option(_, place) => Some(*place),
            Self::Nowhere | Self::Unknown => None,
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Setting(setting) => setting.value.is_definitely_true(),
            Self::Option(value, _) => value.as_bool() == Some(true),
            Self::Nowhere | Self::Unknown => false,
        }
    }

    /// Whether it is surely not set, or set to `None`.
    pub(super) fn is_absent(&self) -> bool {
        match self {
            Self::Setting(setting) => setting.value.is_none(),
            Self::Option(value, _) => value.is_none(),
            Self::Nowhere => true,
            Self::Unknown => false,
        }
    }

    /// The text, or the texts of the list, that it surely holds.
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::Setting(setting) => setting_texts(&setting.value),
            Self::Option(value, _) => {
                let elements = value
                    .elements()
                    .into_iter()
                    .flatten()
                    .filter_map(ExprRef::as_str);
                value
                    .as_str()
                    .into_iter()
                    .chain(elements)
                    .map(str::to_owned)
                    .collect()
            }
            Self::Nowhere | Self::Unknown => Vec::new(),
        }
    }
}

fn setting_texts(value: &Value) -> Vec<String> {
    let items = value.items().unwrap_or(&[]).iter();
    let sure = items
        .filter(|item| item.when.is_always() && !item.many)
        .filter_map(|item| item.value.as_str());
    value
        .as_str()
        .into_iter()
        .chain(sure)
        .map(str::to_owned)
        .collect()
}
