use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::facts::{Expr, ExprRef, is_test_path};
use luthier_project::flows::Target;
use luthier_project::modules::ModuleId;
use luthier_project::querysets::WholeRows;
use luthier_project::views::Pages;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Rows are cut into pages and nothing says in which order they come.
    ///
    /// ## Why it matters
    ///
    /// Each page is a query of its own, and without an order the database gives rows as it likes: rows
    /// turn up on two pages, and others on none. It looks right on a small table, and changes with the first
    /// update or a new version of the database. Django warns with `UnorderedObjectListWarning` when it runs.
    ///
    /// The same goes for rows that are sorted only by what many of them share, such as a state: among
    /// those the database orders as it likes.
    ///
    /// Only querysets are judged whose making is all seen, from the manager to the page.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "config.urls"
    /// REST_FRAMEWORK = {
    ///     "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    ///     "PAGE_SIZE": 50,
    /// }
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     name = models.CharField(max_length=50)
    ///     on_sale = models.BooleanField(default=False)
    ///
    /// class OrderQuerySet(models.QuerySet):
    ///     def by_state(self):
    ///         return self.filter(is_paid=False).order_by("state")
    ///
    ///     def newest(self):
    ///         return self.order_by("-created")
    ///
    /// class Order(models.Model):
    ///     product = models.ForeignKey(Product, models.CASCADE)
    ///     is_paid = models.BooleanField(default=False)
    ///     state = models.CharField(max_length=9, choices=[("new", "New"), ("sent", "Sent")])
    ///     created = models.DateTimeField(auto_now_add=True)
    ///
    ///     objects = OrderQuerySet.as_manager()
    ///
    ///     class Meta:
    ///         ordering = ["-created", "pk"]
    ///
    /// class Stock(models.Model):
    ///     product = models.ForeignKey(Product, models.CASCADE)
    ///     day = models.DateField()
    ///     kind = models.CharField(max_length=9, choices=[("a", "A"), ("b", "B")])
    ///
    ///     class Meta:
    ///         constraints = [
    ///             models.UniqueConstraint(fields=["product", "kind"], name="one_of_a_kind"),
    ///         ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/urls.py
    /// from django.urls import include, path
    /// from rest_framework.routers import DefaultRouter
    /// from shop import views
    ///
    /// router = DefaultRouter()
    /// router.register("products", views.ProductViewSet)
    /// urlpatterns = [
    ///     path("", views.ProductList.as_view()),
    ///     path("shown/", views.shown),
    ///     path("api/", include(router.urls)),
    /// ]
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.core.paginator import Paginator
    /// from django.shortcuts import render
    /// from django.views.generic import ListView
    /// from rest_framework import viewsets
    /// from .models import Order, Product
    ///
    /// class ProductList(ListView):  # fires
    ///     model = Product
    ///     paginate_by = 20
    ///
    ///     def get_queryset(self):
    ///         if self.request.GET:
    ///             return self.model.objects.filter(on_sale=True)
    ///         return super().get_queryset().filter(on_sale=True)
    ///
    /// class ProductViewSet(viewsets.ReadOnlyModelViewSet):  # fires
    ///     queryset = Product.objects.all()
    ///
    /// def shown(request):
    ///     products = Product.objects.select_related()
    ///     if "sale" in request.GET:
    ///         products = products.filter(on_sale=True)
    ///     pages = Paginator(products, 20)  # fires
    ///     return render(request, "shown.html", {"page": pages.get_page(request.GET.get("page"))})
    ///
    /// def sorted_by_what_many_share(request, start, end):
    ///     Paginator(Order.objects.order_by("state", "product__name"), 20)  # fires
    ///     Paginator(Order.objects.by_state(), 20)  # fires
    ///     return Product.objects.filter(on_sale=True)[start:end]  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/urls.py
    /// from django.urls import include, path
    /// from rest_framework.routers import DefaultRouter
    /// from shop import views
    ///
    /// router = DefaultRouter()
    /// router.register("orders", views.OrderViewSet)
    /// router.register("products", views.ProductViewSet)
    /// router.register("news", views.NewsViewSet)
    /// urlpatterns = [
    ///     path("", views.ProductList.as_view()),
    ///     path("all/", views.AllProducts.as_view()),
    ///     path("sorted/", views.SortedProducts.as_view()),
    ///     path("shown/", views.shown),
    ///     path("api/", include(router.urls)),
    /// ]
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.core.paginator import Paginator
    /// from django.views.generic import ListView
    /// from rest_framework import pagination, viewsets
    /// from .models import Order, Product, Stock
    ///
    /// class ProductList(ListView):
    ///     queryset = Product.objects.order_by("name")
    ///     paginate_by = 20
    ///
    /// class AllProducts(ListView):
    ///     model = Product
    ///
    /// class SortedProducts(ListView):
    ///     model = Product
    ///     ordering = "name"
    ///     paginate_by = 20
    ///
    /// class OrderViewSet(viewsets.ModelViewSet):
    ///     queryset = Order.objects.all()
    ///
    /// class ProductViewSet(viewsets.ModelViewSet):
    ///     queryset = Product.objects.all()
    ///
    ///     def filter_queryset(self, queryset):
    ///         return super().filter_queryset(queryset).order_by("name")
    ///
    /// class NewsViewSet(viewsets.ModelViewSet):
    ///     queryset = Product.objects.all()
    ///     pagination_class = pagination.CursorPagination
    ///
    /// def shown(request, rows):
    ///     products = Product.objects.all()
    ///     if "sort" in request.GET:
    ///         products = products.order_by("name")
    ///     else:
    ///         products = products.order_by("pk")
    ///     return Paginator(products, 20), Paginator(rows, 20), Paginator([1, 2], 20)
    ///
    /// def sorted_well_enough(product, start, rest):
    ///     Paginator(Order.objects.order_by("state", "pk"), 20)
    ///     Paginator(Order.objects.order_by("state", "-created"), 20)
    ///     Paginator(Order.objects.newest(), 20)
    ///     Paginator(Order.objects.values("state").order_by("state"), 20)
    ///     Paginator(Stock.objects.filter(product=product).order_by("kind"), 20)
    ///     Paginator(Stock.objects.filter(product=product).order_by("day"), 20)
    ///     Paginator(Order.objects.order_by(*rest), 20)
    ///     return Product.objects.all()[:start], Order.objects.all()[start:]
    /// ```
    UNORDERED_PAGINATION = {
        code: "ORM022",
        name: "unordered-pagination",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for module in project.own_modules() {
        in_module(context, module);
    }
    for view in project.list_views() {
        let module = view.class.module;
        let file = project.modules.get(module).file;
        let Some(file) = file.filter(|_| view.pages == Pages::Numbered) else {
            continue;
        };
        let span = project.modules.class(view.class).name_span;
        report(context, Location::new(file, span), &view.rows, "pages");
    }
}

