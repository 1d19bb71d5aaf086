use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::modules::ModuleId;
use luthier_project::querysets::Role;

use super::unknown_lookup::report;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `select_related` or `prefetch_related` names what cannot be loaded so.
    ///
    /// ## Why it matters
    ///
    /// `select_related` of a name that is no foreign key or one-to-one field raises `FieldError`,
    /// `prefetch_related` of what is no relation raises `AttributeError` or `ValueError`: as soon as
    /// the query runs, and for an empty result not even then.
    ///
    /// `prefetch_related` goes by attributes (`lines`, `order_set`), filters go by query names; the
    /// two differ where `related_query_name` or no `related_name` is given. Attributes that `to_attr`
    /// makes and properties of the model are left alone.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     products = models.ManyToManyField("Product")
    ///
    /// class Product(models.Model):
    ///     name = models.CharField(max_length=50)
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/services.py
    /// from .models import Customer, Order
    ///
    /// def rows():
    ///     Order.objects.select_related("products")  # fires
    ///     Order.objects.select_related("customer__name")  # fires
    ///     Customer.objects.prefetch_related("order")  # fires
    ///     return Order.objects.prefetch_related("product")  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/services.py
    /// from django.db.models import Prefetch
    /// from .models import Customer, Order, Product
    ///
    /// def rows():
    ///     Order.objects.select_related("customer").prefetch_related("products", "customer")
    ///     kept = Prefetch("order_set", queryset=Order.objects.all(), to_attr="kept")
    ///     Customer.objects.prefetch_related(kept, "kept__products")
    ///     return Customer.objects.prefetch_related("order_set__products")
    /// ```
    UNKNOWN_RELATION = {
        code: "INT002",
        name: "unknown-relation",
        severity: Severity::Error,
        category: Category::Integrity,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Certain,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    report(context, module, |role| {
        matches!(role, Role::Load | Role::Prefetch)
    });
}
