use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Severity};
use luthier_project::Place;
use luthier_project::django::settings as django;
use luthier_project::settings::value::Environment;
use luthier_project::settings::{Cast, Kind, WhenUnset};

use super::confidence;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A switch is the uncast text of an environment variable.
    ///
    /// ## Why it matters
    ///
    /// Every text but the empty one is true: `DEBUG=False` in the environment turns debugging on, and
    /// production shows its settings and code to whoever causes an error.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// DEBUG = os.environ.get("DEBUG", False)  # fires
    /// SECURE_SSL_REDIRECT = bool(os.environ.get("SSL_REDIRECT", "True"))  # fires
    ///
    /// def env(name, default=None):
    ///     for key in ["SHOP_" + name, name]:
    ///         value = os.environ.get(key)
    ///         if value is not None:
    ///             return value
    ///     return default
    ///
    /// USE_TZ = env("USE_TZ", True)  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// DEBUG = os.environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on")
    /// SECURE_SSL_REDIRECT = os.environ.get("SSL_REDIRECT", "true").lower() in ("1", "true", "yes", "on")
    ///
    /// def env(name, default=None):
    ///     for key in ["SHOP_" + name, name]:
    ///         value = os.environ.get(key)
    ///         if value is not None:
    ///             return value
    ///     return default
    ///
    /// USE_TZ = env("USE_TZ", True)  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Texts that are compared or cast, and whether a variable is there at all.
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// DEBUG = os.environ.get("DEBUG") == "1"
    /// USE_TZ = bool(int(os.environ.get("USE_TZ", "1")))
    /// ALLOWED_HOSTS = [os.environ.get("HOST", "")]
    /// SENTRY_ENABLED = bool(os.environ.get("SENTRY_DSN"))
    ///
    /// def is_truthy(text):
    ///     if isinstance(text, bool):
    ///         return text
    ///     return str(text).lower() in ("1", "true")
    ///
    /// USE_I18N = is_truthy(os.getenv("USE_I18N", "False"))
    /// ```
    RULE = {
        code: "SEC042",
        name: "debug-from-truthy-string",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    let sure = confidence(production);
    for setting in production.as_written().settings() {
        let default = django::default(&setting.name, project.settings.django());
        let is_switch = default.is_some_and(|default| matches!(default.kind, Kind::Bool(_)));
        for (when, value) in setting.value.alternatives() {
            let (Some(environment), Some(place)) = (value.environment(), value.place) else {
                continue;
            };
            // What a function that is not understood may have cast is not known to be text.
            if !when.is_environment() || !is_truthy_text(environment, is_switch) {
                continue;
            }
            let variable = &environment.variables[0];
            let fix = fix(ctx, environment, place);
            let message = format!(
                "`{}` is true for any text in `{variable}`, `\"False\"` too",
                setting.name
            );
            ctx.report(place, message)
                .help("compare the text with the words that mean yes")
                .symbol(setting.name.to_string())
                .confidence(sure)
                .fix(fix);
        }
    }
}

fn is_truthy_text(environment: &Environment, is_switch: bool) -> bool {
    let WhenUnset::Value(unset) = &environment.unset else {
        return is_switch && matches!(environment.cast, Cast::Raw | Cast::Truthy);
    };
    match environment.cast {
        // `bool(os.environ.get("DSN"))` asks whether there is one; a default shows that it is a switch.
        Cast::Truthy => is_switch || unset.as_bool() == Some(true),
        Cast::Raw => is_switch || unset.as_bool().is_some(),
        _ => false,
    }
}

fn fix(ctx: &Context<'_>, environment: &Environment, place: Place) -> Option<Fix> {
    let text = ctx.sources.file(place.file).at(place.span);
    let inner = text
        .strip_prefix("bool(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(text);
    let call = ["os.environ.get(", "os.getenv("]
        .iter()
        .find(|call| inner.starts_with(**call))?;
    let is_on = match &environment.unset {
        WhenUnset::Value(unset) => unset.is_definitely_true(),
        _ => return None,
    };
    let default = if is_on { "true" } else { "" };
    let variable = &environment.variables[0];
    let new = format!(
        "{call}\"{variable}\", \"{default}\").lower() in (\"1\", \"true\", \"yes\", \"on\")"
    );
    Some(
        Fix::safe("Compare the text with the words that mean yes")
            .replace(place.file, place.span, new),
    )
}
