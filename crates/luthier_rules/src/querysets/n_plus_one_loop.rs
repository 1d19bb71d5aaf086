use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::{Ask, Consumer};

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A relation is followed for each row of a queryset that was not told to load it.
    ///
    /// ## Why it matters
    ///
    /// One query gets the rows, and then one more is made for each of them: 1 + N queries, which
    /// nobody notices with ten rows on a developer's machine. With a thousand the page takes
    /// seconds, and the database spends them on the same little query over and over.
    ///
    /// Rows are followed from where their queryset is built, through variables, functions, methods
    /// and properties, to where the relation is touched. Relations that are loaded, by
    /// `select_related`, `prefetch_related`, or because the row was reached from there, cost nothing.
    ///
    /// A finding in Python code is only possible, and hidden unless asked for, where something speaks
    /// against mending it:
    ///
    /// - there may be a handful of rows: those of one other row or of one user, also where a `Q` names it,
    ///   administrators, or what a model holds whose name ends in `Config`, `Setting`, `Preference`,
    ///   `Template` or `Type`, unless each user has their own or more come with use;
    /// - a management command asks that no other code runs by `call_command()`, and not of a whole table that
    ///   grows with use, or writes each row as well;
    /// - the loop ends with the first row that fits;
    /// - it writes and makes other queries or writes more as well, or sends mail, requests or tasks for
    ///   each row that asks, or asks for the row itself each time as well;
    /// - it may be left out: code that is called there looks into a cache, falls back on the relation, or may
    ///   have answered before; or it is within `{% cache %}`, or logged for debugging or of trouble;
    /// - the same row is asked again in a loop that goes through something else;
    /// - code that calls itself goes through a tree.
    ///
    /// A slice whose limit is a parameter with a small default is no finding. The other rules of queries
    /// that grow weigh them alike.
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
    ///     is_open = models.BooleanField(default=True)
    ///
    ///     def title(self):
    ///         return f"{self.pk} for {self.customer.name}"  # fires
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     amount = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def open_orders():
    ///     return Order.objects.filter(is_open=True)
    ///
    /// def names():
    ///     return [order.customer.name for order in open_orders()]  # fires
    ///
    /// def titles():
    ///     return [order.title() for order in Order.objects.order_by("pk")]
    ///
    /// def total():
    ///     amounts = 0
    ///     for order in open_orders().order_by("pk"):
    ///         for line in order.lines.all():  # fires
    ///             amounts += line.amount
    ///     return amounts
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def open_orders():
    ///     return Order.objects.filter(is_open=True).select_related("customer")
    ///
    /// def names():
    ///     return [order.customer.name for order in open_orders()]  # fires
    ///
    /// def titles():
    ///     return [
    ///         order.title()
    ///         for order in Order.objects.order_by("pk").select_related("customer")
    ///     ]
    ///
    /// def total():
    ///     amounts = 0
    ///     for order in open_orders().order_by("pk").prefetch_related("lines"):
    ///         for line in order.lines.all():  # fires
    ///             amounts += line.amount
    ///     return amounts
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
    ///     is_open = models.BooleanField(default=True)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     amount = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def open_orders():
    ///     return Order.objects.filter(is_open=True).select_related("customer")
    ///
    /// def names():
    ///     return [order.customer.name for order in open_orders()]
    ///
    /// def keys():
    ///     return {order.customer_id for order in Order.objects.all()}
    ///
    /// def total():
    ///     amounts = 0
    ///     for order in Order.objects.prefetch_related("lines"):
    ///         for line in order.lines.all():
    ///             amounts += line.amount + line.order.pk
    ///     return amounts
    ///
    /// def newest():
    ///     for order in Order.objects.order_by("-pk")[:1]:
    ///         return order.customer.name
    ///
    /// def one(pk):
    ///     order = Order.objects.get(pk=pk)
    ///     return [order.customer.name for number in range(3)]
    /// ```
    N_PLUS_ONE_LOOP = {
        code: "ORM001",
        name: "n-plus-one-loop",
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
        growing.by == Consumer::Code && matches!(growing.ask, Ask::Relation { .. })
    });
}

#[cfg(test)]
mod tests;
