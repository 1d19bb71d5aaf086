use std::collections::BTreeSet;

use luthier_diagnostics::{Category, Confidence, Location, Severity};
use luthier_project::modules::ModuleId;
use luthier_project::routes::{Arguments, Lookup, Reversal, Route, reversals};

use crate::{Check, Context, declare_rule, nearest};

declare_rule! {
    /// A URL is asked for by a name that no pattern has, or with arguments that none takes.
    ///
    /// ## Why it matters
    ///
    /// `reverse()`, `reverse_lazy()`, `redirect()` and `resolve_url()` raise `NoReverseMatch` when
    /// nothing fits: the user sees a server error, and only on the path that gets there.
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
    /// ROOT_URLCONF = "config.urls"
    /// INSTALLED_APPS = ["shop"]
    /// ```
    ///
    /// ```python file=config/urls.py
    /// from django.urls import include, path
    ///
    /// urlpatterns = [
    ///     path("shop/", include("shop.urls")),
    ///     path("pay/", include("payments_package.urls", namespace="pay")),
    /// ]
    /// ```
    ///
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ```python file=shop/urls.py
    /// from django.urls import path, re_path
    /// from shop import views
    ///
    /// app_name = "shop"
    /// urlpatterns = [
    ///     path("", views.index, name="index"),
    ///     path("<int:pk>/", views.detail, name="detail"),
    ///     path("all/", views.detail, {"pk": 0}, name="all"),
    ///     re_path(r"^old/(?:(?P<year>\d+)/)?$", views.detail, name="old"),
    /// ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from django.shortcuts import redirect
    /// from django.urls import reverse
    ///
    /// def index(request):
    ///     return redirect("shop:overview")  # fires
    ///
    /// def detail(request, pk=None, year=None):
    ///     reverse("index")  # fires
    ///     reverse("shop:detail", kwargs={"id": pk})  # fires
    ///     return redirect("shop:detail")  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Arguments that a pattern gives itself, optional groups, names of URLconfs whose code is not
    /// there, URLs, names that are made at run time, and calls that expect to fail.
    ///
    /// ```python file=shop/views.py
    /// from django.shortcuts import redirect
    /// from django.urls import NoReverseMatch, reverse
    ///
    /// def index(request):
    ///     return redirect("shop:detail", pk=1)
    ///
    /// def detail(request, pk=None, year=None, **more):
    ///     reverse("shop:all")
    ///     reverse("shop:old")
    ///     reverse("shop:old", args=[2020])
    ///     reverse("pay:start", args=[pk])
    ///     reverse("shop:detail", kwargs=more)
    ///     reverse(f"shop:{more['name']}")
    ///     try:
    ///         return redirect("shop:removed")
    ///     except NoReverseMatch:
    ///         return redirect("/shop/")
    /// ```
    RULE = {
        code: "INT005",
        name: "unknown-url-name",
        severity: Severity::Error,
        category: Category::Integrity,
        check: Check::Module(check),
    }
}

fn check(ctx: &mut Context<'_>, module: ModuleId) {
    let project = ctx.project;
    if !project.routes.has_root() {
        return;
    }
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    for reversal in reversals(&project.modules, module) {
        let location = Location {
            file,
            span: reversal.span,
        };
        match project.routes.lookup(&reversal.name) {
            Lookup::Open => {}
            Lookup::Missing => {
                let known = meant(ctx, &reversal.name);
                let mut reported = ctx.report(
                    location,
                    format!("no URL pattern is named `{}`", reversal.name),
                );
                reported.help(match known {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => "name a pattern of the urlconf, its namespaces in front".to_owned(),
                });
            }
            Lookup::Found(routes) => judge_arguments(ctx, location, &reversal, &routes),
        }
    }
}

fn judge_arguments(
    ctx: &mut Context<'_>,
    location: Location,
    reversal: &Reversal,
    routes: &[&Route],
) {
    let mut namespaces: Vec<&str> = reversal.name.split(':').collect();
    namespaces.pop();
    let refused = |route: &&Route| route.takes(&reversal.arguments) == Some(false);
    if !routes.iter().all(refused) || ctx.project.routes.may_share(&namespaces) {
        return;
    }
    let given = match &reversal.arguments {
        Arguments::Positional(0) => "no arguments".to_owned(),
        Arguments::Positional(1) => "one positional argument".to_owned(),
        Arguments::Positional(count) => format!("{count} positional arguments"),
        Arguments::Named(names) => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Arguments::Unknown => return,
    };
    let places: Vec<_> = routes
        .iter()
        .map(|route| (route.place, route.pattern()))
        .collect();
    let message = format!("no URL pattern named `{}` takes {given}", reversal.name);
    let modules = &ctx.project.modules;
    let mut reported = ctx.report(location, message);
    reported
        .confidence(Confidence::Certain)
        .help("pass what the pattern takes, by position or by name, never both at once");
    for (place, pattern) in places {
        if let Some(place) = place.in_repository(modules) {
            reported.related(place, format!("the pattern is `{pattern}`"));
        }
    }
}

/// The only known name with the same end, else the one that differs least, where it differs little.
fn meant(ctx: &Context<'_>, name: &str) -> Option<String> {
    let last = name.rsplit(':').next()?;
    let routes = &ctx.project.routes.routes;
    let known = routes.iter().filter_map(Route::full_name);
    let mut candidates: Vec<String> = known
        .filter(|known| known.rsplit(':').next() == Some(last))
        .collect();
    candidates.sort();
    candidates.dedup();
    if let [only] = &candidates[..] {
        return Some(only.clone());
    }
    let all: BTreeSet<String> = routes.iter().filter_map(Route::full_name).collect();
    nearest::nearest(name, all.iter().map(String::as_str)).map(str::to_owned)
}
