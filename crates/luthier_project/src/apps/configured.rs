//! The settings that decide which apps and models there are.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::constant::Constant;
use crate::django::{DjangoTarget, VersionSource};
use crate::settings::{Kind, Settings, Value};

/// What the linked settings say, reduced to plain values.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    values: FxHashMap<Box<str>, Constant>,
    /// Whether settings were found and no name is set in a way that was not followed.
    complete: bool,
    /// The Django version, where known: major and minor.
    pub django: Option<(u32, u32)>,
}

impl Configured {
    /// `complete` says that what is not among `values` is not set.
    pub fn new(
        values: impl IntoIterator<Item = (Box<str>, Constant)>,
        complete: bool,
        django: Option<(u32, u32)>,
    ) -> Self {
        Self {
            values: values.into_iter().collect(),
            complete,
            django,
        }
    }

    /// What the production settings say.
    pub fn of(settings: &Settings, target: &DjangoTarget) -> Self {
        let is_known = target.source != VersionSource::Assumed;
        let version = (target.version.major.into(), target.version.minor.into());
        let django = is_known.then_some(version);
        let Some(production) = settings.production() else {
            return Self::new([], false, django);
        };
        let set = production.settings().iter();
        let values = set.map(|setting| (Box::from(&*setting.name), plain(&setting.value)));
        let is_complete = production.open().is_none() && production.fails().is_none();
        Self::new(values, is_complete, django)
    }

    /// The value of a setting that the project sets.
    pub fn get(&self, name: &str) -> Option<&Constant> {
        self.values.get(name)
    }

    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The value of a setting, with Django's own default for those that matter to models.
    pub fn value(&self, name: &str) -> Constant {
        if let Some(value) = self.values.get(name) {
            return value.clone();
        }
        let default = match name {
            "AUTH_USER_MODEL" => "auth.User",
            "DEFAULT_AUTO_FIELD" => match self.django {
                Some(version) if version < (6, 0) => "django.db.models.AutoField",
                Some(_) => "django.db.models.BigAutoField",
                None => return Constant::Unknown,
            },
            "LANGUAGE_CODE" => "en-us",
            _ => return Constant::Unknown,
        };
        Constant::Str(default.into())
    }

    /// What `django.db.connection.vendor` says of the default database.
    pub fn vendor(&self) -> Constant {
        let entry = |value: &Constant, key: &str| match value {
            Constant::Dict(entries) => {
                let found = entries.iter().find(|(name, _)| &**name == key);
                found.map(|(_, value)| value.clone())
            }
            _ => None,
        };
        let default = self.get("DATABASES").and_then(|all| entry(all, "default"));
        let engine = default.and_then(|default| entry(&default, "ENGINE"));
        let vendor = match engine.as_ref().and_then(Constant::as_str) {
            Some(engine) => match engine.rsplit('.').next() {
                Some("postgresql" | "postgis") => "postgresql",
                Some("mysql") => "mysql",
                Some("oracle") => "oracle",
                Some("sqlite3" | "spatialite") => "sqlite",
                _ => return Constant::Unknown,
            },
            None => return Constant::Unknown,
        };
        Constant::Str(vendor.into())
    }

    /// A setting that is text.
    pub fn text(&self, name: &str) -> Option<Arc<str>> {
        match self.value(name) {
            Constant::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of `INSTALLED_APPS` and whether they are all; `None` without settings.
    pub fn installed_apps(&self) -> Option<(Vec<Arc<str>>, bool)> {
        let Constant::List(items) = self.values.get("INSTALLED_APPS")? else {
            return None;
        };
        let known: Vec<Arc<str>> = items
            .iter()
            .filter_map(|item| match item {
                Constant::Str(text) => Some(Arc::clone(text)),
                _ => None,
            })
            .collect();
        let is_all = known.len() == items.len();
        Some((known, is_all))
    }
}

/// A settings value without its conditions: lists hold what may be in them, and something unknown
/// where there may be more.
fn plain(value: &Value) -> Constant {
    match &value.kind {
        Kind::None => Constant::None,
        Kind::Bool(value) => Constant::Bool(*value),
        Kind::Int(value) => Constant::Int(*value),
        Kind::Str(text) => Constant::Str(Arc::clone(text)),
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => {
            let items = items.iter().map(|item| {
                if item.many {
                    Constant::Unknown
                } else {
                    plain(&item.value)
                }
            });
            Constant::List(items.collect())
        }
        Kind::Dict(dict) if !dict.open => {
            let entries = dict.entries.iter().filter_map(|entry| {
                let key = entry.key.as_str()?;
                Some((Arc::from(key), plain(&entry.value)))
            });
            Constant::Dict(entries.collect())
        }
        Kind::OneOf(_) => either(value),
        _ => Constant::Unknown,
    }
}

/// Of several lists everything that one of them holds; of other values the one they all are.
fn either(value: &Value) -> Constant {
    let mut all = value
        .alternatives()
        .filter(|(_, value)| value.kind != Kind::Unset)
        .map(|(_, value)| plain(value));
    let Some(first) = all.next() else {
        return Constant::Unknown;
    };
    all.fold(first, |known, other| match (known, other) {
        (Constant::List(mut known), Constant::List(other)) => {
            for item in other {
                if !known.contains(&item) {
                    known.push(item);
                }
            }
            Constant::List(known)
        }
        (known, other) if known == other => known,
        _ => Constant::Unknown,
    })
}
