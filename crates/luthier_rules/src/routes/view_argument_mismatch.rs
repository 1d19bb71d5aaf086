use luthier_diagnostics::{Category, Location, Severity};
use luthier_project::modules::FunctionRef;
use luthier_project::routes::Param;
use luthier_project::views::{Handler, Misfit, Signature, handlers};
use rustc_hash::FxHashSet;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A route passes arguments that its view does not take, or not those that it needs.
    ///
    /// ## Why it matters
    ///
    /// Django calls the view with the names in the pattern. Where they do not fit, every request to
    /// that URL ends in a `TypeError` and a server error.
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
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from django.contrib.auth.decorators import login_required
    /// from django.views.generic import DetailView
    ///
    /// @login_required
    /// def detail(request, pk):
    ///     pass
    ///
    /// def index(request):
    ///     pass
    ///
    /// def archive(request, year, month):
    ///     pass
    ///
    /// class Order(DetailView):
    ///     def post(self, request, id):
    ///         pass
    /// ```
    ///
    /// ```python file=config/urls.py
    /// from django.urls import path, re_path
    /// from shop import views
    ///
    /// urlpatterns = [
    ///     path("<int:id>/", views.detail),  # fires
    ///     path("<slug:shop>/", views.index),  # fires
    ///     re_path(r"^(\d{4})/$", views.archive),  # fires
    ///     path("orders/<int:pk>/", views.Order.as_view()),  # fires
    /// ]
    /// ```
    ///
    /// ## Good
    ///
    /// Defaults, `**kwargs`, arguments from the pattern's own dict, groups that a match may leave
    /// out, decorators that may change arguments, classes of which some method fits the pattern, views that dispatch in their own way, and
    /// class-based views that read `self.kwargs`.
    ///
    /// ```python file=shop/views.py
    /// from django.views.generic import DetailView
    /// from shop.decorators import with_order
    ///
    /// def detail(request, pk, extra=None):
    ///     pass
    ///
    /// def index(request, **kwargs):
    ///     pass
    ///
    /// def archive(request, year, month=None):
    ///     pass
    ///
    /// @with_order
    /// def order(request, order):
    ///     pass
    ///
    /// class Order(DetailView):
    ///     def get(self, request, *args, **kwargs):
    ///         return self.kwargs["pk"]
    ///
    /// class Lines(DetailView):
    ///     def get(self, request):
    ///         pass
    ///
    ///     def delete(self, request, pk):
    ///         pass
    ///
    /// class Own(DetailView):
    ///     def dispatch(self, request, *args, **kwargs):
    ///         return self.get(request)
    ///
    ///     def get(self, request):
    ///         pass
    /// ```
    ///
    /// ```python file=shop/decorators.py
    /// def with_order(view):
    ///     return lambda request, pk: view(request, order=pk)
    /// ```
    ///
    /// ```python file=config/urls.py
    /// from django.urls import path, re_path
    /// from shop import views
    ///
    /// urlpatterns = [
    ///     path("<int:pk>/", views.detail),
    ///     path("zero/", views.detail, {"pk": 0}),
    ///     path("<slug:shop>/", views.index),
    ///     re_path(r"^(?P<year>\d{4})/(?:(?P<month>\d\d)/)?$", views.archive),
    ///     re_path(r"^(\d{4})/(\d\d)/$", views.archive),
    ///     path("by-order/<int:pk>/", views.order),
    ///     path("orders/<int:pk>/", views.Order.as_view()),
    ///     path("own/<int:pk>/", views.Own.as_view()),
    ///     path("lines/", views.Lines.as_view()),
    ///     path("lines/<int:pk>/", views.Lines.as_view()),
    ///     re_path(r"^years/(\d{4})/(\d\d)\.(?P<format>json|xml)$", views.archive),
    /// ]
    /// ```
    RULE = {
        code: "INT013",
        name: "view-argument-mismatch",
        severity: Severity::Error,
        category: Category::Integrity,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let modules = &project.modules;
    let mut seen = FxHashSet::default();
    for route in &project.routes.routes {
        let Some(place) = route.place.in_repository(modules) else {
            continue;
        };
        let taken: Vec<(Handler, Signature)> = handlers(modules, route)
            .into_iter()
            .map(|handler| {
                let signature = Signature::of(modules, handler.function, handler.skip);
                (handler, signature)
            })
            .collect();
        // A class may serve several patterns, each by the method that takes its arguments.
        let takes_anything = |(handler, signature): &(Handler, Signature)| {
            handler.is_wrapped || signature.takes_anything()
        };
        if taken.is_empty() || taken.iter().any(takes_anything) {
            continue;
        }
        let (Some(mut params), Some(mut given)) = (route.params(), route.kwargs.clone()) else {
            continue;
        };
        // Suffixes such as `.json` are an afterthought that views may leave to settings. Where nothing
        // else has a name, they take the place of all other arguments.
        let is_suffix = |param: &Param| param.name.as_deref() == Some("format");
        if !params.is_empty() && params.iter().all(is_suffix) {
            continue;
        }
        params.retain(|param| param.name.as_deref() != Some("format"));
        given.retain(|name| name != "format");
        let judged = taken.into_iter().map(|(handler, signature)| {
            let misfit = signature.misfit(&params, &given);
            (handler, misfit)
        });
        let judged: Vec<(Handler, Option<Misfit>)> = judged.collect();
        if judged.iter().any(|(_, misfit)| misfit.is_none()) {
            continue;
        }
        for (handler, misfit) in judged {
            let Some(misfit) = misfit else { continue };
            if seen.insert((place, handler.function)) {
                report(ctx, place, handler.function, &params, &misfit);
            }
        }
    }
}

fn report(
    ctx: &mut Context<'_>,
    place: Location,
    function: FunctionRef,
    params: &[Param],
    misfit: &Misfit,
) {
    let modules = &ctx.project.modules;
    let facts = modules.facts(function.module);
    let path = facts.function_path(function.function);
    let symbol = modules.qualified_function(function);
    let declared = modules.function(function);
    let message = match misfit {
        Misfit::Unexpected(name) => {
            format!("`{path}` does not take `{name}`, which the pattern passes")
        }
        Misfit::Missing(name) => {
            format!("`{path}` needs `{name}`, which the pattern does not pass")
        }
        Misfit::Count {
            passed,
            least,
            most,
        } => {
            let takes = match most {
                Some(most) if most == least => format!("{least}"),
                Some(most) => format!("{least} to {most}"),
                None => format!("at least {least}"),
            };
            format!("`{path}` takes {takes} arguments after `request`, the pattern passes {passed}")
        }
    };
    let names: Vec<_> = params
        .iter()
        .filter_map(|param| param.name.as_deref())
        .collect();
    let file = modules.get(function.module).file;
    let mut reported = ctx.report(place, message);
    reported.symbol(symbol);
    if !names.is_empty() {
        reported.help(format!(
            "name the view's parameters as the pattern does: {}",
            names.join(", ")
        ));
    }
    if let Some(file) = file {
        reported.related(
            Location {
                file,
                span: declared.name_span,
            },
            "the view is defined here",
        );
    }
}
