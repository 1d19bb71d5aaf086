use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Severity};
use luthier_project::Project;
use luthier_project::settings::SettingsModule;

use super::{confidence, whole_place};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Passwords are not checked for strength.
    ///
    /// ## Why it matters
    ///
    /// With `AUTH_PASSWORD_VALIDATORS` empty, `1` is a password. Lists of the commonest ones open such
    /// accounts within minutes.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// AUTH_PASSWORD_VALIDATORS = []  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// AUTH_PASSWORD_VALIDATORS = [
    ///     {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    ///     {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    ///     {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    ///     {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    /// ]
    /// ```
    ///
    /// ## Good
    ///
    /// Validators, projects without Django's users, and those in which nothing sets a password that
    /// Django would check.
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.validators.Entropy"}]
    /// ```
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// AUTH_PASSWORD_VALIDATORS = []
    /// ```
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "urls"
    /// DEBUG = False
    /// ```
    RULE = {
        code: "SEC062",
        name: "no-password-validation",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

const VALIDATORS: [&str; 4] = [
    "UserAttributeSimilarityValidator",
    "MinimumLengthValidator",
    "CommonPasswordValidator",
    "NumericPasswordValidator",
];

/// Apps whose forms and endpoints set passwords and ask the validators.
const APPS: [&str; 5] = [
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "dj_rest_auth",
    "djoser",
];

/// Names of code that asks the validators.
const NAMES: [&str; 8] = [
    "django.contrib.auth.urls",
    "AdminPasswordChangeForm",
    "BaseUserCreationForm",
    "django.contrib.auth.password_validation",
    "PasswordChangeForm",
    "PasswordResetConfirmView",
    "SetPasswordForm",
    "UserCreationForm",
];

/// Whether anything asks the validators: an app of users' passwords, or the project's own code.
fn sets_passwords(project: &Project, production: &SettingsModule) -> bool {
    let apps = production.get("INSTALLED_APPS");
    let has_app = apps.is_some_and(|apps| APPS.iter().any(|app| apps.value.may_contain(app)));
    let mentions = |module| {
        let mut names = project.modules.facts(module).names.iter();
        names.any(|name| NAMES.contains(&name))
    };
    has_app || project.own_modules().any(mentions)
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    let Some(validators) = production.effective("AUTH_PASSWORD_VALIDATORS") else {
        return;
    };
    let has_users = production
        .get("INSTALLED_APPS")
        .is_some_and(|apps| apps.value.surely_contains("django.contrib.auth"));
    let is_empty = validators.value.items().is_some_and(<[_]>::is_empty);
    if !has_users || !is_empty || !sets_passwords(project, production) {
        return;
    }
    let own = validators
        .value
        .place
        .filter(|place| matches!(ctx.sources.file(place.file).at(place.span), "[]" | "()"));
    let fix = own.map(|place| {
        let names = VALIDATORS.map(|name| {
            format!("    {{\"NAME\": \"django.contrib.auth.password_validation.{name}\"}},\n")
        });
        let names = names.concat();
        Fix::safe("Check passwords as new projects do").replace(
            place.file,
            place.span,
            format!("[\n{names}]"),
        )
    });
    let state = if validators.place().is_some() {
        "empty"
    } else {
        "not set"
    };
    let place = validators.place().or_else(|| whole_place(ctx, production));
    let Some(place) = place else { return };
    ctx.report(
        place,
        format!("passwords are not checked for strength: `AUTH_PASSWORD_VALIDATORS` is {state}"),
    )
    .help("list the validators that `startproject` lists")
    .symbol("AUTH_PASSWORD_VALIDATORS")
    .confidence(confidence(production))
    .fix(fix);
}
