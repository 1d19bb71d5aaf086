//! Django's own settings: names, defaults, and in which versions.
//!
//! The data comes from `django.conf.global_settings` of Django 4.2, 5.2, 6.0 and 6.1.

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use crate::django::DjangoVersion;
use crate::settings::condition::Condition;
use crate::settings::value::{Dict, Entry, Item, Kind, Value};

/// One setting of Django in a range of versions.
#[derive(Debug, serde::Deserialize)]
struct Row {
    name: String,
    /// The first version that has it so; `None` for before 4.2.
    since: Option<String>,
    /// The first version that has it no longer so.
    until: Option<String>,
    value: serde_json::Value,
}

#[derive(Debug)]
struct Default {
    since: DjangoVersion,
    until: DjangoVersion,
    value: Value,
}

static DEFAULTS: LazyLock<FxHashMap<String, Vec<Default>>> = LazyLock::new(|| {
    let rows: Vec<Row> = serde_json::from_str(include_str!("global_settings.json"))
        .expect("the table is part of luthier");
    let mut table: FxHashMap<String, Vec<Default>> = FxHashMap::default();
    for row in rows {
        let bound = |version: &Option<String>, open| version.as_deref().map_or(open, version_of);
        let default = Default {
            since: bound(&row.since, DjangoVersion::new(0, 0)),
            until: bound(&row.until, DjangoVersion::new(u16::MAX, 0)),
            value: value_of(&row.value),
        };
        table.entry(row.name).or_default().push(default);
    }
    table
});

/// Django's default of a setting in a version.
pub fn default(name: &str, version: DjangoVersion) -> Option<&'static Value> {
    let rows = DEFAULTS.get(name)?;
    let row = rows
        .iter()
        .find(|row| row.since <= version && version < row.until)?;
    Some(&row.value)
}

/// What `settings` has besides settings: the name of the module that it was made of, which
/// `django.conf.Settings` sets (4.2 to 6.1).
pub const SETTINGS_MODULE: &str = "SETTINGS_MODULE";

/// Whether any known version of Django has a setting of this name.
pub fn is_known(name: &str) -> bool {
    DEFAULTS.contains_key(name)
}

/// Settings that packages bring with their apps: by the package, what the names begin with.
const PACKAGE_SETTINGS: &[(&str, &[&str])] = &[
    (
        "allauth",
        &[
            "ACCOUNT_",
            "SOCIALACCOUNT_",
            "MFA_",
            "HEADLESS_",
            "USERSESSIONS_",
        ],
    ),
    ("anymail", &["ANYMAIL"]),
    ("axes", &["AXES_"]),
    ("cacheops", &["CACHEOPS"]),
    ("channels", &["ASGI_APPLICATION", "CHANNEL_LAYERS"]),
    ("ckeditor", &["CKEDITOR_"]),
    ("compressor", &["COMPRESS_"]),
    ("constance", &["CONSTANCE_"]),
    ("corsheaders", &["CORS_"]),
    ("crispy_forms", &["CRISPY_"]),
    ("debug_toolbar", &["DEBUG_TOOLBAR_"]),
    ("django_celery_beat", &["CELERY_", "DJANGO_CELERY_BEAT_"]),
    (
        "django_celery_results",
        &["CELERY_", "DJANGO_CELERY_RESULTS"],
    ),
    ("django_prometheus", &["PROMETHEUS_"]),
    ("django_q", &["Q_CLUSTER"]),
    ("drf_spectacular", &["SPECTACULAR_"]),
    ("easy_thumbnails", &["THUMBNAIL_"]),
    ("graphene_django", &["GRAPHENE"]),
    ("guardian", &["GUARDIAN_", "ANONYMOUS_USER_"]),
    ("haystack", &["HAYSTACK_"]),
    ("hijack", &["HIJACK_"]),
    ("import_export", &["IMPORT_EXPORT_"]),
    ("maintenance_mode", &["MAINTENANCE_MODE"]),
    ("modeltranslation", &["MODELTRANSLATION_"]),
    ("oauth2_provider", &["OAUTH2_PROVIDER"]),
    ("parler", &["PARLER_"]),
    ("phonenumber_field", &["PHONENUMBER_"]),
    ("rest_framework", &["REST_FRAMEWORK"]),
    ("rest_framework_simplejwt", &["SIMPLE_JWT"]),
    ("rosetta", &["ROSETTA_"]),
    ("silk", &["SILKY_"]),
    ("storages", &["AWS_", "AZURE_", "DROPBOX_", "GS_"]),
    ("taggit", &["TAGGIT_"]),
    ("tinymce", &["TINYMCE_"]),
    ("waffle", &["WAFFLE_"]),
    ("wagtail", &["WAGTAIL"]),
    ("webpack_loader", &["WEBPACK_LOADER"]),
];

