use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, each};
use super::weak_secret_key::is_weak;
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `SECRET_KEY_FALLBACKS` holds a weak key.
    ///
    /// ## Why it matters
    ///
    /// What is signed with an old key is still believed: one that can be guessed is as bad there as in
    /// `SECRET_KEY`.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = [
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    ///     "django.middleware.clickjacking.XFrameOptionsMiddleware",
    /// ]
    /// SECRET_KEY_FALLBACKS = [
    ///     "old",  # fires
    /// ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = [
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    ///     "django.middleware.clickjacking.XFrameOptionsMiddleware",
    /// ]
    /// SECRET_KEY_FALLBACKS = []
    /// ```
    RULE = {
        code: "SEC025",
        name: "weak-secret-key-fallback",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W025"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W025",
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
    let keys = view.value("SECRET_KEY_FALLBACKS");
    let keys = keys.items()?;
    let mut weak = Vec::new();
    let mut known = true;
    for (index, key) in keys.iter().enumerate() {
        match each(&key.value, &is_weak) {
            Some(true) if key.when.is_always() && !key.many => weak.push(
                Problem::new(
                    "SECRET_KEY_FALLBACKS",
                    format!("`SECRET_KEY_FALLBACKS[{index}]` is a weak key"),
                    "drop it as soon as nothing signed with it is in use",
                )
                .at(key.value.place),
            ),
            Some(false) if !key.many => {}
            _ => known = false,
        }
    }
    (known || !weak.is_empty()).then_some(weak)
}
