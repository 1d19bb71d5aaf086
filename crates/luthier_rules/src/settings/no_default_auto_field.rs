use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Severity};
use luthier_project::django::DjangoVersion;

use super::{confidence, whole_place};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `DEFAULT_AUTO_FIELD` is not set, and models rely on it.
    ///
    /// ## Why it matters
    ///
    /// Without it Django warns about every model with an automatic key, and Django 6.0 takes 64-bit
    /// keys: the upgrade then brings a migration that rewrites every such table.
    ///
    /// ## Project
    ///
    /// ```text file=requirements.txt
    /// Django==5.2.1
    /// ```
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     total = models.DecimalField(max_digits=8, decimal_places=2)
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["shop"]  # fires
    /// ROOT_URLCONF = "urls"
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "urls"
    ///
    /// DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
    /// ```
    ///
    /// ## Good
    ///
    /// The setting, or the same said by the app.
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "urls"
    /// DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    /// ```
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "urls"
    /// ```
    ///
    /// ```python file=shop/apps.py
    /// from django.apps import AppConfig
    ///
    /// class ShopConfig(AppConfig):
    ///     name = "shop"
    ///     default_auto_field = "django.db.models.BigAutoField"
    /// ```
    RULE = {
        code: "MOD006",
        name: "no-default-auto-field",
        severity: Severity::Warning,
        category: Category::Modernization,
        dimension: Some(Dimension::Migrations),
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    let version = project.settings.django();
    // The setting came with 3.2; since 6.0 its default is the one that new projects had.
    let matters = DjangoVersion::new(3, 2) <= version && version < DjangoVersion::new(6, 0);
    let is_set = production.get("DEFAULT_AUTO_FIELD").is_some();
    if !matters || is_set || production.open().is_some() || production.fails().is_some() {
        return;
    }
    let relying = project.models.registered().find(|(_, model)| {
        let app = project.apps.by_label(&model.app_label);
        let has_automatic_key = model.pk.as_deref() == Some("id")
            && model.class.is_some()
            && model
                .fields
                .iter()
                .any(|field| &*field.name == "id" && field.is_automatic);
        !model.is_proxy
            && model.parents.is_empty()
            && has_automatic_key
            && app
                .is_some_and(|app| app.is_own && app.is_listed && app.default_auto_field.is_none())
    });
    let (Some((_, model)), Some(place)) = (relying, whole_place(ctx, production)) else {
        return;
    };
    let text = &ctx.sources.file(place.file).text;
    // A line of its own, and a blank one before it.
    let line_break = match () {
        () if text.ends_with("\n\n") => "",
        () if text.ends_with('\n') => "\n",
        () => "\n\n",
    };
    let fix = Fix::safe("Keep the keys that the tables have").insert(
        place.file,
        text.len() as u32,
        format!("{line_break}DEFAULT_AUTO_FIELD = \"django.db.models.AutoField\"\n"),
    );
    let message = format!(
        "`DEFAULT_AUTO_FIELD` is not set, and `{}` relies on it",
        model.label
    );
    ctx.report(place, message)
        .help("set `django.db.models.AutoField` to keep the tables as they are, `BigAutoField` for 64-bit keys")
        .symbol("DEFAULT_AUTO_FIELD")
        .confidence(confidence(production))
        .fix(fix);
}
