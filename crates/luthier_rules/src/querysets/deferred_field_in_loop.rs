use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::Ask;

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column that `only()` or `defer()` left out is read for each row.
    ///
    /// ## Why it matters
    ///
    /// What was left out is fetched when it is read: by a query for that one column of that one row.
    /// Leaving it out then costs 1 + N queries instead of a few bytes.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     name = models.CharField(max_length=100)
    ///     price = models.IntegerField()
    ///     text = models.TextField()
    /// ```
    ///
    /// ```python file=shop/export.py
    /// from shop.models import Product
    ///
    /// def prices():
    ///     return {product.name: product.price for product in Product.objects.only("name")}  # fires
    ///
    /// def texts():
    ///     for product in Product.objects.defer("text"):
    ///         yield product.text  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/export.py
    /// from shop.models import Product
    ///
    /// def prices():
    ///     return {
    ///         product.name: product.price for product in Product.objects.only("name", "price")
    ///     }
    ///
    /// def texts():
    ///     for product in Product.objects.all():
    ///         yield product.text
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     name = models.CharField(max_length=100)
    ///     price = models.IntegerField()
    ///     text = models.TextField()
    /// ```
    ///
    /// ```python file=shop/export.py
    /// from shop.models import Product
    ///
    /// def prices():
    ///     products = Product.objects.only("name", "price")
    ///     return {product.pk: (product.id, product.name, product.price) for product in products}
    ///
    /// def names():
    ///     return [product.name for product in Product.objects.defer("text")]
    ///
    /// def all_again():
    ///     return [product.text for product in Product.objects.defer("text").defer(None)]
    /// ```
    DEFERRED_FIELD_IN_LOOP = {
        code: "ORM009",
        name: "deferred-field-in-loop",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    growing::report(context, |growing| matches!(growing.ask, Ask::Column { .. }));
}
