use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, each, languages::is_well_formed};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `LANGUAGES_BIDI` holds something that is not a language code.
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
    /// LANGUAGES_BIDI = [
    ///     "he",
    ///     "ar_EG",  # fires
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
    /// LANGUAGES_BIDI = ["he", "ar"]
    /// ```
    RULE = {
        code: "SEC036",
        name: "invalid-bidi-language",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("translation.E003"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "translation.E003",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let languages = view.value("LANGUAGES_BIDI");
    let mut problems = Vec::new();
    let mut known = true;
    for item in languages.items()? {
        let code = Some(&item.value);
        let malformed = code.and_then(|code| {
            each(code, &|code| {
                Some(!code.as_str().is_some_and(is_well_formed))
            })
        });
        match malformed {
            Some(true) if !item.many && item.when.is_always() => problems.push(
                Problem::new(
                    "LANGUAGES_BIDI",
                    "`LANGUAGES_BIDI` holds something that is not a language code",
                    "write tags with hyphens, such as `de-at`",
                )
                .at(item.value.place),
            ),
            Some(false) if !item.many => {}
            _ => known = false,
        }
    }
    (known || !problems.is_empty()).then_some(problems)
}
