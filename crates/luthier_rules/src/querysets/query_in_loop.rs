use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::Project;
use luthier_project::flows::{Ask, Consumer, Growing};

use super::growing::{self, Weight};
use crate::{Check, Context, declare_rule};

/// Calls between the loop and the query up to which luthier's own change of it is trusted: what lies
/// further away is written for one row, and what it asks for cannot be handed in.
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
    /// A finding is likely where the loop goes through users or rows that belong to others, asks in its
    /// own lines for what belongs to each of them, and writes nothing; or where luthier can write the
    /// change itself. Elsewhere nothing in the code may tell a forgotten query from one that is meant:
    /// the rows are a handful of kinds or places, they are read again because they may have changed
    /// meanwhile or to be locked, or the query is a small part of what is done for each. There it is
    /// only possible, and hidden unless asked for.
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
    growing::report_weighed(context, is_wanted, weigh);
}

/// Whether what is asked for can as well be asked for all rows at once, and nothing says that one by
/// one is meant.
fn weigh(project: &Project, growing: &Growing) -> Weight {
    let Ask::Method {
        model, is_by_row, ..
    } = &growing.ask
    else {
        return Weight::Possible;
    };
    // What is written for one row after the other is read as it is by then.
    let is_doubtful = growing.is_conditional || growing.writes_too;
    if is_doubtful || growing.calls.len() > MOST_CALLS {
        return Weight::Possible;
    }
    // Rows of the same model are often asked for again on purpose.
    let grows = growing
        .through
        .is_some_and(|through| through.model != *model && project.table_grows(through.model));
    match growing.calls.is_empty() && *is_by_row && grows {
        true => Weight::Likely,
        false => Weight::IfMended,
    }
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Confidence;

    use super::QUERY_IN_LOOP;
    use crate::testing::check;

    const MODELS: &str = r"
--- shop/models.py
from django.db import models

class Currency(models.Model):
    code = models.CharField(max_length=3)

class Customer(models.Model):
    currency = models.ForeignKey(Currency, models.CASCADE)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    total = models.IntegerField()

class Call(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)

--- shop/code.py
from django.db import transaction
from shop.models import Call, Currency, Customer, Order

";

    /// One line that fires, and how sure it is.
    #[track_caller]
    fn is(code: &str, confidence: Confidence) {
        let found = check(&QUERY_IN_LOOP, &format!("{MODELS}{code}"));
        let found: Vec<Confidence> = found.findings.iter().map(|one| one.confidence).collect();
        assert_eq!(found, [confidence], "{code}");
    }

    #[test]
    fn what_belongs_to_each_row_is_likely() {
        is(
            "
def newest():
    for customer in Customer.objects.all():
        print(Order.objects.filter(customer=customer, total__gt=9).last())  # fires
",
            Confidence::Likely,
        );
        is(
            "
def newest():
    for key in Customer.objects.values_list('pk', flat=True):
        print(Order.objects.filter(customer_id=key, total__gt=9).last())  # fires
",
            Confidence::Likely,
        );
    }

    #[test]
    fn rows_that_may_be_few_are_possible() {
        is(
            "
def by_currency():
    for currency in Currency.objects.all():
        print(Order.objects.filter(customer__currency=currency, total__gt=9).last())  # fires
",
            Confidence::Possible,
        );
    }

    #[test]
    fn what_is_read_while_rows_are_written_is_possible() {
        is(
            "
def book():
    for customer in Customer.objects.all():
        if not Call.objects.filter(customer=customer).last():  # fires
            Call.objects.create(customer=customer)
",
            Confidence::Possible,
        );
        is(
            "
def book(calls):
    for customer in Customer.objects.all():
        with transaction.atomic():
            calls.of(Call.objects.filter(customer=customer).last())  # fires
",
            Confidence::Possible,
        );
    }

    #[test]
    fn what_is_locked_or_read_again_is_possible() {
        is(
            "
def lock():
    for customer in Customer.objects.all():
        print(Order.objects.select_for_update().filter(customer=customer).last())  # fires
",
            Confidence::Possible,
        );
        is(
            "
def again(bank):
    for order in Order.objects.all():
        bank.pay(order)
        print(Order.objects.get(pk=order.pk).total)  # fires
",
            Confidence::Possible,
        );
    }

    #[test]
    fn what_belongs_to_no_single_row_is_possible() {
        is(
            "
def above():
    for customer in Customer.objects.all():
        print(customer.pk, Order.objects.filter(total__gt=9).exclude(total=10).last())  # fires
",
            Confidence::Possible,
        );
    }
}