/// `Paginator(rows, 20)` and `rows[start:end]`
fn in_module(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    if is_test_path(&context.sources.file(file).path) {
        return;
    }
    let facts = project.modules.facts(module);
    let calls = project.calls(module);
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for expr in body.exprs() {
            let mut what = "pages";
            let rows = match expr.kind() {
                Expr::Call(..) => expr.as_call().and_then(|call| {
                    let target = calls.target(body.id, call.expr.id);
                    let is_paginator = matches!(target, Some(Target::Outside(name))
                        if calls.name(name) == "django.core.paginator.Paginator");
                    call.argument(0, "object_list").filter(|_| is_paginator)
                }),
                Expr::Subscript(rows, index) => {
                    what = "slices";
                    begins_anywhere(expr.at(index)).then(|| expr.at(rows))
                }
                _ => None,
            };
            let Some(rows) = rows else { continue };
            if let Some(found) = project.whole_rows(module, rows) {
                report(context, Location::new(file, rows.span()), &found, what);
            }
        }
    }
}

/// Whether a slice begins where a variable says.
fn begins_anywhere(index: ExprRef<'_>) -> bool {
    let Expr::Slice(Some(start), _, None) = index.kind() else {
        return false;
    };
    let start = index.at(start);
    !start.is_none() && start.as_int().is_none()
}

fn report(context: &mut Context<'_>, location: Location, rows: &WholeRows, what: &str) {
    let model = context.project.models.get(rows.model);
    let name = &model.name;
    let message = match context.project.tied_order(rows) {
        Some(keys) => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let keys = keys.join(", ");
            format!("the {what} are sorted by {keys} alone, which many rows of `{name}` share")
        }
        None if rows.is_ordered() => return,
        None => format!("the {what} show rows of `{name}` in no order"),
    };
    context
        .report(location, message)
        .help("sort with `order_by()`, or give the model `Meta.ordering`; end with a unique field")
        .symbol(&*model.label)
        .app(&*model.app_label);
}
