use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::routes::{Route, RouteName, ViewTarget};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The admin is served at `admin/`, where every scanner looks first.
    ///
    /// ## Why it matters
    ///
    /// Robots try passwords at `/admin/` of every host they find. A path of its own does not replace
    /// throttling and second factors, but it ends most of the noise and of the luck. In a package that
    /// others install everybody can read whatever path it has: there it is only possible, and hidden
    /// by default.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ```python file=config/__init__.py
    /// ```
    ///
    /// ```python file=config/settings.py
    /// import os
    /// ROOT_URLCONF = "config.urls"
    /// ADMIN_URL = os.environ.get("ADMIN_URL", "admin/")
    /// INSTALLED_APPS = ["django.contrib.admin"]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/urls.py
    /// from django.contrib import admin
    /// from django.urls import path
    ///
    /// urlpatterns = [
    ///     path("admin/", admin.site.urls),  # fires
    /// ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/urls.py
    /// from django.conf import settings
    /// from django.contrib import admin
    /// from django.urls import include, path
    ///
    /// urlpatterns = [
    ///     path("office-7f3a/", admin.site.urls),
    ///     path("admin/", include("admin_honeypot.urls", namespace="honeypot")),
    ///     path(settings.ADMIN_URL, admin.site.urls),
    /// ]
    /// if settings.DEBUG:
    ///     urlpatterns += [path("admin/", admin.site.urls)]
    /// ```
    RULE = {
        code: "SEC060",
        name: "admin-at-default-url",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let roots = &project.routes.roots;
    // Whatever path a published package has, is no secret.
    let sure = if project.is_distributed {
        ctx.cannot_decide();
        Confidence::Possible
    } else {
        Confidence::Certain
    };
    let found = project.routes.routes.iter().filter(|route| {
        roots[route.root as usize].configured
            && route.when.debug != Some(true)
            && is_default_index(route)
    });
    for route in found {
        if let Some(place) = route.place.in_repository(&project.modules) {
            ctx.report(place, "the admin is at its default URL, `admin/`")
                .help("serve it under a path that nobody guesses, best from the environment")
                .confidence(sure);
        }
    }
}

/// Whether a route is the first page of an admin site at `admin/`, whatever the language before it.
fn is_default_index(route: &Route) -> bool {
    let is_index = route.name == RouteName::Known("index".to_owned());
    let is_admin = route
        .namespaces
        .last()
        .is_some_and(|last| last.app.as_deref() == Some("admin"));
    let is_site = match &route.view.target {
        ViewTarget::Method(_, name) => name == "index",
        ViewTarget::External(dotted) => dotted == "django.contrib.admin.sites.AdminSite.index",
        _ => false,
    };
    let pattern = route.pattern();
    let pattern = pattern.strip_prefix("<language>/").unwrap_or(&pattern);
    is_index && is_admin && is_site && matches!(pattern, "admin/" | "^admin/")
}
