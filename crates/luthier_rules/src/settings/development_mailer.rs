use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, each, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// Production's default mailer sends no mail.
    ///
    /// ## Why it matters
    ///
    /// The console, file, memory and dummy backends take every message and deliver none: password resets and
    /// orders go nowhere, without an error.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// MAILERS = {
    ///     "default": {
    ///         "BACKEND": "django.core.mail.backends.console.EmailBackend",  # fires
    ///     },
    /// }
    /// ```
    ///
    /// ```text file=requirements.txt
    /// Django==6.1.3
    /// ```
    ///
    /// ## Good
    ///
    /// Another mailer than the default one may be for development.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// MAILERS = {
    ///     "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"},
    ///     "log": {"BACKEND": "django.core.mail.backends.console.EmailBackend"},
    /// }
    /// ```
    ///
    /// ```text file=requirements.txt
    /// Django==6.1.3
    /// ```
    ///
    /// Django before 6.1 knows no `MAILERS`.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    /// ```
    ///
    /// ```text file=requirements.txt
    /// Django==5.2.7
    /// ```
    RULE = {
        code: "SEC017",
        name: "development-mailer",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("mail.E001"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "mail.E001",
    samples: &[
        (
            "django.core.mail.backends.smtp.EmailBackend",
            "the SMTP backend",
        ),
        (
            "django.core.mail.backends.console.EmailBackend",
            "a development backend",
        ),
    ],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let backend = view.value("MAILERS").at(&["default", "BACKEND"]);
    let development = each(&backend, &|backend| {
        Some(
            backend
                .as_str()
                .is_some_and(|path| DEVELOPMENT.contains(&path)),
        )
    });
    report_if(development, || {
        let path = backend.as_str().unwrap_or("a development backend");
        let message = format!("the default mailer uses `{path}`, which delivers nothing");
        Problem::new(
            "MAILERS",
            message,
            "use the SMTP backend or that of a mail service",
        )
        .at(backend.place)
    })
}

const DEVELOPMENT: &[&str] = &[
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
    "django.core.mail.backends.filebased.EmailBackend",
    "django.core.mail.backends.locmem.EmailBackend",
];
