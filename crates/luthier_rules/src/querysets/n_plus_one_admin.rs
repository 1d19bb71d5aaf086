use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::Consumer;

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A list of the admin asks the database for each row that it shows.
    ///
    /// ## Why it matters
    ///
    /// The admin joins foreign keys that are columns of the list by itself, but only those that may
    /// not be null, and none where a column is a method, a property or a path. A nullable foreign key,
    /// a method that follows a relation, a field to choose from in `list_editable` or in an inline is
    /// a query for each row, and editors look at a hundred rows a page.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Coupon(models.Model):
    ///     code = models.CharField(max_length=20)
    ///     owner = models.ForeignKey(Customer, models.CASCADE)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     coupon = models.ForeignKey(Coupon, models.SET_NULL, null=True)
    /// ```
    ///
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from shop.models import Coupon, Customer, Order
    ///
    /// @admin.register(Order)
    /// class OrderAdmin(admin.ModelAdmin):
    ///     list_display = [
    ///         "customer",
    ///         "coupon",  # fires
    ///     ]
    ///
    /// @admin.register(Customer)
    /// class CustomerAdmin(admin.ModelAdmin):
    ///     list_display = ["name", "orders"]
    ///
    ///     def orders(self, customer):
    ///         return customer.order_set.count()  # fires
    ///
    /// @admin.register(Coupon)
    /// class CouponAdmin(admin.ModelAdmin):
    ///     list_display = ["code", "owner_name"]
    ///
    ///     def get_queryset(self, request):
    ///         return super().get_queryset(request).exclude(code="")
    ///
    ///     def owner_name(self, coupon):
    ///         return coupon.owner.name  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from shop.models import Coupon, Customer, Order
    ///
    /// @admin.register(Order)
    /// class OrderAdmin(admin.ModelAdmin):
    ///     list_display = [
    ///         "customer",
    ///         "coupon",  # fires
    ///     ]
    ///     list_select_related = ["customer", "coupon"]
    ///
    /// @admin.register(Customer)
    /// class CustomerAdmin(admin.ModelAdmin):
    ///     list_display = ["name", "orders"]
    ///
    ///     def get_queryset(self, request):
    ///         return super().get_queryset(request).prefetch_related("order_set")
    ///
    ///     def orders(self, customer):
    ///         return customer.order_set.count()  # fires
    ///
    /// @admin.register(Coupon)
    /// class CouponAdmin(admin.ModelAdmin):
    ///     list_display = ["code", "owner_name"]
    ///
    ///     def get_queryset(self, request):
    ///         return super().get_queryset(request).exclude(code="").select_related("owner")
    ///
    ///     def owner_name(self, coupon):
    ///         return coupon.owner.name  # fires
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
    /// class Coupon(models.Model):
    ///     code = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     coupon = models.ForeignKey(Coupon, models.SET_NULL, null=True)
    /// ```
    ///
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from django.db.models import Count
    /// from shop.models import Customer, Order
    ///
    /// @admin.register(Order)
    /// class OrderAdmin(admin.ModelAdmin):
    ///     list_display = ["customer", "coupon", "customer_name"]
    ///     list_select_related = ["customer", "coupon"]
    ///
    ///     def customer_name(self, order):
    ///         return order.customer.name
    ///
    /// @admin.register(Customer)
    /// class CustomerAdmin(admin.ModelAdmin):
    ///     list_display = ["name", "orders"]
    ///
    ///     def get_queryset(self, request):
    ///         return super().get_queryset(request).annotate(order_count=Count("order"))
    ///
    ///     def orders(self, customer):
    ///         return customer.order_count
    /// ```
    N_PLUS_ONE_ADMIN = {
        code: "ORM004",
        name: "n-plus-one-admin",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    growing::report_of(context, Consumer::Admin);
}
