//! What the fixes of queries per row write, and where there is none.

use luthier_diagnostics::{Applicability, apply};
use luthier_source::{Sources, Span};

use crate::querysets::RULES;
use crate::rule::Rule;
use crate::testing;

const MODELS: &str = "\
from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=100)
    visits = models.IntegerField(default=0)
    changed = models.DateTimeField(null=True)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name='orders')
    code = models.CharField(max_length=20)
    is_open = models.BooleanField(default=True)

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name='lines')
    amount = models.IntegerField(default=1)
";

fn rule(code: &str) -> &'static Rule {
    let mut rules = RULES.iter();
    rules.find(|rule| rule.code == code).expect("a rule")
}

/// The code after the first fix of the first finding that has one; empty where none has.
fn mended(code: &str, text: &str) -> String {
    mended_in(code, text, &[])
}

pub(super) fn mended_in(code: &str, text: &str, more: &[(&str, &str)]) -> String {
    let mut files = vec![("shop/models.py", MODELS), ("shop/code.py", text)];
    files.extend(more);
    let found = testing::run(rule(code), Sources::in_memory(&files));
    assert!(!found.findings.is_empty(), "nothing is reported");
    let file = found.sources.find("shop/code.py").expect("it is there");
    let fix = found.findings.iter().find_map(|found| found.fix.as_ref());
    let Some(fix) = fix else { return String::new() };
    let edits: Vec<(Span, &str)> = fix
        .edits
        .iter()
        .map(|edit| {
            assert_eq!(edit.file, file);
            (edit.span, edit.text.as_str())
        })
        .collect();
    let kind = match fix.applicability {
        Applicability::Safe => "",
        _ => "# unsafe\n",
    };
    format!(
        "{kind}{}",
        apply(text, &edits).expect("edits of one fix agree")
    )
}

/// Compares code with a text that is indented by one step more.
#[track_caller]
pub(super) fn same(code: &str, expected: &str) {
    let lines = expected.lines().skip(1);
    let lines: Vec<&str> = lines
        .map(|line| line.strip_prefix("    ").unwrap_or(""))
        .collect();
    assert_eq!(code.trim_end(), lines.join("\n").trim_end(), "\n{code}");
}

#[test]
fn long_lines_are_broken_as_the_formatter_does() {
    let text = "\
from shop.models import Order

def names(wanted):
    orders = Order.objects.filter(is_open=True, code__in=wanted).exclude(code='none')
    return [order.customer.name for order in orders]
";
    same(
        &mended("ORM001", text),
        r"
    from shop.models import Order

    def names(wanted):
        orders = (
            Order.objects.filter(is_open=True, code__in=wanted)
            .exclude(code='none')
            .select_related('customer')
        )
        return [order.customer.name for order in orders]
    ",
    );
    let told = ("pyproject.toml", "[tool.black]\nline-length = 140\n");
    same(
        &mended_in("ORM001", text, &[told]),
        r"
    from shop.models import Order

    def names(wanted):
        orders = Order.objects.filter(is_open=True, code__in=wanted).exclude(code='none').select_related('customer')
        return [order.customer.name for order in orders]
    ",
    );
}

#[test]
fn what_stands_in_brackets_is_broken_there() {
    let text = "\
from shop.models import Order

def longest():
    return max(len(order.customer.name) for order in Order.objects.filter(is_open=True))
";
    same(
        &mended("ORM001", text),
        r#"
    from shop.models import Order

    def longest():
        return max(
            len(order.customer.name)
            for order in Order.objects.filter(is_open=True).select_related("customer")
        )
    "#,
    );
}

