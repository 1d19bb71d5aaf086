use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Place;
use luthier_project::settings::{Role, SettingsModule};
use luthier_source::Span;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// One settings module serves every environment.
    ///
    /// ## Why it matters
    ///
    /// What only developers need and what only production may have stand side by side, held apart by
    /// conditions that nobody tests. Sooner or later a debugging aid reaches production.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]  # fires
    /// ROOT_URLCONF = "shop.urls"
    /// DEBUG = True
    /// ```
    ///
    /// ## Good
    ///
    /// A base that each environment builds on, however it is named, and classes of a configuration.
    ///
    /// ```python file=shop/settings/base.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "shop.urls"
    /// ```
    ///
    /// ```python file=shop/settings/live.py
    /// from .base import *
    /// DEBUG = False
    /// ```
    ///
    /// ```python file=shop/settings.py
    /// from configurations import Configuration
    /// class Common(Configuration):
    ///     INSTALLED_APPS = ["django.contrib.auth"]
    /// class Production(Common):
    ///     DEBUG = False
    /// ```
    ///
    /// ```python file=shop/settings/__init__.py
    /// from split_settings.tools import include
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "shop.urls"
    /// include("environments/production.py")
    /// ```
    ///
    /// ```python file=shop/settings/environments/production.py
    /// DEBUG = False
    /// ```
    ///
    /// ### One file, and what differs in files and variables that a library adds
    ///
    /// ```python file=shop/settings.py
    /// import dynaconf
    ///
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "shop.urls"
    /// settings = dynaconf.DjangoDynaconf(__name__)
    /// ```
    RULE = {
        code: "ARC003",
        name: "settings-not-split",
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
    let others = project.settings.modules.iter();
    let mut others = others.filter(|module| module.role != Role::Test);
    if others.any(|module| module.name != production.name || module.class != production.class) {
        return;
    }
    // Parts that it takes in may be the environments.
    let parts = production.evaluated_modules().iter();
    let is_split = parts.filter(|id| **id != production.module).any(|id| {
        let name = &project.modules.get(*id).name;
        name.starts_with(&format!("{}.", production.name)) || name.contains("settings")
    });
    let is_whole = production.open().is_none() && production.optional().is_empty();
    if is_split || production.class.is_some() || !is_whole || takes_in_environments(ctx, production)
    {
        return;
    }
    let Some(file) = project.modules.get(production.module).file else {
        return;
    };
    let module = format!("`{}` serves every environment", production.name);
    let place = super::whole_place(ctx, production).filter(|place| place.file == file);
    // What others install has its environments in their files.
    let is_for_others = project.is_distributed;
    if is_for_others {
        ctx.cannot_decide();
    }
    let mut reported = ctx.report(place.unwrap_or(Place::new(file, Span::at(0))), module);
    reported.help("keep what all share in `base` and let a module for each environment import it");
    if is_for_others {
        reported.confidence(Confidence::Possible);
    }
}

/// Whether `DjangoDynaconf` puts the environment's own files and variables over the module.
fn takes_in_environments(ctx: &Context<'_>, production: &SettingsModule) -> bool {
    let modules = production.evaluated_modules().iter();
    let mut imports = modules.flat_map(|&module| {
        let facts = ctx.project.modules.facts(module);
        let named = facts.imports.iter();
        named.map(move |import| facts.text(import.module))
    });
    imports.any(|module| module == "dynaconf")
}
