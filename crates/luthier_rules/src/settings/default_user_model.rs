use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::settings::{Role, SettingsModule};

use super::whole_place;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The project uses `auth.User` as it comes instead of a user model of its own.
    ///
    /// ## Why it matters
    ///
    /// Sooner or later a user needs a field: an e-mail address to log in with, a tenant, a language.
    /// Django's documentation recommends a user model of one's own from the first migration on, because
    /// `AUTH_USER_MODEL` cannot be changed afterwards without rewriting tables, foreign keys and
    /// migration histories by hand. An empty subclass of `AbstractUser` costs nothing.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]  # fires
    /// ROOT_URLCONF = "config.urls"
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "accounts"]
    /// ROOT_URLCONF = "config.urls"
    /// AUTH_USER_MODEL = "accounts.User"
    /// ```
    ///
    /// ### Without Django's users
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
    /// ROOT_URLCONF = "config.urls"
    /// ```
    ///
    /// ### Set by something that is not followed
    ///
    /// ```python file=config/settings.py
    /// from far.away import *
    ///
    /// INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
    /// ROOT_URLCONF = "config.urls"
    /// ```
    ///
    /// ### Settings of which nobody says that they run, such as those of a reusable app's tests
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    /// ```
    /// ```python file=tests/settings.py
    /// INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "reusable"]
    /// ```
    RULE = {
        code: "ARC001",
        name: "default-user-model",
        severity: Severity::Warning,
        category: Category::Architecture,
        dimension: Some(Dimension::Architecture),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    let runs = project.root.manage_py.is_some() && production.role != Role::Test;
    let is_whole = production.open().is_none() && production.fails().is_none();
    if !runs || !is_whole || !installs_auth(production) {
        return;
    }
    let may_be_own = |module: &SettingsModule| {
        module.open().is_some()
            || module
                .get("AUTH_USER_MODEL")
                .is_some_and(|setting| setting.value.as_str() != Some("auth.User"))
    };
    let mut modules = project.settings.modules.iter();
    if modules.any(|module| module.role != Role::Test && may_be_own(module)) {
        return;
    }
    let set = production
        .get("AUTH_USER_MODEL")
        .and_then(|setting| setting.place());
    let Some(place) = set.or_else(|| whole_place(ctx, production)) else {
        return;
    };
    // In databases all over the world the table of users can hardly be replaced any more.
    let is_for_others = project.is_distributed;
    let mut reported = ctx.report(place, "the project has no user model of its own");
    reported
        .help("start with an empty subclass of `AbstractUser`, and name it in `AUTH_USER_MODEL`")
        .symbol("AUTH_USER_MODEL");
    if is_for_others {
        reported.confidence(Confidence::Possible);
    }
}

fn installs_auth(production: &SettingsModule) -> bool {
    production
        .get("INSTALLED_APPS")
        .is_some_and(|setting| setting.value.surely_contains("django.contrib.auth"))
}
