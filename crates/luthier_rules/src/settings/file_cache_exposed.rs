use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::Value;

use super::deploy::{
    self, DeployCheck, Problem, Verdict, View,
    paths::{Absolute, FileCache, Relation, absolute, file_caches, text},
    truth,
};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// A file cache lies where files are served from.
    ///
    /// ## Why it matters
    ///
    /// Whoever knows the name can download what is cached, and since entries are pickles, whoever can upload
    /// there runs code. `collectstatic --clear` empties the cache.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// from pathlib import Path
    ///
    /// BASE_DIR = Path(__file__).resolve().parent.parent
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// MEDIA_ROOT = BASE_DIR / "media"
    /// CACHES = {
    ///     "default": {
    ///         "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
    ///         "LOCATION": BASE_DIR / "media" / "cache",  # fires
    ///     },
    /// }
    /// ```
    ///
    /// ## Good
    ///
    /// Beside is not inside.
    ///
    /// ```python file=config/settings.py
    /// from pathlib import Path
    ///
    /// BASE_DIR = Path(__file__).resolve().parent.parent
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// MEDIA_ROOT = BASE_DIR / "media"
    /// CACHES = {
    ///     "default": {
    ///         "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
    ///         "LOCATION": BASE_DIR / "media-cache",
    ///     },
    /// }
    /// ```
    RULE = {
        code: "SEC031",
        name: "file-cache-exposed",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("caches.W002"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "caches.W002",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let mut problems = Vec::new();
    let mut known = true;
    let caches = file_caches(view);
    known &= caches.known;
    for cache in &caches.caches {
        for name in ["MEDIA_ROOT", "STATIC_ROOT", "STATICFILES_DIRS"] {
            let (folders, all) = served_folders(view, name);
            known &= all;
            for folder in folders {
                match cache.path.relation_to(&folder) {
                    None => known = false,
                    Some(Relation::Apart) => {}
                    Some(relation) => problems.push(problem(cache, relation, name)),
                }
            }
        }
    }
    (known || !problems.is_empty()).then_some(problems)
}

fn problem(cache: &FileCache, relation: Relation, name: &str) -> Problem {
    let relation = match relation {
        Relation::Same => "is",
        Relation::Inside => "lies inside",
        Relation::Around | Relation::Apart => "contains",
    };
    Problem::new(
        "CACHES",
        format!(
            "the folder of the cache `{}` {relation} `{name}`",
            cache.alias
        ),
        "keep caches in a folder of their own, outside of what is served",
    )
    .at(cache.place)
}

/// The folders of a setting, and whether these are all.
fn served_folders(view: &View<'_>, name: &'static str) -> (Vec<Absolute>, bool) {
    let value = view.value(name);
    let values: Vec<&Value> = match value.items() {
        Some(items) => items.iter().map(|item| &item.value).collect(),
        None if truth(&value) == Some(false) => return (Vec::new(), true),
        None => vec![&value],
    };
    let count = values.len();
    let folders: Vec<Absolute> = values
        .into_iter()
        .filter_map(|value| {
            // A prefix may stand before the folder.
            let folder = value
                .items()
                .map_or(Some(value), |pair| Some(&pair.get(1)?.value))?;
            absolute(view, text(folder)?)
        })
        .collect();
    let all = folders.len() == count;
    (folders, all)
}
