use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::flows::UseKind;
use luthier_project::modules::ModuleId;

use super::truth_for_exists::is_asked_for_any;
use super::using::Code;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// All rows of a queryset are fetched to be counted, and not used otherwise.
    ///
    /// ## Why it matters
    ///
    /// `len()` makes Django fetch every row with all its columns and build an object of each. The
    /// database counts them by itself, and sends one number: with 100,000 rows that is milliseconds
    /// instead of seconds and hundreds of megabytes.
    ///
    /// Where the rows are gone through as well, `len()` is right: `count()` would be one query more.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_open = models.BooleanField(default=True)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def all_orders():
    ///     return len(Order.objects.all())  # fires
    ///
    /// def open_orders(customer):
    ///     orders = Order.objects.filter(is_open=True)
    ///     if customer:
    ///         orders = orders.filter(customer=customer)
    ///     found = {"open": len(orders)}  # fires
    ///     orders.update(is_open=False)
    ///     return found
    ///
    /// def parts():
    ///     orders = Order.objects.all()
    ///     half = len(orders) / 2  # fires
    ///     return half, len(orders) - half
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_open = models.BooleanField(default=True)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def all_orders():
    ///     return Order.objects.all().count()
    ///
    /// def open_orders(customer):
    ///     orders = Order.objects.filter(is_open=True)
    ///     if customer:
    ///         orders = orders.filter(customer=customer)
    ///     found = {"open": orders.count()}
    ///     orders.update(is_open=False)
    ///     return found
    ///
    /// def parts():
    ///     orders = Order.objects.all()
    ///     half = len(orders) / 2
    ///     return half, len(orders) - half
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_open = models.BooleanField(default=True)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def iterated():
    ///     orders = Order.objects.all()
    ///     for order in orders:
    ///         print(order.pk)
    ///     return len(orders)
    ///
    /// def iterated_later(wanted):
    ///     orders = Order.objects.all()
    ///     print(len(orders))
    ///     if wanted:
    ///         return [order.pk for order in orders]
    ///
    /// def given(render):
    ///     orders = Order.objects.all()
    ///     return render({"orders": orders, "count": len(orders)})
    ///
    /// def prefetched():
    ///     return Order.objects.prefetch_related("lines")
    ///
    /// def cached(order: Order):
    ///     return len(order.lines.all())
    ///
    /// def locked():
    ///     return len(Order.objects.select_for_update().filter(is_open=True))
    ///
    /// def repeated(pages):
    ///     orders = Order.objects.all()
    ///     return [page / len(orders) for page in pages]
    ///
    /// def seen_by_others():
    ///     orders = Order.objects.all()
    ///     def first():
    ///         return orders[0]
    ///     return len(orders), first
    ///
    /// def listed(orders):
    ///     orders = [order for order in orders if order.is_open]
    ///     return len(orders)
    ///
    /// def counted():
    ///     return Order.objects.count(), len(list(Order.objects.all()))
    /// ```
    LEN_FOR_COUNT = {
        code: "ORM010",
        name: "len-for-count",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let Some(code) = Code::of(context, module) else {
        return;
    };
    for (variable, model, making) in code.querysets() {
        // Locks are taken by fetching.
        let is_wanted = code.project.may_be_prefetched(&making)
            || making.has(&["select_for_update"])
            || code.project.is_single(&making);
        if is_wanted || code.is_replaced(model, &["__len__", "count"]) {
            continue;
        }
        for used in variable
            .uses
            .iter()
            .filter(|used| used.kind == UseKind::Len)
        {
            let len = code.expr(variable.body, used.whole);
            // A statement of its own fetches on purpose.
            let is_other = used.is_repeated
                || used.then == UseKind::Dropped
                || !code.is_first(variable, used)
                || code.serves_rows(variable, used)
                || is_asked_for_any(code, variable.body, used);
            let Some(call) = len.as_call().filter(|_| !is_other) else {
                continue;
            };
            let is_only = !code.serves_others(variable, used);
            let name = &code.project.models.get(model).name;
            let message = format!("rows of `{name}` are fetched only to be counted");
            let fix = Fix::safe("Let the database count");
            let fix = is_only.then(|| code.unwrapped(call, fix, ".count()"));
            code.report(context, len.span(), model, message)
                .help("let the database count them, once: `count()`")
                .fix(fix.flatten());
        }
    }
}
