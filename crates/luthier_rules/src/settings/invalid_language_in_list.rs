use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Verdict, View, languages::malformed_items};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `LANGUAGES` holds something that is not a language code.
    ///
    /// ## Why it matters
    ///
    /// Django's own lookups compare codes in their proper form: such an entry is never chosen, or breaks the
    /// page that lists it.
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
    /// LANGUAGES = [
    ///     ("en", "English"),
    ///     ("de_AT", "Austrian German"),  # fires
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
    /// LANGUAGES = [("en", "English"), ("de-at", "Austrian German")]
    /// ```
    RULE = {
        code: "SEC035",
        name: "invalid-language-in-list",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("translation.E002"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "translation.E002",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    malformed_items(view, "LANGUAGES", |item| {
        let code = item.items().and_then(<[_]>::first);
        code.map(|code| &code.value)
    })
}
