use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::Ask;

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Rows of a relation were prefetched, and are asked for in a way that does not use them.
    ///
    /// ## Why it matters
    ///
    /// `prefetch_related` fills `.all()` and nothing else: `filter()`, `order_by()`, `get()`,
    /// `values_list()` and their like go to the database for each row all the same, on top of the
    /// query that prefetched. `count()`, `exists()`, `len()`, indices and slices of `.all()` use what is
    /// there; `first()` does where the rows have an order, by `Meta.ordering` say, and makes a query
    /// where they have none; `last()` always makes one.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     code = models.CharField(max_length=20)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     is_sent = models.BooleanField(default=False)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def open_lines():
    ///     found = []
    ///     for order in Order.objects.prefetch_related("lines"):
    ///         found.extend(order.lines.filter(is_sent=False))  # fires
    ///     return found
    ///
    /// def first_lines():
    ///     orders = Order.objects.prefetch_related("lines")
    ///     return [order.lines.first() for order in orders]  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Line, Order
    /// from django.db.models import Prefetch
    ///
    /// def open_lines():
    ///     found = []
    ///     for order in Order.objects.prefetch_related(
    ///         Prefetch(
    ///             "lines",
    ///             queryset=Line.objects.filter(is_sent=False),
    ///             to_attr="matching_lines",
    ///         )
    ///     ):
    ///         found.extend(order.matching_lines)
    ///     return found
    ///
    /// def first_lines():
    ///     orders = Order.objects.prefetch_related(
    ///         Prefetch(
    ///             "lines", queryset=Line.objects.order_by("pk")[:1], to_attr="first_lines"
    ///         )
    ///     )
    ///     return [next(iter(order.first_lines), None) for order in orders]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     code = models.CharField(max_length=20)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     is_sent = models.BooleanField(default=False)
    ///
    ///     class Meta:
    ///         ordering = ["pk"]
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from django.db.models import Prefetch
    /// from shop.models import Line, Order
    ///
    /// def open_lines():
    ///     found = []
    ///     for order in Order.objects.prefetch_related("lines"):
    ///         found.extend(line for line in order.lines.all() if not line.is_sent)
    ///         found.append(order.lines.first())
    ///         if order.lines.exists() and order.lines.count() > 1:
    ///             found.append(order.lines.all()[1])
    ///     return found
    ///
    /// def prefetched():
    ///     lines = Line.objects.filter(is_sent=False)
    ///     orders = Order.objects.prefetch_related(Prefetch("lines", queryset=lines, to_attr="open_lines"))
    ///     return [line for order in orders for line in order.open_lines]
    /// ```
    N_PLUS_ONE_DISCARDED_PREFETCH = {
        code: "ORM006",
        name: "n-plus-one-discarded-prefetch",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    growing::report(context, |growing| {
        matches!(growing.ask, Ask::Method { discards: true, .. })
    });
}