#[test]
fn a_longer_way_takes_the_place_of_its_beginning() {
    let text = "\
from shop.models import Line

def names():
    lines = Line.objects.select_related(\"order\")
    return [line.order.customer.name for line in lines]
";
    same(
        &mended("ORM001", text),
        r#"
    from shop.models import Line

    def names():
        lines = Line.objects.select_related("order__customer")
        return [line.order.customer.name for line in lines]
    "#,
    );
}

#[test]
fn nothing_is_prefetched_where_that_fails_or_gains_nothing() {
    // `iterator()` without chunks refuses prefetched rows.
    let streamed = "\
from shop.models import Order

def amounts():
    for order in Order.objects.iterator():
        for line in order.lines.all():
            yield line.amount
";
    assert_eq!(mended("ORM001", streamed), "");
    // One row with its own rows is two queries either way.
    let single = "\
from shop.models import Order

def amounts():
    for pk in Order.objects.values_list('pk', flat=True):
        order = Order.objects.get(pk=pk)
        for line in order.lines.all():
            yield line.amount
";
    assert_eq!(mended("ORM001", single), "");
}

#[test]
fn what_the_loop_writes_to_is_loaded_at_the_users_risk() {
    let text = "\
from shop.models import Order

def visit():
    for order in Order.objects.all():
        customer = order.customer
        customer.visits += 1
        customer.save()
";
    assert!(mended("ORM001", text).starts_with("# unsafe\n"));
}

#[test]
fn queries_of_rows_are_made_with_the_rows() {
    let text = "\
from shop.models import Customer

def report(is_open):
    return [
        (customer.name, customer.orders.filter(is_open=is_open).exists())
        for customer in Customer.objects.order_by('name')
    ]
";
    same(
        &mended("ORM007", text),
        r"
    # unsafe
    from shop.models import Customer, Order
    from django.db.models import Exists, OuterRef

    def report(is_open):
        return [
            (customer.name, customer.has_orders)
            for customer in Customer.objects.order_by('name').annotate(
                has_orders=Exists(
                    Order.objects.filter(customer=OuterRef('pk')).filter(is_open=is_open)
                )
            )
        ]
    ",
    );
}

#[test]
fn the_last_row_is_the_first_one_the_other_way_round() {
    let text = "\
from django.db.models import Prefetch
from shop.models import Customer, Order

def report():
    for customer in Customer.objects.all():
        yield customer.orders.order_by('code').last()
";
    same(
        &mended("ORM007", text),
        r"
    # unsafe
    from django.db.models import Prefetch
    from shop.models import Customer, Order

    def report():
        for customer in Customer.objects.prefetch_related(
            Prefetch(
                'orders',
                queryset=Order.objects.order_by('code').reverse()[:1],
                to_attr='last_orders',
            )
        ):
            yield next(iter(customer.last_orders), None)
    ",
    );
}

#[test]
fn rows_of_raw_sql_are_prefetched_for() {
    let text = "\
from shop.models import Order

def report():
    rows = Order.objects.raw('SELECT * FROM shop_order')
    return [row.customer.name for row in rows]
";
    same(
        &mended("ORM001", text),
        r"
    from shop.models import Order

    def report():
        rows = Order.objects.raw('SELECT * FROM shop_order').prefetch_related('customer')
        return [row.customer.name for row in rows]
    ",
    );
}

#[test]
fn what_hangs_on_the_round_is_left_alone() {
    let text = "\
from shop.models import Customer

def report(words):
    found = []
    for customer in Customer.objects.order_by('name'):
        for word in words:
            found.append(customer.orders.filter(code=word).exists())
    return found
";
    assert_eq!(mended("ORM007", text), "");
    let given = "\
from shop.models import Customer

def report():
    for customer in Customer.objects.order_by('name'):
        yield customer.orders.filter(code=customer.name).first()
";
    assert_eq!(mended("ORM007", given), "");
}

#[test]
fn rows_are_written_at_once_where_all_that_changed_is_seen() {
    let text = "\
from shop.models import Customer

def visit():
    for customer in Customer.objects.all():
        if customer.visits < 3:
            customer.visits = 3
            customer.save()
";
    same(
        &mended("ORM008", text),
        r#"
    # unsafe
    from shop.models import Customer

    def visit():
        changed = []
        for customer in Customer.objects.all():
            if customer.visits < 3:
                customer.visits = 3
                changed.append(customer)
        Customer.objects.bulk_update(changed, ["visits"], batch_size=1000)
    "#,
    );
    for code in [
        // Somebody else may change the row.
        "        touch(customer)\n        customer.visits = 3\n        customer.save()\n",
        // What was written before an error stays written.
        "        customer.visits = 3\n        try:\n            customer.save()\n        except ValueError:\n            pass\n",
        "        customer.visits = 3\n        customer.save()\n        if customer.visits > 3:\n            return\n",
    ] {
        let text = format!(
            "from shop.models import Customer\n\ndef visit(touch):\n    for customer in Customer.objects.all():\n{code}"
        );
        assert_eq!(mended("ORM008", &text), "", "{code}");
    }
}

#[test]
fn rows_are_made_at_once() {
    let text = "\
from shop.models import Line, Order

def fill(amount):
    for order in Order.objects.filter(is_open=True):
        order.lines.create(amount=amount)
";
    same(
        &mended("ORM008", text),
        r"
    # unsafe
    from shop.models import Line, Order

    def fill(amount):
        lines = []
        for order in Order.objects.filter(is_open=True):
            lines.append(Line(order=order, amount=amount))
        Line.objects.bulk_create(lines, batch_size=1000)
    ",
    );
}

#[test]
fn a_deferred_column_is_named() {
    let text = "\
from shop.models import Order

def names():
    orders = Order.objects.select_related('customer').only('code', 'customer__name')
    return [(order.code, order.customer.visits) for order in orders]
";
    same(
        &mended("ORM009", text),
        r"
    from shop.models import Order

    def names():
        orders = (
            Order.objects.select_related('customer')
            .only('code', 'customer__name', 'customer__visits')
        )
        return [(order.code, order.customer.visits) for order in orders]
    ",
    );
}
