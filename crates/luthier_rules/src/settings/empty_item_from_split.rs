use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Severity};
use luthier_project::settings::{Cast, Value, WhenUnset};

use super::{confidence, walk};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A list from an environment variable holds one empty text where the variable is not set.
    ///
    /// ## Why it matters
    ///
    /// `"".split(",")` is `[""]`, not `[]`: a check such as `if ALLOWED_HOSTS` passes, an empty origin
    /// or address is taken for a real one, and what fails later names none of it.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "").split(",")  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// ALLOWED_HOSTS = [item for item in os.environ.get("ALLOWED_HOSTS", "").split(",") if item]
    /// ```
    ///
    /// ## Good
    ///
    /// Defaults with something in them, variables that must be set, and what drops empty texts.
    ///
    /// ```python file=settings.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")
    /// INTERNAL_IPS = os.environ["INTERNAL_IPS"].split(",")
    /// CSRF_TRUSTED_ORIGINS = [x.strip() for x in os.environ.get("ORIGINS", "").split(",") if x.strip()]
    /// LOCALE_PATHS = os.environ.get("LOCALE_PATHS", "").split()
    /// ```
    RULE = {
        code: "SEC043",
        name: "empty-item-from-split",
        severity: Severity::Warning,
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
    let mut reported = Vec::new();
    for setting in production.as_written().settings() {
        walk(&setting.value, &mut Vec::new(), &mut |_, value| {
            let Some(place) = value.place.filter(|place| !reported.contains(place)) else {
                return;
            };
            if !is_one_empty_text(value) {
                return;
            }
            reported.push(place);
            let text = ctx.sources.file(place.file).at(place.span);
            let fix = text.contains(".split(").then(|| {
                let new = format!("[item for item in {text} if item]");
                Fix::safe("Leave empty texts out").replace(place.file, place.span, new)
            });
            let variable = value
                .variables()
                .first()
                .map_or_else(String::new, ToString::to_string);
            let message = format!(
                "`{}` is `[\"\"]` where `{variable}` is not set",
                setting.name
            );
            ctx.report(place, message)
                .help("leave empty texts out: `[item for item in text.split(\",\") if item]`")
                .symbol(setting.name.to_string())
                .confidence(sure)
                .fix(fix);
        });
    }
}

fn is_one_empty_text(value: &Value) -> bool {
    let Some(environment) = value.environment() else {
        return false;
    };
    let Cast::List {
        drops_empty: false, ..
    } = environment.cast
    else {
        return false;
    };
    let WhenUnset::Value(unset) = &environment.unset else {
        return false;
    };
    matches!(unset.items(), Some([only]) if only.value.as_str() == Some(""))
}
