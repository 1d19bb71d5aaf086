use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::Consumer;

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A serializer asks the database for each row that it shows.
    ///
    /// ## Why it matters
    ///
    /// A list of the REST framework shows each row with a serializer. A nested serializer, a field
    /// with a `source` over a relation, the keys of a many-to-many relation or a method that asks for
    /// something is one more query for each row, and it is the view's queryset that must load it.
    ///
    /// Views are followed action by action: what `get_queryset()` loads for `list` only is loaded for
    /// `list` only, and where most actions do without a relation, the fix loads it in `get_queryset()` for those
    /// that show it. A key of a foreign key is a column of the row and costs nothing.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     amount = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/api.py
    /// from rest_framework import serializers, viewsets
    /// from shop.models import Line, Order
    ///
    /// class LineSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Line
    ///         fields = ["amount"]
    ///
    /// class OrderSerializer(serializers.ModelSerializer):
    ///     customer_name = serializers.CharField(source="customer.name")  # fires
    ///     lines = LineSerializer(many=True)  # fires
    ///
    ///     class Meta:
    ///         model = Order
    ///         fields = ["customer", "customer_name", "lines"]
    ///
    /// class Orders(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Order.objects.order_by("pk")
    ///     serializer_class = OrderSerializer
    /// ```
    ///
    /// ```python file=shop/urls.py
    /// from django.urls import include, path
    /// from rest_framework.routers import DefaultRouter
    /// from shop.api import Orders
    ///
    /// router = DefaultRouter()
    /// router.register("orders", Orders)
    /// urlpatterns = [path("api/", include(router.urls))]
    /// ```
    ///
    /// ```python file=site_/settings.py
    /// INSTALLED_APPS = ["rest_framework", "shop"]
    /// ROOT_URLCONF = "shop.urls"
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/api.py
    /// from rest_framework import serializers, viewsets
    /// from shop.models import Line, Order
    ///
    /// class LineSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Line
    ///         fields = ["amount"]
    ///
    /// class OrderSerializer(serializers.ModelSerializer):
    ///     customer_name = serializers.CharField(source="customer.name")  # fires
    ///     lines = LineSerializer(many=True)  # fires
    ///
    ///     class Meta:
    ///         model = Order
    ///         fields = ["customer", "customer_name", "lines"]
    ///
    /// class Orders(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Order.objects.order_by("pk").select_related("customer").prefetch_related("lines")
    ///     serializer_class = OrderSerializer
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     amount = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/api.py
    /// from rest_framework import serializers, viewsets
    /// from shop.models import Line, Order
    ///
    /// class LineSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Line
    ///         fields = ["amount", "order"]
    ///
    /// class OrderSerializer(serializers.ModelSerializer):
    ///     customer_name = serializers.CharField(source="customer.name")
    ///     lines = LineSerializer(many=True)
    ///
    ///     class Meta:
    ///         model = Order
    ///         fields = ["customer", "customer_name", "lines"]
    ///
    /// class Orders(viewsets.ReadOnlyModelViewSet):
    ///     queryset = Order.objects.all()
    ///     serializer_class = OrderSerializer
    ///
    ///     def get_queryset(self):
    ///         queryset = super().get_queryset()
    ///         if self.action == "list":
    ///             queryset = queryset.select_related("customer").prefetch_related("lines")
    ///         return queryset
    /// ```
    ///
    /// ```python file=shop/urls.py
    /// from django.urls import include, path
    /// from rest_framework.routers import DefaultRouter
    /// from shop.api import Orders
    ///
    /// router = DefaultRouter()
    /// router.register("orders", Orders)
    /// urlpatterns = [path("api/", include(router.urls))]
    /// ```
    ///
    /// ```python file=site_/settings.py
    /// INSTALLED_APPS = ["rest_framework", "shop"]
    /// ROOT_URLCONF = "shop.urls"
    /// ```
    N_PLUS_ONE_SERIALIZER = {
        code: "ORM003",
        name: "n-plus-one-serializer",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    growing::report_of(context, Consumer::Serializer);
}
