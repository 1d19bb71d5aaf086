use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::modules::ModuleId;
use luthier_project::querysets::{NotUsed, UnusedLoader};
use luthier_source::Span;

use super::using::Code;
use crate::removal::without;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `select_related` or `prefetch_related` loads rows that nothing asks for.
    ///
    /// ## Why it matters
    ///
    /// A join makes every row wider, and a prefetch is a query of its own with the keys of all rows in it.
    /// Both are paid whether the related rows are read or not; and who reads the code believes that they
    /// are.
    ///
    /// Only querysets count that stay within one function, where all that is done with their rows is seen.
    /// What is returned, passed on or shown by a template may be asked for anything. `count()`,
    /// `exists()`, `values()`, `update()` and the like make no instances: Django leaves the loading out, and
    /// the call says what never happens.
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
    ///     number = models.CharField(max_length=20)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def numbers():
    ///     orders = Order.objects.select_related("customer").order_by("pk")  # fires
    ///     return [order.number for order in orders]
    ///
    /// def customers():
    ///     names = set()
    ///     for order in Order.objects.select_related("customer").prefetch_related("lines"):  # fires
    ///         names.add(order.customer.name)
    ///     return names
    ///
    /// def how_many():
    ///     return Order.objects.prefetch_related("lines").filter(number="").count()  # fires
    ///
    /// def pairs():
    ///     return list(Order.objects.select_related("customer").values_list("number", "customer__name"))  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def numbers():
    ///     orders = Order.objects.order_by("pk")
    ///     return [order.number for order in orders]
    ///
    /// def customers():
    ///     names = set()
    ///     for order in Order.objects.select_related("customer"):
    ///         names.add(order.customer.name)
    ///     return names
    ///
    /// def how_many():
    ///     return Order.objects.filter(number="").count()
    ///
    /// def pairs():
    ///     return list(Order.objects.values_list("number", "customer__name"))
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
    ///     number = models.CharField(max_length=20)
    ///
    ///     @property
    ///     def label(self):
    ///         return f"{self.number} for {self.customer.name}"
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Line, Order
    ///
    /// def names():
    ///     orders = Order.objects.select_related("customer")
    ///     return [order.customer.name for order in orders]
    ///
    /// def labels():
    ///     return [order.label for order in Order.objects.select_related("customer")]
    ///
    /// def given_away():
    ///     return Order.objects.select_related("customer")
    ///
    /// def counted_first(show):
    ///     orders = Order.objects.select_related("customer")
    ///     if orders.count():
    ///         show(orders)
    ///
    /// def stored():
    ///     for order in Order.objects.select_related("customer"):
    ///         order.save()
    ///
    /// def locked():
    ///     for order in Order.objects.select_related("customer").select_for_update():
    ///         print(order.number)
    ///
    /// def back_again():
    ///     for line in Line.objects.select_related("order__customer"):
    ///         print(line.order.customer.name)
    /// ```
    LOADER_NEVER_USED = {
        code: "ORM019",
        name: "loader-never-used",
        severity: Severity::Info,
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
    for unused in code.project.unused_loaders(module) {
        let (paths, why) = match &unused.why {
            NotUsed::NoRows(method) => {
                let given = unused.call.positional().filter_map(|path| path.as_str());
                (
                    given.collect::<Vec<_>>(),
                    format!("`{method}` makes no instances"),
                )
            }
            NotUsed::Untouched(paths) => {
                let paths = paths.iter().filter_map(|path| path.as_str());
                (paths.collect(), "no row is asked for it".to_owned())
            }
        };
        let loaded = match &paths[..] {
            [] => "related rows".to_owned(),
            paths => {
                let named: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
                named.join(", ")
            }
        };
        let span = unused.call.callee.span();
        let method = unused.method.len() as u32;
        let span = Span::new(span.end - method, span.end);
        let message = format!("`{}` loads {loaded}, and {why}", unused.method);
        let fix = fix(code, &unused);
        let model = context.project.models.get(unused.model);
        context
            .report(Location::new(code.file, span), message)
            .help("leave it out")
            .fix(fix)
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}

fn fix(code: Code<'_>, unused: &UnusedLoader<'_>) -> Option<Fix> {
    let text = &code.source.text;
    let fix = Fix::safe(format!("Leave `{}` out", unused.method));
    if let NotUsed::Untouched(paths) = &unused.why {
        let all: Vec<Span> = unused.call.positional().map(|path| path.span()).collect();
        if paths.len() < all.len() {
            let [path] = paths[..] else { return None };
            return Some(fix.delete(code.file, without(text, &all, path.span())?));
        }
    }
    let span = unused.span();
    if span.text(text).contains('#') {
        return None;
    }
    // A manager cannot be gone through.
    Some(match unused.leaves_manager() {
        true => fix.replace(code.file, span, ".all()"),
        false => fix.delete(code.file, span),
    })
}

#[cfg(test)]
mod tests {
    use super::LOADER_NEVER_USED;
    use crate::testing::check;

    const MODELS: &str = "
--- shop/models.py
from django.db import models

class City(models.Model):
    name = models.CharField(max_length=100)

class Customer(models.Model):
    name = models.CharField(max_length=100)
    city = models.ForeignKey(City, models.CASCADE)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name='orders')
    city = models.ForeignKey(City, models.CASCADE)
    number = models.CharField(max_length=20)
    state = models.CharField(max_length=20, choices=[('a', 'A')])

class Kept(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    number = models.CharField(max_length=20)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.was = self.order.number
";

    /// Holds what is reported against the marked lines.
    fn judge(code: &str) {
        let fixture = format!(
            "{MODELS}--- shop/reports.py\nfrom shop.models import City, Customer, Kept, Order\n{code}"
        );
        check(&LOADER_NEVER_USED, &fixture);
    }

    #[test]
    fn all_that_is_done_with_the_rows_counts() {
        judge(
            r#"
def keys():
    for order in Order.objects.select_related("customer"):  # fires
        print(order.pk) if order.customer_id else None
        if order.number == "":
            continue
        order.number = "1"

def shown():
    return [order.get_state_display() for order in Order.objects.select_related("city")]  # fires

def some():
    for order in Order.objects.select_related("customer", "city"):  # fires
        print(order.city.name)

def whether():
    return bool(Order.objects.prefetch_related("customer__orders").exists())  # fires

def compared():
    return City.objects.filter(customer__orders__in=Order.objects.select_related("city"))  # fires

def later():
    orders = Order.objects.select_related("customer")  # fires
    recent = orders.filter(number="1")
    return recent.count() + orders.exclude(number="1").count()
"#,
        );
    }

    #[test]
    fn what_may_be_asked_elsewhere_stays() {
        judge(
            r#"
def listed():
    return list(Order.objects.select_related("customer"))

def shown():
    return [str(order) for order in Order.objects.select_related("customer")]

def given(show):
    for order in Order.objects.select_related("customer"):
        show(order)

def kept():
    return [kept.number for kept in Kept.objects.select_related("order")]

def way_back():
    for customer in Customer.objects.select_related("city").prefetch_related("orders"):
        for order in customer.orders.all():
            print(order.customer.city.name)

def both(wanted):
    orders = Order.objects.select_related("customer")
    if wanted:
        return orders
    return orders.count()

def further():
    orders = Order.objects.select_related("customer")
    recent = orders.filter(number="1")
    return orders.count(), [order.customer.name for order in recent]

def first():
    return Order.objects.select_related("customer").first()

def nested():
    return [lambda: order.customer.name for order in Order.objects.select_related("customer")]

def reset():
    return Order.objects.select_related(None).count()
"#,
        );
    }
}
