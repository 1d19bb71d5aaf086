use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::settings::{Kind, Role};

use super::{are_for_work, confidence};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `SECRET_KEY` is written out in settings that production uses.
    ///
    /// ## Why it matters
    ///
    /// Whoever reads the repository, one of its forks or an old laptop can sign sessions, password
    /// reset links and everything else that Django signs. The key can only be changed by a release.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// SECRET_KEY = "django-insecure-3k!x0"  # fires
    /// ```
    ///
    /// ### In what production builds on
    ///
    /// ```python file=config/settings/base.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "config.urls"
    /// SECRET_KEY = "8w0vm2k5gq"  # fires
    /// ```
    ///
    /// ```python file=config/settings/production.py
    /// from .base import *
    /// DEBUG = False
    /// ```
    ///
    /// ## Good
    ///
    /// A key for development alone, and one that is read where production runs.
    ///
    /// ```python file=config/settings/base.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "config.urls"
    /// SECRET_KEY = "only for development"
    /// ```
    ///
    /// ```python file=config/settings/production.py
    /// import os
    /// from .base import *
    /// SECRET_KEY = os.environ["SECRET_KEY"]
    /// ```
    RULE = {
        code: "SEC040",
        name: "hardcoded-secret-key",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    let Some(setting) = production.get("SECRET_KEY") else {
        return;
    };
    // One branch among several may be the developer's: only a key on every way is production's.
    let mut literals = setting.value.alternatives().map(|(_, value)| value);
    let all_written = literals.all(|value| value.as_str().is_some_and(|text| !text.is_empty()));
    if !all_written {
        return;
    }
    let first = setting.value.alternatives().map(|(_, value)| value).next();
    let Some(Kind::Str(text)) = first.map(|value| &value.kind) else {
        return;
    };
    let Some(place) = setting.place() else { return };
    let what = if text.starts_with("django-insecure-") {
        "`SECRET_KEY` is the one that `startproject` made, in settings that production uses"
    } else {
        "`SECRET_KEY` is written out in settings that production uses"
    };
    let sure = match production.role {
        _ if are_for_work(ctx, production) => Confidence::Possible,
        Role::Production | Role::Other => confidence(production),
        _ => Confidence::Likely,
    };
    ctx.report(place, what)
        .help("read it from the environment and give this one up: `SECRET_KEY = os.environ[\"SECRET_KEY\"]`")
        .symbol("SECRET_KEY")
        .confidence(sure);
}
