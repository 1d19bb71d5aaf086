use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::{Kind, Value};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, each, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `SECRET_KEY` is missing, short, or was made by `startproject`.
    ///
    /// ## Why it matters
    ///
    /// Sessions, password reset links and everything signed hang on this key. One that can be guessed, or
    /// that stands in every tutorial, lets anybody sign in as anybody.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// ALLOWED_HOSTS = ["shop.example"]
    /// SECRET_KEY = "django-insecure-0123456789abcdefghijklmnopqrstuvwxyzABCDEF"  # fires
    /// ```
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// ALLOWED_HOSTS = ["shop.example"]
    /// SECRET_KEY = "secret"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// What the environment gives is not known here.
    ///
    /// ```python file=config/settings.py
    /// import os
    ///
    /// ROOT_URLCONF = "config.urls"
    /// ALLOWED_HOSTS = ["shop.example"]
    /// SECRET_KEY = os.environ["SECRET_KEY"]
    /// ```
    ///
    /// A key made at start is strong, though it signs everybody out at each restart.
    ///
    /// ```python file=config/settings.py
    /// from django.core.management.utils import get_random_secret_key
    ///
    /// ROOT_URLCONF = "config.urls"
    /// ALLOWED_HOSTS = ["shop.example"]
    /// SECRET_KEY = get_random_secret_key()
    /// ```
    RULE = {
        code: "SEC009",
        name: "weak-secret-key",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W009"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W009",
    samples: &[
        (
            "v9$kq2!mz8@xw4^ht6&bn1*lp7(cr5)dj3_fs0-ga=ye+uo~ti|kz?xq",
            "a long random text",
        ),
        ("short", "a short text"),
    ],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let key = view.value("SECRET_KEY");
    let weak = each(&key, &is_weak);
    report_if(weak, || {
        let what = match key.as_str() {
            None | Some("") => "is empty",
            Some(text) if text.starts_with(GENERATED) => "was made by `startproject`",
            Some(_) => "is shorter than 50 characters or has too few different ones",
        };
        Problem::new("SECRET_KEY", format!("`SECRET_KEY` {what}"), HELP)
    })
}

const HELP: &str = "make one with `python -c \"import secrets; print(secrets.token_urlsafe(64))\"` \
                    and give it to production in its environment";

/// How Django begins the keys that it makes for new projects.
const GENERATED: &str = "django-insecure-";

/// Whether Django calls a key weak.
pub(super) fn is_weak(key: &Value) -> Option<bool> {
    let text = match &key.kind {
        Kind::Str(text) => text,
        Kind::None | Kind::Unset => return Some(true),
        _ => return None,
    };
    let letters: std::collections::BTreeSet<char> = text.chars().collect();
    Some(letters.len() < 5 || text.chars().count() < 50 || text.starts_with(GENERATED))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use luthier_project::settings::{Kind, Value};

    use super::is_weak;

    fn weak(text: &str) -> bool {
        is_weak(&Value::new(Kind::Str(Arc::from(text)), None)).unwrap()
    }

    #[test]
    fn fifty_characters_of_five_kinds_are_enough() {
        assert!(!weak(&"abcde".repeat(10)));
        assert!(weak(&"abcde".repeat(10)[1..]));
        assert!(weak(&"abcd".repeat(20)));
        assert!(!weak(&"äöüßé".repeat(10)));
    }
}
