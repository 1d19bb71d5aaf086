use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::views::Pages;

use super::lists::whole_lists;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A list of the REST framework gives all rows of a table that grows.
    ///
    /// ## Why it matters
    ///
    /// Nothing bounds the answer: with each row it takes longer and needs more memory, in the database, in
    /// the serializer and in the client, and anyone may ask for it as often as they like. Adding pages later
    /// changes the shape of the answer and breaks every client.
    ///
    /// Views count that routes lead to, whose rows are all rows of a model that belongs to rows of others.
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
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Country(models.Model):
    ///     name = models.CharField(max_length=50)
    ///
    /// class OrderManager(models.Manager):
    ///     def get_queryset(self):
    ///         return super().get_queryset().filter(hidden=False)
    ///
    /// class Order(models.Model):
    ///     country = models.ForeignKey(Country, models.CASCADE)
    ///     paid = models.BooleanField(default=False)
    ///     hidden = models.BooleanField(default=False)
    ///
    ///     objects = models.Manager()
    ///     shown = OrderManager()
    /// ```
    /// ```python file=config/urls.py
    /// from django.urls import include, path
    /// from rest_framework.routers import DefaultRouter
    /// from shop import views
    ///
    /// router = DefaultRouter()
    /// router.register("orders", views.OrderViewSet)
    /// urlpatterns = [path("api/", include(router.urls)), path("list/", views.OrderList.as_view())]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import generics, viewsets
    /// from .models import Order
    ///
    /// class OrderViewSet(viewsets.ModelViewSet):  # fires
    ///     queryset = Order.objects.all()
    ///
    /// class OrderList(generics.ListAPIView):  # fires
    ///     def get_queryset(self):
    ///         rows = Order.shown.filter(paid=True).order_by("pk")
    ///         return rows.filter(**self.request.query_params.dict())
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import generics, pagination, viewsets
    /// from .models import Country, Order
    ///
    /// class OrderViewSet(viewsets.ModelViewSet):
    ///     queryset = Order.objects.all()
    ///     pagination_class = pagination.LimitOffsetPagination
    ///
    /// class OrderList(generics.ListAPIView):
    ///     def get_queryset(self):
    ///         return Order.objects.filter(country=self.request.user.country)
    /// ```
    ///
    /// ### Narrowed by what is not known
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import generics, pagination, viewsets
    /// from .models import Order
    ///
    /// class OrderViewSet(viewsets.ModelViewSet):
    ///     queryset = Order.shown.all()
    ///     pagination_class = pagination.LimitOffsetPagination
    ///
    /// class OrderList(generics.ListAPIView):
    ///     def get_queryset(self):
    ///         return Order.objects.filter(**self.allowed())
    /// ```
    ///
    /// ### Few rows, and lists of their own
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import generics, viewsets
    /// from rest_framework.response import Response
    /// from .models import Country, Order
    ///
    /// class OrderViewSet(viewsets.ModelViewSet):
    ///     queryset = Country.objects.all()
    ///
    /// class OrderList(generics.ListAPIView):
    ///     queryset = Order.objects.all()
    ///
    ///     def list(self, request):
    ///         return Response(list(self.get_queryset().values()[:100]))
    /// ```
    ///
    /// ### Pages by the settings
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "config.urls"
    /// REST_FRAMEWORK = {
    ///     "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    ///     "PAGE_SIZE": 50,
    /// }
    /// ```
    /// ```python file=shop/views.py
    /// from rest_framework import generics, viewsets
    /// from .models import Order
    ///
    /// class OrderViewSet(viewsets.ModelViewSet):
    ///     queryset = Order.objects.order_by("pk")
    ///
    /// class OrderList(generics.ListAPIView):
    ///     queryset = Order.objects.order_by("pk")
    /// ```
    UNPAGINATED_LIST = {
        code: "DRF004",
        name: "unpaginated-list",
        severity: Severity::Warning,
        category: Category::Drf,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for (model, id, place) in whole_lists(project, Pages::None) {
        if !project.table_grows(id) {
            continue;
        }
        context
            .report(
                place,
                format!("the list gives all rows of `{}` at once", model.name),
            )
            .help("set `pagination_class`, or `DEFAULT_PAGINATION_CLASS` with `PAGE_SIZE` for all lists")
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}