/// Whether a setting of this name belongs to the package of an installed app.
pub fn is_of_package(name: &str, app: &str) -> bool {
    let package = app.split('.').next().unwrap_or(app);
    let known = PACKAGE_SETTINGS.binary_search_by(|(own, _)| (*own).cmp(package));
    known.is_ok_and(|index| {
        let beginnings = PACKAGE_SETTINGS[index].1;
        beginnings
            .iter()
            .any(|beginning| name.starts_with(beginning))
    })
}

/// Whether a setting of this name belongs to a package that is known.
pub fn is_of_any_package(name: &str) -> bool {
    let mut beginnings = PACKAGE_SETTINGS.iter().flat_map(|(_, own)| own.iter());
    beginnings.any(|beginning| name.starts_with(beginning))
}

fn version_of(text: &str) -> DjangoVersion {
    DjangoVersion::parse(text).expect("the table is part of luthier")
}

fn value_of(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    let kind = match json {
        Json::Null => Kind::None,
        Json::Bool(value) => Kind::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Kind::Int(number),
            None => Kind::Float(number.as_f64().unwrap_or(0.0)),
        },
        Json::String(text) => Kind::Str(text.as_str().into()),
        Json::Array(values) => Kind::List(values.iter().map(item_of).collect()),
        Json::Object(tagged) => match tagged.iter().next() {
            Some((tag, Json::Array(values))) if tag == "()" => {
                Kind::Tuple(values.iter().map(item_of).collect())
            }
            Some((tag, Json::Array(pairs))) if tag == "{}" => {
                let entries = pairs.iter().map(|pair| Entry {
                    key: value_of(&pair[0]),
                    value: value_of(&pair[1]),
                    when: Condition::ALWAYS,
                });
                Kind::Dict(Dict {
                    entries: entries.collect(),
                    open: false,
                })
            }
            Some((tag, Json::String(name))) if tag == "ref" => {
                Kind::Reference(name.as_str().into())
            }
            _ => Kind::Unknown(Arc::from("Django's own list")),
        },
    };
    Value::new(kind, None)
}

fn item_of(json: &serde_json::Value) -> Item {
    Item {
        value: value_of(json),
        when: Condition::ALWAYS,
        many: false,
    }
}

#[cfg(test)]
mod tests {
    use super::{DjangoVersion, PACKAGE_SETTINGS, default, is_known, is_of_package};

    #[test]
    fn packages_bring_settings() {
        assert!(PACKAGE_SETTINGS.is_sorted());
        assert!(is_of_package("CORS_ALLOWED_ORIGINS", "corsheaders"));
        assert!(is_of_package("ACCOUNT_ADAPTER", "allauth.account"));
        assert!(!is_of_package("CORS_ALLOWED_ORIGINS", "rest_framework"));
    }

    #[test]
    fn defaults_differ_by_version() {
        let of = |name, (major, minor)| {
            default(name, DjangoVersion::new(major, minor)).and_then(|value| value.as_bool())
        };
        assert_eq!(of("USE_TZ", (4, 2)), Some(false));
        assert_eq!(of("USE_TZ", (5, 0)), Some(true));
        assert!(
            default("SECURE_CSP", DjangoVersion::new(5, 2)).is_none()
                && default("SECURE_CSP", DjangoVersion::new(6, 0)).is_some()
        );
        let field = |(major, minor)| {
            default("DEFAULT_AUTO_FIELD", DjangoVersion::new(major, minor))
                .and_then(|value| value.as_str())
        };
        assert_eq!(field((5, 2)), Some("django.db.models.AutoField"));
        assert_eq!(field((6, 0)), Some("django.db.models.BigAutoField"));
        assert!(is_known("CONN_MAX_AGE") != is_known("DATABASES"));
    }
}
