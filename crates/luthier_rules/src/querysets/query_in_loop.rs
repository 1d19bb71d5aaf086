use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::flows::{Ask, Consumer, Growing};

use super::growing;
use crate::{Check, Context, declare_rule};

/// Calls between the loop and the query up to which asking for all rows at once is a small change: what
/// lies further away is written for one row, and what it asks for cannot be handed in.
const MOST_CALLS: usize = 1;

declare_rule! {
    /// A query runs for each row of another one.
    ///
    /// ## Why it matters
    ///
    /// `get()`, `filter()`, `count()` and their like within a loop over rows make 1 + N queries where
    /// two would do: one for the rows, one for all that belongs to them. Each is quick; a thousand of
    /// them are not. The call may stand far from the loop, in a method or function that is called
    /// there.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    ///     def order_count(self):
    ///         return self.orders.count()  # fires
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    ///     code = models.CharField(max_length=20)
    ///     is_open = models.BooleanField(default=True)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Customer, Order
    ///
    /// def rows():
    ///     found = []
    ///     for customer in Customer.objects.all():
    ///         last = Order.objects.filter(customer=customer).order_by("-pk").first()  # fires
    ///         found.append((customer.name, last))
    ///     return found
    ///
    /// def codes():
    ///     return [Order.objects.get(pk=pk).code for pk in Order.objects.values_list("pk", flat=True)]  # fires
    /// ```
    ///
    /// ```python file=shop/counts.py
    /// from django.db.models import Sum
    /// from shop.models import Customer
    ///
    /// def open_orders():
    ///     customers = Customer.objects.order_by("name")
    ///     return [customer.orders.filter(is_open=True).count() for customer in customers]  # fires
    ///
    /// def counts():
    ///     return [customer.order_count() for customer in Customer.objects.filter(name="Ada")]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Customer, Order
    /// from django.db.models import Prefetch
    ///
    /// def rows():
    ///     found = []
    ///     for customer in Customer.objects.prefetch_related(
    ///         Prefetch(
    ///             "orders", queryset=Order.objects.order_by("-pk")[:1], to_attr="first_orders"
    ///         )
    ///     ):
    ///         last = next(iter(customer.first_orders), None)
    ///         found.append((customer.name, last))
    ///     return found
    ///
    /// def codes():
    ///     return [Order.objects.get(pk=pk).code for pk in Order.objects.values_list("pk", flat=True)]
    /// ```
    ///
    /// ```python file=shop/counts.py
    /// from django.db.models import Count, Q, Sum
    /// from shop.models import Customer
    ///
    /// def open_orders():
    ///     customers = (
    ///         Customer.objects.order_by("name")
    ///         .annotate(orders_count=Count("orders", filter=Q(orders__is_open=True)))
    ///     )
    ///     return [customer.orders_count for customer in customers]
    ///
    /// def counts():
    ///     return [
    ///         customer.order_count()
    ///         for customer in Customer.objects.filter(name="Ada").prefetch_related("orders")
    ///     ]
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
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    ///     code = models.CharField(max_length=20)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from django.db.models import Count
    /// from shop.models import Customer, Order
    ///
    /// def rows():
    ///     customers = Customer.objects.annotate(order_count=Count("orders"))
    ///     return [(customer.name, customer.order_count) for customer in customers]
    ///
    /// def by_customer():
    ///     customers = list(Customer.objects.all())
    ///     orders = Order.objects.in_bulk([customer.pk for customer in customers])
    ///     return [orders[customer.pk] for customer in customers]
    ///
    /// def counted():
    ///     return [customer.orders.count() for customer in Customer.objects.prefetch_related("orders")]
    ///
    /// def states():
    ///     return {state: Order.objects.filter(code=state).count() for state in ("open", "paid")}
    ///
    /// def built():
    ///     return [Order.objects.filter(customer=customer) for customer in Customer.objects.all()]
    /// ```
    QUERY_IN_LOOP = {
        code: "ORM007",
        name: "query-in-loop",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let is_wanted = |growing: &Growing| {
        growing.by == Consumer::Code
            && matches!(
                growing.ask,
                Ask::Method {
                    discards: false,
                    ..
                }
            )
    };
    growing::report_weighed(context, is_wanted, |_, growing| {
        !growing.is_conditional && growing.calls.len() <= MOST_CALLS
    });
}
