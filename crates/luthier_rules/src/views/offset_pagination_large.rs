use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::views::Pages;

use super::lists::whole_lists;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Pages by number or offset go through a table that grows for as long as the project is used.
    ///
    /// ## Why it matters
    ///
    /// To skip rows the database has to read them: page 5000 costs as much as all pages before it together,
    /// and each page counts the whole table besides. What takes milliseconds in the first year takes seconds
    /// in the third, and a client that reads everything pays for it with every page. Rows that are added
    /// meanwhile push others onto a page that was read already. A cursor goes on from the last row by an index.
    ///
    /// Lists count that give all rows of a model which knows when each was made and which belongs to a user, at
    /// whatever distance.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.auth", "shop"]
    /// ROOT_URLCONF = "config.urls"
    /// REST_FRAMEWORK = {
    ///     "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    ///     "PAGE_SIZE": 50,
    /// }
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.conf import settings
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    ///     created = models.DateTimeField(auto_now_add=True)
    ///
    /// class Product(models.Model):
    ///     editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    ///     created = models.DateTimeField(auto_now_add=True)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.PROTECT)
    ///     created = models.DateTimeField(auto_now_add=True)
    ///
    /// class Payment(models.Model):
    ///     order = models.OneToOneField(Order, models.PROTECT)
    ///     created = models.DateTimeField(auto_now_add=True)
    ///
    /// class Role(models.Model):
    ///     user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    ///     name = models.CharField(max_length=20)
    /// ```
    /// ```python file=config/urls.py
    /// from django.urls import include, path
    /// from rest_framework.routers import DefaultRouter
    /// from shop import views
    ///
    /// router = DefaultRouter()
    /// router.register("orders", views.OrderViewSet)
    /// router.register("payments", views.PaymentViewSet)
    /// router.register("products", views.ProductViewSet)
    /// router.register("customers", views.CustomerViewSet)
    /// router.register("roles", views.RoleViewSet)
    /// urlpatterns = [path("api/", include(router.urls))]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import pagination, viewsets
    /// from .models import Customer, Order, Payment, Product, Role
    ///
    /// class Numbers(pagination.PageNumberPagination):
    ///     page_size = 20
    ///
    /// class OrderViewSet(viewsets.ModelViewSet):  # fires
    ///     queryset = Order.objects.order_by("-pk")
    ///
    /// class PaymentViewSet(viewsets.ReadOnlyModelViewSet):  # fires
    ///     queryset = Payment.objects.order_by("-pk")
    ///     pagination_class = Numbers
    ///
    /// class ProductViewSet(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Product.objects.order_by("-pk")
    ///
    /// class CustomerViewSet(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Customer.objects.order_by("-pk")
    ///
    /// class RoleViewSet(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Role.objects.order_by("-pk")
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import pagination, viewsets
    /// from .models import Customer, Order, Payment, Product, Role
    ///
    /// class Newest(pagination.CursorPagination):
    ///     ordering = ("-created", "-pk")
    ///
    /// class OrderViewSet(viewsets.ModelViewSet):
    ///     queryset = Order.objects.all()
    ///     pagination_class = Newest
    ///
    /// class PaymentViewSet(viewsets.ReadOnlyModelViewSet):
    ///     def get_queryset(self):
    ///         return Payment.objects.filter(order__customer__user=self.request.user).order_by("-pk")
    ///
    /// class ProductViewSet(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Product.objects.order_by("-pk")
    ///
    /// class CustomerViewSet(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Customer.objects.order_by("-pk")
    ///
    /// class RoleViewSet(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Role.objects.order_by("-pk")
    /// ```
    OFFSET_PAGINATION_LARGE = {
        code: "DRF012",
        name: "offset-pagination-large",
        severity: Severity::Info,
        category: Category::Drf,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for (model, id, place) in whole_lists(project, Pages::Numbered) {
        if !project.table_grows_for_ever(id) {
            continue;
        }
        context
            .report(
                place,
                format!(
                    "each page of `{}` reads all rows before it, and counts all there are",
                    model.name
                ),
            )
            .help("set a `CursorPagination` whose `ordering` has an index and ends with a unique field")
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}
