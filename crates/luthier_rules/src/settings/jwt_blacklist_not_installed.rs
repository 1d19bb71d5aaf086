use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Severity};

use super::{after_item, confidence};
use crate::{Check, Context, declare_rule};

const APP: &str = "rest_framework_simplejwt.token_blacklist";

declare_rule! {
    /// Refresh tokens are to be blacklisted, but the app that stores the blacklist is not installed.
    ///
    /// ## Why it matters
    ///
    /// With `BLACKLIST_AFTER_ROTATION` alone nothing is blacklisted: simplejwt skips what it cannot
    /// store. A refresh token that was stolen goes on working until it expires.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = [
    ///     "django.contrib.auth",
    ///     "rest_framework_simplejwt",
    /// ]
    /// ROOT_URLCONF = "urls"
    /// SIMPLE_JWT = {"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True}  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = [
    ///     "django.contrib.auth",
    ///     "rest_framework_simplejwt",
    ///     "rest_framework_simplejwt.token_blacklist",
    /// ]
    /// ROOT_URLCONF = "urls"
    /// SIMPLE_JWT = {"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True}
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth", "rest_framework_simplejwt.token_blacklist"]
    /// ROOT_URLCONF = "urls"
    /// SIMPLE_JWT = {"BLACKLIST_AFTER_ROTATION": True}
    /// ```
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// SIMPLE_JWT = {"BLACKLIST_AFTER_ROTATION": False}
    /// ```
    RULE = {
        code: "SEC059",
        name: "jwt-blacklist-not-installed",
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
    let wanted = production.at(&["SIMPLE_JWT", "BLACKLIST_AFTER_ROTATION"]);
    let Some(apps) = production.get("INSTALLED_APPS") else {
        return;
    };
    if !wanted.is_definitely_true() || apps.value.may_contain(APP) || production.open().is_some() {
        return;
    }
    let Some(place) = wanted.place else { return };
    let strings = apps.value.strings();
    let neighbour = strings
        .iter()
        .find(|(text, _)| *text == "rest_framework_simplejwt")
        .or(strings.last())
        .and_then(|(_, item)| item.value.place);
    let fix = neighbour.map(|neighbour| {
        let text = after_item(ctx.sources, neighbour, &format!("\"{APP}\""));
        Fix::safe("Install the app that stores the blacklist").insert(
            neighbour.file,
            neighbour.span.end,
            text,
        )
    });
    ctx.report(
        place,
        format!("rotated tokens are not blacklisted: `{APP}` is not in `INSTALLED_APPS`"),
    )
    .help(format!("add `{APP}` to `INSTALLED_APPS` and migrate"))
    .symbol("SIMPLE_JWT")
    .confidence(confidence(production))
    .fix(fix);
}
