use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
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
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Customer, Order
    ///
    /// def rows():
    ///     found = []
    ///     for customer in Customer.objects.all():
    ///         last = Order.objects.filter(customer=customer).order_by("-pk").first()  # fires
    ///         found.append((customer.name, customer.order_count(), last))
    ///     return found
    ///
    /// def codes():
    ///     return [Order.objects.get(pk=pk).code for pk in Order.objects.values_list("pk", flat=True)]  # fires
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
