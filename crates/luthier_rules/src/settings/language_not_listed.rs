use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::Value;

use super::deploy::{
    self, DeployCheck, Problem, Verdict, View, all, each, languages::is_supported, not, report_if,
};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `LANGUAGE_CODE` is not among `LANGUAGES`.
    ///
    /// ## Why it matters
    ///
    /// The language that everything falls back to is then one that the site does not offer.
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
    /// LANGUAGES = [("en", "English"), ("de", "German")]
    /// LANGUAGE_CODE = "fr"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// A parent or a sibling of the language is enough.
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
    /// LANGUAGES = [("en", "English"), ("pt-br", "Portuguese")]
    /// LANGUAGE_CODE = "en-us"
    /// ```
    ///
    /// The project may bring translations of its own.
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
    /// LANGUAGES = [("tlh", "Klingon")]
    /// LANGUAGE_CODE = "tlh"
    /// ```
    RULE = {
        code: "SEC037",
        name: "language-not-listed",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("translation.E004"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "translation.E004",
    samples: &[
        ("de", "a listed language"),
        ("xx", "another language"),
        ("e_n", "no language code"),
    ],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let code = view.value("LANGUAGE_CODE");
    if view.truth("USE_I18N") == Some(false) && view.truth("LANGUAGE_CODE") == Some(true) {
        return Some(Vec::new());
    }
    let unlisted = all([
        view.truth("USE_I18N"),
        each(&code, &|code| {
            let listed = listed(&view.value("LANGUAGES"))?;
            not(is_supported(
                code.as_str()?,
                &listed,
                view.project.django.version,
            ))
        }),
    ]);
    report_if(unlisted, || {
        Problem::new(
            "LANGUAGE_CODE",
            "`LANGUAGE_CODE` is not among `LANGUAGES`",
            "add it to `LANGUAGES`, or choose one that is listed",
        )
    })
}

/// The codes of `LANGUAGES`, if all are known.
fn listed(languages: &Value) -> Option<Vec<String>> {
    let items = languages.items()?.iter();
    let codes = items.map(|item| {
        let code = item.value.items()?.first()?.value.as_str()?;
        (!item.many && item.when.is_always()).then(|| code.to_owned())
    });
    codes.collect()
}
