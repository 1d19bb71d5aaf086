use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::{Cast, Value, WhenUnset};

use super::{confidence, walk};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A secret is read from the environment with a default that works.
    ///
    /// ## Why it matters
    ///
    /// A deployment that forgets the variable starts all the same, with a secret that is in the
    /// repository, and nobody notices. Without a default it would refuse to start.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// SECRET_KEY = os.environ.get("SECRET_KEY", "k2vq8x")  # fires
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",
    ///         "USER": os.environ.get("DB_USER", "shop"),
    ///         "PASSWORD": os.environ.get("DB_PASSWORD", "shop"),  # fires
    ///     },
    /// }
    /// JWT_SECRET = os.environ.get("JWT_SECRET", "changeme")  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Required variables, defaults that do not work, and names that are no secrets.
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// SECRET_KEY = os.environ["SECRET_KEY"]
    /// EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_PASSWORD", "")
    /// STRIPE_API_KEY = os.environ.get("STRIPE_API_KEY")
    /// PASSWORD_RESET_TIMEOUT = int(os.environ.get("RESET_TIMEOUT", "3600"))
    /// TOKEN_URL = os.environ.get("TOKEN_URL", "https://login.example.com/token")
    /// ```
    ///
    /// ### A placeholder where somebody else issues the key: it does not work
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// SECRET_KEY = os.environ["SECRET_KEY"]
    /// RECAPTCHA_PRIVATE_KEY = os.environ.get("RECAPTCHA_PRIVATE_KEY", "shop_RECAPTCHA_PRIVATE_KEY")
    /// GITHUB_CLIENT_SECRET = os.environ.get("GITHUB_CLIENT_SECRET", "<your client secret>")
    /// MAPS_API_KEY = os.environ.get("MAPS_API_KEY", "changeme")
    /// ```
    RULE = {
        code: "SEC041",
        name: "secret-default",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        check: Check::Project(check),
    }
}

/// How the names of settings and keys end that hold a secret.
const ENDINGS: &[&str] = &[
    "SECRET_KEY",
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "AUTH_KEY",
];

/// How the names of those end that somebody else issues: of the others whatever text works.
const ISSUED: &[&str] = &[
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "API_SECRET",
    "APP_SECRET",
    "CLIENT_SECRET",
    "CONSUMER_SECRET",
];

/// Words of texts that stand where a key should.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "dummy",
    "example",
    "placeholder",
    "replace",
    "xxx",
    "your",
];

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    let sure = confidence(production);
    let mut reported = Vec::new();
    for setting in production.as_written().settings() {
        walk(&setting.value, &mut Vec::new(), &mut |path, value| {
            let name = path.last().copied().unwrap_or(&setting.name);
            let Some(place) = value.place.filter(|_| names_secret(name)) else {
                return;
            };
            if !has_usable_default(name, value) || reported.contains(&place) {
                return;
            }
            reported.push(place);
            let variable = value
                .variables()
                .first()
                .map_or_else(String::new, ToString::to_string);
            let message = format!(
                "`{name}` falls back to a secret in the repository where `{variable}` is not set"
            );
            ctx.report(place, message)
                .help(format!(
                    "require the variable: `os.environ[\"{variable}\"]`"
                ))
                .symbol(setting.name.to_string())
                .confidence(sure);
        });
    }
}

fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn has_usable_default(name: &str, value: &Value) -> bool {
    let Some(environment) = value.environment() else {
        return false;
    };
    let is_text = matches!(environment.cast, Cast::Raw | Cast::Text);
    let WhenUnset::Value(default) = &environment.unset else {
        return false;
    };
    let works = |text: &str| !text.trim().is_empty() && !is_placeholder(name, text);
    is_text && default.as_str().is_some_and(works)
}

/// Whether a text only stands where an issued key should: whoever issues them refuses it.
fn is_placeholder(name: &str, text: &str) -> bool {
    let (name, text) = (name.to_ascii_lowercase(), text.to_ascii_lowercase());
    let is_issued = ISSUED
        .iter()
        .any(|ending| name.ends_with(&ending.to_ascii_lowercase()));
    let is_marked = text.starts_with('<') && text.ends_with('>');
    let is_worded = PLACEHOLDERS.iter().any(|word| text.contains(word));
    is_issued && (is_marked || is_worded || text.contains(&name))
}
